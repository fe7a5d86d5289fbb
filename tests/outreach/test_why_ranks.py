"""What `outreach why` and the funnel say of ranks, levers, prices and waiting, in two languages."""

import json
from dataclasses import replace
from datetime import date

import pytest

from cli import words
from cli.plan_words import print_balance
from cli.show import Show
from cli.why import print_trail, trail_facts
from goodcall.profile import Holding
from outreach import Candidate, plan_day

DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"
LEVER = (
    '[[lever]]\nid = "deposit_week"\nowner = "deposits"\nexpires = 2026-06-30\nmost_rows = 9\n'
    "weight = 55\n"
)
BAND = '[[price_band]]\nname = "everyone"\nowner = "pricing"\nrate_bps = 320\n'
WAIT = (
    "[wait]\nhorizon_days = 30\n"
    'need_half_life_days = { is = 60, source = "assumed" }\n'
    'maturity_factor = { is = 3.0, source = "lot" }\n'
)
MATURING = (Holding(9, "deposit", date(2025, 1, 1), matures_on=date(2026, 6, 18)),)


def a_plan(a, text, **facts):
    policy = a.policy(head=a.head.replace("0.10", "0.001") + text)
    sms = tuple(channel for channel in policy.channels if channel.id == "sms")
    return plan_day(
        [Candidate(a.customer(**facts), {"buys:deposit": 0.1}, 0, row={})],
        offers=[a.offer("term", "deposit")],
        policy=replace(policy, channels=sms, value=replace(policy.value, save_rate={})),
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: 10},
        model_versions={},
    )


def why(plan, capsys, language="en"):
    """What is printed about customer 1, and about the day."""
    speak = Show(language)
    print_trail(speak, plan.trail(1), plan.policy)
    print_balance(speak, plan.balance, "CNY")
    return capsys.readouterr().out


def test_a_lever_and_its_price_are_told(a, capsys):
    """Base, factor and rank; owner, rows moved and what is given up."""
    plan = a_plan(a, LEVER + BAND)
    said = why(plan, capsys)
    action = next(each.action for each in plan.trail(1).attempts if each.step == "listed")
    assert action.rank_cents == round(action.value_cents * 1.55)
    assert "levers: deposit_week" in said
    assert plan.balance.value_cents == action.rank_cents
    assert plan.balance.expected_cents == action.value_cents
    assert "the value that is expected is" in said
    assert "x 1.55 +" in said
    assert "price band 'everyone': rate 3.20%" in said
    assert "all levers together give up" in said
    chinese = why(plan, capsys, "zh")
    for word in ("业务杠杆:deposit_week", "价格档次“everyone”:利率3.20%", "合计放弃价值"):
        assert word in chinese


def test_all_four_factors_are_told(a, capsys):
    """P, C, V and L with their product."""
    plan = a_plan(a, '[arbitration]\nformula = "pcvl"\n' + LEVER)
    said = why(plan, capsys)
    assert "P 0.1000 x C 1.00 x V" in said
    assert "x L 1.55 =" in said
    assert "倾向P 0.1000" in why(plan, capsys, "zh")


def test_waiting_is_told_with_its_day_and_cause(a, capsys):
    """When, what, how much, and why."""
    plan = a_plan(a, WAIT, holdings=MATURING)
    said = why(plan, capsys)
    assert "waiting is worth more" in said
    assert "waits until 2026-06-18: term by sms is then worth" in said
    assert "(a holding matures); assumed: need_half_life_days" in said
    assert "等待至2026-06-18" in why(plan, capsys, "zh")


def test_earlier_answers_are_told(a, capsys):
    """Each influence with its factor of today."""
    text = (
        '[[influence]]\nid = "warm"\noutcomes = ["CONNECTED_THINKING"]\n'
        'factor = { is = 2.0, source = "assumed" }\n'
        'half_life_days = { is = 10, source = "assumed" }\n'
    )
    thought = a.contact("2026-05-29 00:00", offer_code="term", outcome="CONNECTED_THINKING")
    plan = a_plan(a, text, contacts=(thought,))
    assert "multiply the propensity by 1.500 (warm x1.500)" in why(plan, capsys)
    assert "既往反馈使倾向乘以1.500" in why(plan, capsys, "zh")


def test_a_plain_action_has_nothing_of_it(a, capsys):
    """No empty headings where the policy says nothing."""
    said = why(a_plan(a, ""), capsys)
    for word in ("Rank", "lever", "price band", "waits until", "value that is expected"):
        assert word not in said


def test_the_facts_hold_it_all(a, capsys):
    """The JSON of a trail has rank, weights, price and wait."""
    plans = a_plan(a, LEVER + BAND), a_plan(a, LEVER + WAIT, holdings=MATURING)
    Show("en", as_json=True).hand_over([trail_facts(plan.trail(1)) for plan in plans])
    listed, waiting = json.loads(capsys.readouterr().out)
    value = listed["actions"][0]["value"]
    assert value["weights"]["levers"] == ["deposit_week"]
    assert value["price"] == {"band": "everyone", "rate_bps": 320, "fee_bps": None}
    assert value["rank_cents"] == value["weights"]["priority_cents"]
    assert (listed["wait"], waiting["wait"]["until"]) == (None, "2026-06-18")


@pytest.mark.parametrize(
    ("code", "en", "zh"),
    [
        ("unknown: age", "not known: age", "未知:age"),
        ("needs_offer: basic", "comes only after basic", "须先办理:basic"),
        ("replaced_by: gold", "replaced by gold", "已被替代:gold"),
        ("not_yet_on_sale", "the offer has not begun", "产品尚未开始"),
    ],
)
def test_reasons_that_name_a_fact_or_an_offer_read_in_both_languages(code, en, zh):
    """The code's beginning is put into words, the name stays."""
    said = words.reason(code)
    assert (said.en, said.zh) == (en, zh)


def test_a_terms_own_id_stays_as_the_business_wrote_it():
    """Like the id of a rule."""
    assert words.reason("grown_relationship") == "grown_relationship"
