"""Propensity x context x value x lever: the arithmetic that the great suites publish, and ours."""

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach import Candidate, PolicyError, plan_day
from outreach.arbitration import Arbitration
from outreach.influence import sway_of, traces_of
from outreach.priority import multiplier, ranked
from outreach.trail import trail_from_json, trail_to_json

DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"
PCVL = '[arbitration]\nformula = "pcvl"\n'
LEVER = '[[lever]]\nowner = "cards"\nexpires = 2026-12-31\nmost_rows = 50\n'
INFLUENCE = '[[influence]]\nsource = "x"\n'


def test_weights_of_55_multiply_by_one_point_55():
    """As published: the weights that apply add up, a sum of 55 gives 1.55; never below nothing."""
    table = {
        (): 1, (55,): "1.55", (40, 15): "1.55", (100,): 2, (-40,): "0.6", (40, -40): 1,
        (-100,): 0, (-80, -70): 0,
    }  # fmt: skip
    for weights, expected in table.items():
        assert multiplier(weights) == pytest.approx(float(Fraction(expected)), abs=1e-12)


# P, context weights, V in cents, lever weights, and the priority worked with fractions.
PUBLISHED = [
    ("0.25", (), 40_000, (), 10_000),
    ("0.25", (), 40_000, (55,), 15_500),
    ("0.25", (55,), 40_000, (), 15_500),
    ("0.25", (55,), 40_000, (55,), 24_025),
    ("0.25", (100,), 40_000, (-50,), 10_000),
    ("0.20", (30, 25), 60_000, (20, 20, 15), 28_830),
    ("0.02", (), 100_000, (40,), 2_800),
    ("1", (), 5_000, (-100,), 0),
]


@pytest.mark.parametrize("row", PUBLISHED)
def test_priority_is_the_product_worked_by_hand(a, row):
    """Through the policy file: each weight its own table, the product to the cent."""
    p, contexts, value, levers, priority = row
    text = PCVL
    for number, weight in enumerate(contexts):
        text += (
            f'[[context_weight]]\nid = "c{number}"\nowner = "x"\nweight = {weight}\n'
            'when = { fact = "days_overdue", is = 0 }\n'
        )
    for number, weight in enumerate(levers):
        text += LEVER + f'id = "l{number}"\nweight = {weight}\n'
    arbitration = a.policy(head=a.head + text).arbitration
    by_hand = Fraction(p) * value
    for weights in (contexts, levers):
        by_hand *= max(Fraction(0), 1 + Fraction(sum(weights), 100))
    assert by_hand == priority
    found = ranked(
        "pcvl",
        -77,
        propensity=float(p),
        worth_cents=value,
        contexts=arbitration.contexts,
        levers=arbitration.levers,
    )
    assert found.priority_cents == priority
    assert found.base_cents == Fraction(p) * value * max(0, 1 + Fraction(sum(contexts), 100))


def a_plan(a, text, *, probabilities=None, offers=None, minutes=600, count=1, worth=0, **facts):
    """A plan of customers who may all be contacted by text message, and it is free."""
    policy = a.policy(head=a.head.replace("0.10", "0.001") + text)
    return plan_day(
        [
            Candidate(
                a.customer(customer_id=who, **facts),
                probabilities or {"buys:fund": 0.5},
                worth,
                row={"idle_cash_30d": 1000.0 * who},
            )
            for who in range(1, count + 1)
        ],
        offers=offers or [a.offer()],
        policy=policy,
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: minutes},
        model_versions={},
    )


def attempts_of(plan, who=1):
    return {
        (each.offer_code, each.channel): each
        for each in plan.trail(who).attempts
        if each.action is not None
    }


def test_the_trail_keeps_every_factor_and_the_rank_is_the_product(a):
    """P, C, V and L of each action; the chosen one has the greatest product."""
    text = (
        PCVL + LEVER + 'id = "push"\nfamilies = ["deposit"]\nweight = 55\n'
        '[[context_weight]]\nid = "idle"\nowner = "x"\nfamilies = ["fund"]\nweight = 30\n'
        'when = { fact = "idle_cash_30d", above = 0 }\n'
    )
    offers = [a.offer(margin_cents=50_000), a.offer("term", "deposit", margin_cents=40_000)]
    chances = {"buys:fund": 0.2, "buys:deposit": 0.22}
    plan = a_plan(a, text, probabilities=chances, offers=offers)
    found = attempts_of(plan)
    fund, term = (found[code, "sms"].action for code in ("fund-a", "term"))
    assert (fund.weights.propensity, fund.weights.context, fund.weights.lever) == (0.2, 1.3, 1.0)
    assert (fund.weights.worth_cents, fund.weights.priority_cents) == (50_000, 13_000)
    assert (fund.weights.contexts, fund.weights.levers) == (("idle",), ())
    assert term.weights.priority_cents == round(0.22 * 40_000 * 1.55) == 13_640
    assert (term.weights.levers, term.weights.base_cents) == (("push",), 8_800)
    assert plan.rows[0].offer_code == "term"
    without = a_plan(
        a, text.replace("weight = 55", "weight = 1"), probabilities=chances, offers=offers
    )
    assert without.rows[0].offer_code == "fund-a"


