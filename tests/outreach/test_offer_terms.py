"""Terms of offers, their turn and their days: through the policy file, decision and plan."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from goodcall.calendar import start_of_day
from goodcall.profile import Assessment, Holding
from outreach import (
    Candidate,
    Ledger,
    PolicyError,
    UnknownOffer,
    decide,
    load_offers,
    offers_of,
    plan_day,
    save_offers,
)
from outreach.offer import Offer

DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"
ZONE = "Asia/Shanghai"
TERM = '[[offer_terms]]\nowner = "cards"\n'
GROWN = (
    TERM + 'id = "grown"\noffers = ["fund-a"]\nstage = "eligibility"\nneeds = { all = ['
    '{ fact = "tenure_days", at_least = 180 }, { fact = "age", at_least = 21 }] }\n'
)
BUSY = (
    TERM + 'id = "idle_cash"\nfamilies = ["fund"]\nstage = "applicability"\n'
    'needs = { fact = "idle_cash_30d", at_least = 100000 }\n'
)


def judged(a, policy, profile, *, row=None, offer=None, now=None, **asked):
    """What eligibility and applicability say about fund-a by text message."""
    facts = replace(a.facts(profile, offer or a.offer()), row=row)
    request = a.request(offer_code="fund-a", **asked)
    decision = decide(request, facts, policy, now or a.moment("2026-06-08 10:00"))
    return {
        check.rule: check.verdict
        for check in decision.checks
        if check.rule in ("eligibility", "applicability", "suitability")
    }


def test_what_is_needed_must_be_known_to_hold(a):
    """Yes passes; no names the term; unknown names the fact, and is not yes."""
    policy = a.policy(head=a.head + GROWN)
    known = a.customer(opened_on=date(2025, 1, 1))
    cases = {
        None: known,
        "grown": replace(known, opened_on=date(2026, 6, 1)),
        "unknown: tenure_days": replace(known, opened_on=None),
        "unknown: age": replace(known, birth_date=None),
    }
    for because, profile in cases.items():
        verdict = judged(a, policy, profile)["eligibility"]
        assert (verdict.passes, verdict.because) == (because is None, because)


def test_no_outweighs_unknown_within_one_term_in_the_order_of_its_parts(a):
    """The first part that is not known to hold says why."""
    policy = a.policy(head=a.head + GROWN)
    young = a.customer(birth_date=date(2010, 1, 1))
    assert judged(a, policy, young)["eligibility"].because == "unknown: tenure_days"


def test_a_term_is_about_its_offers_and_families_only(a):
    """Another offer, another family: nothing is asked."""
    policy = a.policy(head=a.head + GROWN + BUSY)
    other = a.offer("fund-a", "deposit")
    verdicts = judged(a, policy, a.customer(opened_on=date(2020, 1, 1)), row={}, offer=other)
    assert verdicts["applicability"].passes
    assert judged(a, policy, a.customer(), row={})["applicability"].because == (
        "unknown: idle_cash_30d"
    )


def test_the_days_features_are_judged_where_they_are_at_hand(a):
    """Planned with them; dialled without, what only they could tell is not held against."""
    policy = a.policy(head=a.head + BUSY)
    rows = {100_000.0: True, 99_999.0: False, float("nan"): False}
    for cents, passes in rows.items():
        verdict = judged(a, policy, a.customer(), row={"idle_cash_30d": cents})["applicability"]
        assert verdict.passes is passes
    assert judged(a, policy, a.customer(), row=None)["applicability"].passes


def test_who_asks_for_an_offer_is_not_told_that_it_does_not_apply(a):
    """Applicability binds what the bank proposes; eligibility binds both."""
    policy = a.policy(head=a.head + GROWN + BUSY)
    asked = judged(a, policy, a.customer(), row={"idle_cash_30d": 0.0}, direction="inbound")
    assert asked["applicability"].passes
    assert not asked["eligibility"].passes


def test_the_stages_fail_each_under_its_own_name_and_order(a):
    """Eligibility, applicability, suitability: all are judged, in this order."""
    policy = a.policy(head=a.head + GROWN + BUSY)
    risky = a.offer(investment=True, risk="R5")
    decision = decide(
        a.request(offer_code="fund-a"),
        replace(a.facts(a.customer(assessment=Assessment("C1", date(2027, 1, 1))), risky), row={}),
        policy,
        a.moment("2026-06-08 10:00"),
    )
    assert decision.failing[:3] == ("eligibility", "applicability", "suitability")


@pytest.mark.parametrize("opened", [date(2026, 1, 1), date(2025, 12, 11), date(2025, 12, 10)])
def test_time_alone_frees_a_customer_at_the_first_second_of_the_day(a, opened):
    """Tenure of 180 days: `until` against a walk from day to day."""
    policy = a.policy(head=a.head + GROWN)
    verdict = judged(a, policy, a.customer(opened_on=opened))["eligibility"]
    day = DAY
    while (day - opened).days < 180:
        day += timedelta(days=1)
    if day == DAY:
        assert verdict.passes
        return
    assert verdict.until == start_of_day(day, ZONE)
    before = verdict.until - timedelta(seconds=1)
    for moment, passes in ((before, False), (verdict.until, True)):
        found = judged(a, policy, a.customer(opened_on=opened), now=moment)
        assert found["eligibility"].passes is passes


def test_an_offer_begins_and_ends_on_its_days(a):
    """Both days included; before the first, it frees at that day's first second."""
    offer = a.offer(valid_from=date(2026, 6, 10), valid_to=date(2026, 6, 11))
    expected = {
        8: "not_yet_on_sale", 9: "not_yet_on_sale", 10: None, 11: None, 12: "offer_expired"
    }  # fmt: skip
    for day, because in expected.items():
        now = a.moment(f"2026-06-{day:02} 23:59")
        verdict = judged(a, a.policy(), a.customer(), offer=offer, now=now)["eligibility"]
        assert verdict.because == because
        if because == "not_yet_on_sale":
            assert verdict.until == start_of_day(date(2026, 6, 10), ZONE)


