"""A day of the lists: published once, rows set aside or left over, and everything summed up."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from planning import on_row, plan_of, published, reachable, rows_of, worked
from policed import Desk, customer, moment, offer, policy_of

from goodcall.profile import Consent
from outreach import LedgerError, Word, parse_policy
from reports import day_csv, day_facts, day_report

MONDAY = moment("2026-06-08 12:00").date()
TUESDAY = MONDAY + timedelta(days=1)
EVENING = moment("2026-06-08 17:30")


@pytest.fixture
def desk(ledger_url) -> Iterator[Desk]:
    """A desk that sells two funds by phone, on either database."""
    opened = Desk(ledger_url)
    opened.sells(offer("fund-a"))
    opened.policy = policy_of(channels=["phone"])
    yield opened
    opened.ledger.close()


def a_list(desk, count=6, **inputs):
    """So many customers, and the rows of their published list of Monday."""
    people = reachable(count)
    desk.knows(*people)
    return people, published(desk, people, MONDAY, **inputs).rows


def word(code, reason=None, at="2026-06-08 11:00", agent=5):
    return Word(code, moment(at), agent, reason)


def test_published_lists_stay_as_they_are(desk):
    """A later plan of the day gives back the published one; its rows keep their order all day."""
    people = reachable(6)
    desk.knows(*people)
    draft = desk.ledger.save_plan(plan_of(desk, people[:2], MONDAY), now=moment("2026-06-08"))
    assert desk.ledger.plan(MONDAY).published_at is None
    plan = plan_of(desk, people, MONDAY)
    number = desk.ledger.save_plan(plan, now=moment("2026-06-08 07:00"))
    assert number != draft
    at = moment("2026-06-08 08:00")
    assert desk.ledger.publish_plan(MONDAY, at).plan_id == number
    again = plan_of(desk, people[:3], MONDAY)
    assert again.digest != plan.digest
    assert desk.ledger.save_plan(again, now=moment("2026-06-08 09:00")) == number
    stored = desk.ledger.publish_plan(MONDAY, moment("2026-06-08 09:00"))
    assert (stored.plan_id, stored.digest, stored.published_at) == (number, plan.digest, at)
    worked(desk, plan.rows[1], "2026-06-08 10:00", "CONNECTED_THINKING")
    desk.notes(Consent(moment("2026-06-08 11:00"), "dnc"), "2026-06-08 11:00",
               who=plan.rows[0].customer_id)  # fmt: skip
    standing = rows_of(desk, MONDAY)
    assert tuple(listed.row for listed in standing) == plan.rows
    assert [(each.state, each.because) for each in standing[:3]] == [
        ("cancelled", "DNC"), ("connected", None), ("planned", None)
    ]  # fmt: skip


def test_a_day_without_a_plan_cannot_be_published_nor_a_draft_closed(desk):
    """Each error says what to do."""
    with pytest.raises(LedgerError, match="there is no plan for 2026-06-08; plan that day first"):
        desk.ledger.publish_plan(MONDAY, EVENING)
    desk.ledger.save_plan(plan_of(desk, reachable(2), MONDAY), now=moment("2026-06-08 07:00"))
    with pytest.raises(LedgerError, match="were never published, so there is nothing to close"):
        desk.ledger.close_day(MONDAY, now=EVENING, agent=1)


def test_a_row_says_what_became_of_it(desk):
    """Reserved, tried, spoken to with the outcome, run out; each by the row's last contact."""
    held = policy_of(channels=["phone"]).text.replace(
        'id = "phone"', 'id = "phone"\nhold_minutes = 30'
    )
    desk.policy = parse_policy(held)
    _, rows = a_list(desk)
    worked(desk, rows[0], "2026-06-08 10:00", "NO_ANSWER")
    on_row(desk, rows[1], "2026-06-08 10:00")
    on_row(desk, rows[2], "2026-06-08 10:20")
    contact = worked(desk, rows[3], "2026-06-08 10:00", "CONNECTED_APPT")
    states = [(each.state, each.outcome) for each in rows_of(desk, MONDAY, at="2026-06-08 10:30")]
    assert states == [
        ("attempted", "NO_ANSWER"), ("expired", None), ("reserved", None),
        ("connected", "CONNECTED_APPT"), ("planned", None), ("planned", None),
    ]  # fmt: skip
    assert rows_of(desk, MONDAY)[3].contact_id == contact
    assert on_row(desk, rows[1], "2026-06-08 10:40", number=2).verdict == "allow"
    assert rows_of(desk, MONDAY, at="2026-06-08 10:45")[1].state == "reserved"


