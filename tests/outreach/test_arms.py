"""A test of two policies: households in arms, parts of every capacity, each by its own policy."""

import hashlib
import hmac
import math
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning import KEY, Says, on_row
from policed import Desk, customer, moment, offer, policy_of

from outreach import (
    Candidate,
    Draw,
    ExperimentError,
    Limit,
    NewTest,
    Part,
    PolicyTest,
    Promise,
    arms_of,
    in_holdout,
    joined,
    parse_policy,
    plan_day,
)
from outreach.arms import arm_of
from outreach.experiment import key_print
from outreach.roster import Roster

DAY = date(2026, 6, 8)
AT = "2026-06-07 20:00"
NO_APP = (
    'id = "no-app"\nkind = "quiet_hours"\nchannels = ["app"]\n'
    'allowed = [{ days = ["sun"], from = "09:00", to = "12:00" }]'
)
FEW = 'id = "few"\nkind = "volume"\nat_most = 60\nwithin = "bank"\nperiod = "day"'


@pytest.fixture
def desk(ledger_url):
    opened = Desk(ledger_url)
    yield opened.sells(offer("fund-a"))
    opened.ledger.close()


def town(count=400, seed=1, **facts):
    """Customers of three managers in households of one to three."""
    rng = random.Random(seed)  # noqa: S311 - invented customers
    people, home = [], 0
    while len(people) < count:
        home += 1
        for _ in range(rng.choice((1, 2, 3))):
            who = len(people) + 1
            alone = None if rng.random() < 0.2 else home
            people.append(
                customer(who, household_id=alone, manager_id=5 + rng.randrange(3), **facts)
            )
    return people


def begun(desk, b, share=0.5, name="trial"):
    return desk.ledger.start_test(NewTest(name, desk.policy, b, share, KEY), now=moment(AT))


def both(people, arms, a, b, **inputs):
    """The joint plan of a day; everyone would buy with a chance that hangs on the number."""
    candidates = [
        Candidate(who, {"buys:fund": (who.customer_id % 17 + 1) / 40, "churn": 0.1}, 90_000)
        for who in people
    ]
    plain = {
        "offers": (offer("fund-a"),), "day": DAY, "holdout_key": KEY, "explainer": Says(),
        "capacities": {5: 60, 6: 61, 7: 200}, "model_versions": {},
    }  # fmt: skip
    plans = [
        plan_day(candidates, policy=policy, part=Part(arms, name), **(plain | inputs))
        for name, policy in (("A", a), ("B", b))
    ]
    return plans, joined(*plans)


def by_hand(who, name="trial", share=0.5):
    """The arm of a customer, by the definition: HMAC of the household under the test's key."""
    own = hmac.new(KEY, f"test of policies:{name}".encode(), hashlib.sha256).digest()
    home = who.household_id
    said = f"customer:{who.customer_id}" if home is None else f"household:{home}"
    digest = hmac.new(own, said.encode(), hashlib.sha256).hexdigest()
    return "B" if Fraction(int(digest[:16], 16), 2**64) < Fraction(share) else "A"


def test_households_are_drawn_whole_close_to_the_share_and_apart_from_the_hold_out(desk):
    """By the keyed hash; the hold-out is in neither arm, and no more of one arm than the other."""
    people = town(6000)
    test = begun(desk, policy_of(NO_APP), share=0.3)
    arms = arms_of(people, KEY, None, desk.policy, test)
    held = {who.customer_id for who in people if in_holdout(who, KEY, Draw(0.1))}
    assert arms.places.keys() == {who.customer_id for who in people} - held
    homes = defaultdict(set)
    for who in people:
        if who.customer_id in arms.places:
            assert arms.of(who.customer_id) == by_hand(who, share=0.3)
        homes[who.household_id or -who.customer_id].add(by_hand(who, share=0.3))
        assert arm_of(who, KEY, test) == by_hand(who, share=0.3)
    assert all(len(names) == 1 for names in homes.values())
    for group in (set(homes), {w.household_id or -w.customer_id for w in people
                               if w.customer_id in held}):  # fmt: skip
        in_b = sum(homes[home] == {"B"} for home in group)
        assert abs(in_b / len(group) - 0.3) < 4 * math.sqrt(0.3 * 0.7 / len(group))
    other = replace(test, name="another")
    moved = sum(arm_of(who, KEY, other) != arm_of(who, KEY, test) for who in people)
    assert abs(moved / len(people) - 2 * 0.3 * 0.7) < 0.05


