"""Each list's minutes shared out in whole contacts, at given tolls of the shared limits.

Bisection finds the price of a minute at which the list just fits; of those whose choice turns
there, the first by number are taken while minutes last; then the customers whose choice is
closest are settled together, exactly, by dynamic programming over the minutes left for them.
"""

import numpy as np

from outreach.allocation.compiled import compiled, in_parts
from outreach.allocation.market import Market, Real, Whole

_BISECTIONS = 60
_CORE = 64


def settle(market: Market, toll: Real) -> tuple[Whole, Real]:
    """The kind that each customer gets, -1 for nothing, and each list's price of a minute.

    `toll` (cells, kinds) is taken off each action's value; lists keep to their minutes, the shared
    limits are left to the caller.
    """
    terms = market.terms
    weights, of_kind = np.unique(terms.minutes, return_inverse=True)
    picked: Whole = np.full(market.customers, -1, dtype=np.int64)
    clock = np.zeros(len(terms.time))
    given = (
        *(market.value, market.cells, terms.lists, terms.time, toll),
        *(weights, of_kind.astype(np.int64), picked, clock),
    )
    in_parts(_settle, market.people, given)
    return picked, clock


@compiled
def _settle(
    value: Whole,
    cells: Whole,
    lists: Whole,
    time: Whole,
    toll: Real,
    weights: Whole,
    of_kind: Whole,
    picked: Whole,
    clock: Real,
    first: int,
    last: int,
) -> None:
    """Fill `picked` and `clock` of the lists from `first` to before `last`."""
    for at in range(first, last):
        begin, end = cells[lists[at]], cells[lists[at + 1]]
        net = np.zeros((end - begin, len(weights)))
        kind = np.full((end - begin, len(weights)), -1, np.int64)
        for cell in range(lists[at], lists[at + 1]):
            for who in range(cells[cell], cells[cell + 1]):
                _best_by_minutes(
                    value[who], toll[cell], of_kind, net[who - begin], kind[who - begin]
                )
        choice = np.full(end - begin, -1, np.int64)
        clock[at] = _fit(net, weights, time[at], choice)
        if clock[at] > 0:
            _settle_core(net, weights, time[at], clock[at], choice)
        for row in range(end - begin):
            if choice[row] >= 0:
                picked[begin + row] = kind[row, choice[row]]


@compiled
def _best_by_minutes(value: Whole, toll: Real, of_kind: Whole, net: Real, kind: Whole) -> None:
    """A customer's best action of every length, the first of equals; none where none gains."""
    for each in range(len(value)):
        if value[each] > 0 and value[each] - toll[each] > net[of_kind[each]]:
            net[of_kind[each]] = value[each] - toll[each]
            kind[of_kind[each]] = each


@compiled
def _best_at(net: Real, weights: Whole, price: float) -> int:
    """The best length at a price of a minute; fewer minutes win a tie, and nothing wins at 0."""
    most, best = 0.0, -1
    for each in range(len(weights)):
        if net[each] > 0 and net[each] - price * weights[each] > most:
            most, best = net[each] - price * weights[each], each
    return best


@compiled
def _fit(net: Real, weights: Whole, capacity: int, choice: Whole) -> float:
    """Fill `choice` with what fits the capacity, and say the price of a minute."""
    low, high = _turning_price(net, weights, capacity)
    left = capacity
    for row in range(len(net)):
        choice[row] = _best_at(net[row], weights, high)
        left -= 0 if choice[row] < 0 else weights[choice[row]]
    for row in range(len(net)):
        other = _best_at(net[row], weights, low)
        if other != choice[row] and other >= 0:
            more = weights[other] - (0 if choice[row] < 0 else weights[choice[row]])
            if more <= left:
                choice[row] = other
                left -= more
    return high


@compiled
def _turning_price(net: Real, weights: Whole, capacity: int) -> tuple[float, float]:
    """Two prices of a minute, as near as can be: demand is too much at the first, not the second.

    Both are 0 where minutes are left over.
    """
    low, high = 0.0, 0.0
    if _minutes_at(net, weights, 0.0) <= capacity:
        return low, high
    for row in range(len(net)):
        for each in range(len(weights)):
            if weights[each] > 0:
                high = max(high, net[row, each] / weights[each])
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _minutes_at(net, weights, middle) <= capacity:
            high = middle
        else:
            low = middle
    return low, high


@compiled
def _minutes_at(net: Real, weights: Whole, price: float) -> int:
    total = 0
    for row in range(len(net)):
        best = _best_at(net[row], weights, price)
        if best >= 0:
            total += weights[best]
    return total


@compiled
def _settle_core(net: Real, weights: Whole, capacity: int, price: float, choice: Whole) -> None:
    """Choose anew, exactly, for the customers who are closest to another choice at the price."""
    gap = np.empty(len(net))
    for row in range(len(net)):
        most, next_most = 0.0, -np.inf
        for each in range(len(weights)):
            here = net[row, each] - price * weights[each]
            if net[row, each] <= 0:
                continue
            if here > most:
                most, next_most = here, most
            elif here > next_most:
                next_most = here
        gap[row] = most - max(next_most, 0.0) if most > 0 else -next_most
    core = np.sort(np.argsort(gap, kind="mergesort")[:_CORE])
    room = capacity
    inside = np.zeros(len(net), np.bool_)
    inside[core] = True
    for row in range(len(net)):
        if not inside[row] and choice[row] >= 0:
            room -= weights[choice[row]]
    room = min(room, len(core) * weights[-1])
    _exact(net, weights, core, room, choice)


@compiled
def _exact(net: Real, weights: Whole, core: Whole, room: int, choice: Whole) -> None:
    """The best choice for a few customers by dynamic programming over minutes.

    Customers come last to first and heavy actions before light ones, so that of equal totals the
    one who serves the first customer in fewer minutes is kept.
    """
    best = np.zeros(room + 1)
    taken = np.full((len(core), room + 1), -1, np.int64)
    for place in range(len(core) - 1, -1, -1):
        before = best.copy()
        for each in range(len(weights) - 1, -1, -1):
            gain, minutes = net[core[place], each], weights[each]
            if gain <= 0:
                continue
            for used in range(minutes, room + 1):
                if before[used - minutes] + gain >= best[used]:
                    best[used] = before[used - minutes] + gain
                    taken[place, used] = each
    left = room
    for place in range(len(core)):
        choice[core[place]] = taken[place, left]
        if taken[place, left] >= 0:
            left -= weights[taken[place, left]]
