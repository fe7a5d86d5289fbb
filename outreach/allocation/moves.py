"""What one customer's choice takes of a list and of limits, and whether another would fit.

A limit that has more taken from it than it has stands below zero; one that must be reached stands
below zero until it is.
"""

import numpy as np
import numpy.typing as npt

from outreach.allocation.compiled import compiled
from outreach.allocation.market import Real, Whole

Flags = npt.NDArray[np.bool_]
# By column (cell x kinds + kind): where its amounts begin, of which limits they are, how much.
Takes = tuple[Whole, Whole, Whole]
# Values, each customer's cell and each cell's list, the minutes and the cost of kinds, what they
# take; then what changes: the kind that each customer has, and what is left of lists and limits.
Given = tuple[Whole, Whole, Whole, Whole, Real, Takes, Whole, Whole, Whole]


@compiled
def shift(
    sign: int,
    cell: int,
    kind: int,
    kinds: int,
    at: int,
    minutes: Whole,
    takes: Takes,
    time: Whole,
    left: Whole,
) -> None:
    """Take a kind from what is left where `sign` is 1, or give it back where it is -1."""
    if kind < 0:
        return
    begins, limits, amounts = takes
    time[at] -= sign * minutes[kind]
    column = cell * kinds + kind
    for place in range(begins[column], begins[column + 1]):
        left[limits[place]] -= sign * amounts[place]


@compiled
def move(
    old: int,
    new: int,
    cell: int,
    kinds: int,
    at: int,
    minutes: Whole,
    takes: Takes,
    time: Whole,
    left: Whole,
) -> None:
    """Give back what the old action takes, and take what the new one does."""
    shift(-1, cell, old, kinds, at, minutes, takes, time, left)
    shift(1, cell, new, kinds, at, minutes, takes, time, left)


@compiled
def amount(column: int, limit: int, takes: Takes) -> int:
    """What an action takes of a limit."""
    begins, limits, amounts = takes
    for place in range(begins[column], begins[column + 1]):
        if limits[place] == limit:
            return int(amounts[place])
    return 0


@compiled
def fits(
    cell: int,
    old: int,
    new: int,
    kinds: int,
    at: int,
    minutes: Whole,
    takes: Takes,
    time: Whole,
    left: Whole,
) -> bool:
    """Whether no limit that has to give more for the new action than for the old has too little."""
    begins, limits, amounts = takes
    more = minutes[new] - (minutes[old] if old >= 0 else 0)
    if more > 0 and more > time[at]:
        return False
    column = cell * kinds
    for place in range(begins[column + new], begins[column + new + 1]):
        limit = limits[place]
        more = amounts[place] - (amount(column + old, limit, takes) if old >= 0 else 0)
        if more > 0 and more > left[limit]:
            return False
    if old >= 0:
        for place in range(begins[column + old], begins[column + old + 1]):
            limit = limits[place]
            more = amount(column + new, limit, takes) - amounts[place]
            if more > 0 and more > left[limit]:
                return False
    return True


@compiled
def net(value: Whole, cost: Real, who: int, cell: int, kind: int) -> float:
    """What a kind brings a customer after its cost; nothing, -1, brings 0."""
    return value[who, kind] - cost[cell, kind] if kind >= 0 else 0.0
