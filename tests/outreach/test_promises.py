"""Call-backs and appointments: first on their day's list, at their time, or withheld with why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from planning import KEY, on_row, plan_of, published, reachable, rows_of, worked
from policed import Desk, customer, hours, moment, offer, policy_of

from goodcall.profile import Case, Consent, Profile
from outreach import Counter, Draw, LedgerError, Word, in_holdout, parse_policy

MONDAY, TUESDAY = moment("2026-06-08 12:00").date(), moment("2026-06-09 12:00").date()
GAP = 'id = "gap"\nkind = "days_gap"\ndays = 30'
CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 2\ndays = 7'
CALLS = ["phone", "branch"]


@pytest.fixture
def desk(ledger_url) -> Iterator[Desk]:
    """A desk that sells a fund, by phone and at the branch, on either database."""
    opened = Desk(ledger_url)
    opened.sells(offer("fund-a"))
    opened.policy = policy_of(channels=CALLS)
    yield opened
    opened.ledger.close()


@dataclass(frozen=True)
class Known:
    """Some customers, as an online store would tell of them."""

    people: tuple[Profile, ...]

    def profile(self, customer_id):
        return next((one for one in self.people if one.customer_id == customer_id), None)

    def household(self, household_id):
        return tuple(p.customer_id for p in self.people if p.household_id == household_id)


def promised(desk, who, due, code="CONNECTED_CALLBACK", at="2026-06-08 10:00"):
    """A call of Monday in which something was promised."""
    contact = desk.sent(at, "phone", "CONNECTED_INTERESTED", who=who, offer_code="fund-a")
    desk.ledger.record_outcome(contact, code, now=moment(at), agent=5, due_at=moment(due))
    return contact


def open_ones(desk, end, now):
    """The promises that are open before Tuesday's list is made."""
    return desk.ledger.open_promises(end, day=TUESDAY, now=now)


def shown(plan):
    return [(row.rank, row.customer_id, row.band) for row in plan.rows]


def test_a_promise_stands_first_on_its_days_list_at_its_time(desk):
    """Whatever others are worth; the contact is free of the gap and of nothing else."""
    people = reachable(4)
    desk.policy = policy_of(GAP, CAP, channels=CALLS)
    who = people[2].customer_id
    desk.knows(*people)
    contact = promised(desk, who, "2026-06-09 15:00")
    plan = published(desk, people, TUESDAY)
    first = plan.rows[0]
    assert shown(plan)[0] == (1, who, "promised")
    assert [row.band for row in plan.rows[1:]] == ["grow"] * 3
    assert first.allowed_from == moment("2026-06-09 15:00")
    assert (first.promise.contact_id, first.promise.code) == (contact, "CONNECTED_CALLBACK")
    assert (first.promise.staff_id, first.offer_code, first.rolled_over) == (5, "fund-a", None)
    trail = plan.trail(who)
    assert (trail.step, trail.reason) == ("listed", "listed")
    assert [each.answers for each in trail.attempts if each.step == "listed"] == [contact]
    assert desk.would("2026-06-09 15:00", "phone", who=who).failing == ("gap",)
    assert on_row(desk, first, "2026-06-09 15:00").verdict == "allow"
    assert on_row(desk, first, "2026-06-09 15:01", "explain").failing == ("cap",)


def test_promises_take_their_minutes_before_everything_else(desk):
    """Of sixteen minutes two calls to keep promises take all; a third is withheld, not dropped."""
    people = reachable(6)
    desk.knows(*people)
    for hour, person in zip((15, 14, 16), people[:3], strict=True):
        promised(desk, person.customer_id, f"2026-06-09 {hour}:00")
    plan = published(desk, people, TUESDAY, capacities={7: 16})
    first, second, third = (one.customer_id for one in people[:3])
    assert shown(plan) == [(1, second, "promised"), (2, first, "promised"), (3, third, "promised")]
    withheld = plan.rows[2].withheld
    assert (withheld.because, withheld.until) == ("capacity", moment("2026-06-10 00:00"))
    assert [row.withheld for row in plan.rows[:2]] == [None, None]
    assert plan.funnel.listed == 2
    assert "promised" in {each.reason for each in plan.trail(first).attempts}
    assert (plan.trail(third).step, plan.trail(third).reason) == ("capacity", "capacity")
    assert [listed.state for listed in rows_of(desk, TUESDAY)] == ["planned", "planned", "withheld"]


def test_promises_take_of_volumes_too(desk):
    """One call a day in all: the promise has it, and nobody else is called."""
    calls = 'id = "calls"\nkind = "volume"\nchannels = ["phone"]\nat_most = 1\nperiod = "day"'
    desk.policy = policy_of(calls, channels=["phone"])
    people = reachable(3)
    desk.knows(*people)
    promised(desk, people[1].customer_id, "2026-06-09 15:00")
    promised(desk, people[2].customer_id, "2026-06-09 16:00")
    plan = plan_of(desk, people, TUESDAY)
    assert [row.withheld and row.withheld.because for row in plan.rows] == [None, "calls"]