def test_who_was_placed_stays_whatever_becomes_of_the_household(desk):
    """The arm is the ledger's once a plan was kept; newcomers go with their household."""
    people = town(60)
    test = begun(desk, desk.policy)
    arms = arms_of(people, KEY, None, desk.policy, test)
    _, plan = both(people, arms, desk.policy, test.policy_b)
    desk.ledger.save_plan(plan, now=moment(AT))
    desk.ledger.save_plan(plan, now=moment(AT))
    later = desk.ledger.running_test()
    assert later.members == arms.places
    moved = [replace(who, household_id=10_000 + who.customer_id) for who in people]
    child = customer(999, household_id=people[1].household_id)
    again = arms_of([*moved, child], KEY, None, desk.policy, later)
    for who in arms.places:
        if who in again.places:
            assert again.places[who] == arms.places[who]
    assert arm_of(child, KEY, later) == by_hand(people[1])


amounts = st.integers(0, 500)


@given(
    amount=amounts, seed=st.integers(0, 999), share=st.floats(0.05, 0.95),
    promised=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), max_size=12),
)  # fmt: skip
@settings(max_examples=60)
def test_parts_add_up_to_the_whole_and_promises_come_first(amount, seed, share, promised):
    """Minutes and limits of both arms are the day's own; what an arm was promised has its room."""
    people = town(60, seed)
    policy = policy_of()
    test = a_test(policy, policy, share=share)
    arms = arms_of(people, KEY, None, policy, test)
    roster = Roster(
        {who.customer_id: who.manager_id for who in people}, {5: amount, 6: 1, 7: 0}, {}
    )
    promises = [
        Promise(n, who, "CONNECTED_CALLBACK", moment(AT), moment(AT), "phone" if size else "sms")
        for n, (who, size) in enumerate(promised)
    ]
    minutes = {"phone": 8, "sms": 1}.__getitem__
    parts = [Part(arms, name) for name in "AB"]
    a, b = (part.roster(roster, promises, minutes).minutes for part in parts)
    assert {name: a[name] + b[name] for name in a} == roster.minutes
    assert min((*a.values(), *b.values())) >= 0
    need = Counter()
    for one in promises:
        if roster.list_of[one.customer_id] == 5:
            need[arms.of(one.customer_id) or "A"] += minutes(one.channel)
    if sum(need.values()) <= amount:
        assert (a[5] >= need["A"], b[5] >= need["B"]) == (True, True)
        mine = [arms.of(who.customer_id) for who in people if who.manager_id == 5]
        rest, everyone = amount - sum(need.values()), mine.count("A") + mine.count("B")
        expected = Fraction(rest * mine.count("B"), everyone) if everyone else 0
        assert b[5] - need["B"] == math.floor(expected)
    limit = Limit("few", None, amount, {(None, "phone"): 1}, frozenset(range(1, 30)))
    cut = [part.limits([limit], promises)[0] for part in parts]
    assert sum(each.amount for each in cut) == amount
    assert [replace(each, amount=amount) for each in cut] == [limit, limit]


def a_test(a, b, share=0.5, name="trial"):
    return PolicyTest(1, name, a.version, b, share, key_print(KEY), moment(AT))


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_the_joint_plan_breaks_no_capacity_and_accounts_for_everyone(share):
    """Each list's minutes and the bank's volume hold in all; rows, trails, funnel are of both."""
    people = town(400)
    a, b = policy_of(FEW), policy_of(FEW, NO_APP)
    arms = arms_of(people, KEY, None, a, a_test(a, b, share))
    plans, plan = both(people, arms, a, b)
    minutes, count = Counter(), Counter()
    for row in plan.rows:
        minutes[row.list_id] += row.minutes
        count[row.list_id] += 1
    assert all(minutes[name] <= most for name, most in {5: 60, 6: 61, 7: 200}.items())
    assert 40 < len(plan.rows) <= 60
    assert sum(u.amount for u in plan.balance.limits) == 60
    assert sum(u.taken for u in plan.balance.limits) == len(plan.rows)
    assert plan.trails.keys() == {who.customer_id for who in people}
    assert (plan.funnel.population, plan.funnel.listed) == (len(people), len(plan.rows))
    for name in count:
        ranks = [row.rank for row in plan.rows if row.list_id == name]
        assert ranks == [*range(1, count[name] + 1)]
    assert plan.balance.value_cents == sum(each.balance.value_cents for each in plans)
    assert plan.balance.value_cents <= plan.balance.bound_cents
    assert both(people[::-1], arms, a, b)[1].digest == plan.digest


