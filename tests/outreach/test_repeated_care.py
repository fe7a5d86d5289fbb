"""A care talk goes on working, so another one soon after it is worth less."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cli.show import Show
from cli.why import print_trail, trail_facts
from goodcall.effect import Changes
from outreach import Candidate, PolicyError, parse_policy, plan_day
from outreach.arbitrate import care_action, harm_by_channel, left_of_care
from outreach.lists import ASSUMED
from outreach.reweighing import Reweigher
from outreach.trail import trail_from_json

NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"
TABLE = (
    "[value.repeated_care]\n"
    'factor = { is = 0.25, source = "assumed" }\n'
    'half_life_days = { is = 180, source = "study 9" }\n'
)


def a_policy(a, table=TABLE):
    return a.policy(head=a.head.replace("0.10", "0.001") + table)


def talk(a, days, outcome="CONNECTED_THINKING", **facts):
    """A care call so many days before NOW."""
    at = NOW - timedelta(days=days)
    return a.contact(at, "phone", **{"purpose": "retention", "outcome": outcome} | facts)


def left(a, *contacts):
    return left_of_care(a.customer(contacts=contacts), a_policy(a).value, NOW)


def a_plan(a, *contacts, policy=None):
    return plan_day(
        [Candidate(a.customer(contacts=contacts), {"churn": 0.3}, 500_000)],
        offers=(),
        policy=policy or a_policy(a),
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: 30},
        model_versions={},
    )


def by_branch(plan):
    return next(one.action for one in plan.trail(1).attempts if one.channel == "branch")


@pytest.mark.parametrize(("days", "share"), [(0, 0.25), (180, 0.625), (360, 0.8125)])
def test_a_quarter_is_left_at_first_and_half_of_the_rest_comes_back(a, days, share):
    """Three quarters are missing, after a half-life half of them, after two a quarter of them."""
    assert left(a, talk(a, days)) == pytest.approx(share)


def test_only_the_last_care_talk_that_reached_counts(a):
    """Neither an offer, nor who was not reached, nor what is still to come."""
    idle = (
        talk(a, 1, purpose="marketing"),
        talk(a, 1, purpose=None),
        talk(a, 1, outcome="NO_ANSWER"),
        talk(a, 1, outcome=None),
        talk(a, -1),
    )
    assert left(a, *idle) is None
    assert left(a) is None
    assert left(a, talk(a, 180), *idle) == pytest.approx(0.625)
    assert left(a, talk(a, 180), talk(a, 0), talk(a, 90)) == pytest.approx(0.25)


def test_without_the_table_every_care_call_counts_like_a_first(a):
    """A policy file of an earlier release means what it meant."""
    policy = a_policy(a, "")
    assert policy.value.repeated_care is None
    assert left_of_care(a.customer(contacts=(talk(a, 1),)), policy.value, NOW) is None
    again, first = (a_plan(a, *met, policy=policy) for met in ((talk(a, 40),), ()))
    assert by_branch(again).drop == by_branch(first).drop == pytest.approx(0.3 * 0.25)
    assert by_branch(again).repeat is None


def test_the_drop_is_what_is_left_of_the_save_rate(a):
    """Leaving 0.3, a quarter of it saved by a first talk, 0.625 of that half a year later."""
    met = by_branch(a_plan(a, talk(a, 180)))
    assert met.repeat == pytest.approx(0.625, abs=0.001)
    assert met.drop == pytest.approx(0.3 * 0.25 * met.repeat)
    assert met.value_cents == round(met.drop * 500_000 - 3000 - met.harm_cents)
    assert "repeated_care" in met.assumed


def test_figures_that_somebody_measured_are_not_assumed(a):
    """Either figure that is assumed marks the row."""
    measured = TABLE.replace('"assumed"', '"study 9"')
    action = by_branch(a_plan(a, talk(a, 40), policy=a_policy(a, measured)))
    assert action.repeat is not None
    assert "repeated_care" not in action.assumed


def test_what_a_lot_taught_of_a_customer_is_not_cut(a):
    """A learned effect is of this customer, with the talks of late among what it knows."""
    policy = a_policy(a)
    harm = harm_by_channel(a.customer(), policy, NOW)["phone"]
    changes = Changes({"leaves:retention:phone": -0.1}, {"leaves:retention:phone": "learned"})
    action = care_action(
        *(policy.channel("phone"), 0.3),
        customer_value_cents=500_000,
        harm=harm,
        policy=policy,
        customer_id=1,
        changes=changes,
        repeat=0.25,
    )
    assert (action.drop, action.repeat) == (0.1, None)
    assert "repeated_care" not in action.assumed


def test_the_trail_keeps_it_and_why_tells_it(a, capsys):
    """In the stored trail, in words of both languages, and among the facts."""
    plan = a_plan(a, talk(a, 40))
    stored = by_branch(plan)
    assert trail_from_json(plan.trails[1]) == plan.trail(1)
    print_trail(Show("en"), plan.trail(1), plan.policy)
    told = f"another one does {stored.repeat:.2f} of what a first would"
    assert told in capsys.readouterr().out
    print_trail(Show("zh"), plan.trail(1), plan.policy)
    assert f"再次关怀的效果为首次的{stored.repeat:.2f}" in capsys.readouterr().out
    facts = trail_facts(plan.trail(1))
    values = [each["value"]["repeat"] for each in facts["actions"]]
    assert stored.repeat in values
    print_trail(Show("en"), a_plan(a).trail(1), plan.policy)
    assert "another one does" not in capsys.readouterr().out


def test_a_replay_keeps_what_was_left(a):
    """Another save rate takes the old one's place, times what the earlier talk left."""
    old = a_policy(a)
    new = parse_policy(old.text.replace("branch = { is = 0.25", "branch = { is = 0.5"))
    plan = a_plan(a, talk(a, 40))
    before = by_branch(plan)
    after = Reweigher(old, new, {}).action(before, plan.trail(1))
    assert after is not None
    assert after.drop == pytest.approx(2 * before.drop)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("is = 0.25", "is = 1", "a factor of 1 changes nothing; write another, or take it out"),
        ("is = 0.25", "is = 1.5", "is is 1.5; write a number from 0 to 1"),
        ("is = 180", "is = 0", r"is is 0; write a number from 0.0416\d* to 3660"),
        ("half_life_days", "days", "half_life_days is missing"),
        ("factor", "spare = 1\nfactor", "key 'spare' is unknown here"),
    ],
)
def test_a_mistake_is_refused(a, old, new, message):
    """Care that is repeated never does more than a first talk."""
    with pytest.raises(PolicyError, match=message):
        a_policy(a, TABLE.replace(old, new, 1))


def test_every_assumption_of_a_plan_has_words(a):
    """Lists name what a row rests on, earlier answers and repeated care among it."""
    influence = (
        '[[influence]]\nid = "warm"\noutcomes = ["CONNECTED_THINKING"]\n'
        'factor = { is = 2.0, source = "assumed" }\n'
        'half_life_days = { is = 10, source = "assumed" }\n'
    )
    everything = a.head.replace("0.10", "0.001").replace('"trial 3"', '"assumed"')
    policy = a.policy(head=everything.replace('"study 7"', '"assumed"') + TABLE + influence)
    thought = replace(talk(a, 40), offer_code="fund-a", purpose=None, contact_id="other")
    candidate = Candidate(
        a.customer(contacts=(talk(a, 40), thought)), {"churn": 0.3, "buys:fund": 0.2}, 500_000
    )
    plan = plan_day(
        [candidate],
        offers=(a.offer(assumed=("margin",)),),
        policy=policy,
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: 30},
        model_versions={},
    )
    assumed = {name for one in plan.trail(1).attempts if one.action for name in one.action.assumed}
    assert assumed == set(ASSUMED) - {"number"}
