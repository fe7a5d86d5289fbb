"""The plan of a day: one truth with the decision, every customer accounted for, equal bytes."""

import random
from dataclasses import replace
from datetime import date

import pytest

from goodcall.calendar import start_of_day
from goodcall.profile import Assessment, Case, Holding, Point
from outreach import (
    Candidate,
    Draw,
    Facts,
    Funnel,
    FunnelBroken,
    FunnelStep,
    Request,
    RequestError,
    allocate,
    decide,
    default_policy_text,
    in_holdout,
    parse_policy,
    plan_day,
)
from outreach.funnel import check_adds_up
from outreach.trail import trail_from_json, trail_to_json

DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"
FAMILIES = ("fund", "deposit", "credit_card", "consumer_loan")
POLICY = parse_policy(default_policy_text())


def offers_of(a):
    return tuple(
        a.offer(
            f"{family}-{n}", family, margin_cents=40_000 + 30_000 * n, min_age=18 + 4 * n,
            investment=family == "fund", risk="R3" if family == "fund" else None,
        )
        for family in FAMILIES for n in (1, 2)
    )  # fmt: skip


def crowd(a, count=60, seed=4):
    """Customers of every sort: refused, tired, unhappy, overdue, young, without number."""
    rng = random.Random(seed)  # noqa: S311 - invented customers
    found = []
    for who in range(1, count + 1):
        contacts = tuple(
            a.contact(
                f"2026-0{rng.randint(3, 6)}-0{rng.randint(1, 7)} 1{rng.randint(0, 9)}:30",
                rng.choice(("sms", "phone")),
                contact_id=f"{who}-{n}",
                offer_code="fund-1",
                outcome=rng.choice((None, None, None, "NOT_INTERESTED_OFFER", "REFUSED_CHANNEL")),
            )
            for n in range(rng.randint(0, 5))
        )
        profile = a.customer(
            customer_id=who,
            household_id=None if rng.random() < 0.3 else who // 2,
            manager_id=rng.choice((7, 8, None)),
            zone=rng.choice(("Asia/Shanghai", "Asia/Shanghai", "Europe/Prague", "Nowhere/City")),
            status=rng.choice(("active",) * 9 + ("closed",)),
            birth_date=rng.choice((date(1970, 1, 1), date(2005, 1, 1), None)),
            profiling_opt_out=rng.random() < 0.05,
            overdue_since=date(2026, 4, 1) if rng.random() < 0.1 else None,
            assessment=rng.choice(
                (None, Assessment("C2", date(2027, 1, 1)), Assessment("C4", DAY))
            ),
            points=rng.choice(((), (Point(100 + who, "phone", f"199{who}", valid=True),))),
            holdings=(Holding(1, "credit_card", date(2020, 1, 1)),) if rng.random() < 0.3 else (),
            consents=(a.grant("2026-01-01 10:00"),) if rng.random() < 0.8 else (),
            cases=(Case("complaint", a.moment("2026-05-20 10:00")),) if rng.random() < 0.1 else (),
            contacts=contacts,
        )
        scores = {f"buys:{family}": rng.random() / 4 for family in FAMILIES if rng.random() < 0.9}
        found.append(
            Candidate(profile, scores | {"churn": rng.random() / 3}, rng.randint(0, 10**6))
        )
    return found


def planned(a, candidates, explainer=None, **inputs):
    plain = {
        "offers": offers_of(a),
        "policy": POLICY,
        "day": DAY,
        "holdout_key": KEY,
        "explainer": explainer or a.explainer(),
        "capacities": {7: 60},
        "model_versions": {"churn": "v1"},
    }
    return plan_day(candidates, **(plain | inputs))


def test_the_plan_and_the_decision_are_one_truth(a):
    """Every attempt's verdict equals decide() asked alone at the moment of the plan's judgement."""
    book = {offer.code: offer for offer in offers_of(a)}
    people = {c.profile.customer_id: c.profile for c in crowd(a)}
    plan = planned(a, crowd(a))
    seen = set()
    for who, profile in people.items():
        for attempt in plan.trail(who).attempts:
            request = Request(
                attempt.decision.request_id,
                who,
                attempt.channel,
                purpose="retention" if attempt.offer_code is None else None,
                offer_code=attempt.offer_code,
                point_id=attempt.point_id,
            )
            alone = decide(request, Facts(profile, book), POLICY, attempt.decision.decided_at)
            assert attempt.decision == alone
            assert (attempt.allowed_from is None) == (alone.verdict != "allow")
            seen.update(alone.failing)
    assert seen >= {"identity", "dnc", "suitability", "eligibility", "rejected", "already_holds"}