def test_each_arm_is_weighed_under_its_own_policy_and_says_so():
    """B forbids messages in the app and has none, A has; trails and rows name arm and policy."""
    people = town(300)
    a, b = policy_of(), policy_of(NO_APP)
    arms = arms_of(people, KEY, None, a, a_test(a, b))
    _, plan = both(people, arms, a, b)
    versions = {"A": a.version, "B": b.version}
    channels = defaultdict(set)
    for row in plan.rows:
        assert row.arm == arms.of(row.customer_id) == by_hand(people[row.customer_id - 1])
        assert row.policy_version == versions[row.arm]
        channels[row.arm].add(row.channel)
    assert "app" in channels["A"]
    assert "app" not in channels["B"]
    assert channels["B"]
    for who in people:
        trail = plan.trail(who.customer_id)
        assert trail.arm == arms.of(who.customer_id)
        assert trail.policy_version == versions[trail.arm or "A"]
        assert (trail.step == "holdout") is (trail.arm is None)
        rules = {check.rule for attempt in trail.attempts for check in attempt.decision.checks}
        assert ("no-app" in rules) is (trail.arm == "B")


def test_equal_policies_give_the_plan_that_each_arm_alone_would_have():
    """With room for all, an A/A test lists the very contacts that one plan without a test lists."""
    people = town(120)
    policy = policy_of()
    arms = arms_of(people, KEY, None, policy, a_test(policy, policy))
    plenty = {5: 5000, 6: 5000, 7: 5000}
    _, plan = both(people, arms, policy, policy, capacities=plenty)
    alone = plan_day(
        [
            Candidate(who, {"buys:fund": (who.customer_id % 17 + 1) / 40, "churn": 0.1}, 90_000)
            for who in people
        ],
        offers=(offer("fund-a"),), day=DAY, holdout_key=KEY, explainer=Says(), policy=policy,
        capacities=plenty, model_versions={},
    )  # fmt: skip

    def said(rows):
        plain = (replace(row, arm=None, policy_version=None, rank=0) for row in rows)
        return sorted(plain, key=lambda row: row.request_id)

    assert said(plan.rows) == said(alone.rows)
    assert len(alone.rows) > 80
    assert plan.funnel == alone.funnel
    assert plan.balance == alone.balance


def test_neither_arm_stands_first_on_a_list():
    """However high B values, of any first rows each arm has its share, within one."""
    people = town(400)
    a = policy_of()
    b = parse_policy(a.text.replace("is = 1.5,", "is = 9,"))
    assert b.version != a.version
    arms = arms_of(people, KEY, None, a, a_test(a, b))
    _, plan = both(people, arms, a, b, capacities={5: 300, 6: 300, 7: 300})
    for name in (5, 6, 7):
        own = [row.arm for row in plan.rows if row.list_id == name]
        share = own.count("B") / len(own)
        assert 0 < share < 1
        for first in range(1, len(own) + 1):
            assert abs(own[:first].count("B") - share * first) <= 1


def test_a_row_of_arm_b_is_judged_by_the_policy_that_is_tried(desk):
    """A allows no messages in the app, B does: B's go out while the test runs, and not after it."""
    people = town(60)
    desk.knows(*people).under(NO_APP)
    test = begun(desk, policy_of())
    arms = arms_of(people, KEY, None, desk.policy, test)
    _, plan = both(people, arms, desk.policy, test.policy_b)
    desk.ledger.save_plan(plan, now=moment(f"{DAY} 00:30"))
    notices = [row for row in plan.rows if row.channel == "app"]
    assert {row.arm for row in notices} == {"B"}
    (one, two), noon = notices[:2], f"{DAY} 12:00"
    allowed = on_row(desk, one, noon)
    assert (allowed.verdict, allowed.policy_version) == ("allow", test.policy_b.version)
    asked = desk.ledger.explain(
        desk.request("app", two.customer_id), desk.people[two.customer_id],
        offers=desk.on_sale(), policy=desk.policy, now=moment(noon), holdout=False,
    )  # fmt: skip
    assert asked.failing == ("no-app",)
    assert on_row(desk, two, noon, "explain").verdict == "allow"
    in_force = desk.policy
    desk.policy = policy_of(NO_APP, FEW)
    assert on_row(desk, two, noon, "explain").failing == ("no-app",)
    desk.policy = in_force
    desk.holdout.add(two.customer_id)
    assert on_row(desk, two, noon, "explain").failing == ("holdout",)
    desk.holdout.clear()
    desk.ledger.stop_test(now=moment(f"{DAY} 12:30"))
    after = on_row(desk, two, f"{DAY} 12:31")
    assert after.failing == ("no-app",)


