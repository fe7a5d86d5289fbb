"""Rows put off to a moment: not offered before, offered again from its very second on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from planning import on_row, plan_of, published, reachable, rows_of, worked
from policed import Desk, customer, moment, offer, policy_of

from goodcall.profile import Snooze
from outreach import Facts, LedgerError, PutOff, Request, decide

MONDAY = moment("2026-06-08 12:00").date()
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.fixture
def desk(ledger_url) -> Iterator[Desk]:
    """A desk that sells a fund by phone, with Monday's list of three, on either database."""
    opened = Desk(ledger_url)
    opened.sells(offer("fund-a"))
    opened.policy = policy_of(channels=["phone"])
    people = reachable(3)
    opened.knows(*people)
    published(opened, people, MONDAY)
    yield opened
    opened.ledger.close()


def put_off(desk, until, at="2026-06-08 10:00", *, day=MONDAY, reason="asked for quiet"):
    """Row 1 of list 7, put off by manager 7."""
    desk.ledger.snooze(day, 7, 1, PutOff(moment(until), moment(at), 7, reason))


def listed(desk, day, at):
    return [(row.state, row.until) for row in rows_of(desk, day, at=at)]


def everybody(desk):
    return [one for who, one in desk.people.items() if who != 1 or one in reachable(3)]


def test_a_row_snoozed_until_later_today_comes_back_at_that_second(desk):
    """It is shown as snoozed and refused until the second before, and to do from the second on."""
    until = moment("2026-06-08 15:00")
    put_off(desk, until)
    row = rows_of(desk, MONDAY)[0].row
    first = rows_of(desk, MONDAY, at="2026-06-08 14:59:59")[0]
    assert (first.state, first.until, first.note, first.staff_id) == (
        "snoozed", until, "asked for quiet", 7
    )  # fmt: skip
    early = on_row(desk, row, "2026-06-08 14:59:59", "explain")
    assert (early.verdict, early.until, early.failing) == ("defer", until, ("snoozed",))
    assert listed(desk, MONDAY, "2026-06-08 15:00")[0] == ("planned", None)
    worked(desk, row, "2026-06-08 15:00", "CONNECTED_INTERESTED")
    assert rows_of(desk, MONDAY, at="2026-06-08 15:01")[0].state == "connected"


def test_a_row_snoozed_until_another_day_comes_back_on_that_days_list(desk):
    """No list before has the customer; that day's has, from the moment on, and says since when."""
    put_off(desk, "2026-06-10 15:00")
    who = rows_of(desk, MONDAY)[0].row.customer_id
    assert desk.ledger.close_day(MONDAY, now=moment("2026-06-08 18:00"), agent=7) == 2
    assert [row.state for row in rows_of(desk, MONDAY)] == [
        "snoozed", "rolled_over", "rolled_over"
    ]  # fmt: skip
    tomorrow = plan_of(desk, everybody(desk), TUESDAY)
    assert who not in {row.customer_id for row in tomorrow.rows}
    assert (tomorrow.trail(who).step, tomorrow.trail(who).reason) == ("rules", "snoozed")
    desk.ledger.save_plan(tomorrow, now=moment("2026-06-09 01:00"))
    desk.ledger.publish_plan(TUESDAY, moment("2026-06-09 08:00"))
    (row,) = [each for each in plan_of(desk, everybody(desk), WEDNESDAY).rows
              if each.customer_id == who]  # fmt: skip
    assert row.allowed_from == moment("2026-06-10 15:00")
    assert row.rolled_over == MONDAY


def test_a_row_that_sleeps_past_the_close_of_its_own_day_is_left_over(desk):
    """The close at 17:30 leaves over what would have come back at 18:00."""
    put_off(desk, "2026-06-08 18:00")
    assert desk.ledger.close_day(MONDAY, now=moment("2026-06-08 17:30"), agent=7) == 3


def test_the_last_word_about_a_row_counts_and_one_may_end_it(desk):
    """Later or earlier than before; now ends it; the ledger keeps every word."""
    put_off(desk, "2026-06-08 18:00")
    put_off(desk, "2026-06-08 12:00", at="2026-06-08 10:05")
    assert listed(desk, MONDAY, "2026-06-08 11:59")[0] == ("snoozed", moment("2026-06-08 12:00"))
    put_off(desk, "2026-06-08 11:00", at="2026-06-08 11:00")
    row = rows_of(desk, MONDAY, at="2026-06-08 11:00")[0]
    assert row.state == "planned"
    assert on_row(desk, row.row, "2026-06-08 11:00", "explain").verdict == "allow"
    with pytest.raises(LedgerError, match="row 1 of list 7 is not snoozed"):
        put_off(desk, "2026-06-08 11:30", at="2026-06-08 11:30")


