"""Laws of sharing out on small random days, against HiGHS' branch and bound."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from outreach import Action, Limit, allocate

MINUTES = {"phone": 8, "sms": 1, "branch": 20}
OFFERS = ("card", "fund", None)
KINDS = tuple((code, channel) for code in OFFERS for channel in MINUTES)


@dataclass(frozen=True)
class Day:
    actions: list[Action]
    list_of: dict[int, int]
    minutes: dict[int, int]
    limits: list[Limit]


@st.composite
def days(draw):
    """Up to 12 customers on three lists of two branches; volumes in contacts and in minutes."""
    people = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = draw(st.sampled_from((0.2, 0.5, 0.9)))
    factors = ("buys:fund", 0.1, 0.05, 1, 0.0, 0.0, 0, 0.0, 0.0)
    actions = [
        Action(who, code, channel, MINUTES[channel], *factors, int(rng.integers(-20, 400)), ())
        for who in range(people)
        for code, channel in KINDS
        if rng.random() < share
    ]
    list_of = {who: 1 + who % 3 for who in range(people)}
    room = st.integers(0, 5)
    calls, texts, minutes = draw(room), draw(room), draw(st.integers(0, 60))
    limits = [
        Limit("calls", 1, calls, {k: 1 for k in KINDS if k[1] == "phone"}, _members(list_of, 1)),
        Limit("texts", None, texts, {k: 1 for k in KINDS if k[1] == "sms"}),
        Limit("minutes", 9, minutes, {k: MINUTES[k[1]] for k in KINDS}, _members(list_of, 1, 2)),
    ]
    if least := draw(st.integers(0, 6)):
        cards = {k: 1 for k in KINDS if k[0] == "card"}
        limits.append(Limit("cards", None, least, cards, minimum=True))
    return Day(actions, list_of, {n: draw(st.integers(0, 50)) for n in (1, 2, 3)}, limits)


def _members(list_of, *lists):
    return frozenset(who for who, name in list_of.items() if name in lists)


def taken(limit, action):
    counts = limit.members is None or action.customer_id in limit.members
    return limit.takes.get((action.offer_code, action.channel), 0) * counts


def best(day, short):
    """HiGHS' best value with the minimum missed by `short` at the most; None where none is."""
    rows, most = [], []
    for who in day.list_of:
        rows.append([a.customer_id == who for a in day.actions])
        most.append(1)
    for name, minutes in day.minutes.items():
        rows.append([a.minutes * (day.list_of[a.customer_id] == name) for a in day.actions])
        most.append(minutes)
    for limit in day.limits:
        sign = -1 if limit.minimum else 1
        rows.append([sign * taken(limit, a) for a in day.actions])
        most.append(sign * limit.amount + (short if limit.minimum else 0))
    worth = np.array([-a.value_cents for a in day.actions], dtype=float)
    solved = milp(
        worth,
        constraints=LinearConstraint(np.array(rows, dtype=float), -np.inf, most),
        integrality=np.ones(len(worth)),
        bounds=(0, np.array([a.value_cents > 0 for a in day.actions], dtype=float)),
        options={"mip_rel_gap": 0.0},
    )
    return None if solved.status == 2 else round(-solved.fun)


@given(day=days(), seed=st.integers(0, 2**32))
@settings(max_examples=100)
def test_CP_41_no_capacity_is_broken_and_the_bound_is_above_every_whole_choice(day, seed):
    """Also: a minimum is reached wherever it can be, and rows in any order give the same bytes."""
    if not day.actions:
        return
    said = allocate(day.actions, day.list_of, day.minutes, day.limits)
    chosen = list(said.chosen.values())
    assert all(who == action.customer_id for who, action in said.chosen.items())
    for name, minutes in day.minutes.items():
        own = [a.minutes for a in chosen if day.list_of[a.customer_id] == name]
        assert sum(own) <= minutes
    short = 0
    for limit, use in zip(day.limits, said.limits, strict=True):
        assert use.taken == sum(taken(limit, action) for action in chosen)
        assert limit.minimum or use.taken <= limit.amount
        short += use.short
    optimum = best(day, short)
    assert said.value_cents == sum(action.value_cents for action in chosen)
    assert said.value_cents <= optimum <= said.bound_cents * (1 + 1e-9) + 1e-6
    assert short == 0 or best(day, short - 1) is None
    mixed = [day.actions[at] for at in np.random.default_rng(seed).permutation(len(day.actions))]
    assert allocate(mixed, day.list_of, day.minutes, day.limits) == said


def test_the_gap_is_small_even_where_few_customers_leave_little_to_fit():
    """Of 40 random days the choices bring 99 % or more of the best whole ones together."""
    ours = theirs = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        factors = ("buys:fund", 0.1, 0.05, 1, 0.0, 0.0, 0, 0.0, 0.0)
        actions = [
            Action(who, code, ch, MINUTES[ch], *factors, int(rng.integers(1, 400)), ())
            for who in range(15)
            for code, ch in KINDS
            if rng.random() < 0.5
        ]
        list_of = {who: 1 + who % 3 for who in range(15)}
        limits = [Limit("texts", None, 3, {k: 1 for k in KINDS if k[1] == "sms"})]
        day = Day(actions, list_of, dict.fromkeys((1, 2, 3), 30), limits)
        said = allocate(actions, list_of, day.minutes, limits)
        ours, theirs = ours + said.value_cents, theirs + best(day, 0)
    assert ours >= 0.99 * theirs
