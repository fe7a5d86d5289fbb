"""Whole choices brought within every shared limit, and what is left over put to use.

A limit's `left` is what remains of it; a customer's choice may change where no limit that would
have to give more is left with too little. Loops go through customers in a stated order.
"""

import numpy as np

from outreach.allocation.compiled import compiled
from outreach.allocation.market import Market, Real, Whole
from outreach.allocation.moves import Flags, Given, Takes, fits, move, net
from outreach.allocation.prices import Prices
from outreach.allocation.trade import candidates, trade

_PASSES = 12
# Choices of least regret that are tried against each other.
_MOST_TRADED = 500


class Choices:
    """The kind that each customer has, and what is left of every list and limit."""

    def __init__(self, market: Market, picked: Whole, prices: Prices) -> None:
        """Take `picked` as it stands; `prices` weigh what is scarce in exchanges."""
        terms = market.terms
        takes = terms.takes.tocsc()
        self.picked = picked.copy()
        self._market = market
        self._cells, self._lists = market.cell_of, terms.list_of_cell
        self._cost = terms.cost(prices.clock, prices.limit)
        self._takes = (
            takes.indptr.astype(np.int64),
            takes.indices.astype(np.int64),
            np.rint(takes.data).astype(np.int64),
        )
        self.time, self.left = market.left(picked)

    @property
    def value(self) -> int:
        """What the choices bring, in cents."""
        return int(self._market.brings(self.picked).sum())

    def relieve(self) -> None:
        """Keep every limit and then reach what must be reached, by the exchanges that cost least.

        Limits that must be kept are; one that must be reached may stay short.
        """
        kept = self._market.terms.room >= 0
        for due in (kept, ~kept):
            while (self.left[due] < 0).any():
                loss = np.full(len(self.picked), np.inf)
                _losses(self._given, due, loss)
                order = np.argsort(loss, kind="stable")
                if not _relieve(self._given, due, order[np.isfinite(loss[order])]):
                    break

    def adopt(self, other: Whole) -> None:
        """List by list take the choices of `other` where they bring more and fit."""
        people = self._market.people
        more = self._market.brings(other) - self._market.brings(self.picked)
        total = np.concatenate([[0], np.cumsum(more)])
        per_list = total[people[1:]] - total[people[:-1]]
        order = np.argsort(-per_list, kind="stable")
        _adopt(self._given, people, other, order[per_list[order] > 0])

    def fill(self) -> None:
        """Use what is left: exchanges that bring more and fit, until a pass finds none."""
        for _ in range(_PASSES):
            gain = np.full(len(self.picked), -np.inf)
            _gains(self._given, gain)
            order = np.argsort(-gain, kind="stable")
            if not _fill(self._given, order[np.isfinite(gain[order])]):
                return

    def trade(self, bound: float) -> None:
        """Change two customers' choices at once where that brings more, until nothing does.

        How far a choice's net falls behind the customer's best is its regret. What is won by a
        trade is no more than what separates the choices from the bound less the regrets of both
        (reduced costs), so that only choices of little regret are tried.
        """
        for _ in range(_PASSES):
            short = bound - self.value
            who, kind, regret = candidates(
                self._market.value, self._cells, self._cost, self.picked, short
            )
            if len(regret) > _MOST_TRADED:
                least = regret <= np.partition(regret, _MOST_TRADED)[_MOST_TRADED]
                who, kind, regret = who[least], kind[least], regret[least]
            order = np.lexsort((kind, who, regret))[:_MOST_TRADED]
            moves = (who[order], kind[order], regret[order])
            if not trade(self._given, moves, short):
                return

    @property
    def _given(self) -> Given:
        market = self._market
        fixed = (market.value, self._cells, self._lists, market.terms.minutes, self._cost)
        return (*fixed, self._takes, self.picked, self.time, self.left)


@compiled
def _strain(cell: int, kind: int, kinds: int, takes: Takes, left: Whole, due: Flags) -> int:
    """What an action takes from those of the `due` limits of which too much is taken."""
    if kind < 0:
        return 0
    begins, limits, amounts = takes
    column, total = cell * kinds + kind, 0
    for place in range(begins[column], begins[column + 1]):
        if due[limits[place]] and left[limits[place]] < 0:
            total += amounts[place]
    return total


