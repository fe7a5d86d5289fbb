"""CP-15 to CP-20: rest after an outcome, by their own examples, from policy text to ledger."""

from datetime import date

import pytest
from policed import counts, customer, moment, offer

from goodcall.profile import Holding, NeverOffer

CARDS = (offer("gold", "credit_card"), offer("platinum", "credit_card"), offer("fund-a"))
IMPRESSIONS = """
id = "seen_enough"
kind = "outcome_suppression"
codes = ["IMPRESSION"]
at_least = 3
within_days = 7
days = 10
scope = "offer"
"""
CLICKS = """
id = "clicked"
kind = "outcome_suppression"
codes = ["CLICK"]
at_least = 5
within_days = 7
days = 10
scope = "group"
"""
REJECTED = """
id = "rejected"
kind = "reject_cooloff"
offer_days = 90
family_rejects = 2
family_within_days = 180
family_days = 180
"""
NO_ANSWER = """
id = "no_answer"
kind = "no_answer_backoff"
channels = ["phone"]
wait_days = [1, 3]
stop_days = 30
attempts_per_lead = 3
"""


def test_CP_15_three_impressions_in_a_week_rest_the_offer_ten_days_from_the_third(desk):
    """Shown 1, 3 and 5 June at 12:00: no from 5 June 12:00, first yes 15 June 12:00."""
    desk.sells(*CARDS).under(IMPRESSIONS)
    for day in (1, 3, 5):
        at = f"2026-06-0{day} 12:00"
        assert desk.would(at, "app", offer_code="gold").verdict == "allow"
        desk.sent(at, "app", "IMPRESSION", offer_code="gold")
    for at in ("2026-06-05 12:00", "2026-06-15 11:59:59"):
        said = desk.would(at, "app", offer_code="gold")
        assert (said.failing, said.until) == (("seen_enough",), moment("2026-06-15 12:00"))
    assert desk.would("2026-06-15 12:00", "app", offer_code="gold").verdict == "allow"
    assert desk.would("2026-06-06 12:00", "app", offer_code="platinum").verdict == "allow"


def test_CP_15_impressions_count_within_the_half_open_span_only(desk):
    """The first shown exactly seven days before the third is no longer one of three."""
    desk.sells(*CARDS).under(IMPRESSIONS)
    for at in ("2026-06-01 12:00", "2026-06-03 12:00", "2026-06-08 12:00"):
        desk.sent(at, "app", "IMPRESSION", offer_code="gold")
    assert desk.would("2026-06-08 12:00", "app", offer_code="gold").verdict == "allow"


def test_CP_15_R_27_every_impression_that_finds_three_starts_a_rest_of_its_own(desk):
    """A fourth on 7 June moves the end to 17 June 12:00."""
    desk.sells(*CARDS).under(IMPRESSIONS)
    for day in (1, 3, 5, 7):
        desk.sent(f"2026-06-0{day} 12:00", "app", "IMPRESSION", offer_code="gold")
    said = desk.would("2026-06-08 12:00", "app", offer_code="gold")
    assert said.until == moment("2026-06-17 12:00")


def test_CP_16_five_clicks_on_any_card_rest_all_cards_and_no_fund(desk):
    """Clicks on two cards in a week stop every card for ten days; the fund goes on."""
    desk.sells(*CARDS).under(CLICKS)
    for day, card in enumerate(("gold", "platinum", "gold", "gold", "platinum"), start=1):
        assert desk.would(f"2026-06-0{day} 12:00", "app", offer_code=card).verdict == "allow"
        desk.sent(f"2026-06-0{day} 12:00", "app", "CLICK", offer_code=card)
    for card in ("gold", "platinum"):
        said = desk.would("2026-06-05 12:00", "app", offer_code=card)
        assert (said.failing, said.until) == (("clicked",), moment("2026-06-15 12:00"))
        assert desk.would("2026-06-15 12:00", "app", offer_code=card).verdict == "allow"
    assert desk.would("2026-06-05 12:00", "app", offer_code="fund-a").verdict == "allow"


