"""The checks that no policy file can switch off."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from goodcall.profile import Assessment, Consent, Point
from outreach import Facts, PointMark, decide

NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)


def verdict(a, request, facts, now=NOW):
    decision = decide(request, facts, a.policy(), now)
    because = [c.verdict.because for c in decision.checks if not c.verdict.passes]
    return decision.verdict, decision.failing, because


@pytest.mark.parametrize("status", ["closed", "deceased"])
def test_nobody_contacts_who_is_no_customer_any_more(a, status):
    """Deceased and closed stop every category, for ever."""
    for category in ("marketing", "service", "regulatory", "risk"):
        asked = a.request(category=category)
        said = verdict(a, asked, a.facts(a.customer(status=status)))
        assert said == ("block", ("identity",), [status])


def test_a_channel_with_points_needs_a_living_one(a):
    """No point, an invalid one or another kind's is a block; the branch needs none."""
    gone = a.customer(points=(Point(11, "phone", "1", valid=False),))
    assert verdict(a, a.request(), a.facts(gone))[2] == ["dead_contact_point"]
    mail = a.customer(points=(Point(11, "email", "a@b", valid=True),))
    assert verdict(a, a.request(), a.facts(mail))[2] == ["dead_contact_point"]
    assert verdict(a, a.request(point_id=None), a.facts())[2] == ["no_contact_point"]
    assert verdict(a, a.request("branch"), a.facts(gone))[0] == "allow"


def test_CP_21_a_wrong_number_dies_at_once_and_verification_revives_it(a):
    """The old number fails, another passes, a later verification brings the old one back."""
    wrong = a.contact("2026-06-08 09:00", "phone", outcome="WRONG_NUMBER", point_id=11)
    points = (Point(11, "phone", "1", valid=True), Point(12, "phone", "2", valid=True))
    facts = a.facts(a.customer(points=points, contacts=(wrong,)))
    assert verdict(a, a.request(), facts)[2] == ["dead_contact_point"]
    assert verdict(a, a.request(point_id=12), facts)[0] == "allow"
    verified = (Point(11, "phone", "1", valid=True, verified_on=date(2026, 6, 9)),)
    again = a.facts(a.customer(points=verified, contacts=(wrong,)))
    assert verdict(a, a.request(), again, a.moment("2026-06-10 10:00"))[0] == "allow"


def test_an_invalid_number_is_dead_for_everybody_on_it(a):
    """What another customer's call found out about the number counts; a wrong number does not."""
    for code, said in (("INVALID", "block"), ("DISCONNECTED", "block"), ("WRONG_NUMBER", "allow")):
        mark = PointMark(11, 2, "phone", code, a.moment("2026-06-01 10:00"))
        facts = Facts(a.customer(), {}, marks=(mark,))
        assert verdict(a, a.request(), facts)[0] == said


@pytest.mark.parametrize(
    ("outcome", "channel", "sms", "phone"),
    [
        ("REFUSED_CHANNEL", "phone", "allow", "block"),
        ("REFUSED_ALL", "phone", "block", "block"),
        ("UNSUBSCRIBE", "sms", "block", "allow"),
    ],
)
def test_CP_22_a_refusal_stops_its_channel_from_its_second(a, outcome, channel, sms, phone):
    """A refused call stops calls and not messages; a refusal of all stops both, for ever."""
    said = a.contact("2026-06-08 10:00", channel, outcome=outcome)
    facts = a.facts(a.customer(contacts=(said,)))
    assert verdict(a, a.request("sms"), facts)[0] == sms
    assert verdict(a, a.request("phone"), facts)[0] == phone
    assert verdict(a, a.request("phone"), facts, a.moment("2026-06-08 09:59:59"))[0] == "allow"
    assert verdict(a, a.request("phone", category="service"), facts)[0] == "allow"


def test_a_refusal_on_a_shared_number_stops_everyone_on_it(a):
    """R-14: marks of the number stop the customer who never refused, on that number only."""
    mark = PointMark(11, 2, "phone", "REFUSED_CHANNEL", a.moment("2026-06-01 10:00"))
    two = a.customer(points=(*a.customer().points, Point(12, "phone", "2", valid=True)))
    facts = Facts(two, {}, marks=(mark,))
    assert verdict(a, a.request("phone"), facts) == ("block", ("dnc",), ["number_refused"])
    assert verdict(a, a.request("phone", point_id=12), facts)[0] == "allow"
    assert verdict(a, a.request("sms"), facts)[0] == "allow"
    everything = replace(mark, code="REFUSED_ALL")
    assert verdict(a, a.request("sms"), Facts(two, {}, marks=(everything,)))[0] == "block"


def test_do_not_call_holds_until_it_is_lifted_with_evidence(a):
    """A lifting without evidence lifts nothing."""
    dnc = Consent(a.moment("2026-01-01 10:00"), "dnc", "phone")
    bare = Consent(a.moment("2026-02-01 10:00"), "dnc_lifted", "phone")
    proven = Consent(a.moment("2026-02-01 10:00"), "dnc_lifted", None, None, "letter", "v1")
    for words, said in (((dnc,), "block"), ((dnc, bare), "block"), ((dnc, proven), "allow")):
        facts = a.facts(a.customer(consents=words))
        assert verdict(a, a.request("phone"), facts)[0] == said
    assert verdict(a, a.request("sms"), a.facts(a.customer(consents=(dnc,))))[0] == "allow"