def test_a_trail_with_weights_reads_back_as_it_was_written(a):
    """Every factor survives the ledger's JSON; without weights nothing is added to it."""
    text = PCVL + LEVER + 'id = "push"\nweight = 55\n'
    plan = a_plan(a, text)
    trail = plan.trail(1)
    assert trail_from_json(trail_to_json(trail)) == trail
    assert any(each.action and each.action.weights for each in trail.attempts)
    assert "priority_cents" not in a_plan(a, "").trails[1]
    assert json.loads(plan.trails[1])["attempts"]


def test_a_loss_is_not_multiplied_and_cents_move_either(a):
    """By value, a lever raises what is worth something; cents are added to whatever it is."""
    (percent,) = a.policy(head=a.head + LEVER + 'id = "p"\nfactor = 1.55').arbitration.levers
    (cents,) = a.policy(head=a.head + LEVER + 'id = "c"\ncents = 500').arbitration.levers
    assert percent.weight == 55
    for value, levers, expected in (
        (1000, [percent], 1550),
        (-1000, [percent], -1000),
        (1000, [cents], 1500),
        (-1000, [cents], -500),
        (1000, [percent, cents], 2050),
    ):
        found = ranked("value", value, propensity=0.5, worth_cents=1, levers=levers)
        assert (found.priority_cents, found.base_cents) == (expected, value)


def test_without_any_of_it_actions_carry_no_weights(a):
    """The plain policy ranks by value alone."""
    assert Arbitration().plain
    (row,) = a_plan(a, "").rows
    action = attempts_of(a_plan(a, ""))[row.offer_code, row.channel].action
    assert action.weights is None
    assert action.rank_cents == action.base_cents == action.value_cents


def influence(a, text):
    return a.policy(head=a.head + text).arbitration.influences


WARM = (
    '[[influence]]\nid = "warm"\noutcomes = ["CONNECTED_THINKING"]\n'
    'factor = { is = 2.0, source = "assumed" }\n'
    'half_life_days = { is = 10, source = "lot of 2025" }\n'
)
COLD = (
    '[[influence]]\nid = "cold"\noutcomes = ["DISMISS", "IMPRESSION"]\nof = "family"\n'
    'factor = { is = 0.5, source = "lot of 2025" }\n'
    'half_life_days = { is = 5, source = "lot of 2025" }\n'
)


@given(lives=st.integers(0, 40), factor=st.floats(0, 10), half=st.floats(0.05, 3660))
def test_half_of_what_is_left_is_gone_after_each_half_life(a, lives, factor, half):
    """Exactly: the excess over 1 halves, whatever the factor and the half-life."""
    (one,) = (each.fading for each in influence(a, WARM))
    days = replace(one.half_life_days, amount=half)
    one = replace(one, factor=replace(one.factor, amount=factor), half_life_days=days)
    span = timedelta(days=half)
    assert one.at(lives * span) - 1 == pytest.approx((factor - 1) / 2**lives, rel=1e-6, abs=1e-9)
    assert one.at(timedelta(0)) == pytest.approx(factor)


def test_an_earlier_answer_multiplies_the_propensity_and_is_told(a):
    """Thinking, ten days ago at a half-life of ten: 1.5; the raw score stays beside it."""
    thought = a.contact("2026-05-29 00:00", offer_code="fund-a", outcome="CONNECTED_THINKING")
    plan = a_plan(a, WARM, contacts=(thought,), probabilities={"buys:fund": 0.2})
    action = attempts_of(plan)["fund-a", "sms"].action
    assert action.weights.traces == (("warm", pytest.approx(1.5)),)
    assert (action.probability, action.weights.propensity) == (0.2, pytest.approx(0.3))
    assert action.effect == pytest.approx(0.3 * 0.1)
    assert "influence" in action.assumed
    assert "influence" not in attempts_of(a_plan(a, WARM))["fund-a", "sms"].action.assumed


