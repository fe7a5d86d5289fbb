"""Who is contacted when minutes are short: at most one action a customer, a price for a minute.

Each list (a manager's or a branch's day) is settled by itself. Bisection finds the price of a
minute at which the list just fits; the remainder goes to the best upgrades per minute; last, the
customers whose choice is closest at that price are settled together, exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from outreach.arbitrate import Action

_BISECTIONS = 60
_CORE_CUSTOMERS = 64


@dataclass(frozen=True, slots=True)
class Allocation:
    """The chosen actions by customer, and each list's price of a minute in cents.

    A price of 0 says that minutes were left over.
    """

    chosen: Mapping[int, Action]
    prices: Mapping[int, float]


# A customer's worthwhile actions; of those with equal minutes only the best, best ties first.
Options = tuple[Action, ...]


def allocate(
    actions: Iterable[Action], list_of: Mapping[int, int], capacities: Mapping[int, int]
) -> Allocation:
    """The actions of greatest total value that fit every list's minutes, one a customer at most.

    `list_of` gives each customer's list and `capacities` each list's minutes. Actions of no value
    are never taken; the order of `actions` does not matter.
    """
    lists: dict[int, dict[int, list[Action]]] = {name: {} for name in sorted(capacities)}
    for action in actions:
        if action.value_cents > 0:
            wanted = lists[list_of[action.customer_id]]
            wanted.setdefault(action.customer_id, []).append(action)
    chosen: dict[int, Action] = {}
    prices: dict[int, float] = {}
    for name, customers in lists.items():
        options = {who: _undominated(customers[who]) for who in sorted(customers)}
        prices[name] = _price(options, capacities[name])
        picked = _picked(options, prices[name])
        _fill(picked, options, capacities[name])
        _settle_core(picked, options, capacities[name], prices[name])
        chosen.update(picked)
    return Allocation({who: chosen[who] for who in sorted(chosen)}, prices)


def _undominated(actions: Sequence[Action]) -> Options:
    """The actions that are worth more than every other of as few minutes or fewer."""
    kept: list[Action] = []
    for action in sorted(actions, key=lambda a: (a.minutes, a.tie_key)):
        if not kept or action.value_cents > kept[-1].value_cents:
            kept.append(action)
    return tuple(kept)


def _price(options: Mapping[int, Options], capacity: int) -> float:
    """The lowest price of a minute, to a hair, at which what customers are worth fits."""
    if _minutes(_picked(options, 0.0)) <= capacity:
        return 0.0
    low, high = 0.0, 1.0 + max(a.value_cents for own in options.values() for a in own)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _minutes(_picked(options, middle)) <= capacity:
            high = middle
        else:
            low = middle
    return high


def _picked(options: Mapping[int, Options], price: float) -> dict[int, Action]:
    """Each customer's best action at a price; fewer minutes win a tie, and nothing wins at 0."""
    picked = {}
    for who, own in options.items():
        best, most = None, 0.0
        for action in own:
            if (net := action.value_cents - price * action.minutes) > most:
                best, most = action, net
        if best is not None:
            picked[who] = best
    return picked


def _fill(picked: dict[int, Action], options: Mapping[int, Options], capacity: int) -> None:
    """Spend what is left on the upgrades that bring most for a minute, until none fits."""
    left = capacity - _minutes(picked)
    while True:
        upgrades = sorted(
            (
                (-gain / minutes, action.tie_key, action)
                for who, own in options.items()
                for action in own
                for gain, minutes in [_step(picked.get(who), action)]
                if gain > 0 and 0 < minutes <= left
            ),
            key=lambda upgrade: upgrade[:2],
        )
        if not upgrades:
            return
        upgraded: set[int] = set()
        for _, _, action in upgrades:
            _, minutes = _step(picked.get(action.customer_id), action)
            if action.customer_id not in upgraded and minutes <= left:
                upgraded.add(action.customer_id)
                picked[action.customer_id] = action
                left -= minutes


def _step(current: Action | None, action: Action) -> tuple[int, int]:
    if current is None:
        return action.value_cents, action.minutes
    return action.value_cents - current.value_cents, action.minutes - current.minutes


def _settle_core(
    picked: dict[int, Action], options: Mapping[int, Options], capacity: int, price: float
) -> None:
    """Choose anew, exactly, for the customers who are closest to another choice at the price."""
    if price == 0:
        return
    gaps = {who: _gap(own, price) for who, own in options.items()}
    core = set(sorted(gaps, key=lambda who: (gaps[who], who))[:_CORE_CUSTOMERS])
    fixed = _minutes({who: action for who, action in picked.items() if who not in core})
    last_first = [(who, options[who]) for who in sorted(core, reverse=True)]
    for who, action in _exact(last_first, capacity - fixed).items():
        if action is None:
            picked.pop(who, None)
        else:
            picked[who] = action


def _gap(own: Options, price: float) -> float:
    """How much a customer's best choice at a price beats the next, doing nothing among them."""
    nets = sorted([0.0, *(a.value_cents - price * a.minutes for a in own)], reverse=True)
    return nets[0] - nets[1]


def _exact(customers: Sequence[tuple[int, Options]], capacity: int) -> dict[int, Action | None]:
    """The best choice for a few customers by dynamic programming over minutes.

    Customers come last to first, so that of equal totals the one who serves the first is kept.
    """
    best: npt.NDArray[np.int64] = np.zeros(capacity + 1, dtype=np.int64)
    taken: list[npt.NDArray[np.int16]] = []
    for _, own in customers:
        new, choice = best.copy(), np.full(capacity + 1, -1, dtype=np.int16)
        for place, action in enumerate(own):
            if action.minutes <= capacity:
                reached = best[: capacity + 1 - action.minutes] + action.value_cents
                better = reached >= new[action.minutes :]
                new[action.minutes :][better] = reached[better]
                choice[action.minutes :][better] = place
        best = new
        taken.append(choice)
    chosen: dict[int, Action | None] = {}
    left = capacity
    for (who, own), choice in zip(reversed(customers), reversed(taken), strict=True):
        place = int(choice[left])
        chosen[who] = own[place] if place >= 0 else None
        left -= own[place].minutes if place >= 0 else 0
    return chosen


def _minutes(picked: Mapping[int, Action]) -> int:
    return sum(action.minutes for action in picked.values())
