"""Lists, cells and kinds of action by place: what a day's market is laid out by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from outreach.allocation import Solution, Terms
from outreach.balance import LimitUse
from outreach.limits import Kind, Limit

# An offer (empty for a care call), a channel, and the minutes that it takes.
Sort = tuple[str, str, int]
# A list by place, and the limits (by place) among whose members a cell's customers are.
Cell = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The kinds of action, the lists by name and the cells, each in the order of places.

    `cell_of` gives the cell of each customer, or of whatever else `laid_out` was told of.
    """

    sorts: Sequence[Sort]
    lists: Sequence[int]
    cells: Sequence[Cell]
    cell_of: Mapping[int, int]

    def terms(self, capacities: Mapping[int, int], limits: Sequence[Limit]) -> Terms:
        """What each kind of action takes in each cell, and how much there is."""
        first = np.searchsorted([at for at, _ in self.cells], np.arange(len(self.lists) + 1))
        return Terms(
            lists=first.astype(np.int64),
            minutes=np.array([minutes for _, _, minutes in self.sorts], dtype=np.int64),
            time=np.array([capacities[name] for name in self.lists], dtype=np.int64),
            takes=self._takes(limits),
            room=np.array([_sign(limit) * limit.amount for limit in limits], dtype=np.int64),
        )

    def _takes(self, limits: Sequence[Limit]) -> csr_array:
        """What each sort takes of each limit in each cell; a minimum's signs are turned."""
        kinds: Sequence[Kind] = [(offer or None, channel) for offer, channel, _ in self.sorts]
        places: list[tuple[int, int]] = []
        amounts: list[int] = []
        for number, limit in enumerate(limits):
            taken = [
                (at, _sign(limit) * limit.takes[kind])
                for at, kind in enumerate(kinds)
                if kind in limit.takes
            ]
            for cell, (_, members) in enumerate(self.cells):
                if limit.members is None or number in members:
                    places += [(number, cell * len(kinds) + at) for at, _ in taken]
                    amounts += [amount for _, amount in taken]
        rows, columns = np.array(places, dtype=np.int64).reshape(-1, 2).T
        shape = (len(limits), len(self.cells) * len(kinds))
        return csr_array((np.array(amounts, dtype=float), (rows, columns)), shape=shape)


def laid_out(
    sorts: Iterable[Sort],
    list_of: Mapping[int, int],
    capacities: Mapping[int, int],
    limits: Sequence[Limit],
) -> Layout:
    """The layout of a day's kinds and of whoever `list_of` gives a list; a list has a cell or more.

    Members of limits go by the same numbers as `list_of`.
    """
    lists = sorted(capacities)
    place = {name: at for at, name in enumerate(lists)}
    belongs: dict[int, list[int]] = {}
    for number, limit in enumerate(limits):
        for who in sorted(limit.members or ()):
            belongs.setdefault(who, []).append(number)
    found = {who: (place[name], tuple(belongs.get(who, ()))) for who, name in list_of.items()}
    cells = sorted({*found.values(), *((at, ()) for at in range(len(lists)))})
    number_of = {cell: number for number, cell in enumerate(cells)}
    cell_of = {who: number_of[cell] for who, cell in found.items()}
    return Layout(sorted(set(sorts)), lists, cells, cell_of)


def uses_of(limits: Sequence[Limit], solution: Solution) -> tuple[LimitUse, ...]:
    """What a solution made of each limit."""
    return tuple(
        LimitUse(
            name=limit.name,
            unit=limit.unit,
            amount=limit.amount,
            taken=limit.amount - _sign(limit) * int(left),
            price=float(price),
            minimum=limit.minimum,
        )
        for limit, left, price in zip(limits, solution.left, solution.prices.limit, strict=True)
    )


def _sign(limit: Limit) -> int:
    return -1 if limit.minimum else 1
