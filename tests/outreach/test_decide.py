"""Laws of the decision: pure, complete, monotone, and exact about when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodcall.profile import Case, Consent, PastContact, Point, Profile
from outreach import Request, RequestError, decide
from outreach.decide import decision_from_json, decision_to_json

WEEK = '["mon","tue","wed","thu","fri","sat","sun"]'
START = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
STEP = timedelta(minutes=10)


def _hours(name, opens, closes):
    window = f'{{ days = {WEEK}, from = "{opens}", to = "{closes}" }}'
    return f'id = "{name}"\nkind = "quiet_hours"\nallowed = [{window}]'


RULES = (
    'id = "sms"\nkind = "frequency_cap"\nchannels = ["sms"]\nat_most = 1\nhours = 9',
    'id = "all"\nkind = "frequency_cap"\nat_most = 2\ndays = 1',
    'id = "complaint"\nkind = "complaint_cooloff"\ndays = 1',
    (
        'id = "rejected"\nkind = "reject_cooloff"\noffer_days = 1\nfamily_rejects = 2\n'
        "family_within_days = 2\nfamily_days = 2"
    ),
    'id = "bought"\nkind = "already_holds"\naccepted_days = 1',
    _hours("day", "09:00", "20:00"),
    _hours("evening", "18:00", "02:00"),
    'id = "consent"\nkind = "consent"\nmode = "non_restrictive"',
)


def _moments(days):
    return st.integers(-days * 144, days * 144).map(lambda n: START + n * STEP)


CONTACTS = st.lists(
    st.builds(
        PastContact,
        contact_id=st.just("c"),
        happened_at=_moments(2),
        channel=st.sampled_from(("sms", "phone")),
        direction=st.just("outbound"),
        category=st.just("marketing"),
        state=st.sampled_from(("reserved", "delivered", "planned", "failed")),
        offer_code=st.sampled_from(("fund-a", "fund-b", None)),
        outcome=st.sampled_from(
            (None, None, "NOT_INTERESTED_OFFER", "COMPLAINT", "PURCHASED", "REFUSED_CHANNEL")
        ),
    ),
    max_size=6,
)
CONSENTS = st.lists(
    st.builds(
        Consent,
        happened_at=_moments(2),
        action=st.sampled_from(("grant", "revoke", "dnc", "dnc_lifted")),
        channel=st.sampled_from((None, "sms", "phone")),
        evidence_source=st.just("form"),
        text_version=st.just("v1"),
        expires_on=st.sampled_from((None, date(2026, 6, 8), date(2026, 6, 9))),
    ),
    max_size=3,
)
POLICIES = st.lists(st.sampled_from(RULES), unique=True, max_size=4)


def _profile(contacts, consents=()):
    return Profile(
        1, START, "retail", "active", "Asia/Shanghai",
        points=(Point(11, "phone", "1", valid=True),),
        contacts=tuple(contacts), consents=tuple(consents),
    )  # fmt: skip


@given(rules=POLICIES, contacts=CONTACTS, more=CONTACTS, consents=CONSENTS)
@settings(max_examples=150)
def test_one_more_contact_never_allows_what_was_stopped(a, rules, contacts, more, consents):
    """Whatever happened besides, history only ever tightens."""
    policy, offers = a.policy(*rules), (a.offer("fund-a"), a.offer("fund-b"))
    asked = a.request(offer_code="fund-a")
    before = decide(asked, a.facts(_profile(contacts, consents), *offers), policy, START)
    after = decide(asked, a.facts(_profile(contacts + more, consents), *offers), policy, START)
    if before.verdict != "allow":
        assert after.verdict != "allow"
    assert set(before.failing) <= set(after.failing)


@given(rules=POLICIES, contacts=CONTACTS, consents=CONSENTS)
@settings(max_examples=60)
def test_until_is_the_first_allowed_instant(a, rules, contacts, consents):
    """Against a scan of every ten minutes, on which all facts and rules of this test change."""
    policy, offers = a.policy(*rules), (a.offer("fund-a"), a.offer("fund-b"))
    facts, asked = a.facts(_profile(contacts, consents), *offers), a.request(offer_code="fund-a")
    decision = decide(asked, facts, policy, START)
    later = (START + n * STEP for n in range(1, 144 * 7))
    first = next((at for at in later if decide(asked, facts, policy, at).verdict == "allow"), None)
    if decision.verdict == "allow":
        assert decision.until is None
    else:
        assert decision.until == first


@given(contacts=CONTACTS)
@settings(max_examples=150)
def test_a_cap_allows_exactly_what_keeps_every_window_within_it(a, contacts):
    """Against counting each window (e - W, e] that holds the request, for every lattice end e."""
    window, cap = timedelta(hours=9), 1
    dated = [
        c.happened_at
        for c in contacts
        if c.channel == "sms" and c.state in {"reserved", "delivered"}
    ]
    ends = [START + n * STEP for n in range(9 * 6)]
    worst = max(sum(e - window < at <= e for at in dated) for e in ends)
    plain = [replace(c, outcome=None) for c in contacts]
    decision = decide(a.request(), a.facts(_profile(plain)), a.policy(RULES[0]), START)
    assert (decision.verdict == "allow") == (worst + 1 <= cap)
    check = next(c for c in decision.checks if c.rule == "sms").verdict
    assert (check.counted, check.left) == (worst, max(cap - worst, 0))


def test_CP_31_a_deferral_looks_through_every_rule(a):
    """R-10: a cap that frees at 03:00 under quiet hours to 09:00 gives 09:00."""
    sent = (a.contact("2026-06-08 03:00", "sms"),)
    cap = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\nhours = 24'
    policy = a.policy(cap, RULES[5])
    decision = decide(
        a.request(), a.facts(a.customer(contacts=sent)), policy, a.moment("2026-06-08 21:00")
    )
    assert decision.until == a.moment("2026-06-09 09:00")
    assert decision.verdict == "block"
    assert decision.failing == ("day", "cap")


def test_all_failing_rules_are_named_by_step_then_file(a):
    """R-08: evaluation order first, then the order of the file; all are evaluated."""
    rules = (RULES[1], RULES[0], RULES[5], RULES[2])
    sent = tuple(a.contact(f"2026-06-08 01:{m}", "sms") for m in (10, 20))
    unhappy = a.customer(contacts=sent, cases=(Case("complaint", START - STEP),), status="closed")
    decision = decide(
        a.request(), a.facts(unhappy, holdout=True), a.policy(*rules), a.moment("2026-06-08 02:00")
    )
    assert decision.failing == ("identity", "day", "all", "sms", "holdout")
    decision = decide(a.request(), a.facts(unhappy, holdout=True), a.policy(*rules), START)
    assert decision.failing == ("identity", "complaint", "all", "sms", "holdout")
    assert [c.step for c in decision.checks] == sorted(c.step for c in decision.checks)


def test_a_cap_that_frees_today_defers_and_one_that_frees_tomorrow_blocks(a):
    """R-01: the list's day is the local date of now."""
    cap = a.policy('id = "cap"\nkind = "frequency_cap"\nat_most = 1\nhours = 12')
    facts = a.facts(a.customer(contacts=(a.contact("2026-06-08 08:00"),)))
    assert decide(a.request(), facts, cap, a.moment("2026-06-08 09:00")).verdict == "defer"
    facts = a.facts(a.customer(contacts=(a.contact("2026-06-08 12:00"),)))
    assert decide(a.request(), facts, cap, a.moment("2026-06-08 23:00")).verdict == "block"