def test_low_spirits_noticed_on_the_list_stop_those_who_sell(desk):
    """CP-24: no call was made, none is counted, and only the care call is allowed."""
    desk.policy = policy_of(
        'id = "mood"\nkind = "low_mood"\ndays = 14',
        'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 30',
        channels=["phone"],
    )
    _, rows = a_list(desk)
    desk.ledger.skip(MONDAY, 7, 1, word("DEFER_MOOD"))
    who = rows[0].customer_id
    assert desk.would("2026-06-08 10:59:59", "phone", who=who).verdict == "allow"
    sell = desk.would("2026-06-08 11:00", "phone", who=who)
    assert (sell.failing, sell.until) == (("mood",), moment("2026-06-22 11:00"))
    assert desk.would("2026-06-08 11:00", "phone", who=who, purpose="retention").verdict == "allow"
    assert desk.ledger.contacts_table().num_rows == 0
    (mine, *_) = rows_of(desk, MONDAY)
    assert (mine.state, mine.because, mine.word) == ("set_aside", "DEFER_MOOD", "DEFER_MOOD")


@pytest.mark.parametrize("code", ["SHOULD_NOT_DISTURB", "WRONG_RECOMMENDATION"])
def test_a_managers_word_feeds_the_suppression_that_the_policy_names(desk, code):
    """R-36: for the offer that was wrong, or for the customer, from the word's second on."""
    scope = "offer" if code == "WRONG_RECOMMENDATION" else "customer"
    desk.policy = policy_of(
        f'id = "rest"\nkind = "outcome_suppression"\ncodes = ["{code}"]\ndays = 60\n'
        f'scope = "{scope}"',
        channels=["phone"],
    )
    desk.sells(offer("card", "credit_card"))
    _, rows = a_list(desk)
    desk.ledger.skip(MONDAY, 7, 1, word(code, "told her so in May"))
    who, own = rows[0].customer_id, rows[0].offer_code
    other = next(each for each in desk.offers if each != own)
    assert desk.would("2026-06-08 11:00", "phone", who=who, offer_code=own).failing == ("rest",)
    free = desk.would("2026-06-08 11:00", "phone", who=who, offer_code=other)
    assert free.failing == (() if scope == "offer" else ("rest",))


def test_a_reservation_that_was_not_dialled_is_given_back_with_the_word(desk):
    """The slot is free again, and the word is the contact's outcome."""
    desk.policy = policy_of(
        'id = "mood"\nkind = "low_mood"\ndays = 14',
        'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 30',
        channels=["phone"],
    )
    _, rows = a_list(desk)
    who = rows[0].customer_id
    on_row(desk, rows[0], "2026-06-08 10:00")
    assert desk.would("2026-06-08 10:30", "phone", who=who).failing == ("cap",)
    desk.ledger.skip(MONDAY, 7, 1, word("DEFER_MOOD"))
    assert desk.would("2026-06-08 11:00", "phone", who=who).failing == ("mood",)
    contact = desk.ledger.contacts_table().to_pylist()[-1]
    assert (contact["state"], contact["outcome"]) == ("cancelled", "DEFER_MOOD")
    assert rows_of(desk, MONDAY)[0].word == "DEFER_MOOD"


def test_a_word_is_said_once_and_not_of_a_row_that_was_worked(desk):
    """The same word again changes nothing; a contact has an outcome of its own."""
    _, rows = a_list(desk)
    for minute in ("11:00", "11:05"):
        desk.ledger.skip(MONDAY, 7, 1, word("ALREADY_HANDLED", at=f"2026-06-08 {minute}"))
    assert len(desk.ledger.history([desk.people[rows[0].customer_id]])) == 1
    heard = desk.ledger.history([desk.people[rows[0].customer_id]])[rows[0].customer_id].heard
    assert [each.outcome_at for each in heard] == [moment("2026-06-08 11:00")]
    worked(desk, rows[1], "2026-06-08 10:00", "NOT_NOW")
    with pytest.raises(LedgerError, match=r"was worked: contact .* is connected; tell its outcome"):
        desk.ledger.skip(MONDAY, 7, 2, word("NOT_WORKED", "no time"))
    desk.notes(Consent(EVENING, "dnc"), EVENING, who=rows[2].customer_id)
    with pytest.raises(LedgerError, match="was withdrawn already: DNC"):
        desk.ledger.skip(MONDAY, 7, 3, word("NOT_WORKED", "no time"))


@pytest.mark.parametrize(
    ("rank", "said", "message"),
    [
        (1, ("NOT_WORKED",), "NOT_WORKED needs a reason"),
        (1, ("NOT_WORKED", "  "), "NOT_WORKED needs a reason"),
        (1, ("WRONG_RECOMMENDATION",), "WRONG_RECOMMENDATION needs a reason"),
        (1, ("REFUSED_ALL",), "nothing to say of a row without a contact; choose one of: WRONG"),
        (99, ("ALREADY_HANDLED",), "list 7 of 2026-06-08 has no row 99"),
    ],
)
def test_words_that_cannot_be_taken_are_refused(desk, rank, said, message):
    """Each error says what is wrong and what is allowed."""
    a_list(desk, 2)
    with pytest.raises(LedgerError, match=message):
        desk.ledger.skip(MONDAY, 7, rank, word(*said))