def test_CP_29_who_objects_to_profiling_is_not_chosen_by_a_model(a):
    """Personal selection is blocked for good, a general one passes."""
    facts = a.facts(a.customer(profiling_opt_out=True))
    assert verdict(a, a.request(), facts)[:2] == ("block", ("profiling",))
    assert verdict(a, a.request(selection="general"), facts)[0] == "allow"


def test_CP_13_a_fraud_alert_passes_and_carries_no_offer(a):
    """An exempt message needs only identity and no hold; with an offer it fails that alone."""
    refused = (Consent(a.moment("2026-01-01 10:00"), "dnc"),)
    facts = a.facts(a.customer(consents=refused), a.offer(investment=True, risk="R5"), holdout=True)
    assert verdict(a, a.request(category="risk"), facts)[0] == "allow"
    sold = a.request(category="risk", offer_code="fund-a")
    assert verdict(a, sold, facts)[:2] == ("block", ("exempt_offer",))


def test_CP_52_the_holdout_is_left_alone_on_every_channel(a):
    """Proactive marketing is blocked; service and what the customer begins is not."""
    facts = a.facts(holdout=True)
    for channel in ("phone", "sms", "branch"):
        assert verdict(a, a.request(channel), facts)[:2] == ("block", ("holdout",))
        inbound = a.request(channel, direction="inbound")
        assert verdict(a, inbound, facts)[0] == "allow"
        assert verdict(a, a.request(channel, category="service"), facts)[0] == "allow"


@pytest.mark.parametrize(
    ("tolerance", "expires", "risk", "because"),
    [
        ("C3", date(2026, 12, 31), "R3", None),
        ("C3", date(2026, 12, 31), "R4", "too_risky"),
        (None, None, "R1", "no_assessment"),
        ("C5", date(2026, 6, 8), "R5", None),
        ("C5", date(2026, 6, 7), "R5", "assessment_expired"),
        ("C5", date(2026, 12, 31), None, "no_rating"),
    ],
)
def test_an_investment_must_suit_the_customer(a, tolerance, expires, risk, because):
    """Risk within tolerance, an assessment in force to its last local day, a rating by someone."""
    tested = tolerance and Assessment(tolerance, expires)
    profile = a.customer(assessment=tested)
    facts = a.facts(profile, a.offer(investment=True, risk=risk))
    said = verdict(a, a.request(offer_code="fund-a"), facts, a.moment("2026-06-08 23:00"))
    expected = ("allow", (), []) if because is None else ("block", ("suitability",), [because])
    assert said == expected


@pytest.mark.parametrize(
    ("facts", "limits", "because"),
    [
        ({"kind": "corporate"}, {}, "kind_not_served"),
        ({"birth_date": date(2008, 6, 8)}, {"min_age": 18}, None),
        ({"birth_date": date(2008, 6, 9)}, {"min_age": 18}, "too_young"),
        ({"birth_date": date(1960, 6, 9)}, {"max_age": 65}, None),
        ({"birth_date": date(1960, 6, 8)}, {"max_age": 65}, "too_old"),
        ({"birth_date": None}, {"min_age": 18}, "age_unknown"),
        ({"birth_date": None, "stated_age": 40}, {"min_age": 18}, None),
        ({"birth_date": None}, {}, None),
        ({}, {"valid_to": date(2026, 6, 8)}, None),
        ({}, {"valid_to": date(2026, 6, 7)}, "offer_expired"),
    ],
)
def test_an_offer_is_open_to_its_kinds_ages_and_days(a, facts, limits, because):
    """Ages are full years on the local day; an unknown age passes no limit."""
    known = a.facts(a.customer(**facts), a.offer(**limits))
    said = verdict(a, a.request(offer_code="fund-a"), known)
    assert said[2] == ([] if because is None else [because])


def test_too_young_ends_on_the_birthday(a):
    """The first allowed instant is local midnight of the birthday; 1 March for a leap-day child."""
    facts = a.facts(a.customer(birth_date=date(2008, 2, 29)), a.offer(min_age=21))
    decision = decide(a.request(offer_code="fund-a"), facts, a.policy(), NOW)
    assert decision.until == a.moment("2029-03-01 00:00")


@pytest.mark.parametrize(
    ("outcome", "rule"), [("DECEASED", "identity"), ("MINOR", "identity"), ("LEGAL", "legal_hold")]
)
def test_a_hard_stop_bites_from_the_outcomes_second(a, outcome, rule):
    """R-46: what an agent heard stops every category before it is verified."""
    heard = a.contact(
        "2026-06-08 09:00", "phone", outcome=outcome, outcome_at=a.moment("2026-06-08 10:00")
    )
    facts = a.facts(a.customer(contacts=(heard,)))
    assert verdict(a, a.request(category="risk"), facts)[1] == (rule,)
    assert verdict(a, a.request(), facts, a.moment("2026-06-08 09:59:59"))[0] == "allow"