def test_CP_16_five_clicks_on_one_message_are_five_clicks(desk):
    """Outcomes count, not contacts."""
    desk.sells(*CARDS).under(CLICKS)
    shown = desk.sent("2026-06-01 12:00", "app", "CLICK", offer_code="gold")
    for hour in (13, 14, 15):
        desk.hears(shown, "CLICK", f"2026-06-01 {hour}:00")
    assert desk.would("2026-06-01 15:00", "app", offer_code="gold").verdict == "allow"
    desk.hears(shown, "CLICK", "2026-06-01 16:00")
    said = desk.would("2026-06-01 16:00", "app", offer_code="platinum")
    assert said.until == moment("2026-06-11 16:00")


@pytest.mark.parametrize(
    ("year", "last", "free"), [(2026, "03-31", "04-01"), (2028, "03-30", "03-31")]
)
def test_CP_17_a_reject_rests_its_offer_90_days(desk, year, last, free):
    """Rejected 1 January 2026: no 31 March, yes 1 April, in a leap year a day before."""
    desk.sells(*CARDS).under(REJECTED)
    desk.sent(f"{year}-01-01 15:00", "phone", "NOT_INTERESTED_OFFER", offer_code="gold")
    said = desk.would(f"{year}-{last} 23:59:59", offer_code="gold")
    assert (said.failing, said.until) == (("rejected",), moment(f"{year}-{free} 15:00"))
    assert desk.would(f"{year}-{free} 15:00", offer_code="gold").verdict == "allow"
    assert desk.would(f"{year}-01-01 15:00", offer_code="platinum").verdict == "allow"


def test_CP_17_R_27_two_rejects_in_180_days_rest_the_group_180_days(desk):
    """Also two of one offer; a second that comes after exactly 180 days is alone."""
    desk.sells(*CARDS).under(REJECTED)
    desk.sent("2026-01-01 15:00", "phone", "NOT_INTERESTED_OFFER", offer_code="gold")
    desk.sent("2026-06-30 14:59:59", "phone", "NOT_INTERESTED_OFFER", offer_code="gold")
    said = desk.would("2026-07-01 12:00", offer_code="platinum")
    assert (said.failing, said.until) == (("rejected",), moment("2026-12-27 14:59:59"))
    assert desk.would("2026-07-01 12:00", offer_code="fund-a").verdict == "allow"


def test_CP_17_rejects_180_days_apart_do_not_meet(desk):
    """1 January and 30 June at the same second: the first has left the half-open span."""
    desk.sells(*CARDS).under(REJECTED)
    desk.sent("2026-01-01 15:00", "phone", "NOT_INTERESTED_OFFER", offer_code="gold")
    desk.sent("2026-06-30 15:00", "phone", "NOT_INTERESTED_OFFER", offer_code="gold")
    assert desk.would("2026-07-01 12:00", offer_code="platinum").verdict == "allow"


def test_CP_18_never_again_survives_a_merge_and_a_new_import(desk):
    """The word of a record that was merged away binds the survivor, whatever is imported."""
    desk.sells(*CARDS).knows(customer(2))
    said = moment("2026-01-05 10:00")
    desk.notes(NeverOffer("gold", said), "2026-01-05 10:00", who=2)
    assert desk.would("2026-01-05 09:59:59", who=2, offer_code="gold").verdict == "allow"
    again = desk.would("2036-01-05 10:00", who=2, offer_code="gold")
    assert (again.verdict, again.until, again.failing) == ("block", None, ("never_offer",))
    desk.ledger.merge(2, into=1, now=moment("2026-02-01 10:00"))
    desk.knows(customer(1, name="imported anew"))
    assert desk.would("2036-01-05 10:00", offer_code="gold").failing == ("never_offer",)
    assert desk.would("2036-01-05 10:00", offer_code="platinum").verdict == "allow"


