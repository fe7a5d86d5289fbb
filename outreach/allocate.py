"""Who is contacted when minutes and volumes are short: at most one action a customer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from outreach.allocation import Here, Market, Solution, Terms, solve
from outreach.allocation.market import Whole
from outreach.arbitrate import Action
from outreach.limits import Kind, Limit
from outreach.rules.volumes import Unit


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What became of a limit: what there was, what was taken, the price in cents of one more.

    `short` says by how much a minimum was missed.
    """

    name: str
    unit: Unit
    amount: int
    taken: int
    price: float
    minimum: bool

    @property
    def short(self) -> int:
        """By how much a minimum was missed; 0 where it was reached."""
        return max(self.amount - self.taken, 0) if self.minimum else 0


@dataclass(frozen=True, slots=True)
class Allocation:
    """The chosen actions by customer, and each list's price of a minute in cents.

    A price of 0 says that minutes were left over. `value_cents` is what the actions bring; no other
    choice within the same limits, reaching as much of each minimum, brings more than `bound_cents`.
    """

    chosen: Mapping[int, Action]
    prices: Mapping[int, float]
    limits: tuple[LimitUse, ...]
    value_cents: int
    bound_cents: float

    @property
    def gap(self) -> float:
        """The share of the bound that was not reached; the optimum lies between."""
        return max(0.0, 1 - self.value_cents / self.bound_cents) if self.bound_cents > 0 else 0.0


# An offer (empty for a care call), a channel, and the minutes that it takes.
_Sort = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class _Seating:
    """The customers in the order of lists, cells and numbers, and what is named by place.

    `worth` holds each customer's actions by sort; `sets` each cell's place among the lists and the
    limits (by place) whose members its customers are.
    """

    customers: Sequence[int]
    sorts: Sequence[_Sort]
    lists: Sequence[int]
    sets: Sequence[tuple[int, tuple[int, ...]]]
    cells: Whole
    worth: Mapping[int, Mapping[_Sort, Action]]


def allocate(
    actions: Iterable[Action],
    list_of: Mapping[int, int],
    capacities: Mapping[int, int],
    limits: Sequence[Limit] = (),
) -> Allocation:
    """The actions of greatest total value within every list's minutes and every limit.

    One a customer at most. `list_of` gives each customer's list and `capacities` each list's
    minutes. Actions of no value are never taken; the order of `actions` does not matter.
    """
    seating = _seated(actions, list_of, capacities, limits)
    terms = _terms(seating, capacities, limits)
    solution = solve(Here(Market(_values(seating), seating.cells, terms)))
    picked = zip(seating.customers, solution.picked.tolist(), strict=True)
    return Allocation(
        chosen={
            who: seating.worth[who][seating.sorts[at]] for who, at in sorted(picked) if at >= 0
        },
        prices=dict(zip(seating.lists, solution.prices.clock.tolist(), strict=True)),
        limits=_uses(limits, solution),
        value_cents=solution.value,
        bound_cents=solution.bound,
    )


def _seated(
    actions: Iterable[Action],
    list_of: Mapping[int, int],
    capacities: Mapping[int, int],
    limits: Sequence[Limit],
) -> _Seating:
    worth: dict[int, dict[_Sort, Action]] = {}
    for action in actions:
        if action.rank_cents > 0:
            sort = (action.offer_code or "", action.channel, action.minutes)
            worth.setdefault(action.customer_id, {})[sort] = action
    lists = sorted(capacities)
    place = {name: at for at, name in enumerate(lists)}
    belongs: dict[int, list[int]] = {}
    for number, limit in enumerate(limits):
        for who in sorted(limit.members or ()):
            belongs.setdefault(who, []).append(number)
    cell = {who: (place[list_of[who]], tuple(belongs.get(who, ()))) for who in worth}
    # Every list has a cell, if an empty one.
    sets = sorted({*cell.values(), *((at, ()) for at in range(len(lists)))})
    customers = sorted(worth, key=lambda who: (cell[who], who))
    number_of = {each: number for number, each in enumerate(sets)}
    count = np.bincount([number_of[cell[who]] for who in customers], minlength=len(sets))
    return _Seating(
        customers=customers,
        sorts=sorted({sort for own in worth.values() for sort in own}),
        lists=lists,
        sets=sets,
        cells=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        worth=worth,
    )


def _values(seating: _Seating) -> Whole:
    column = {sort: at for at, sort in enumerate(seating.sorts)}
    value = np.zeros((len(seating.customers), len(seating.sorts)), dtype=np.int64)
    for row, who in enumerate(seating.customers):
        for sort, action in seating.worth[who].items():
            value[row, column[sort]] = action.rank_cents
    return value


def _terms(seating: _Seating, capacities: Mapping[int, int], limits: Sequence[Limit]) -> Terms:
    first = np.searchsorted([at for at, _ in seating.sets], np.arange(len(seating.lists) + 1))
    return Terms(
        lists=first.astype(np.int64),
        minutes=np.array([minutes for _, _, minutes in seating.sorts], dtype=np.int64),
        time=np.array([capacities[name] for name in seating.lists], dtype=np.int64),
        takes=_takes(seating, limits),
        room=np.array([_sign(limit) * limit.amount for limit in limits], dtype=np.int64),
    )


def _takes(seating: _Seating, limits: Sequence[Limit]) -> csr_array:
    """What an action of each cell and sort takes of each limit; a minimum's signs are turned."""
    kinds: Sequence[Kind] = [(offer or None, channel) for offer, channel, _ in seating.sorts]
    places: list[tuple[int, int]] = []
    amounts: list[int] = []
    for number, limit in enumerate(limits):
        taken = [
            (at, _sign(limit) * limit.takes[kind])
            for at, kind in enumerate(kinds)
            if kind in limit.takes
        ]
        for cell, (_, members) in enumerate(seating.sets):
            if limit.members is None or number in members:
                places += [(number, cell * len(kinds) + at) for at, _ in taken]
                amounts += [amount for _, amount in taken]
    rows, columns = np.array(places, dtype=np.int64).reshape(-1, 2).T
    shape = (len(limits), len(seating.sets) * len(kinds))
    return csr_array((np.array(amounts, dtype=float), (rows, columns)), shape=shape)


def _sign(limit: Limit) -> int:
    return -1 if limit.minimum else 1


def _uses(limits: Sequence[Limit], solution: Solution) -> tuple[LimitUse, ...]:
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
