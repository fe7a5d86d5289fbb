"""Waiting against acting today: worked by hand, walked day by day, and through the plan."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodcall.effect import NO_CHANGES
from goodcall.profile import Holding
from outreach import Candidate, History, PolicyError, plan_day
from outreach.parameter import Parameter
from outreach.trail import trail_from_json, trail_to_json
from outreach.waiting import Patience, Prospect, WaitTerms, best_wait, patience_of
from serving.weighing import weigh

DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"
WAIT = (
    "[wait]\nhorizon_days = 30\n"
    'need_half_life_days = { is = 60, source = "assumed" }\n'
    'maturity_factor = { is = 3.0, source = "lot of 2025" }\n'
)
TERMS = WaitTerms(30, Parameter(60, "assumed"), Parameter(3.0, "lot"))
PROSPECTS = st.builds(
    Prospect,
    offer_code=st.sampled_from(("f", "d", None)),
    family=st.sampled_from(("fund", "deposit", None)),
    channel=st.sampled_from(("sms", "phone")),
    gain_cents=st.integers(-500, 5000).map(float),
    cost_cents=st.just(10.0),
    harm_cents=st.integers(0, 900).map(float),
    from_day=st.integers(0, 12),
)


def by_hand(prospect, patience, days):
    """The value of waiting so long, from the formula's words."""
    fresh = sum(1 for left in patience.tiring if left <= days) * patience.fatigue_cents
    due = [f for f, left in patience.maturing if left <= days and f == prospect.family]
    gain = prospect.gain_cents * (3.0 if due else 1.0)
    then = gain - prospect.cost_cents - max(0.0, prospect.harm_cents - fresh)
    return then * 2 ** (-days / 60) / 1.08 ** (days / 365.25)


@given(
    prospects=st.lists(PROSPECTS, max_size=3),
    tiring=st.lists(st.integers(1, 35), max_size=3),
    maturing=st.lists(
        st.tuples(st.sampled_from(("fund", "deposit")), st.integers(1, 35)), max_size=2
    ),
)
def test_the_best_day_is_found_without_looking_at_every_day(prospects, tiring, maturing):
    """Against a walk over all days of the horizon, wherever one is worth more than today."""
    patience = Patience(TERMS, DAY, 0.08, 300.0, tuple(sorted(tiring)), tuple(maturing))
    today = max((by_hand(p, patience, 0) for p in prospects if p.from_day == 0), default=0.0)
    walked = [
        (by_hand(p, patience, days), -days)
        for p in prospects
        for days in range(max(1, p.from_day), 31)
    ]
    best, minus = max(walked, default=(0.0, 0))
    found = best_wait(prospects, patience)
    if best > max(today, 0.0) + 1e-6:
        assert found is not None
        assert (found.value_cents, found.until) == (round(best), DAY + timedelta(days=-minus))
    elif found is not None:
        assert found.value_cents <= round(max(today, 0.0))


def test_what_the_days_bring_is_read_from_the_profile(a):
    """Contacts tire until they leave the window; what matures does so on its day."""
    profile = a.customer(
        contacts=(
            a.contact("2026-05-09 12:00"),
            a.contact("2026-05-20 00:00"),
            a.contact("2026-05-01 10:00"),
            a.contact("2026-05-30 10:00", direction="inbound"),
            a.contact("2026-05-30 10:00", state="failed"),
        ),
        holdings=(
            Holding(1, "deposit", date(2025, 1, 1), matures_on=date(2026, 6, 18)),
            Holding(2, "deposit", date(2025, 1, 1), matures_on=DAY),
            Holding(3, "wealth", date(2025, 1, 1), DAY, date(2026, 6, 20)),
        ),
    )
    found = patience_of(
        *(profile, TERMS, a.moment("2026-06-08 00:00"), "Asia/Shanghai"),
        discount=0.08,
        fatigue_cents=300.0,
        fatigue_days=30.0,
    )
    assert found.tiring == (1, 11)
    assert found.maturing == (("deposit", 10),)


def a_plan(a, text=WAIT, *rules, chances=None, offers=None, **facts):
    policy = a.policy(*rules, head=a.head.replace("0.10", "0.001") + text)
    sms = tuple(channel for channel in policy.channels if channel.id == "sms")
    return plan_day(
        [Candidate(a.customer(**facts), chances or {"buys:deposit": 0.1}, 0)],
        offers=offers or [a.offer("term", "deposit")],
        policy=replace(policy, channels=sms, value=replace(policy.value, save_rate={})),
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: 10},
        model_versions={},
    )


MATURING = (Holding(9, "deposit", date(2025, 1, 1), matures_on=date(2026, 6, 18)),)


def test_a_deposit_is_proposed_when_the_old_one_matures(a):
    """Worth 680 today, thrice the gain in ten days: the plan waits, and says until when and why."""
    plan = a_plan(a, holdings=MATURING)
    trail = plan.trail(1)
    assert (plan.rows, trail.step, trail.reason) == ((), "worth_it", "wait")
    # Effect 0.01 of 100,000 at three quarters is 750; message 10, harm 40 + 20.
    then = (3 * 750 - 10 - 60) * 2 ** (-10 / 60) / 1.08 ** (10 / 365.25)
    assert (trail.wait.value_cents, trail.wait.until) == (round(then), date(2026, 6, 18))
    assert (trail.wait.because, trail.wait.assumed) == (("maturity",), ("need_half_life_days",))
    assert (trail.wait.offer_code, trail.wait.channel) == ("term", "sms")
    assert dict(next(s for s in plan.funnel.steps if s.name == "worth_it").drops) == {"wait": 1}
    assert trail_from_json(trail_to_json(trail)) == trail
    assert len(a_plan(a, "", holdings=MATURING).rows) == 1


