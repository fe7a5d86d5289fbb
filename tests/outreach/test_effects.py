"""What a lot taught of contacts decides: learned, measured, or assumed, and never a harm."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from goodcall.effect import Changes
from goodcall.language import Text
from goodcall.reason import Reason
from outreach import (
    Action,
    Candidate,
    care_action,
    harm_by_channel,
    offer_action,
    plan_day,
)
from outreach.trail import trail_from_json

NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
DAY = date(2026, 6, 8)
KEY = b"a key of sixteen bytes or more"
FUND, CARE, PUSH = "buys:fund:phone", "leaves:retention:phone", "leaves:offer:phone"


def told(**by_label):
    """Changes by label with `_` for `:`, all of them learned."""
    values = {label.replace("_", ":"): value for label, value in by_label.items()}
    return Changes(values, dict.fromkeys(values, "learned"))


def an_offer_action(a, changes, probability=0.10, *, worth=0):
    policy = a.policy()
    harm = harm_by_channel(a.customer(), policy, NOW)["phone"]
    return offer_action(
        *(a.offer(), policy.channel("phone"), probability),
        harm=harm,
        policy=policy,
        customer_id=1,
        changes=changes,
        customer_value_cents=worth,
    )


def test_a_learned_effect_takes_the_place_of_the_assumed_ratio(a):
    """Margin 1,000.00, a quarter cannibalised, cost 10.00, harm 3.00: worked by hand."""
    action = an_offer_action(a, told(buys_fund_phone=0.08))
    assert (action.effect, action.effect_from) == (0.08, "learned")
    assert action.value_cents == round(0.08 * 100_000 * 0.75 - 1000 - 300)
    assert "lift_ratio" not in action.assumed
    assert action.call_label == FUND


def test_a_measured_average_is_neither_assumed_nor_a_reason_to_call(a):
    """It is marked as measured, and nothing is learned of why a call helps this customer."""
    action = an_offer_action(a, Changes({FUND: 0.04}, {FUND: "measured"}))
    assert (action.effect, action.effect_from, action.call_label) == (0.04, "measured", None)
    assert "lift_ratio" not in action.assumed


def test_the_policys_ratio_says_whether_anybody_measured_it(a):
    """Of another channel nothing was taught: the phone's is assumed, the text's from a trial."""
    elsewhere = told(buys_fund_branch=0.5, buys_card_phone=0.5)
    assert an_offer_action(a, elsewhere).effect_from == "assumed"
    assert an_offer_action(a, elsewhere).effect == pytest.approx(0.05)
    policy = a.policy()
    harm = harm_by_channel(a.customer(), policy, NOW)["sms"]
    by_text = offer_action(
        a.offer(), policy.channel("sms"), 0.1, harm=harm, policy=policy, customer_id=1
    )
    assert by_text.effect_from == "measured"


@pytest.mark.parametrize(("change", "effect"), [(0.5, 0.1), (-2.0, -0.9)])
def test_no_told_effect_takes_a_probability_out_of_its_bounds(a, change, effect):
    """Propensity 0.9 can gain a tenth or lose all."""
    action = an_offer_action(a, told(buys_fund_phone=change), 0.9)
    assert action.effect == pytest.approx(effect)


def test_what_an_offer_does_to_leaving_counts(a):
    """A push that adds 2 % to leaving costs 2 % of a customer worth 5,000.00, which is assumed."""
    action = an_offer_action(a, told(leaves_offer_phone=0.02), worth=500_000)
    assert (action.drop, action.drop_from) == (-0.02, "learned")
    assert action.value_cents == round(0.05 * 75_000 - 0.02 * 500_000 - 1000 - 300)
    assert "customer_value" in action.assumed


def test_a_care_call_that_wakes_a_sleeping_dog_is_worth_less_than_nothing(a):
    """A contact that drives the customer away has a drop below zero, and says it was learned."""
    policy = a.policy()
    harm = harm_by_channel(a.customer(), policy, NOW)["phone"]

    def care(change):
        return care_action(
            *(policy.channel("phone"), 0.3),
            customer_value_cents=500_000,
            harm=harm,
            policy=policy,
            customer_id=1,
            changes=told(leaves_retention_phone=change),
        )

    assert care(-0.1).value_cents == round(0.1 * 500_000 - 1000 - 300)
    assert care(0.05).value_cents == round(-0.05 * 500_000 - 1000 - 300)
    assert (care(0.05).drop_from, care(0.05).call_label) == ("learned", CARE)
    assert "save_rate" not in care(0.05).assumed


def test_taught_harm_takes_the_place_of_the_policys(a):
    """By purpose and channel, priced as before; a contact never spoils less than nothing."""
    changes = Changes(
        {"opt_out:offer:phone": 0.03, "complaint:offer:phone": -0.5},
        {"opt_out:offer:phone": "measured", "complaint:offer:phone": "measured"},
    )
    policy, customer = a.policy(), a.customer()
    offered = harm_by_channel(customer, policy, NOW, changes=changes)
    cared = harm_by_channel(customer, policy, NOW, changes=changes, purpose="retention")
    assert offered["phone"].cents == pytest.approx(0.03 * 20_000)
    assert cared["phone"].cents == pytest.approx(0.01 * 20_000 + 0.002 * 50_000)
    assert offered["sms"].cents == cared["sms"].cents


class Helps:
    """An explainer that says why the customer was flagged, and why a call helps; or neither."""

    def __init__(self, *silent):
        self.silent = silent

    def reasons(self, label, customer_ids):
        about = "call" if label.count(":") == 2 else "flagged"
        if about in self.silent:
            return dict.fromkeys(customer_ids, ())
        why = Reason("money", "cash_in_30d", 5.0, 0.4, Text(label, label), about)
        return dict.fromkeys(customer_ids, (why,))


def a_plan(a, changes, *silent):
    candidate = Candidate(
        a.customer(consents=(a.grant("2026-01-01 10:00"),)),
        {"buys:fund": 0.2, "churn": 0.01},
        0,
        changes,
    )
    return plan_day(
        [candidate],
        offers=[a.offer()],
        policy=replace(a.policy(), holdout_share=0.0),
        day=DAY,
        holdout_key=KEY,
        explainer=Helps(*silent),
        capacities={},
        model_versions={},
    )


def test_a_sleeping_dog_is_left_alone(a):
    """Where every contact lowers the chance, doing nothing is worth more than any of them."""
    dogs = Changes(
        {f"buys:fund:{channel}": -0.1 for channel in ("phone", "sms", "branch")},
        {f"buys:fund:{channel}": "learned" for channel in ("phone", "sms", "branch")},
    )
    plan = a_plan(a, dogs)
    assert plan.rows == ()
    trail = plan.trail(1)
    assert (trail.step, trail.reason) == ("worth_it", "nothing_is_better")
    assert a_plan(a, Changes({}, {})).rows


def test_a_listed_row_says_why_it_was_flagged_and_why_a_call_helps(a):
    """The reasons of the learned effect stand behind those of the score, each with its question."""
    plan = a_plan(a, told(buys_fund_phone=0.4))
    (row,) = plan.rows
    assert [(why.about, why.text.en) for why in row.reasons] == [
        ("flagged", "buys:fund"),
        ("call", FUND),
    ]
    trail = trail_from_json(plan.trails[1])
    action = next(each.action for each in trail.attempts if each.step == "listed")
    assert (action.effect, action.effect_from) == (0.4, "learned")


def test_either_reason_is_enough_and_none_is_not(a):
    """One whom only the call's effect speaks for is listed with that; nobody without any."""
    changes = told(buys_fund_phone=0.4)
    (row,) = a_plan(a, changes, "flagged").rows
    assert [why.about for why in row.reasons] == ["call"]
    plan = a_plan(a, changes, "flagged", "call")
    assert (plan.rows, plan.trail(1).reason) == ((), "no_reason")


def test_trails_of_earlier_releases_still_read(a):
    """Actions that end with what was assumed say of no factor how it is known."""
    text = a_plan(a, Changes({}, {})).trails[1]
    names = [field.name for field in fields(Action)]
    assert names[-5:] == ["effect_from", "drop_from", "weights", "price", "repeat"]
    old = text.replace(',"assumed",""]', "]")
    assert old != text
    (first, *_) = [each.action for each in trail_from_json(old).attempts if each.action]
    assert (first.effect_from, first.drop_from) == ("", "")
    assert first.assumed == next(
        each.action.assumed for each in trail_from_json(text).attempts if each.action
    )