def test_an_allowed_attempt_opens_at_the_first_instant_of_the_day(a):
    """A call whose cap frees at 11:30 is listed from 11:30, one that frees the next day is not."""
    spoken = a.contact("2026-06-01 11:30", "phone")
    late = a.contact("2026-06-02 00:00", "phone")
    free = Candidate(
        a.customer(contacts=(spoken,), consents=(a.grant("2026-01-01 10:00"),)),
        {"churn": 0.3},
        10**7,
    )
    stopped = replace(free, profile=replace(free.profile, customer_id=2, contacts=(late,)))
    plan = planned(a, [free, stopped], offers=())
    by_phone = {
        who: next(t for t in plan.trail(who).attempts if t.channel == "phone") for who in (1, 2)
    }
    assert by_phone[1].allowed_from == a.moment("2026-06-08 11:30")
    assert by_phone[2].allowed_from is None
    assert by_phone[2].decision.failing == ("calls_apart",)
    assert by_phone[2].decision.decided_at == a.moment("2026-06-08 09:00")


def test_CP_41_planning_twice_gives_equal_bytes_in_any_order(a):
    """Rows, funnel, prices, trails and digest are equal for shuffled candidates."""
    people = crowd(a)
    first = planned(a, people)
    random.Random(1).shuffle(people)  # noqa: S311 - any order will do
    assert planned(a, people) == first
    assert planned(a, people[1:]).digest != first.digest


def test_CP_52_the_holdout_is_taken_out_before_anything_else(a):
    """No row for whom the keyed hash draws; their number is the funnel's first drop."""
    people = crowd(a, 200)
    held = {c.profile.customer_id for c in people if in_holdout(c.profile, KEY, Draw(0.1))}
    plan = planned(a, people)
    assert held
    assert plan.funnel.steps[0].drops == (("holdout", len(held)),)
    assert not held & {row.customer_id for row in plan.rows}
    assert all(plan.trail(who).attempts == () for who in held)


def test_the_funnel_adds_up_to_everyone(a):
    """Population minus all drops is what is listed, and each customer's trail says the same."""
    people = crowd(a, 150)
    plan = planned(a, people)
    drops = sum(count for step in plan.funnel.steps for _, count in step.drops)
    assert plan.funnel.population == 150 == drops + plan.funnel.listed
    assert plan.funnel.listed == len(plan.rows) == len({row.customer_id for row in plan.rows})
    fates = [(plan.trail(c.profile.customer_id)) for c in people]
    for step in plan.funnel.steps:
        assert sum(trail.step == step.name for trail in fates) == step.entered - step.passed


@pytest.mark.parametrize(
    "funnel",
    [
        Funnel(10, (FunnelStep("holdout", 10, (("holdout", 1),)),), 8),
        Funnel(10, (FunnelStep("holdout", 9, ()),), 9),
        Funnel(1, (FunnelStep("holdout", 1, (("holdout", 2),)),), -1),
    ],
)
def test_a_funnel_that_loses_someone_is_refused(funnel):
    """The check raises; nothing is published."""
    with pytest.raises(FunnelBroken, match="not published"):
        check_adds_up(funnel)


def test_no_row_is_listed_without_a_reason(a):
    """S61: a silent score frees its minutes for others, until every row has a reason."""
    people = crowd(a, 120)
    silent = a.explainer(lambda label, who: label == "churn" or who % 3 == 0)
    plan = planned(a, people, silent)
    assert plan.rows
    assert all(row.reasons for row in plan.rows)
    assert all(row.customer_id % 3 and row.offer_code for row in plan.rows)
    unsaid = [t for who in range(1, 121) for t in plan.trail(who).attempts if t.step == "reasons"]
    assert {attempt.reason for attempt in unsaid} == {"no_reason"}
    asked = [(label, who) for label, customers in silent.asked for who in customers]
    assert len(asked) == len(set(asked)), "a reason is asked for once"
    chosen = [
        t.action
        for who in range(1, 121)
        for t in plan.trail(who).attempts
        if t.step in {"listed", "capacity"} and t.reason != "no_list"
    ]
    lists = {who: plan.trail(who).list_id for who in range(1, 121)}
    again = allocate(chosen, lists, {7: 60, 8: 120})
    assert {one.customer_id for one in again.chosen.values()} == {r.customer_id for r in plan.rows}


