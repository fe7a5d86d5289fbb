"""What is shared out: what each action would bring each customer, and what it takes from whom.

Customers stand in cells: those of one cell share a list and every limit, so what an action takes
is said once for a cell and a kind of action, never for each customer.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """What each kind of action takes in each cell, and how much there is.

    `lists` (lists + 1) says where each list's cells begin. `minutes` (kinds) is what an action
    takes of its list, `time` (lists) what the list has. `takes` (limits, cells x kinds) is what one
    action takes of each shared limit and `room` (limits) what there is; a limit that must be
    reached rather than kept stands with its signs turned: what an action gives it is taken below
    zero, and so is its room.
    """

    lists: Whole
    minutes: Whole
    time: Whole
    takes: csr_array
    room: Whole

    @property
    def kinds(self) -> int:
        """How many kinds of action there are."""
        return len(self.minutes)

    @property
    def list_of_cell(self) -> Whole:
        """The list of each cell."""
        return np.repeat(np.arange(len(self.time)), np.diff(self.lists))

    def toll(self, limit: Real) -> Real:
        """What the shared limits ask for each action at a price of each, (cells, kinds)."""
        asked: Real = (self.takes.T @ limit).reshape(self.lists[-1], self.kinds)
        return np.ascontiguousarray(asked)

    def cost(self, clock: Real, limit: Real) -> Real:
        """What each action costs at a price of each list's minute and of each limit."""
        return self.toll(limit) + np.outer(clock[self.list_of_cell], self.minutes)

    def used(self, count: Real) -> tuple[Real, Real]:
        """The minutes of each list, and what of each limit, so many actions (cells, kinds) take."""
        time: Real = np.bincount(
            self.list_of_cell, weights=count @ self.minutes, minlength=len(self.time)
        ).astype(np.float64)
        limit: Real = self.takes @ count.ravel()
        return time, limit


@dataclass(frozen=True, slots=True)
class Market:
    """A day's customers, cell by cell and list by list, with all that they could be given.

    `value` (customers, kinds) is in cents, 0 where an action is not to be had; `cells` (cells + 1)
    says where each cell's customers begin.
    """

    value: Whole
    cells: Whole
    terms: Terms

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.value.shape[0])

    @property
    def people(self) -> Whole:
        """Where each list's customers begin, (lists + 1)."""
        return self.cells[self.terms.lists]

    @property
    def cell_of(self) -> Whole:
        """The cell of each customer."""
        return np.repeat(np.arange(len(self.cells) - 1), np.diff(self.cells))

    def only(self, customers: Whole) -> "Market":
        """The market of some customers alone, by ascending place; all capacities stay."""
        count = np.bincount(self.cell_of[customers], minlength=len(self.cells) - 1)
        cells = np.concatenate([[0], np.cumsum(count)])
        return Market(self.value[customers], cells, self.terms)

    def brings(self, picked: Whole) -> Whole:
        """The value of what each customer is given, in cents; `picked` is -1 for nothing."""
        chosen = self.value[np.arange(self.customers), np.maximum(picked, 0)]
        return np.where(picked >= 0, chosen, 0)

    def left(self, picked: Whole) -> tuple[Whole, Whole]:
        """What is left of each list's minutes and of each shared limit."""
        given = picked >= 0
        count = np.zeros((len(self.cells) - 1, self.terms.kinds))
        np.add.at(count, (self.cell_of[given], picked[given]), 1)
        time, limit = (np.rint(used).astype(np.int64) for used in self.terms.used(count))
        return self.terms.time - time, self.terms.room - limit


@dataclass(frozen=True, slots=True)
class Census:
    """How many customers each cell has, and the mean and the highest value of an action."""

    people: Whole
    mean: float
    highest: int

    @classmethod
    def of(cls, counts: Whole) -> "Census":
        """From each cell's customers, actions worth something, what these bring, and the most.

        The mean and the highest are 1 where nobody can be given anything.
        """
        _, count, total, _ = counts.sum(axis=0).tolist()
        mean = total / count if count else 1.0
        return cls(counts[:, 0].copy(), mean, int(counts[:, 3].max(initial=1)))


class Crowd(Protocol):
    """Customers who answer prices, wherever they are kept; all answers are by cell."""

    @property
    def terms(self) -> Terms:
        """What actions take, and how much there is."""

    def census(self) -> Census:
        """Who they are, in numbers."""

    def demand(self, cost: Real, heat: float) -> tuple[Real, Real]:
        """The gain of each cell, and how often each kind (cells, kinds) is taken, softly."""

    def gain(self, cost: Real) -> float:
        """The sum of what everyone's best action brings after its cost."""

    def running(self, cost: Real) -> tuple[Whole, Market]:
        """Those for whom an action brings more than its cost: their places, and their market."""