@compiled
def _relief(
    value: Whole,
    cost: Real,
    who: int,
    cell: int,
    at: int,
    minutes: Whole,
    takes: Takes,
    old: int,
    time: Whole,
    left: Whole,
    due: Flags,
) -> tuple[int, bool]:
    """The action with the best net that strains less than the old, and whether there is one.

    Nothing, -1, is always to be had.
    """
    kinds = value.shape[1]
    strain = _strain(cell, old, kinds, takes, left, due)
    found, best = strain > 0, -1
    most = 0.0 if found else -np.inf
    for kind in range(kinds):
        gains = net(value, cost, who, cell, kind)
        if value[who, kind] <= 0 or gains <= most:
            continue
        if _strain(cell, kind, kinds, takes, left, due) < strain and fits(
            cell, old, kind, kinds, at, minutes, takes, time, left
        ):
            most, best, found = gains, kind, True
    return best, found


@compiled
def _losses(given: Given, due: Flags, loss: Real) -> None:
    """Fill `loss` with what each customer's exchange that eases the strain would cost."""
    value, cells, lists, minutes, cost, takes, picked, time, left = given
    for who in range(len(picked)):
        cell, old = cells[who], picked[who]
        at = lists[cell]
        new, found = _relief(value, cost, who, cell, at, minutes, takes, old, time, left, due)
        if found:
            loss[who] = net(value, cost, who, cell, old) - net(value, cost, who, cell, new)


@compiled
def _relieve(given: Given, due: Flags, order: Whole) -> int:
    """Ease the strain by customers' exchanges in an order; how many there were."""
    value, cells, lists, minutes, cost, takes, picked, time, left = given
    kinds, moved = value.shape[1], 0
    for who in order:
        cell, old = cells[who], picked[who]
        at = lists[cell]
        new, found = _relief(value, cost, who, cell, at, minutes, takes, old, time, left, due)
        if found:
            move(old, new, cell, kinds, at, minutes, takes, time, left)
            picked[who] = new
            moved += 1
    return moved


@compiled
def _better(
    value: Whole,
    cost: Real,
    who: int,
    cell: int,
    at: int,
    minutes: Whole,
    takes: Takes,
    old: int,
    time: Whole,
    left: Whole,
) -> int:
    """The action that brings more than the old, fits, and has the best net; -1 where none."""
    kinds = value.shape[1]
    now = value[who, old] if old >= 0 else 0
    most, best = -np.inf, -1
    for kind in range(kinds):
        gains = net(value, cost, who, cell, kind)
        if value[who, kind] <= now or gains <= most:
            continue
        if fits(cell, old, kind, kinds, at, minutes, takes, time, left):
            most, best = gains, kind
    return best


@compiled
def _gains(given: Given, gain: Real) -> None:
    """Fill `gain` with what the best exchange that fits would add to each customer's net."""
    value, cells, lists, minutes, cost, takes, picked, time, left = given
    for who in range(len(picked)):
        cell, old = cells[who], picked[who]
        at = lists[cell]
        new = _better(value, cost, who, cell, at, minutes, takes, old, time, left)
        if new >= 0:
            gain[who] = net(value, cost, who, cell, new) - net(value, cost, who, cell, old)


@compiled
def _fill(given: Given, order: Whole) -> int:
    """Exchange customers' choices for better ones in an order; how many were."""
    value, cells, lists, minutes, cost, takes, picked, time, left = given
    kinds, moved = value.shape[1], 0
    for who in order:
        cell, old = cells[who], picked[who]
        at = lists[cell]
        new = _better(value, cost, who, cell, at, minutes, takes, old, time, left)
        if new >= 0:
            move(old, new, cell, kinds, at, minutes, takes, time, left)
            picked[who] = new
            moved += 1
    return moved


@compiled
def _adopt(given: Given, people: Whole, other: Whole, wanted: Whole) -> None:
    """Change whole lists to their other choices, in an order, where no limit then falls short."""
    value, cells, _lists, minutes, _cost, takes, picked, time, left = given
    kinds = value.shape[1]
    for at in wanted:
        before_time, before = time[at], left.copy()
        for who in range(people[at], people[at + 1]):
            cell = cells[who]
            move(picked[who], other[who], cell, kinds, at, minutes, takes, time, left)
        if (left < np.minimum(before, 0)).any():
            left[:] = before
            time[at] = before_time
        else:
            picked[people[at] : people[at + 1]] = other[people[at] : people[at + 1]]