def test_a_passing_rule_frees_what_no_common_hour_would(a):
    """Two rules share no hour, but one of them ends: its last day's midnight frees the request."""
    night = _hours("night", "21:00", "22:00") + "\nexpires = 2026-06-20"
    decision = decide(a.request(), a.facts(), a.policy(RULES[5], night), START)
    assert decision.until == a.moment("2026-06-21 09:00")


@pytest.mark.parametrize(
    ("now", "message"),
    [
        (datetime(2026, 6, 8, 10, 0), "has no zone"),  # noqa: DTZ001 - the point of the test
        (datetime(2026, 6, 8, 10, 0, 0, 1, tzinfo=UTC), "finer than a second"),
    ],
)
def test_a_moment_is_a_whole_second_with_a_zone(a, now, message):
    """R-44: anything finer or zoneless is an error."""
    with pytest.raises(RequestError, match=message):
        decide(a.request(), a.facts(), a.policy(), now)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("channel", "fax", "channel 'fax' is unknown; choose one of: phone"),
        ("category", "advert", "category 'advert' is unknown"),
        ("direction", "sideways", "direction 'sideways'"),
        ("selection", "random", "selection 'random'"),
    ],
)
def test_a_request_uses_known_words(field, value, message):
    """A misspelt word is an error, never a rule that does not bind."""
    with pytest.raises(RequestError, match=message):
        Request(**({"request_id": "r", "customer_id": 1, "channel": "sms"} | {field: value}))


def test_request_facts_and_policy_belong_together(a):
    """Another customer's facts, or a channel that the policy lacks, are errors."""
    with pytest.raises(RequestError, match="is about customer 2, the facts about customer 1"):
        decide(a.request(customer_id=2), a.facts(), a.policy(), START)
    with pytest.raises(RequestError, match="the policy has no channel 'email'; it has: phone"):
        decide(a.request("email"), a.facts(), a.policy(), START)


def test_a_decision_survives_the_ledgers_json(a):
    """What is read back equals what was written."""
    facts = a.facts(a.customer(contacts=(a.contact("2026-06-08 09:00"),)))
    decision = decide(a.request(), facts, a.policy(*RULES), START)
    assert decision.failing
    assert decision_from_json(decision_to_json(decision)) == decision
