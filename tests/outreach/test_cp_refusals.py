"""CP-21 to CP-29: refusals, stops and consent, by their own examples, from policy to ledger."""

from datetime import date

import pytest
from policed import customer, grant, moment, offer, why

from goodcall.profile import Case, Consent, Hold, Point

COMPLAINT = 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30'
MOOD = 'id = "low_mood"\nkind = "low_mood"\ndays = 14'
RESTRICTIVE = 'id = "consent"\nkind = "consent"\nchannels = ["phone", "sms"]\nmode = "restrictive"'
CALL = {"channel": "phone"}


def test_CP_21_a_wrong_number_is_dead_at_once_and_other_points_live(desk):
    """No next message to the old number, from its second; calls to another; a task to fix it."""
    two = (*customer().points, Point(13, "phone", "19900000077", valid=True))
    desk.knows(customer(points=two))
    wrong = desk.sent("2026-06-08 10:00", "phone", "WRONG_NUMBER")
    for channel in ("sms", "phone"):
        said = desk.would("2026-06-08 10:00", channel)
        assert (said.verdict, said.until, said.failing) == ("block", None, ("identity",))
        assert desk.would("2026-06-08 10:00", channel, point_id=13).verdict == "allow"
    (fix,) = desk.ledger.data_fixes()
    assert (fix.customer_id, fix.point_id, fix.code) == (1, 11, "WRONG_NUMBER")
    assert desk.ledger.contact_id("r1") == wrong


def test_CP_22_a_refusal_at_a_call_stops_calls_by_any_agent_from_that_second(desk):
    """A second agent's request is refused at once and for ever; messages may go on."""
    refused = desk.sent("2026-06-08 10:00", "phone")
    desk.hears(refused, "REFUSED_CHANNEL", "2026-06-08 10:05:00")
    assert desk.would("2026-06-08 10:04:59", "phone").verdict == "allow"
    for at in ("2026-06-08 10:05:00", "2036-06-08 10:05:00"):
        said = desk.ask(at, "phone")
        assert (said.verdict, said.until, said.failing) == ("block", None, ("dnc",))
    assert desk.would("2026-06-08 10:05:00", "sms").verdict == "allow"
    assert desk.would("2026-06-08 10:05:00", "phone", category="service").verdict == "allow"


def test_CP_23_a_complaint_opened_at_ten_stops_what_was_listed_at_nine(desk):
    """Refused at 10:01 on every channel; service goes on; free 30 days after it is closed."""
    desk.under(COMPLAINT)
    opened = moment("2026-06-08 10:00")
    assert desk.would("2026-06-08 09:00").verdict == "allow"
    desk.notes(Case("complaint", opened), "2026-06-08 10:00")
    for channel in ("phone", "sms", "email", "app", "post", "branch"):
        said = desk.ask("2026-06-08 10:01", channel)
        assert (said.verdict, said.until, said.failing) == ("block", None, ("complaint",))
    assert desk.ask("2026-06-08 10:01", category="service").verdict == "allow"
    closed = moment("2026-06-20 16:00")
    desk.notes(Case("complaint", opened, closed), "2026-06-20 16:00")
    late = desk.would("2026-07-20 15:59:59")
    assert (late.failing, late.until) == (("complaint",), moment("2026-07-20 16:00"))
    assert desk.would("2026-07-20 16:00").verdict == "allow"


def test_CP_24_low_spirits_stop_what_sells_and_not_care(desk):
    """From the outcome for the rule's days; a call of purpose retention is care."""
    desk.sells(offer("fund-a")).under(MOOD)
    spoken = desk.sent("2026-06-08 10:00", "phone")
    desk.hears(spoken, "LOW_MOOD", "2026-06-08 10:05")
    for said in ({"offer_code": "fund-a"}, {}):
        sale = desk.would("2026-06-22 10:04:59", "phone", **said)
        assert (sale.failing, sale.until) == (("low_mood",), moment("2026-06-22 10:05"))
    assert desk.would("2026-06-09 10:00", "phone", purpose="retention").verdict == "allow"
    assert desk.would("2026-06-22 10:05", "phone", offer_code="fund-a").verdict == "allow"


@pytest.mark.parametrize("kind", ["bereavement", "vulnerability", "litigation", "collections"])
def test_CP_25_fixed_stops_hold_while_they_last(desk, kind):
    """Each stops marketing from its second to its end, on every channel, and no service."""
    began, ended = moment("2026-06-08 10:00"), moment("2026-06-30 09:00")
    desk.notes(Hold(kind, began), "2026-06-08 10:00")
    assert desk.would("2026-06-08 09:59:59").verdict == "allow"
    for channel in ("phone", "app", "branch"):
        said = desk.would("2026-06-08 10:00", channel)
        assert (said.verdict, said.until, said.failing) == ("block", None, ("stop",))
        assert why(said) == [kind]
    assert desk.would("2026-06-08 10:00", category="service").verdict == "allow"
    desk.notes(Hold(kind, began, ended), "2026-06-30 09:00")
    assert desk.would("2026-06-29 10:00").until == ended
    assert desk.would(ended).verdict == "allow"


@pytest.mark.parametrize("family", ["credit_card", "consumer_loan", "mortgage", "business_loan"])
def test_CP_25_R_39_credit_stops_when_overdue_for_more_than_30_days(desk, family):
    """Due 31 May is day 0: day 30 is 30 June and passes, day 31 is 1 July and does not."""
    desk.sells(offer("loan", family), offer("fund-a"))
    desk.knows(customer(overdue_since=date(2026, 5, 31)))
    assert desk.would("2026-06-30 23:59:59", offer_code="loan").verdict == "allow"
    said = desk.would("2026-07-01 00:00", offer_code="loan")
    assert (said.failing, why(said)) == (("stop",), ["overdue"])
    assert desk.would("2026-07-01 00:00", offer_code="fund-a").verdict == "allow"