def test_the_offer_book_keeps_both_days(a, tmp_path):
    """What the service reads is what the night wrote."""
    kept = (a.offer(valid_from=DAY), a.offer("fund-b", valid_to=DAY))
    save_offers(tmp_path / "offers.json", kept)
    assert load_offers(tmp_path / "offers.json") == kept


LINEAGE = '[[lineage]]\noffer = "gold"\nrequires = ["basic"]\nreplaces = ["silver"]\n'


def offers(a) -> dict[str, Offer]:
    codes = ("basic", "silver", "gold", "platinum")
    return {
        code: a.offer(code, "credit_card", product_id=number) for number, code in enumerate(codes)
    }


def turn(a, policy, code, **facts):
    profile = a.customer(**facts)
    decision = decide(
        a.request(offer_code=code), replace(a.facts(profile), offers=offers(a)), policy,
        a.moment("2026-06-08 10:00"),
    )  # fmt: skip
    return next(check.verdict.because for check in decision.checks if check.rule == "eligibility")


def test_one_offer_comes_after_another(a):
    """Held or accepted, it came first; closed, expected later or merely liked, it did not."""
    policy = a.policy(head=a.head + LINEAGE)
    held = Holding(0, "credit_card", date(2020, 1, 1))
    said = a.contact("2026-06-01 10:00", offer_code="basic")
    assert turn(a, policy, "gold") == "needs_offer: basic"
    assert turn(a, policy, "gold", holdings=(held,)) is None
    assert turn(a, policy, "gold", contacts=(replace(said, outcome="ACCEPTED"),)) is None
    assert turn(a, policy, "gold", holdings=(replace(held, closed_on=DAY),)) is not None
    assert turn(a, policy, "gold", contacts=(replace(said, outcome="CLICK"),)) is not None
    late = replace(said, outcome="ACCEPTED", outcome_at=a.moment("2026-06-09 10:00"))
    assert turn(a, policy, "gold", contacts=(late,)) is not None


def test_what_was_replaced_is_not_offered_any_more(a):
    """Directly or through others; what replaces stays open to who has the old one."""
    further = '[[lineage]]\noffer = "platinum"\nreplaces = ["gold"]\n'
    policy = a.policy(head=a.head + LINEAGE + further)
    gold = (Holding(2, "credit_card", date(2020, 1, 1)),)
    platinum = (Holding(3, "credit_card", date(2020, 1, 1)),)
    assert turn(a, policy, "silver", holdings=gold) == "replaced_by: gold"
    assert turn(a, policy, "silver", holdings=platinum) == "replaced_by: platinum"
    assert turn(a, policy, "platinum", holdings=gold) is None
    assert turn(a, policy, "basic", holdings=platinum) is None


