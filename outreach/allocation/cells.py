"""How the customers of cells answer prices: functions over arrays, whoever keeps the customers.

`value` (customers, kinds) is in cents, `begins` (cells + 1) says where each cell's customers begin,
and `cost` (cells, kinds) is what actions cost. Each cell is reckoned by itself and in its own
order, so that the bytes depend neither on how many cores share the work nor on where it is done.
"""

import numpy as np
import numpy.typing as npt

from outreach.allocation.compiled import compiled, in_parts
from outreach.allocation.market import Real, Whole

# Chances below e to the -12th are left out of a soft maximum.
_FAINT = 12.0


def counts_of(value: Whole, begins: Whole) -> Whole:
    """Of each cell: customers, actions worth something, what these bring, and the most."""
    said = np.zeros((len(begins) - 1, 4), np.int64)
    in_parts(_count, begins, (value, begins, said))
    return said


def demand_of(value: Whole, begins: Whole, cost: Real, heat: float) -> tuple[Real, Real]:
    """The gain of each cell, and how often each kind is taken, at a temperature in cents."""
    count, gain = np.zeros(cost.shape), np.zeros(len(cost))
    in_parts(_soft, begins, (value, begins, cost, heat, count, gain))
    return gain, count


def gains_of(value: Whole, begins: Whole, cost: Real) -> Real:
    """What the best actions of each cell's customers bring after their cost."""
    gain = np.zeros(len(cost))
    in_parts(_best, begins, (value, begins, cost, gain))
    return gain


def stayers_of(value: Whole, begins: Whole, cost: Real) -> Whole:
    """The places of those for whom an action brings more than its cost, ascending."""
    stays = np.zeros(len(value), np.bool_)
    in_parts(_stays, begins, (value, begins, cost, stays))
    return np.flatnonzero(stays)


@compiled
def _count(value: Whole, cells: Whole, said: Whole, first: int, last: int) -> None:
    """Fill `said` of the cells from `first` to before `last`."""
    for cell in range(first, last):
        said[cell, 0] = cells[cell + 1] - cells[cell]
        for who in range(cells[cell], cells[cell + 1]):
            for kind in range(value.shape[1]):
                if value[who, kind] > 0:
                    said[cell, 1] += 1
                    said[cell, 2] += value[who, kind]
                    said[cell, 3] = max(said[cell, 3], value[who, kind])


@compiled
def _soft(
    value: Whole,
    cells: Whole,
    cost: Real,
    heat: float,
    count: Real,
    gain: Real,
    first: int,
    last: int,
) -> None:
    """Fill `count` and `gain` of the cells from `first` to before `last`."""
    kinds = value.shape[1]
    net = np.empty(kinds)
    for cell in range(first, last):
        for who in range(cells[cell], cells[cell + 1]):
            most = 0.0
            for kind in range(kinds):
                net[kind] = value[who, kind] - cost[cell, kind]
                if value[who, kind] > 0 and net[kind] > most:
                    most = net[kind]
            total = np.exp(-most / heat)
            for kind in range(kinds):
                if value[who, kind] > 0 and net[kind] > most - _FAINT * heat:
                    net[kind] = np.exp((net[kind] - most) / heat)
                    total += net[kind]
                else:
                    net[kind] = 0.0
            gain[cell] += most + heat * np.log(total)
            for kind in range(kinds):
                if net[kind] > 0:
                    count[cell, kind] += net[kind] / total


@compiled
def _best(value: Whole, cells: Whole, cost: Real, gain: Real, first: int, last: int) -> None:
    """Fill the `gain` of the cells from `first` to before `last`."""
    for cell in range(first, last):
        for who in range(cells[cell], cells[cell + 1]):
            most = 0.0
            for kind in range(value.shape[1]):
                net = value[who, kind] - cost[cell, kind]
                if value[who, kind] > 0 and net > most:
                    most = net
            gain[cell] += most


@compiled
def _stays(
    value: Whole, cells: Whole, cost: Real, stays: npt.NDArray[np.bool_], first: int, last: int
) -> None:
    """Fill `stays` of the customers in the cells from `first` to before `last`."""
    for cell in range(first, last):
        for who in range(cells[cell], cells[cell + 1]):
            for kind in range(value.shape[1]):
                if value[who, kind] > max(cost[cell, kind], 0.0):
                    stays[who] = True
