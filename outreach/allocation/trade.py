"""Two customers' choices changed at once, where that brings more than either alone could."""

import numpy as np

from outreach.allocation.compiled import compiled
from outreach.allocation.market import Real, Whole
from outreach.allocation.moves import Given, Takes, move, net

# Customers, the kinds they would change to, and the regret of each, least first.
Moves = tuple[Whole, Whole, Real]


@compiled
def candidates(
    value: Whole, cells: Whole, cost: Real, picked: Whole, short: float
) -> tuple[Whole, Whole, Real]:
    """The choices other than the present ones whose regret is less than what is short."""
    people, kinds = value.shape
    count = 0
    who = np.empty(people * (kinds + 1), np.int64)
    kind = np.empty(len(who), np.int64)
    regret = np.empty(len(who))
    for each in range(people):
        most = 0.0
        for at in range(kinds):
            if value[each, at] > 0:
                most = max(most, value[each, at] - cost[cells[each], at])
        for at in range(-1, kinds):
            if at == picked[each] or (at >= 0 and value[each, at] <= 0):
                continue
            behind = most - net(value, cost, each, cells[each], at)
            if behind < short:
                who[count], kind[count], regret[count] = each, at, behind
                count += 1
    return who[:count], kind[:count], regret[:count]


@compiled
def trade(given: Given, moves: Moves, short: float) -> int:
    """Make the trade that brings most for each choice in turn; how many were made."""
    value, cells, lists, minutes, _cost, takes, picked, time, left = given
    who, kind, _ = moves
    kinds, made = value.shape[1], 0
    for one in range(len(who)):
        me, old = who[one], picked[who[one]]
        if old == kind[one]:
            continue
        cell = cells[me]
        floor = np.minimum(left, 0)
        move(old, kind[one], cell, kinds, lists[cell], minutes, takes, time, left)
        partner = _partner(
            value, cells, lists, minutes, takes, picked, time, left, moves, floor, one, short
        )
        if partner < 0:
            move(kind[one], old, cell, kinds, lists[cell], minutes, takes, time, left)
            continue
        you, cell = who[partner], cells[who[partner]]
        move(picked[you], kind[partner], cell, kinds, lists[cell], minutes, takes, time, left)
        picked[me], picked[you] = kind[one], kind[partner]
        made += 1
    return made


@compiled
def _partner(
    value: Whole,
    cells: Whole,
    lists: Whole,
    minutes: Whole,
    takes: Takes,
    picked: Whole,
    time: Whole,
    left: Whole,
    moves: Moves,
    floor: Whole,
    one: int,
    short: float,
) -> int:
    """The choice of another customer that brings most with a choice already made, -1 for none."""
    who, kind, regret = moves
    kinds = value.shape[1]
    gain = _raise(value, who[one], picked[who[one]], kind[one])
    most, partner = 0, -1
    for other in range(len(who)):
        if regret[one] + regret[other] >= short:
            break
        you, old = who[other], picked[who[other]]
        total = gain + _raise(value, you, old, kind[other])
        if you == who[one] or old == kind[other] or total <= most:
            continue
        cell = cells[you]
        at = lists[cell]
        move(old, kind[other], cell, kinds, at, minutes, takes, time, left)
        if _sound(cell, kind[other], kinds, at, takes, time, left, floor) and _sound(
            cell, old, kinds, at, takes, time, left, floor
        ):
            mine, mine_at = cells[who[one]], lists[cells[who[one]]]
            if _sound(mine, kind[one], kinds, mine_at, takes, time, left, floor) and _sound(
                mine, picked[who[one]], kinds, mine_at, takes, time, left, floor
            ):
                most, partner = total, other
        move(kind[other], old, cell, kinds, at, minutes, takes, time, left)
    return partner


@compiled
def _sound(
    cell: int, kind: int, kinds: int, at: int, takes: Takes, time: Whole, left: Whole, floor: Whole
) -> bool:
    """Whether nothing that an action touches has less left than it may."""
    if time[at] < 0:
        return False
    if kind < 0:
        return True
    begins, limits, _ = takes
    column = cell * kinds + kind
    for place in range(begins[column], begins[column + 1]):
        if left[limits[place]] < floor[limits[place]]:
            return False
    return True


@compiled
def _raise(value: Whole, who: int, old: int, new: int) -> int:
    """By how much a customer's new action brings more than the old."""
    return (value[who, new] if new >= 0 else 0) - (value[who, old] if old >= 0 else 0)