@pytest.mark.parametrize("why", ["DNC", "COMPLAINT"])
def test_a_promise_that_may_no_longer_be_kept_is_shown_with_its_reason(desk, why):
    """Refused or complained since: withheld for good, planned to no rule, and never carried on."""
    desk.policy = policy_of('id = "complaint"\nkind = "complaint_cooloff"\ndays = 30',
                            channels=CALLS)  # fmt: skip
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 15:00")
    at = "2026-06-08 18:00"
    said = Consent(moment(at), "dnc") if why == "DNC" else Case("complaint", moment(at))
    desk.notes(said, at, who=person.customer_id)
    plan = published(desk, [person], TUESDAY)
    (row,) = plan.rows
    assert (row.band, row.withheld.until) == ("promised", None)
    assert row.withheld.because == {"DNC": "dnc", "COMPLAINT": "complaint"}[why]
    (listed,) = rows_of(desk, TUESDAY)
    assert (listed.state, listed.because) == ("withheld", row.withheld.because)
    assert plan.funnel.listed == 0
    assert plan.trail(person.customer_id).step == "rules"
    assert plan_of(desk, [person], TUESDAY).digest == plan.digest
    assert desk.ledger.close_day(TUESDAY, now=moment("2026-06-09 17:30"), agent=1) == 0
    wednesday = TUESDAY + timedelta(days=1)
    assert desk.ledger.carried(wednesday, "Asia/Shanghai", moment("2026-06-10")).promises == ()


def test_the_colleague_of_an_absent_manager_keeps_the_promise(desk):
    """On the stand-in's list, marked whose customer it is."""
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 15:00")
    plan = plan_of(desk, [person], TUESDAY, capacities={7: 0, 8: 480}, branch_of={7: 3, 8: 3})
    (row,) = plan.rows
    assert (row.list_id, row.covers, row.band, row.withheld) == (8, 7, "promised", None)


def test_an_appointment_is_kept_at_the_branch(desk):
    """Made on the phone, it is a row of the branch at its time."""
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 11:00", "CONNECTED_APPT")
    (row,) = plan_of(desk, [person], TUESDAY).rows
    assert (row.channel, row.minutes, row.point_id) == ("branch", 20, None)
    assert row.allowed_from == moment("2026-06-09 11:00")


def test_of_two_promises_to_one_customer_the_earlier_is_kept_that_day(desk):
    """The other is shown as withheld until tomorrow: one action a customer and day."""
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 15:00")
    promised(desk, person.customer_id, "2026-06-09 11:00", "CONNECTED_APPT", "2026-06-08 11:00")
    plan = plan_of(desk, [person], TUESDAY)
    assert [(r.promise.code, r.withheld and r.withheld.because) for r in plan.rows] == [
        ("CONNECTED_APPT", None), ("CONNECTED_CALLBACK", "another_promise")
    ]  # fmt: skip
    assert plan.funnel.listed == 1


def test_a_promise_before_opening_waits_for_the_hours(desk):
    """Promised for eight where calls begin at nine: at nine."""
    desk.policy = policy_of(hours(("09:00", "21:00")), channels=CALLS)
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 08:00")
    (row,) = plan_of(desk, [person], TUESDAY).rows
    assert row.allowed_from == moment("2026-06-09 09:00")


def test_a_promise_ends_when_it_is_kept_moved_or_overtaken_by_a_purchase(desk):
    """Nobody picking up the promised call keeps it too; an expired reservation does not."""
    desk.knows(*(customer(who) for who in (1, 2, 3, 4)))
    made = {who: promised(desk, who, "2026-06-09 15:00") for who in (1, 2, 3, 4)}
    kept = desk.ask("2026-06-08 12:00", "phone", who=1, answers=str(made[1]), request_id="k")
    assert kept.verdict == "allow"
    desk.hears(desk.ledger.contact_id("k"), "NO_ANSWER", "2026-06-08 12:01")
    later = moment("2026-06-20 15:00")
    desk.ledger.record_outcome(
        made[2], "CONNECTED_CALLBACK", now=moment("2026-06-08 13:00"), agent=5, due_at=later
    )
    desk.sent("2026-06-08 14:00", "phone", "PURCHASED", who=3)
    found = open_ones(desk, moment("2026-06-10"), now=moment("2026-06-08 23:00"))
    assert [one.contact_id for one in found] == [made[4]]
    moved = open_ones(desk, moment("2026-06-21"), now=moment("2026-06-08 23:00"))
    assert [(one.contact_id, one.due_at) for one in moved][1:] == [(made[2], later)]