def test_CP_26_calls_and_messages_need_a_record(desk):
    """No record is no, on calls and messages; e-mail, which the rule leaves out, goes."""
    desk.under(RESTRICTIVE)
    for channel in ("phone", "sms"):
        said = desk.would("2026-06-08 10:00", channel)
        assert (said.verdict, said.until, said.failing) == ("block", None, ("consent",))
    assert desk.would("2026-06-08 10:00", "email").verdict == "allow"
    assert desk.would("2026-06-08 10:00", category="service").verdict == "allow"
    desk.notes(grant("2026-06-08 10:00", "sms"), "2026-06-08 10:00")
    assert desk.would("2026-06-08 09:59:59").until == moment("2026-06-08 10:00")
    assert desk.would("2026-06-08 10:00").verdict == "allow"
    assert desk.would("2026-06-08 10:00", "phone").failing == ("consent",)


def test_CP_26_what_is_revoked_stops_from_that_second_and_what_expires_from_its_midnight(desk):
    """Granted then revoked: no from the revocation's second. Expired: no after its last day."""
    desk.under(RESTRICTIVE)
    desk.notes(grant("2026-06-01 10:00", expires_on=date(2026, 6, 10)), "2026-06-01 10:00")
    assert desk.would("2026-06-10 23:59:59").verdict == "allow"
    assert desk.would("2026-06-11 00:00").failing == ("consent",)
    revoked = moment("2026-06-08 10:00")
    desk.notes(Consent(revoked, "revoke", "sms"), "2026-06-08 10:00")
    assert desk.would("2026-06-08 09:59:59").verdict == "allow"
    assert desk.would("2026-06-08 10:00:00").failing == ("consent",)
    assert desk.would("2026-06-08 10:00:00", "phone").verdict == "allow"


@pytest.mark.parametrize(
    ("mode", "nothing", "revoked"),
    [
        ("restrictive", "block", "block"),
        ("non_restrictive", "allow", "block"),
        ("disabled", "allow", "allow"),
    ],
)
def test_CP_26_the_three_modes_differ_in_what_silence_and_a_no_mean(desk, mode, nothing, revoked):
    """Silence is no, yes, or not asked; a revocation is heeded unless the rule is disabled."""
    desk.under(f'id = "consent"\nkind = "consent"\nmode = "{mode}"')
    assert desk.would("2026-06-08 10:00").verdict == nothing
    desk.notes(Consent(moment("2026-06-08 10:00"), "revoke"), "2026-06-08 10:00")
    assert desk.would("2026-06-08 10:00").verdict == revoked


def test_CP_27_R_34_purpose_and_topic_are_both_needed(desk):
    """The topic granted without the purpose is no; the purpose without the topic neither."""
    desk.under(RESTRICTIVE)
    asked = {"purpose": "marketing", "topic": "funds"}
    desk.notes(grant("2026-06-01 10:00", topic="funds"), "2026-06-01 10:00")
    assert desk.would("2026-06-08 10:00", **asked).failing == ("consent",)
    desk.notes(grant("2026-06-02 10:00", purpose="marketing"), "2026-06-02 10:00")
    assert desk.would("2026-06-08 10:00", **asked).verdict == "allow"
    assert desk.would("2026-06-08 10:00", **(asked | {"topic": "loans"})).failing == ("consent",)
    assert desk.would("2026-06-08 10:00").verdict == "allow"


@pytest.mark.parametrize("missing", ["evidence_source", "text_version"])
def test_CP_28_a_grant_without_evidence_is_none(desk, missing):
    """Without its source, or the version of its text, a record grants nothing."""
    desk.under(RESTRICTIVE)
    desk.notes(grant("2026-06-01 10:00", **{missing: None}), "2026-06-01 10:00")
    assert desk.would("2026-06-08 10:00").failing == ("consent",)
    desk.notes(grant("2026-06-02 10:00"), "2026-06-02 10:00")
    assert desk.would("2026-06-08 10:00").verdict == "allow"


def test_CP_28_the_evidence_is_kept_as_it_was_given(desk):
    """Source, text version and time stay in the ledger beside a later revocation."""
    given, taken = grant("2026-06-01 10:00"), Consent(moment("2026-06-02 10:00"), "revoke")
    desk.notes(given, "2026-06-01 10:00")
    desk.notes(taken, "2026-06-02 10:00")
    assert desk.ledger.history([desk.people[1]])[1].consents == (given, taken)


def test_CP_29_R_35_who_objects_to_profiling_may_be_on_a_general_list(desk):
    """Chosen by a model is no; from a general list yes, where marketing consent stands."""
    desk.under(RESTRICTIVE).knows(customer(profiling_opt_out=True))
    desk.notes(grant("2026-06-01 10:00"), "2026-06-01 10:00")
    chosen = desk.would("2026-06-08 10:00")
    assert (chosen.verdict, chosen.failing) == ("block", ("profiling",))
    assert why(chosen) == ["objects_to_profiling"]
    assert desk.would("2026-06-08 10:00", selection="general").verdict == "allow"
    desk.notes(Consent(moment("2026-06-02 10:00"), "revoke"), "2026-06-02 10:00")
    assert desk.would("2026-06-08 10:00", selection="general").failing == ("consent",)
