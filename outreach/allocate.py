"""Who is contacted when minutes and volumes are short: at most one action a customer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outreach.allocation import Here, Market, solve
from outreach.allocation.market import Whole
from outreach.arbitrate import Action
from outreach.balance import LimitUse
from outreach.layout import Sort, laid_out, uses_of
from outreach.limits import Limit


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


# Each customer's actions by sort.
_Worth = Mapping[int, Mapping[Sort, Action]]


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
    worth = _worth(actions)
    sorts = {sort for own in worth.values() for sort in own}
    layout = laid_out(sorts, {who: list_of[who] for who in worth}, capacities, limits)
    customers = sorted(worth, key=lambda who: (layout.cell_of[who], who))
    cell = [layout.cell_of[who] for who in customers]
    begins = np.searchsorted(cell, np.arange(len(layout.cells) + 1)).astype(np.int64)
    value = _values(customers, layout.sorts, worth)
    solution = solve(Here(Market(value, begins, layout.terms(capacities, limits))))
    picked = zip(customers, solution.picked.tolist(), strict=True)
    return Allocation(
        chosen={who: worth[who][layout.sorts[at]] for who, at in sorted(picked) if at >= 0},
        prices=dict(zip(layout.lists, solution.prices.clock.tolist(), strict=True)),
        limits=uses_of(limits, solution),
        value_cents=solution.value,
        bound_cents=solution.bound,
    )


def _worth(actions: Iterable[Action]) -> _Worth:
    worth: dict[int, dict[Sort, Action]] = {}
    for action in actions:
        if action.rank_cents > 0:
            sort = (action.offer_code or "", action.channel, action.minutes)
            worth.setdefault(action.customer_id, {})[sort] = action
    return worth


def _values(customers: Sequence[int], sorts: Sequence[Sort], worth: _Worth) -> Whole:
    column = {sort: at for at, sort in enumerate(sorts)}
    value = np.zeros((len(customers), len(sorts)), dtype=np.int64)
    for row, who in enumerate(customers):
        for sort, action in worth[who].items():
            value[row, column[sort]] = action.rank_cents
    return value