def lineage(*said):
    return "".join(f"[[lineage]]\n{one}\n" for one in said)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GROWN + GROWN, "id 'grown' stands twice; give each its own"),
        (TERM + 'id = "x"\nstage = "suitability"\n', "choose one of: eligibility, applicability"),
        (TERM + 'id = "x"\nstage = "eligibility"\n', "needs is missing; add needs = { fact"),
        (TERM + 'id = "x"\nstage = "eligibility"\noffers = []\n', "offers is an empty list"),
        (GROWN.replace("fund-a", "fund-a").replace("owner", "oner"), "owner is missing"),
        (lineage('offer = "a"'), "neither requires nor replaces names an offer"),
        (lineage('offer = "a"\nrequires = ["a"]'), "'a' requires itself"),
        (
            lineage('offer = "a"\nrequires = ["b"]', 'offer = "b"\nrequires = ["a"]'),
            "'b' requires itself, directly or through others",
        ),
        (
            lineage('offer = "a"\nreplaces = ["b"]', 'offer = "b"\nreplaces = ["a"]'),
            "'b' replaces itself",
        ),
        (
            lineage('offer = "a"\nrequires = ["b"]', 'offer = "b"\nreplaces = ["a"]'),
            "'a' requires 'b', which replaces it",
        ),
        (lineage('offer = "a"\nrequires = ["b"]', 'offer = "a"\nrequires = ["c"]'), "stands twice"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused(a, text, message):
    """At load, with the line and what to do."""
    with pytest.raises(PolicyError, match=message):
        a.policy(head=a.head + text)


def test_dialling_judges_the_facts_of_the_customer_anew(a, tmp_path):
    """The ledger has no features of the day: it holds the profile against a term, and those not."""
    policy = a.policy(head=a.head + GROWN + BUSY)
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for number, (opened, verdict) in enumerate(
            ((date(2020, 1, 1), "allow"), (date(2026, 6, 1), "block"), (None, "block"))
        ):
            decision = ledger.reserve(
                a.request(request_id=str(number), offer_code="fund-a"),
                a.customer(opened_on=opened),
                offers=[a.offer()],
                policy=policy,
                now=a.moment("2026-06-08 10:00"),
                holdout=False,
            )
            assert decision.verdict == verdict
            assert decision.failing == (() if verdict == "allow" else ("eligibility",))


def test_terms_for_an_offer_that_is_not_on_sale_are_refused(a):
    """A misspelt code is named with what it may have meant, never ignored."""
    declared = (
        '[[offer]]\ncode = "fund-b"\nfamily = "fund"\nname_en = "B"\nname_zh = "乙"\n'
        'margin_cents = { is = 1, source = "study" }\nkinds = ["retail"]\ninvestment = false\n'
    )
    from features import tables  # noqa: PLC0415 - only this test needs the contracts

    none = tables.OFFERS.schema.empty_table(), tables.PRODUCTS.schema.empty_table()
    assert offers_of(*none, a.policy(head=a.head + declared))[0].code == "fund-b"
    with pytest.raises(UnknownOffer, match="grown names offer 'fund-a', which is not on sale; did"):
        offers_of(*none, a.policy(head=a.head + declared + GROWN))


def test_the_funnel_counts_each_stage_and_adds_up(a):
    """Population, eligible, applicable, suitable, and so on: each customer leaves once."""
    consent = 'id = "c"\nkind = "complaint_cooloff"\ndays = 30'
    policy = a.policy(consent, head=a.head.replace("0.10", "0.001") + GROWN + BUSY)
    old, young = date(2020, 1, 1), date(2026, 6, 1)
    cash = {"idle_cash_30d": 200_000.0}
    people = [
        (1, old, cash), (2, young, cash), (3, None, cash),
        (4, old, {"idle_cash_30d": 1.0}), (5, old, {}),
    ]  # fmt: skip
    plan = plan_day(
        [
            Candidate(a.customer(customer_id=who, opened_on=opened), {"buys:fund": 0.5}, 0, row=row)
            for who, opened, row in people
        ],
        offers=[a.offer()],
        policy=replace(policy, value=replace(policy.value, save_rate={})),
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: 600},
        model_versions={},
    )
    steps = {step.name: step for step in plan.funnel.steps}
    assert dict(steps["eligible"].drops) == {"grown": 1, "unknown: tenure_days": 1}
    assert dict(steps["applicable"].drops) == {"idle_cash": 1, "unknown: idle_cash_30d": 1}
    names = [step.name for step in plan.funnel.steps]
    assert names.index("eligible") < names.index("applicable") < names.index("suitable")
    assert (plan.funnel.population, plan.funnel.listed) == (5, 1)