def test_lists_keep_to_their_minutes_and_are_ranked_by_value(a):
    """Manager 7 has 60 minutes, manager 8 the default; ranks are 1, 2, 3 by falling value."""
    plan = planned(a, crowd(a, 200))
    for list_id, minutes in ((7, 60), (8, POLICY.default_minutes)):
        rows = [row for row in plan.rows if row.list_id == list_id]
        assert rows
        assert sum(row.minutes for row in rows) <= minutes
        assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
        assert [r.value_cents for r in rows] == sorted((r.value_cents for r in rows), reverse=True)


def test_every_customer_without_an_action_has_a_reason(a):
    """No list, no score, no offer: each is said."""
    grant = (a.grant("2026-01-01 10:00"),)
    someone = Candidate(a.customer(consents=grant, manager_id=None), {"churn": 0.5}, 10**7)
    unscored = Candidate(a.customer(customer_id=2, consents=grant), {}, 10**7)
    worthless = Candidate(a.customer(customer_id=3, consents=grant), {"churn": 0.0}, 10**7)
    plan = planned(a, [someone, unscored, worthless], offers=())
    fates = [(plan.trail(who).step, plan.trail(who).reason) for who in (1, 2, 3)]
    assert fates == [
        ("capacity", "no_list"),
        ("worth_it", "no_score"),
        ("worth_it", "nothing_is_better"),
    ]
    nothing = parse_policy(
        default_policy_text()
        .replace('phone = { is = 0.15, source = "assumed" }\n', "")
        .replace('branch = { is = 0.2, source = "assumed" }\n', "")
    )
    idle = planned(a, [worthless], offers=(), policy=nothing)
    assert idle.trail(3).reason == "nothing_to_offer"


def test_a_list_by_branch_needs_no_manager_consent_or_number(a):
    """A bank without consents, contacts and managers is planned by branch visits."""
    text = default_policy_text().replace('by = "manager"', 'by = "branch"')
    bare = a.customer(points=(), manager_id=None, name=None, birth_date=None)
    plan = planned(
        a,
        [Candidate(bare, {"churn": 0.4}, 10**7)],
        offers=(),
        policy=parse_policy(text),
        capacities={},
    )
    (row,) = plan.rows
    assert (row.list_id, row.channel, row.point_id, row.band) == (3, "branch", None, "save")
    assert row.allowed_from == start_of_day(DAY, "Asia/Shanghai").replace(hour=1, day=8)
    assert "save_rate" in row.assumed


def test_a_customer_may_stand_among_the_candidates_once(a):
    """A doubled customer is an error, an unknown one too."""
    one = crowd(a, 1)
    with pytest.raises(RequestError, match="customer 1 stands twice among the candidates"):
        planned(a, one + one)
    with pytest.raises(RequestError, match="customer 99 was not among the candidates"):
        planned(a, one).trail(99)


def test_a_trail_survives_its_json(a):
    """Reading what was written gives an equal trail, which writes equal text."""
    plan = planned(a, crowd(a, 20))
    for text in plan.trails.values():
        assert trail_to_json(trail_from_json(text)) == text


SMS_A_DAY = """
[[rule]]
id = "sms-a-day"
kind = "volume"
channels = ["sms"]
at_most = 50
period = "day"
owner = "Retail marketing"
"""


@pytest.mark.parametrize("rules", ["", SMS_A_DAY])
@pytest.mark.parametrize(
    ("population", "facts"),
    [(0, {}), (5, {"status": "closed"}), (5, {"status": "closed", "manager_id": None}),
     (5, {"manager_id": None})],
    ids=["an empty bank", "everybody blocked", "nobody on a list", "no list for anybody"],
)  # fmt: skip
def test_a_day_without_contacts_is_a_plan_with_empty_lists(a, population, facts, rules):
    """With nobody to weigh, to allow or to list there is a plan all the same, and it adds up."""
    policy = parse_policy(default_policy_text() + rules)
    people = [a.customer(customer_id=who, **facts) for who in range(1, population + 1)]
    weighed = [Candidate(one, {"churn": 0.9, "buys:fund": 0.9}, 10**6) for one in people]
    plan = planned(a, weighed, policy=policy)
    assert plan.rows == ()
    assert len(plan.trails) == plan.funnel.population == population
    assert plan.funnel.listed == 0
    check_adds_up(plan.funnel)
    assert [use.taken for use in plan.balance.limits] == [0] * len(plan.balance.limits)
    assert (plan.balance.value_cents, plan.balance.gap) == (0, 0.0)