def test_several_answers_multiply_and_a_propensity_stays_a_probability(a):
    """Two impressions halve twice at first; p never exceeds one."""
    now = a.moment("2026-06-08 00:00")
    seen = tuple(
        a.contact(now, contact_id=str(n), offer_code="x", family="fund", outcome="IMPRESSION")
        for n in range(2)
    )
    facts = replace(a.facts(a.customer(contacts=seen), a.offer()))
    sway = sway_of(traces_of(facts, influence(a, COLD), now), a.offer())
    assert (sway.factor, sway.traces, sway.assumed) == (0.25, (("cold", 0.25),), False)
    thought = a.contact(now, offer_code="fund-a", outcome="CONNECTED_THINKING")
    plan = a_plan(a, WARM, contacts=(thought,), probabilities={"buys:fund": 0.9})
    action = attempts_of(plan)["fund-a", "phone"].action
    assert action.weights.propensity == 1.0
    assert action.effect == 0.0


def test_an_answer_bears_on_what_it_was_about(a):
    """Its offer, its family, or all; outcomes still to come and other codes bear on nothing."""
    now = a.moment("2026-06-08 10:00")
    of = {
        "offer": {"fund-a"},
        "family": {"fund-a", "fund-b"},
        "customer": {"fund-a", "fund-b", "t"},
    }
    offers = [a.offer(), a.offer("fund-b"), a.offer("t", "deposit")]
    told = a.contact("2026-06-01 10:00", offer_code="fund-a", outcome="CONNECTED_THINKING")
    facts = a.facts(a.customer(contacts=(told,)), *offers)
    for scope, codes in of.items():
        found = influence(a, WARM + f'of = "{scope}"\n')
        traces = traces_of(facts, found, now)
        assert {o.code for o in offers if sway_of(traces, o).factor != 1} == codes
    assert traces_of(facts, influence(a, COLD), now) == ()
    assert traces_of(facts, influence(a, WARM), a.moment("2026-06-01 09:59")) == ()


CONTEXT = (
    '[[context_weight]]\nid = "c"\nowner = "x"\nweight = 5\nwhen = { fact = "age", above = 1 }'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[arbitration]\nformula = "pcv"', "choose one of: value, pcvl"),
        (CONTEXT, "context weights need the formula that multiplies by them"),
        (PCVL + CONTEXT.replace("= 5", "= 0"), "a weight of 0 changes nothing"),
        (PCVL + CONTEXT.replace('"age"', '"aeg"'), "fact 'aeg' is unknown; did you mean age"),
        (PCVL + LEVER + 'id = "x"\ncents = 5', "lever 'x' adds cents, which formula pcvl has no"),
        (LEVER + 'id = "x"', "the lever does not pull; write one of: weight = 55"),
        (LEVER + 'id = "x"\nweight = 5\ncents = 5', "the lever pulls 2 times over"),
        (LEVER + 'id = "x"\nfactor = 1', "the lever pulls by nothing"),
        (LEVER.replace("most_rows = 50", "") + 'id = "x"\nweight = 5', "the lever has no cap; add"),
        (LEVER.replace("50", "0") + 'id = "x"\nweight = 5', "most_rows is 0; write a whole number"),
        (LEVER.replace("owner", "boss") + 'id = "x"\nweight = 5', "owner is missing"),
        (LEVER.replace("expires", "exp") + 'id = "x"\nweight = 5', "expires is missing"),
        (LEVER + 'id = "x"\nweight = 5\nfamilies = ["funds"]', "holds 'funds', which is unknown"),
        (2 * (LEVER + 'id = "x"\nweight = 5\n'), "id 'x' stands twice"),
        (WARM.replace("2.0", "1.0"), "a factor of 1 changes nothing"),
        (WARM.replace("CONNECTED_THINKING", "THINKING"), "holds 'THINKING', which is unknown"),
        (WARM.replace("10", "0"), "is is 0; write a number from"),
        (WARM + 'of = "branch"', "choose one of: offer, family, customer"),
    ],
)
def test_what_cannot_be_meant_is_refused(a, text, message):
    """A lever without owner, expiry or cap, weights without their formula, and so on: at load."""
    with pytest.raises(PolicyError, match=message):
        a.policy(head=a.head + text)
