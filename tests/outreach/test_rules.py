"""Every rule by its own example in the contact policy, read from a policy file's text."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from goodcall.profile import Case, Holding
from outreach import decide

NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
SMS_CAP = 'id = "sms_weekly"\nkind = "frequency_cap"\nchannels = ["sms"]\nat_most = 2\ndays = 7'
CONSENT = 'id = "consent"\nkind = "consent"\nchannels = ["sms", "phone"]\nmode = "restrictive"'
REJECT = (
    'id = "rejected"\nkind = "reject_cooloff"\noffer_days = 90\nfamily_rejects = 2\n'
    "family_within_days = 180\nfamily_days = 180"
)
COMPLAINT = 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30'
HOLDS = 'id = "holds"\nkind = "already_holds"\ndays_before_maturity = 15'


def test_CP_01_a_contact_leaves_the_window_on_the_second(a):
    """SMS at most 2 in rolling 7 days: freed exactly 7 x 24 hours after the first."""
    sent = (a.contact("2026-06-01 10:00"), a.contact("2026-06-03 10:00"))
    facts, policy = a.facts(a.customer(contacts=sent)), a.policy(SMS_CAP)
    early = decide(a.request(), facts, policy, a.moment("2026-06-08 09:59:59"))
    assert (early.verdict, early.failing) == ("defer", ("sms_weekly",))
    assert early.until == a.moment("2026-06-08 10:00")
    cap = next(c for c in early.checks if c.rule == "sms_weekly").verdict
    assert (cap.counted, cap.left) == (2, 0)
    assert decide(a.request(), facts, policy, a.moment("2026-06-08 10:00")).verdict == "allow"


def test_CP_01_only_counted_outbound_marketing_counts(a):
    """Planned, failed, inbound and service contacts and other channels leave the cap alone."""
    at = "2026-06-07 10:00"
    sent = (
        a.contact(at, state="planned"),
        a.contact(at, state="failed"),
        a.contact(at, direction="inbound"),
        a.contact(at, category="service"),
        a.contact(at, channel="phone"),
    )
    decision = decide(
        *(a.request(), a.facts(a.customer(contacts=sent)), a.policy(SMS_CAP)),
        a.moment("2026-06-08 10:00"),
    )
    cap = next(c for c in decision.checks if c.rule == "sms_weekly").verdict
    assert (decision.verdict, cap.counted, cap.left) == ("allow", 0, 2)


def test_a_reservation_for_later_is_never_pushed_over_the_cap(a):
    """R-22: two messages reserved for tomorrow leave no room for one today."""
    later = (a.contact("2026-06-09 10:00"), a.contact("2026-06-09 11:00"))
    facts = a.facts(a.customer(contacts=later))
    decision = decide(a.request(), facts, a.policy(SMS_CAP), a.moment("2026-06-08 10:00"))
    assert decision.verdict == "block"
    assert decision.until == a.moment("2026-06-16 10:00")


def test_a_cap_in_hours_spans_midnight(a):
    """One a rolling 24 hours: sent 23:30, free at 23:30 and not at midnight."""
    cap = 'id = "daily"\nkind = "frequency_cap"\nat_most = 1\nhours = 24'
    facts = a.facts(a.customer(contacts=(a.contact("2026-06-30 23:30"),)))
    decision = decide(a.request(), facts, a.policy(cap), a.moment("2026-07-01 00:10"))
    assert decision.until == a.moment("2026-07-01 23:30")


def test_CP_17_a_rejected_offer_rests_90_days(a):
    """Rejected 1 January: no on 31 March, yes on 1 April."""
    no = a.contact("2026-01-01 15:00", "phone", outcome="NOT_INTERESTED_OFFER", offer_code="fund-a")
    facts = a.facts(a.customer(contacts=(no,)), a.offer("fund-a"), a.offer("fund-b"))
    asked = a.request(offer_code="fund-a")
    policy = a.policy(REJECT)
    decision = decide(asked, facts, policy, a.moment("2026-03-31 23:00"))
    assert (decision.verdict, decision.until) == ("block", a.moment("2026-04-01 15:00"))
    assert decide(asked, facts, policy, a.moment("2026-04-01 15:00")).verdict == "allow"
    other = a.request(offer_code="fund-b")
    assert decide(other, facts, policy, a.moment("2026-01-02 09:00")).verdict == "allow"


def test_CP_17_two_rejects_rest_the_family_180_days(a):
    """Two rejects in a family within 180 days stop it for 180 days from the second."""
    said = [
        a.contact("2026-01-01 15:00", outcome="NOT_INTERESTED_OFFER", offer_code="fund-a"),
        a.contact("2026-06-29 14:59:59", outcome="NOT_INTERESTED_OFFER", offer_code="fund-b"),
    ]
    offers = (
        a.offer("fund-a"),
        a.offer("fund-b"),
        a.offer("fund-c"),
        a.offer("card", "credit_card"),
    )
    facts = a.facts(a.customer(contacts=tuple(said)), *offers)
    policy, now = a.policy(REJECT), a.moment("2026-07-01 09:00")
    stopped = decide(a.request(offer_code="fund-c"), facts, policy, now)
    assert stopped.until == a.moment("2026-12-26 14:59:59")
    assert decide(a.request(offer_code="card"), facts, policy, now).verdict == "allow"
    far = [said[0], replace(said[1], happened_at=a.moment("2026-06-30 15:00"))]
    apart = a.facts(a.customer(contacts=tuple(far)), *offers)
    assert decide(a.request(offer_code="fund-c"), apart, policy, now).verdict == "allow"


def test_CP_19_a_term_deposit_rests_until_15_days_before_maturity(a):
    """Free from 00:00 local of maturity minus 15 days, and other families all along."""
    held = Holding(5, "deposit", date(2026, 1, 1), None, date(2026, 6, 30))
    offers = (a.offer("td", "deposit"), a.offer("fund-a"))
    facts, policy = a.facts(a.customer(holdings=(held,)), *offers), a.policy(HOLDS)
    asked = a.request(offer_code="td")
    decision = decide(asked, facts, policy, a.moment("2026-06-14 23:59:59"))
    assert decision.until == a.moment("2026-06-15 00:00")
    assert decide(asked, facts, policy, a.moment("2026-06-15 00:00")).verdict == "allow"
    assert (
        decide(a.request(offer_code="fund-a"), facts, policy, a.moment("2026-02-01 10:00")).verdict
        == "allow"
    )


def test_CP_19_a_product_without_end_rests_until_it_is_closed(a):
    """Held for ever blocks for ever; one that was closed stops nothing."""
    card = Holding(6, "credit_card", date(2020, 1, 1))
    offers, policy, now = (
        (a.offer("card", "credit_card"),),
        a.policy(HOLDS),
        a.moment("2026-06-08 10:00"),
    )
    asked = a.request(offer_code="card")
    decision = decide(asked, a.facts(a.customer(holdings=(card,)), *offers), policy, now)
    assert (decision.verdict, decision.until) == ("block", None)
    closed = replace(card, closed_on=date(2026, 6, 8))
    assert (
        decide(asked, a.facts(a.customer(holdings=(closed,)), *offers), policy, now).verdict
        == "allow"
    )


def test_CP_19_what_was_just_bought_rests_before_it_is_booked(a):
    """A purchase told on the phone stops the family for the days that the rule names."""
    rule = 'id = "holds"\nkind = "already_holds"\naccepted_days = 30'
    bought = a.contact("2026-06-01 10:00", "phone", outcome="PURCHASED", offer_code="card")
    facts = a.facts(a.customer(contacts=(bought,)), a.offer("card", "credit_card"))
    decision = decide(
        a.request(offer_code="card"), facts, a.policy(rule), a.moment("2026-06-08 10:00")
    )
    assert decision.until == a.moment("2026-07-01 10:00")


@pytest.mark.parametrize(
    ("case", "verdict", "until"),
    [
        (Case("complaint", NOW), "block", None),
        (Case("complaint", NOW, "2026-06-01 12:00"), "block", "2026-07-01 12:00"),
        (Case("complaint", NOW, "2026-05-09 10:00"), "allow", None),
        (Case("service", NOW), "allow", None),
    ],
)
def test_CP_23_a_complaint_stops_marketing_until_30_days_after_it_is_settled(
    a, case, verdict, until
):
    """Open or closed less than 30 days ago: no marketing; a service message may go."""
    closed = case.closed_at and a.moment(case.closed_at)
    case = replace(case, happened_at=a.moment("2026-05-01 10:00"), closed_at=closed)
    facts, policy = a.facts(a.customer(cases=(case,))), a.policy(COMPLAINT)
    decision = decide(a.request(), facts, policy, a.moment("2026-06-08 10:00"))
    assert (decision.verdict, decision.until) == (verdict, until and a.moment(until))
    service = decide(a.request(category="service"), facts, policy, a.moment("2026-06-08 10:00"))
    assert service.verdict == "allow"


@pytest.mark.parametrize(
    ("today", "family", "verdict"),
    [
        ("2026-06-30 23:59:59", "credit_card", "allow"),
        ("2026-07-01 00:00", "credit_card", "block"),
        ("2026-07-01 00:00", "fund", "allow"),
    ],
)
def test_CP_25_credit_stops_on_day_31_of_being_overdue(a, today, family, verdict):
    """Due 31 May is day 0; 1 July is day 31; other families go on."""
    facts = a.facts(a.customer(overdue_since=date(2026, 5, 31)), a.offer("x", family))
    decision = decide(a.request(offer_code="x"), facts, a.policy(), a.moment(today))
    assert decision.verdict == verdict
    assert decision.failing == (("stop",) if verdict == "block" else ())


@pytest.mark.parametrize(
    ("consents", "verdict"),
    [
        ((), "block"),
        ((("2026-01-01 10:00", "grant"),), "allow"),
        ((("2026-01-01 10:00", "grant"), ("2026-06-08 10:00", "revoke")), "block"),
        ((("2026-01-01 10:00", "grant"), ("2026-06-08 10:00:01", "revoke")), "allow"),
        ((("2026-06-08 10:00", "grant"), ("2026-06-08 10:00", "revoke")), "block"),
        ((("2026-01-01 10:00", "revoke"), ("2026-02-01 10:00", "grant")), "allow"),
    ],
)
def test_CP_26_no_record_is_no_and_a_revocation_bites_from_its_second(a, consents, verdict):
    """The latest word counts; of two in one second the revocation."""
    said = tuple(a.grant(at, action=action) for at, action in consents)
    facts = a.facts(a.customer(consents=said))
    decision = decide(a.request(), facts, a.policy(CONSENT), a.moment("2026-06-08 10:00"))
    assert decision.verdict == verdict


def test_CP_26_an_expired_grant_is_as_no_record(a):
    """A grant holds to the end of its last local day."""
    facts = a.facts(
        a.customer(consents=(a.grant("2026-01-01 10:00", expires_on=date(2026, 6, 8)),))
    )
    policy = a.policy(CONSENT)
    assert decide(a.request(), facts, policy, a.moment("2026-06-08 23:59:59")).verdict == "allow"
    assert decide(a.request(), facts, policy, a.moment("2026-06-09 00:00")).verdict == "block"


def test_CP_26_a_channel_that_no_consent_rule_lists_needs_none(a):
    """Talking at the branch goes without a record where the rule lists calls and messages."""
    decision = decide(a.request("branch"), a.facts(), a.policy(CONSENT), NOW)
    assert decision.verdict == "allow"
    assert "consent" not in {check.rule for check in decision.checks}


def test_CP_26_silence_may_be_yes_where_the_bank_says_so(a):
    """In a non-restrictive rule no record passes and a revocation does not."""
    policy = a.policy(CONSENT.replace('"restrictive"', '"non_restrictive"'))
    assert decide(a.request(), a.facts(), policy, NOW).verdict == "allow"
    revoked = a.customer(consents=(a.grant("2026-01-01 10:00", action="revoke"),))
    assert decide(a.request(), a.facts(revoked), policy, NOW).verdict == "block"


@pytest.mark.parametrize(
    ("channel", "purpose", "asked", "verdict"),
    [
        (None, None, None, "allow"),
        ("sms", None, None, "allow"),
        ("phone", None, None, "block"),
        (None, "retention", None, "block"),
        (None, None, "retention", "block"),
        (None, "retention", "retention", "allow"),
    ],
)
def test_CP_26_a_grant_speaks_for_its_channel_and_purpose(a, channel, purpose, asked, verdict):
    """No channel speaks for all; no purpose speaks for marketing."""
    facts = a.facts(a.customer(consents=(a.grant("2026-01-01 10:00", channel, purpose=purpose),)))
    decision = decide(a.request(purpose=asked), facts, a.policy(CONSENT), NOW)
    assert decision.verdict == verdict


def test_a_care_call_rests_on_a_marketing_grant_where_the_rule_says_so(a):
    """`marketing_covers` extends a marketing grant to retention; revoking either bites."""
    policy = a.policy(CONSENT + '\nmarketing_covers = ["retention"]')
    given = a.grant("2026-01-01 10:00")
    asked = a.request(purpose="retention")
    assert decide(asked, a.facts(a.customer(consents=(given,))), policy, NOW).verdict == "allow"
    for purpose in (None, "retention"):
        taken = a.grant("2026-02-01 10:00", action="revoke", purpose=purpose)
        facts = a.facts(a.customer(consents=(given, taken)))
        assert decide(asked, facts, policy, NOW).verdict == "block"


@pytest.mark.parametrize("lacking", ["evidence_source", "text_version"])
def test_CP_28_a_grant_without_evidence_is_none(a, lacking):
    """Source and text version must be there; a revocation needs neither."""
    unproven = a.grant("2026-01-01 10:00", **{lacking: None})
    facts, policy = a.facts(a.customer(consents=(unproven,))), a.policy(CONSENT)
    assert decide(a.request(), facts, policy, NOW).verdict == "block"
    bare = a.grant("2026-02-01 10:00", action="revoke", evidence_source=None, text_version=None)
    taken = a.facts(a.customer(consents=(a.grant("2026-01-01 10:00"), bare)))
    assert decide(a.request(), taken, policy, NOW).verdict == "block"


def test_an_expired_rule_is_out_of_force(a):
    """A rule holds to the end of its last day in the bank's zone, and frees what it stopped."""
    policy = a.policy(SMS_CAP + "\nexpires = 2026-06-08")
    sent = (a.contact("2026-06-08 08:00"), a.contact("2026-06-08 09:00"))
    facts = a.facts(a.customer(contacts=sent))
    stopped = decide(a.request(), facts, policy, a.moment("2026-06-08 10:00"))
    assert stopped.until == a.moment("2026-06-09 00:00")
    free = decide(a.request(), facts, policy, a.moment("2026-06-09 00:00"))
    assert (free.verdict, "sms_weekly" in {c.rule for c in free.checks}) == ("allow", False)


def test_a_service_message_is_bound_by_rules_that_list_it(a):
    """A cap for marketing and service counts and binds both."""
    both = SMS_CAP + '\ncategories = ["marketing", "service"]'
    sent = (a.contact("2026-06-07 10:00", category="service"), a.contact("2026-06-07 11:00"))
    facts, asked = a.facts(a.customer(contacts=sent)), a.request(category="service")
    assert decide(asked, facts, a.policy(both), NOW).failing == ("sms_weekly",)
    assert decide(asked, facts, a.policy(SMS_CAP), NOW).verdict == "allow"