def test_nothing_waits_where_today_is_best(a):
    """No event ahead: the row is listed, and no wait is told."""
    plan = a_plan(a)
    assert len(plan.rows) == 1
    assert plan.trail(1).wait is None
    assert '"wait"' not in plan.trails[1]


def test_a_better_offer_of_today_is_not_held_up_by_a_lesser_one_of_tomorrow(a):
    """What is worth more today than the best later contact stays."""
    offers = [a.offer("term", "deposit"), a.offer("fund-a", margin_cents=1_000_000)]
    plan = a_plan(
        a, holdings=MATURING, offers=offers, chances={"buys:deposit": 0.1, "buys:fund": 0.1}
    )
    assert [row.offer_code for row in plan.rows] == ["fund-a"]
    reasons = {each.offer_code: each.reason for each in plan.trail(1).attempts}
    assert reasons == {"fund-a": "listed", "term": "wait"}


def test_what_is_worth_nothing_today_waits_only_for_itself(a):
    """A card that earns nothing is not put off for the sake of a deposit."""
    offers = [a.offer("term", "deposit"), a.offer("card", "credit_card", margin_cents=0)]
    plan = a_plan(
        a, holdings=MATURING, offers=offers, chances={"buys:deposit": 0.1, "buys:credit_card": 0.1}
    )
    reasons = {each.offer_code: each.reason for each in plan.trail(1).attempts}
    assert reasons == {"term": "wait", "card": "nothing_is_better"}


def test_waiting_beats_nothing_where_fatigue_fades(a):
    """Three messages of late make today a loss; in 12 days one of them tires no more."""
    tired = tuple(a.contact(f"2026-05-{day} 10:00", "branch") for day in (20, 21, 22))
    plan = a_plan(a, chances={"buys:deposit": 0.1}, contacts=tired)
    assert (plan.trail(1).reason, plan.trail(1).wait.because) == ("wait", ("fatigue",))
    assert a_plan(a, "", contacts=tired).trail(1).reason == "nothing_is_better"
    # 680 less 900 of fatigue; all three have left after 15 days.
    worth = {left: (680 - 300 * left) * 2 ** (-days / 60) / 1.08 ** (days / 365.25)
             for left, days in ((2, 12), (1, 13), (0, 14))}  # fmt: skip
    wait = plan.trail(1).wait
    assert wait.value_cents == round(max(worth.values()))
    assert wait.until == DAY + timedelta(days=14)


def test_a_channel_that_opens_later_may_be_worth_waiting_for(a):
    """A cap on one offer frees on a day; what is worth less by then is still proposed today."""
    cap = 'id = "once"\nkind = "frequency_cap"\nat_most = 1\ndays = 7\nfamilies = ["fund"]\n'
    seen = (a.contact("2026-06-04 10:00", offer_code="fund-a", family="fund"),)
    offers = [a.offer("fund-a", margin_cents=1_000_000), a.offer("term", "deposit")]
    plan = a_plan(
        *(a, WAIT, cap),
        contacts=seen,
        offers=offers,
        chances={"buys:deposit": 0.1, "buys:fund": 0.1},
    )
    wait = plan.trail(1).wait
    assert (plan.rows, wait.offer_code, wait.because) == ((), "fund-a", ("channel",))
    assert wait.until == date(2026, 6, 11)


@pytest.mark.parametrize("facts", [{"holdings": MATURING}, {}])
def test_the_service_waits_as_the_plan_does(a, facts):
    """Asked at the moment the plan was made for, it values waiting the same."""
    plan = a_plan(a, **facts)
    now = a.moment("2026-06-08 00:00")
    weighed = weigh(
        a.customer(**facts),
        {"buys:deposit": 0.1},
        0,
        offers={"term": a.offer("term", "deposit")},
        policy=plan.policy,
        history=History(),
        channels=plan.policy.channels,
        changes=NO_CHANGES,
        row={},
        now=now,
    )
    (option,) = weighed.options
    wait = plan.trail(1).wait
    assert weighed.worth(option) is (wait is None) is (not facts)
    assert wait is None or weighed.wait_cents == wait.value_cents
    assert option.best.value_cents == plan.trail(1).attempts[0].action.value_cents


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WAIT.replace("= 30", "= 0"), "horizon_days is 0; write a whole number from 1 to 366"),
        (WAIT.replace("3.0", "0.5"), "is is 0.5; write a number from 1 to 10"),
        (WAIT.replace("need_", "ned_"), "need_half_life_days is missing"),
        (WAIT + "x = 1", "key 'x' is unknown here"),
        (
            '[arbitration]\nformula = "pcvl"\n' + WAIT,
            "are not cents that waiting could be compared",
        ),
    ],
)
def test_waiting_that_cannot_be_meant_is_refused(a, text, message):
    """At load, with what to write."""
    with pytest.raises(PolicyError, match=message):
        a.policy(head=a.head + text)
