"""One table of potential outcomes of customers in households, and lots drawn over it."""

from dataclasses import dataclass

import numpy as np

from reports.arms import Sides


@dataclass(frozen=True)
class Table:
    """Both outcomes of every customer, [customers] or [looks, customers], and how they live."""

    held: np.ndarray
    contacted: np.ndarray
    household: np.ndarray
    stratum: np.ndarray
    before: np.ndarray

    @property
    def truth(self):
        """What contacting everyone would change, a customer."""
        return float((self.contacted - self.held).mean())

    def drawn(self, rng, share=0.1):
        """A lot by household within strata, as the hold-out is drawn."""
        homes, first = np.unique(self.household, return_index=True)
        out = np.zeros(len(homes), dtype=bool)
        for stratum in np.unique(self.stratum):
            mine = np.flatnonzero(self.stratum[first] == stratum)
            out[rng.choice(mine, round(len(mine) * share), replace=False)] = True
        return out[np.searchsorted(homes, self.household)]

    def sides(self, held):
        return Sides(held, self.stratum, self.household)


def a_table(customers=4000, strata=6, *, seed=11, effect=0.4):
    """Purchases that run in households and strata; contacts help some, harm a few."""
    rng = np.random.default_rng(seed)
    household = np.sort(rng.integers(0, customers // 2, customers))
    keen = rng.gamma(2, 0.5, customers // 2)[household]
    stratum = rng.integers(0, strata, customers // 2)[household]
    rate = 0.08 * keen * (1 + stratum / strata)
    held = rng.poisson(rate).astype(float)
    swayed = rng.random(customers) < effect * rate
    put_off = (rng.random(customers) < effect * 0.1) & (held > 0)
    before = rate * rng.gamma(8, 1 / 8, customers)
    return Table(held, held + swayed - put_off, household, stratum, before)