def test_a_row_of_arm_b_is_stopped_by_its_own_policy(desk):
    """B alone forbids calls after noon: its row is stopped then, A's is not."""
    people = town(60)
    desk.knows(*people)
    test = begun(desk, policy_of('id = "early"\nkind = "quiet_hours"\nallowed = '
                                 '[{ days = ["mon"], from = "09:00", to = "12:00" }]'))  # fmt: skip
    arms = arms_of(people, KEY, None, desk.policy, test)
    _, plan = both(people, arms, desk.policy, test.policy_b)
    desk.ledger.save_plan(plan, now=moment(f"{DAY} 00:30"))
    for row in plan.rows:
        verdict = on_row(desk, row, f"{DAY} 13:00", "explain")
        assert verdict.failing == (("early",) if row.arm == "B" else ())
    assert {row.arm for row in plan.rows} == {"A", "B"}


def test_tests_begin_and_end_once_and_their_rows_stay(desk):
    """One at a time, each under a name of its own; what is wrong is said."""
    with pytest.raises(ExperimentError, match="no test runs; `goodcall outreach ab start` begins"):
        desk.ledger.stop_test(now=moment(AT))
    with pytest.raises(ExperimentError, match="no test was begun; known are: none"):
        desk.ledger.tested()
    first = begun(desk, policy_of(NO_APP))
    with pytest.raises(ExperimentError, match=r"test 'trial' runs since .* end it with"):
        begun(desk, desk.policy, name="more")
    assert desk.ledger.running_test() == first
    ended = desk.ledger.stop_test(now=moment(f"{DAY} 10:00"))
    assert ended == replace(first, stopped_at=moment(f"{DAY} 10:00"))
    assert desk.ledger.running_test() is None
    with pytest.raises(ExperimentError, match="no test runs"):
        desk.ledger.stop_test(now=moment(AT))
    with pytest.raises(ExperimentError, match="there was a test 'trial' already"):
        begun(desk, desk.policy)
    second = begun(desk, desk.policy, name="more")
    assert desk.ledger.running_test() == second
    with pytest.raises(ExperimentError, match="there is no test 'x'; known are: trial, more"):
        desk.ledger.tested("x")
    assert desk.ledger.tested("trial")[0] == ended


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"share": 0.0}, "share 0 leaves an arm without households"),
        ({"share": 1.0}, "share 1 leaves an arm without households"),
        ({"name": " "}, "a test cannot be called ' '"),
        ({"name": "x" * 61}, "give it a name of 1 to 60 characters"),
        ({"policy_b": policy_of(channels=("phone",))}, "differ in .*channel.* id, minutes"),
        ({"policy_b": replace(policy_of(), zone="Europe/Prague")}, "differ in zone"),
        ({"policy_b": replace(policy_of(), holdout_share=0.2)}, "differ in .holdout. share"),
        ({"policy_b": replace(policy_of(), default_minutes=9)}, "differ in .capacity."),
        ({"policy_b": replace(policy_of(), lists_by="branch")}, "differ in .lists. by"),
    ],
)
def test_a_test_that_cannot_be_is_refused(said, words):
    """With what is wrong and what is allowed."""
    plain = {"name": "n", "policy_a": policy_of(), "policy_b": policy_of(), "share": 0.5}
    with pytest.raises(ExperimentError, match=words):
        NewTest(**(plain | said), key=KEY)


def test_another_policy_in_force_or_another_key_is_refused():
    """A test compares with the policy that it was begun with, by the key that it was begun with."""
    a, people = policy_of(), town(5)
    test = a_test(a, a)
    with pytest.raises(ExperimentError, match="put that policy back, or end the test"):
        arms_of(people, KEY, None, policy_of(NO_APP), test)
    with pytest.raises(ExperimentError, match="hold-out's key is not the one that test 'trial'"):
        arm_of(people[0], b"another key of sixteen", test)