def test_CP_19_a_deposit_of_180_days_rests_its_family_until_15_days_before_it_matures(desk):
    """Bought 1 January 2026, due 30 June: no to the end of 14 June, yes from 15 June 00:00."""
    rule = 'id = "held"\nkind = "already_holds"\ndays_before_maturity = 15\naccepted_days = 30'
    deposit = Holding(5, "deposit", date(2026, 1, 1), None, date(2026, 6, 30))
    desk.sells(offer("td-90", "deposit"), offer("fund-a")).under(rule)
    assert desk.would("2026-01-01 09:00", offer_code="td-90").verdict == "allow"
    desk.sent("2026-01-01 10:00", "phone", "PURCHASED", offer_code="td-90")
    before_it_is_booked = desk.would("2026-01-02 10:00", offer_code="td-90")
    assert before_it_is_booked.until == moment("2026-01-31 10:00")
    desk.knows(customer(holdings=(deposit,)))
    for at in ("2026-01-02 10:00", "2026-06-14 23:59:59"):
        said = desk.would(at, offer_code="td-90")
        assert (said.failing, said.until) == (("held",), moment("2026-06-15 00:00"))
    assert desk.would("2026-06-15 00:00", offer_code="td-90").verdict == "allow"
    assert desk.would("2026-01-02 10:00", offer_code="fund-a").verdict == "allow"


def test_CP_20_R_07_three_calls_without_an_answer_wait_1_and_3_days_and_stop_30(desk):
    """Each wait from its own call, to the second; after the stop the count starts at 0."""
    desk.under(NO_ANSWER)
    free = "2026-06-01 10:00"
    for until in ("2026-06-02 10:00", "2026-06-05 10:00", "2026-07-05 10:00", "2026-07-06 10:00"):
        assert desk.would(free, "phone", lead_id=f"lead of {free}").verdict == "allow"
        desk.sent(free, "phone", "NO_ANSWER", lead_id=f"lead of {free}")
        said = desk.would(free, "phone")
        assert (said.failing, said.until) == (("no_answer",), moment(until))
        free = until


def test_CP_20_R_07_a_lead_of_three_attempts_is_closed_and_another_is_not(desk):
    """Three unanswered calls of its own close the lead for ever, whoever answers since."""
    desk.under(NO_ANSWER)
    for at, code in (
        ("2026-06-01 10:00", "NO_ANSWER"),
        ("2026-06-02 10:00", "BUSY"),
        ("2026-06-05 10:00", "VOICEMAIL"),
    ):
        assert desk.would(at, "phone", lead_id="L1").verdict == "allow"
        desk.sent(at, "phone", code, lead_id="L1")
    closed = desk.would("2030-06-05 10:00", "phone", lead_id="L1")
    assert (closed.verdict, closed.until, closed.failing) == ("block", None, ("no_answer",))
    assert desk.would("2026-07-05 09:59:59", "phone", lead_id="L2").failing == ("no_answer",)
    assert desk.would("2026-07-05 10:00", "phone", lead_id="L2").verdict == "allow"


def test_CP_20_R_07_an_answered_call_resets_the_count(desk):
    """After an answer the next missed call is the first again, not the third."""
    desk.under(NO_ANSWER)
    desk.sent("2026-06-01 10:00", "phone", "NO_ANSWER")
    desk.sent("2026-06-02 10:00", "phone", "POWER_OFF")
    desk.sent("2026-06-05 10:00", "phone", "CONNECTED_THINKING")
    desk.sent("2026-06-06 10:00", "phone", "NO_ANSWER")
    assert desk.would("2026-06-06 11:00", "phone").until == moment("2026-06-07 10:00")


def test_CP_20_a_call_that_is_noted_twice_is_one_call(desk):
    """What was noted as no answer and then as voicemail is the first in a row, not the second."""
    desk.under(NO_ANSWER)
    missed = desk.sent("2026-06-01 10:00", "phone", "NO_ANSWER", lead_id="L1")
    desk.hears(missed, "VOICEMAIL", "2026-06-01 10:02")
    assert desk.would("2026-06-01 11:00", "phone").until == moment("2026-06-02 10:02")
    desk.sent("2026-06-03 10:00", "phone", "NO_ANSWER", lead_id="L1")
    said = desk.would("2026-06-06 10:00", "phone", lead_id="L1")
    assert said.verdict == "allow"


def test_CP_20_other_outcomes_neither_wait_nor_count(desk):
    """Someone else answered, or spoke another language: R-36 keeps both out of the row."""
    desk.under(NO_ANSWER)
    for hour, code in ((10, "THIRD_PARTY"), (11, "LANGUAGE")):
        desk.sent(f"2026-06-01 {hour}:00", "phone", code)
    assert desk.would("2026-06-01 12:00", "phone").verdict == "allow"
    assert counts(desk.would("2026-06-01 12:00", "phone"), "no_answer") == (None, None)