def test_a_plan_knows_the_promises_that_were_recorded_before_its_day(desk):
    """One of the day itself is for the hand: it is open, and on no list that was made before."""
    contact = promised(desk, 1, "2026-06-08 15:00")
    early = desk.ledger.carried(MONDAY, "Asia/Shanghai", moment("2026-06-08"))
    assert early.promises == ()
    (still,) = open_ones(desk, moment("2026-06-09"), now=moment("2026-06-08 23:00"))
    assert still.contact_id == contact
    (overdue,) = desk.ledger.carried(TUESDAY, "Asia/Shanghai", moment("2026-06-09")).promises
    assert overdue.contact_id == contact


def test_at_night_the_day_is_the_banks(desk):
    """After midnight in Shanghai, still yesterday in UTC: what today's list set aside is so."""
    (person,) = reachable(1)
    desk.knows(person)
    contact = promised(desk, person.customer_id, "2026-06-09 15:00")
    (row,) = published(desk, [person], TUESDAY).rows
    word = Word("ALREADY_HANDLED", moment("2026-06-09 00:20"), 7)
    desk.ledger.skip(TUESDAY, row.list_id, row.rank, word)
    night = moment("2026-06-09 00:30")
    counter = Counter(desk.ledger, desk.policy, (), KEY, Known((person,)), night)
    assert counter.foreseen(contact) is None


def test_a_missed_promise_is_first_again_the_next_day(desk):
    """Left over at the close, marked with its day, allowed from the opening on."""
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 15:00")
    published(desk, [person], TUESDAY)
    assert desk.ledger.close_day(TUESDAY, now=moment("2026-06-09 17:30"), agent=1) == 1
    wednesday = TUESDAY + timedelta(days=1)
    (row,) = published(desk, [person], wednesday).rows
    assert (row.band, row.rolled_over) == ("promised", TUESDAY)
    assert row.allowed_from == moment("2026-06-10 00:00")
    worked(desk, row, "2026-06-10 10:00", "CONNECTED_THINKING")
    thursday = wednesday + timedelta(days=1)
    assert desk.ledger.carried(thursday, "Asia/Shanghai", moment("2026-06-11")).promises == ()


def test_a_reservation_that_ran_out_keeps_no_promise(desk):
    """Reserved at noon for half an hour and never dialled: open again, noted as expired or not."""
    text = desk.policy.text.replace('id = "phone"', 'id = "phone"\nhold_minutes = 30')
    made = promised(desk, 1, "2026-06-09 15:00")
    desk.policy = parse_policy(text)
    assert desk.ask("2026-06-08 12:00", "phone", answers=str(made)).verdict == "allow"
    tomorrow = moment("2026-06-10")
    held = open_ones(desk, tomorrow, now=moment("2026-06-08 12:29:59"))
    assert held == ()
    (one,) = open_ones(desk, tomorrow, now=moment("2026-06-08 12:30"))
    assert one.contact_id == made
    desk.ledger.expire(moment("2026-06-08 13:00"))
    assert open_ones(desk, tomorrow, now=moment("2026-06-08 13:00")) == (one,)


def test_an_offer_that_is_no_longer_sold_does_not_break_the_promise(desk):
    """The customer is called back all the same, with no offer."""
    (person,) = reachable(1)
    desk.knows(person)
    promised(desk, person.customer_id, "2026-06-09 15:00")
    desk.offers = {}
    (row,) = plan_of(desk, [person], TUESDAY).rows
    assert (row.offer_code, row.offer_name.en, row.withheld) == (None, "call back", None)


def test_a_promise_to_the_hold_out_is_kept_and_nothing_is_proposed(desk):
    """The customer asked for it: it is not proactive."""
    person = next(one for one in map(customer, range(1, 500)) if in_holdout(one, KEY, Draw(0.10)))
    desk.knows(person)
    contact = promised(desk, person.customer_id, "2026-06-09 15:00")
    desk.holdout.add(person.customer_id)
    (row,) = plan_of(desk, [person], TUESDAY).rows
    assert row.promise.contact_id == contact
    assert on_row(desk, row, "2026-06-09 15:00", "explain").verdict == "allow"
    assert desk.would("2026-06-09 15:00", "phone", who=person.customer_id).failing == ("holdout",)


@pytest.mark.parametrize(
    ("code", "due", "message"),
    [
        ("NOT_NOW", "2026-06-09 15:00", "NOT_NOW of contact .* promises nothing for a later"),
        ("CONNECTED_CALLBACK", "2026-06-08 10:00", "which is not after 2026-06-08T02:00:00"),
    ],
)
def test_a_moment_that_promises_nothing_is_refused(desk, code, due, message):
    """Of an outcome that is no promise, or one that is over."""
    contact = desk.sent("2026-06-08 10:00", "phone")
    with pytest.raises(LedgerError, match=message):
        desk.ledger.record_outcome(
            contact, code, now=moment("2026-06-08 10:00"), agent=5, due_at=moment(due)
        )
