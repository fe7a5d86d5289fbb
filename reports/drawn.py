"""The whole base on the sides that the hold-out's draw put it: what contacting came to in all."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.bank import Bank
from features.profiles import profiles
from goodcall.language import Text
from outreach import Draw, in_holdout
from outreach.replay import Gain
from reports.arms import LEAST_HOUSEHOLDS, Effect, Sides


@dataclass(frozen=True, slots=True)
class Drawn:
    """Customers whom a draw knows, and whether it held each out; contacted or not, all count.

    `spared` more are left out: their stratum was too small for anybody to be held out of it, so
    that nobody stands for what would have become of them.
    """

    held: Mapping[int, bool]
    draw: Draw
    spared: int = 0

    @property
    def contacted(self) -> int:
        """How many customers may be contacted."""
        return sum(not out for out in self.held.values())

    def among(self, customers: Collection[int]) -> "Drawn":
        """Those of some customers, chosen by what does not depend on the side."""
        held = {who: out for who, out in self.held.items() if who in customers}
        return Drawn(held, self.draw, self.spared)

    @property
    def comparable(self) -> bool:
        """Whether there are households enough on either side to compare them."""
        homes = {self._home(who): out for who, out in self.held.items()}
        sides = Counter(homes.values())
        return min(sides[True], sides[False]) >= LEAST_HOUSEHOLDS

    def effect(self, name: str, outcome: Mapping[int, float]) -> Effect | None:
        """What contacting changed about an outcome, 0 of customers whom it does not name.

        None where the sides are not comparable.
        """
        if not self.comparable:
            return None
        return self.sides().effect(name, self.figures(outcome))

    def sides(self) -> Sides:
        """The sides of the draw, customers in ascending order."""
        people = sorted(self.held)
        strata = [self.draw.members[who].stratum for who in people]
        return Sides.pooled(
            [self.held[who] for who in people],
            strata,
            [self._home(who) for who in people],
            [self.draw.strata[stratum].chance for stratum in strata],
        )

    def figures(self, outcome: Mapping[int, float]) -> NDArray[np.float64]:
        """An outcome of the customers of `sides`, 0 of those whom it does not name."""
        return np.array([outcome.get(who, 0.0) for who in sorted(self.held)])

    def in_all(self, effect: Effect) -> Gain:
        """What contacting changed in all: the difference a customer, times those contacted."""
        change = effect.difference
        return Gain(*(self.contacted * each for each in (change.value, change.low, change.high)))

    def _home(self, who: int) -> int:
        """A number for the household; below zero for a customer without one."""
        household = self.draw.members[who].household_id
        return -1 - who if household is None else household


def drawn(bank: Bank, draw: Draw, key: bytes, day: date) -> Drawn:
    """Everyone known on a day whom the draw knows, on the side of the draw."""
    known = [who for who in profiles(bank, day) if who.customer_id in draw.members]
    held = {
        who.customer_id: in_holdout(who, key, draw)
        for who in known
        if draw.strata[draw.members[who.customer_id].stratum].drawn
    }
    return Drawn(held, draw, len(known) - len(held))


def spared_note(base: Drawn) -> tuple[Text, ...]:
    """Who is in no comparison, in words; nothing where everybody is."""
    if not base.spared:
        return ()
    return (
        Text(
            f"{base.spared:,} customers are in no comparison: too few are like them for anybody to "
            "be held out",
            f"{base.spared:,}名客户不参与对比:同类客户过少,未抽取对照",
        ),
    )
