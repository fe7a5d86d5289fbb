"""The best use of a day's minutes and volumes in whole contacts, and how near the optimum it is."""

from dataclasses import dataclass

import numpy as np

from outreach.allocation.crowd import Here
from outreach.allocation.exact import least_short
from outreach.allocation.exchange import Choices
from outreach.allocation.market import Crowd, Market, Whole
from outreach.allocation.prices import COARSE, FINE, Prices, find_prices
from outreach.allocation.settle import settle

# A customer stays in the running whose best action would gain if it cost this much of its price.
_IN_THE_RUNNING = 0.75
# By how much of its price a limit grows dearer or cheaper at first; the least is of a mean value.
_STEP = 0.004
_LEAST_STEP = 0.0005
_FASTER, _SLOWER = 1.2, 0.5
_ROUNDS = 24
_FULL = 0.0001
# Of so few actions a minimum that stayed short is looked for exactly.
_SMALL = 5_000
# So few customers all stay in the running, and come home at once.
_FEW = 20_000


@dataclass(frozen=True, slots=True)
class Solution:
    """The kind that each customer gets, -1 for nothing, and what all of them bring together.

    No allocation that keeps every limit, and reaches as much of those that must be reached, brings
    more than `bound`. `time` and `left` are what remains of each list's minutes and of each shared
    limit, below zero only where a limit that must be reached was not.
    """

    picked: Whole
    value: int
    bound: float
    prices: Prices
    time: Whole
    left: Whole

    @property
    def gap(self) -> float:
        """The share of the bound that was not reached; the optimum lies between."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0


def solve(crowd: Crowd) -> Solution:
    """Choices near the optimum that keep every capacity; equal crowds give equal bytes.

    Prices are walked to with everyone at first; whoever is then far from being given anything
    stays out of the rest, but not out of the bound.
    """
    terms, census = crowd.terms, crowd.census()
    people = int(census.people.sum())
    cost = np.full((len(census.people), terms.kinds), -np.inf)
    if people <= _FEW:
        places, market = crowd.running(cost)
        crowd = Here(market)
    coarse = find_prices(crowd, census, COARSE)
    if people > _FEW:
        cost = terms.cost(coarse.clock, coarse.limit)
        places, market = crowd.running(
            np.where(cost > 0, cost * _IN_THE_RUNNING, cost / _IN_THE_RUNNING)
        )
    near = Here(market)
    fine = find_prices(near, near.census(), FINE, coarse)
    clock = settle(market, terms.toll(fine.limit))[1]
    prices = Prices(clock, fine.limit)
    bound = float(clock @ terms.time + fine.limit @ terms.room) + crowd.gain(
        terms.cost(clock, fine.limit)
    )
    choices = _within(market, prices)
    choices.trade(bound)
    if (choices.left < 0).any() and np.count_nonzero(market.value) <= _SMALL:
        choices = _less_short(market, choices, prices)
    picked = np.full(people, -1, dtype=np.int64)
    picked[places] = choices.picked
    return Solution(
        picked=picked,
        value=choices.value,
        # A minimum that was missed asks for no more than was reached.
        bound=bound - float(fine.limit @ np.minimum(choices.left, 0)),
        prices=prices,
        time=choices.time,
        left=choices.left,
    )


def _within(market: Market, prices: Prices) -> Choices:
    """Choices within every limit: the best that came so unaided, and lists of others fitted in."""
    seen = _seen(market, prices)
    choices = Choices(market, min(seen, key=lambda picked: _excess(market, picked)), prices)
    choices.relieve()
    for picked in reversed(seen):
        choices.adopt(picked)
    choices.fill()
    return choices


def _less_short(market: Market, choices: Choices, prices: Prices) -> Choices:
    """Choices that fall less short of what must be reached, where there are any."""
    picked = least_short(market)
    if picked is None:
        return choices
    found = Choices(market, picked, prices)
    kept = (found.time >= 0).all() and (found.left[market.terms.room >= 0] >= 0).all()
    less = np.minimum(found.left, 0).sum() > np.minimum(choices.left, 0).sum()
    return found if kept and less else choices


def _excess(market: Market, picked: Whole) -> tuple[int, int]:
    """How much too much choices take, and, of what takes no more than there is, the best first."""
    left = market.left(picked)[1]
    return -int(np.minimum(left, 0).sum()), -int(market.brings(picked).sum())


def _seen(market: Market, prices: Prices) -> list[Whole]:
    """Whole choices as limits grow dearer or cheaper until what is taken just fits.

    Each limit's step lengthens while it keeps its direction and shortens when it turns
    (Riedmiller and Braun 1993, RPROP).
    """
    price = prices.limit.copy()
    wanted = market.value[market.value > 0]
    least = float(wanted.mean()) * _LEAST_STEP if len(wanted) else 0.0
    step, before = np.maximum(price * _STEP, least), np.zeros(len(price))
    seen: list[Whole] = []
    for _ in range(_ROUNDS):
        picked, _ = settle(market, market.terms.toll(price))
        seen.append(picked)
        left = market.left(picked)[1]
        idle = (left <= _FULL * np.abs(market.terms.room)) | (price <= 0)
        if ((left >= 0) & idle).all():
            break
        turn = np.where(left < 0, 1.0, np.where((left > 0) & (price > 0), -1.0, 0.0))
        same = turn * before
        step = np.where(same > 0, step * _FASTER, np.where(same < 0, step * _SLOWER, step))
        price = np.maximum(price + turn * step, 0)
        before = turn
    return seen
