"""Customers in this process' memory, answering prices cell by cell on all cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from outreach.allocation.compiled import compiled
from outreach.allocation.market import Census, Market, Real, Terms, Whole
from outreach.allocation.moves import Flags

# Chances below e to the -12th are left out of a soft maximum.
_FAINT = 12.0


@dataclass(frozen=True, slots=True)
class Here:
    """A crowd whose market is at hand.

    Each cell is reckoned by itself and in its own order, so that the bytes depend neither on how
    many cores share the work nor on where the cells are kept.
    """

    market: Market

    @property
    def terms(self) -> Terms:
        """What actions take, and how much there is."""
        return self.market.terms

    def census(self) -> Census:
        """Who they are, in numbers; the mean is 1 where nobody can be given anything."""
        wanted = self.market.value[self.market.value > 0]
        mean = float(wanted.mean()) if len(wanted) else 1.0
        return Census(np.diff(self.market.cells), mean, int(wanted.max(initial=1)))

    def demand(self, cost: Real, heat: float) -> tuple[Real, Real]:
        """The gain of each cell, and how often each kind is taken, at a temperature in cents."""
        market, count, gain = self.market, np.zeros(cost.shape), np.zeros(len(cost))
        in_parts(_soft, market.cells, (market.value, market.cells, cost, heat, count, gain))
        return gain, count

    def gain(self, cost: Real) -> float:
        """The sum of what everyone's best action brings after its cost."""
        market, gain = self.market, np.zeros(len(cost))
        in_parts(_best, market.cells, (market.value, market.cells, cost, gain))
        return float(gain.sum())

    def running(self, cost: Real) -> tuple[Whole, Market]:
        """Those for whom an action brings more than its cost."""
        market = self.market
        stays = np.zeros(market.customers, np.bool_)
        in_parts(_stays, market.cells, (market.value, market.cells, cost, stays))
        places = np.flatnonzero(stays)
        return places, market.only(places)


def in_parts(kernel: Callable[..., None], begins: Whole, given: tuple[object, ...]) -> None:
    """Run a kernel over stretches of about equally many rows, a core each."""
    parts = max(1, min(os.cpu_count() or 1, len(begins) - 1))
    edges = np.searchsorted(begins, np.linspace(0, begins[-1], parts + 1))
    edges[0], edges[-1] = 0, len(begins) - 1
    with ThreadPoolExecutor(parts) as pool:
        for done in [pool.submit(kernel, *given, *edge) for edge in pairwise(edges)]:
            done.result()


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
def _stays(value: Whole, cells: Whole, cost: Real, stays: Flags, first: int, last: int) -> None:
    """Fill `stays` of the customers in the cells from `first` to before `last`."""
    for cell in range(first, last):
        for who in range(cells[cell], cells[cell + 1]):
            for kind in range(value.shape[1]):
                if value[who, kind] > max(cost[cell, kind], 0.0):
                    stays[who] = True