def test_unworked_rows_are_left_over_once_and_marked_the_next_day(desk):
    """Not those that were worked or set aside; closed again, nothing happens."""
    people, rows = a_list(desk)
    worked(desk, rows[0], "2026-06-08 10:00", "CONNECTED_THINKING")
    desk.ledger.skip(MONDAY, 7, 2, word("NOT_WORKED", "on leave"))
    assert desk.ledger.close_day(MONDAY, now=EVENING, agent=1) == 4
    assert desk.ledger.close_day(MONDAY, now=EVENING + timedelta(hours=1), agent=1) == 0
    assert [each.state for each in rows_of(desk, MONDAY)[2:]] == ["rolled_over"] * 4
    left = {row.customer_id for row in rows[2:]}
    plan = published(desk, people, TUESDAY)
    assert {row.customer_id for row in plan.rows if row.rolled_over == MONDAY} == left
    assert {row.rolled_over for row in plan.rows if row.customer_id not in left} == {None}
    assert len({row.customer_id for row in plan.rows}) == len(plan.rows)


def test_one_list_is_closed_alone(desk):
    """The other stays open; a row that is worked in the evening all the same is not left over."""
    people = [*reachable(3), *reachable(8)[3:]]
    mine = [one if n < 3 else customer(one.customer_id, manager_id=8)
            for n, one in enumerate(people)]  # fmt: skip
    desk.knows(*mine)
    published(desk, mine, MONDAY)
    assert desk.ledger.close_day(MONDAY, now=EVENING, agent=1, list_ids=[8]) == 5
    assert {each.state for each in rows_of(desk, MONDAY, 7)} == {"planned"}
    first = rows_of(desk, MONDAY, 8)[0].row
    worked(desk, first, "2026-06-08 18:00", "CONNECTED_THINKING")
    carried = desk.ledger.carried(TUESDAY, "Asia/Shanghai", moment("2026-06-09"))
    assert first.customer_id not in carried.rolled_over
    assert len(carried.rolled_over) == 4


def test_the_day_is_summed_up_and_every_row_counts_once(desk):
    """Worked, set aside, withdrawn, withheld, left over; the parts are the rows."""
    people = reachable(8)
    desk.knows(*people)
    sunday = "2026-06-07 10:00"
    for who, due in ((people[0], "10:00"), (people[1], "11:00"), (people[2], "12:00")):
        contact = desk.sent(sunday, "phone", "CONNECTED_INTERESTED", who=who.customer_id)
        desk.ledger.record_outcome(
            contact, "CONNECTED_CALLBACK", now=moment(sunday), agent=5,
            due_at=moment(f"2026-06-08 {due}"),
        )  # fmt: skip
    desk.notes(Consent(moment(sunday), "dnc"), sunday, who=people[2].customer_id)
    rows = published(desk, people, MONDAY).rows
    by = {row.customer_id: row for row in rows}
    assert [row.band for row in rows[:3]] == ["promised"] * 3
    worked(desk, by[people[0].customer_id], "2026-06-08 10:00", "PURCHASED")
    others = [row for row in rows if row.band == "grow"]
    worked(desk, others[0], "2026-06-08 10:10", "NO_ANSWER")
    worked(desk, others[1], "2026-06-08 10:20", "REFUSED_ALL")
    worked(desk, others[2], "2026-06-08 10:30", "COMPLAINT")
    desk.ledger.skip(MONDAY, 7, others[3].rank, word("NOT_WORKED", "on leave"))
    desk.ledger.close_day(MONDAY, now=EVENING, agent=1)
    report = day_report(desk.ledger, MONDAY, at=EVENING)
    total = report.total
    assert (total.rows, total.worked, total.set_aside) == (8, 4, 1)
    assert (total.withdrawn, total.withheld, total.rolled_over, total.to_do) == (0, 1, 2, 0)
    assert (total.promised, total.kept, total.missed) == (3, 1, 1)
    assert (total.refusals, total.complaints, total.without_outcome) == (1, 1, 0)
    assert total.groups == {"contact": 1, "attempt": 1, "refusal": 2}
    assert total.reasons == {("NOT_WORKED", "on leave"): 1}
    assert day_facts(report)["total"]["outcomes"]["PURCHASED"] == 1
    header, line, every = day_csv(report, "en").decode("utf-8-sig").splitlines()
    assert header.startswith("list,rows,worked,set aside")
    assert line.startswith("7,8,4,1,")
    assert every.startswith("all,8,4,1,")
