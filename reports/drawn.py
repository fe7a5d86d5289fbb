"""The whole base on the sides that the hold-out's draw put it: what contacting came to in all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from features.bank import Bank
from features.profiles import profiles
from outreach import Draw, in_holdout
from outreach.replay import Gain
from reports.arms import LEAST_HOUSEHOLDS, Effect, Sides


@dataclass(frozen=True, slots=True)
class Drawn:
    """Customers whom a draw knows, and whether it held each out; contacted or not, all count."""

    held: Mapping[int, bool]
    draw: Draw

    @property
    def contacted(self) -> int:
        """How many customers may be contacted."""
        return sum(not out for out in self.held.values())

    def among(self, customers: Collection[int]) -> "Drawn":
        """Those of some customers, chosen by what does not depend on the side."""
        return Drawn({who: out for who, out in self.held.items() if who in customers}, self.draw)

    def effect(self, name: str, outcome: Mapping[int, float]) -> Effect | None:
        """What contacting changed about an outcome, 0 of customers whom it does not name.

        None where there are too few households on a side to compare.
        """
        people = sorted(self.held)
        members = [self.draw.members[who] for who in people]
        homes = [
            -1 - who if member.household_id is None else member.household_id
            for who, member in zip(people, members, strict=True)
        ]
        out = [self.held[who] for who in people]
        sizes = {
            len({home for home, held in zip(homes, out, strict=True) if held is side})
            for side in (True, False)
        }
        if min(sizes) < LEAST_HOUSEHOLDS:
            return None
        sides = Sides.pooled(out, [member.stratum for member in members], homes)
        return sides.effect(name, np.array([outcome.get(who, 0.0) for who in people]))

    def in_all(self, effect: Effect) -> Gain:
        """What contacting changed in all: the difference a customer, times those contacted."""
        change = effect.difference
        return Gain(*(self.contacted * each for each in (change.value, change.low, change.high)))


def drawn(bank: Bank, draw: Draw, key: bytes, day: date) -> Drawn:
    """Everyone known on a day whom the draw knows, on the side of the draw."""
    known = (who for who in profiles(bank, day) if who.customer_id in draw.members)
    return Drawn({who.customer_id: in_holdout(who, key, draw) for who in known}, draw)
