"""Minutes are shared near the optimum, never exceeded, and never by the order of the input."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from outreach import Action, allocate


def action(customer, value, minutes, offer="a", channel="phone"):
    factors = ("buys:fund", 0.1, 0.05, 1, 0.0, 0.0, 0, 0.0, 0.0)
    return Action(customer, offer, channel, minutes, *factors, value, ())


def minutes_of(allocation):
    return sum(one.minutes for one in allocation.chosen.values())


def value_of(allocation):
    return sum(one.value_cents for one in allocation.chosen.values())


OPTIONS = st.lists(
    st.lists(st.tuples(st.integers(-50, 500), st.integers(0, 20)), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


@given(options=OPTIONS, capacity=st.integers(0, 40))
@settings(max_examples=200)
def test_small_lists_are_settled_exactly(options, capacity):
    """Against every combination of at most one action a customer."""
    actions = [
        action(who, value, minutes, offer=str(place))
        for who, own in enumerate(options)
        for place, (value, minutes) in enumerate(own)
    ]
    allocation = allocate(actions, dict.fromkeys(range(6), 7), {7: capacity})
    best = max(
        sum(value for value, _ in picks)
        for picks in product(*[[(0, 0), *own] for own in options])
        if sum(minutes for _, minutes in picks) <= capacity
    )
    assert minutes_of(allocation) <= capacity
    assert value_of(allocation) == best


def _market(customers, seed):
    rng = np.random.default_rng(seed)
    return [
        action(who, int(rng.lognormal(6, 1.2) * (1 + 0.4 * minutes**0.5)), minutes, f"o{offer}", ch)
        for who in range(customers)
        for offer in range(3)
        for ch, minutes in (("sms", 1), ("phone", 8), ("branch", 20))
    ]


def _optimum(actions, customers, capacity):
    """The linear programme's optimum, which no whole allocation exceeds (HiGHS)."""
    count = len(actions)
    rows = np.array([a.customer_id for a in actions])
    one_each = csr_matrix((np.ones(count), (rows, np.arange(count))), shape=(customers, count))
    minutes = csr_matrix(np.array([[float(a.minutes) for a in actions]]))
    solved = linprog(
        [-a.value_cents for a in actions],
        A_ub=vstack([one_each, minutes]),
        b_ub=[*[1.0] * customers, float(capacity)],
        bounds=(0, 1),
        method="highs",
    )
    return -solved.fun


@pytest.mark.parametrize("capacity", [0, 50, 400, 3000])
def test_a_long_list_comes_near_the_linear_programme(capacity):
    """At least 99 % of the linear programme's optimum for 400 customers, within the minutes."""
    actions = _market(400, 5)
    allocation = allocate(actions, dict.fromkeys(range(400), 1), {1: capacity})
    assert minutes_of(allocation) <= capacity
    assert value_of(allocation) >= 0.99 * _optimum(actions, 400, capacity)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_thousand_customers_come_near_the_linear_programme(seed):
    """At least 99 % of the linear programme's optimum."""
    actions = _market(2000, seed)
    allocation = allocate(actions, dict.fromkeys(range(2000), 1), {1: 4800})
    assert minutes_of(allocation) <= 4800
    assert value_of(allocation) >= 0.99 * _optimum(actions, 2000, 4800)


def test_CP_41_the_order_of_the_input_does_not_matter():
    """Shuffled actions give the same allocation, ties and prices included."""
    rng = np.random.default_rng(9)
    actions = [action(who, 100, 8, offer) for who in range(50) for offer in ("a", "b")]
    actions += _market(30, 2)
    lists = {who: who % 3 for who in range(50)}
    first = allocate(actions, lists, {0: 60, 1: 60, 2: 0})
    for _ in range(5):
        shuffled = [actions[place] for place in rng.permutation(len(actions))]
        assert allocate(shuffled, lists, {0: 60, 1: 60, 2: 0}) == first


def test_equal_customers_are_taken_by_number():
    """Of equal values the lower customer id wins, also beyond the exactly settled core."""
    actions = [action(who, 100, 8) for who in range(200)]
    allocation = allocate(actions, dict.fromkeys(range(200), 1), {1: 1205})
    assert sorted(allocation.chosen) == list(range(150))
    few = allocate(actions[:5], dict.fromkeys(range(5), 1), {1: 16})
    assert sorted(few.chosen) == [0, 1]


def test_the_price_is_that_of_the_last_minute():
    """Free where minutes are left; else about what the marginal contact brings a minute."""
    actions = [action(who, 100 * (who + 1), 10) for who in range(10)]
    lists = dict.fromkeys(range(10), 1)
    assert allocate(actions, lists, {1: 100}).prices == {1: 0.0}
    allocation = allocate(actions, lists, {1: 30})
    assert sorted(allocation.chosen) == [7, 8, 9]
    assert 70 <= allocation.prices[1] <= 80


def test_nothing_is_better_than_a_loss():
    """An action of no value is never taken, however many minutes are free."""
    allocation = allocate([action(1, 0, 1), action(2, -5, 0)], {1: 1, 2: 1}, {1: 100})
    assert allocation.chosen == {}
