"""How a day's minutes, volumes and levers were used, and what more of them would be worth."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

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
class LeverUse:
    """How many rows a lever moved on a day, and what it alone gives up, in cents.

    `held_back` are the rows that it would have moved beyond its caps.
    """

    id: str
    owner: str
    rows: int
    cost_cents: int
    held_back: int


@dataclass(frozen=True, slots=True)
class Balance:
    """How the day's minutes and volumes were used, and what more of them would have been worth.

    `prices` gives each list's price of a minute in cents, 0 where minutes were left. The best use
    of the day brings `value_cents`; what else fits the same limits brings `bound_cents` at most.
    Both are in the ranking's cents, levers among them; `expected_cents` is the value without them.
    Lots then `drawn` took some of its places, which gives up `lot_cost_cents`. All of the `levers`
    together give up `lever_cost_cents` against lists without any.
    """

    prices: Mapping[int, float]
    limits: tuple[LimitUse, ...]
    value_cents: int
    bound_cents: float
    drawn: int = 0
    lot_cost_cents: int = 0
    levers: tuple[LeverUse, ...] = ()
    lever_cost_cents: int = 0
    expected_cents: int | None = None

    @property
    def gap(self) -> float:
        """The share of the bound that was not reached; the optimum lies between."""
        return max(0.0, 1 - self.value_cents / self.bound_cents) if self.bound_cents > 0 else 0.0


def balance_values(balance: Balance) -> dict[str, Any]:
    """A balance as JSON values."""
    return asdict(balance) | {"prices": sorted(balance.prices.items())}


def balance_from(said: Any) -> Balance:  # noqa: ANN401 - JSON
    """The balance that `balance_values` wrote; plans of earlier releases kept prices alone."""
    if isinstance(said, list):
        return Balance(dict(said), (), 0, 0.0)
    names = {field.name for field in fields(LimitUse)}
    limits = tuple(
        LimitUse(**{key: value for key, value in use.items() if key in names})
        for use in said["limits"]
    )
    levers = tuple(LeverUse(**use) for use in said.get("levers", ()))
    # Plans of earlier releases told whose lots had found no room.
    said = {name: value for name, value in said.items() if name != "crowded_out"}
    return Balance(**(said | {"prices": dict(said["prices"]), "limits": limits, "levers": levers}))