def test_a_refusal_withdraws_a_row_that_sleeps(desk):
    """What is heard in the meantime stops it as any other."""
    put_off(desk, "2026-06-08 15:00")
    who = rows_of(desk, MONDAY)[0].row.customer_id
    contact = desk.sent("2026-06-08 11:00", "phone", who=who, proactive=False)
    desk.hears(contact, "REFUSED_ALL", "2026-06-08 11:05")
    assert listed(desk, MONDAY, "2026-06-08 16:00")[0][0] == "cancelled"


def test_a_reservation_that_was_not_dialled_is_given_back(desk):
    """Its slot is free again, and the row comes back like any other."""
    row = rows_of(desk, MONDAY)[0].row
    assert on_row(desk, row, "2026-06-08 10:00").verdict == "allow"
    put_off(desk, "2026-06-08 15:00", at="2026-06-08 10:02")
    assert listed(desk, MONDAY, "2026-06-08 10:03")[0][0] == "snoozed"
    kept = desk.ledger.history([desk.people[row.customer_id]])[row.customer_id]
    assert [contact.state for contact in kept.contacts] == ["expired"]
    assert on_row(desk, row, "2026-06-08 15:00", number=2).verdict == "allow"


def test_a_worked_a_withdrawn_and_a_promised_row_cannot_be_snoozed(desk):
    """Each is refused with what it is, and what to do."""
    rows = [each.row for each in rows_of(desk, MONDAY)]
    contact = worked(desk, rows[0], "2026-06-08 10:00", "CONNECTED_INTERESTED")
    with pytest.raises(LedgerError, match="row 1 of list 7 is connected: nothing is left of it"):
        put_off(desk, "2026-06-08 15:00", at="2026-06-08 11:00")
    due = moment("2026-06-09 15:00")
    desk.ledger.record_outcome(
        contact, "CONNECTED_CALLBACK", now=moment("2026-06-08 10:30"), agent=5, due_at=due
    )
    published(desk, everybody(desk), TUESDAY)
    with pytest.raises(LedgerError, match=r"was promised to the customer .* CONNECTED_CALLBACK"):
        put_off(desk, "2026-06-09 17:00", at="2026-06-09 10:00", day=TUESDAY)


@pytest.mark.parametrize(
    ("until", "reason", "message"),
    [
        ("2026-06-08 09:00", "later", "cannot be snoozed until .* give a moment after now"),
        ("2026-09-30 09:00", "later", "within 92 days"),
        ("2026-06-08 15:00", "  ", "a snooze needs a reason"),
    ],
)
def test_a_snooze_has_a_reason_and_an_end(desk, until, reason, message):
    """Neither the past nor for ever."""
    with pytest.raises(LedgerError, match=message):
        put_off(desk, until, reason=reason)
    assert listed(desk, MONDAY, "2026-06-08 11:00")[0] == ("planned", None)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({}, "block"),
        ({"channel": "sms"}, "block"),
        ({"purpose": "retention"}, "block"),
        ({"proactive": False}, "allow"),
        ({"direction": "inbound"}, "allow"),
        ({"category": "service"}, "allow"),
        ({"category": "risk"}, "allow"),
    ],
)
def test_a_snooze_stops_what_would_approach_the_customer_and_nothing_else(said, verdict):
    """Marketing by any channel; not what was promised, nor service, nor a customer who comes."""
    nap = Snooze(moment("2026-06-08 09:00"), moment("2026-06-10 15:00"))
    asked = {"request_id": "r", "customer_id": 1, "channel": "phone", "point_id": 11} | said
    facts = Facts(customer(snoozes=(nap,)), {})
    decision = decide(Request(**asked), facts, policy_of(), moment("2026-06-08 10:00"))
    assert decision.verdict == verdict
    assert decision.failing == (("snoozed",) if verdict == "block" else ())
    before = decide(Request(**asked), facts, policy_of(), moment("2026-06-08 08:59:59"))
    assert before.verdict == "allow"


def test_of_two_words_of_one_second_the_last_told_stands():
    """Put off for two days and called back at once: nothing is put off, and the other way round."""
    at = moment("2026-06-08 09:00")
    put, ended = Snooze(at, at + timedelta(days=2)), Snooze(at, at)
    asked = Request("r", 1, channel="phone", point_id=11)
    for said, verdict in (((put, ended), "allow"), ((ended, put), "block")):
        facts = Facts(customer(snoozes=said), {})
        decided = decide(asked, facts, policy_of(), moment("2026-06-08 10:00"))
        assert decided.verdict == verdict
