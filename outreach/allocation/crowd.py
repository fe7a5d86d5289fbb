"""Customers in this process' memory, answering prices cell by cell on all cores."""

from dataclasses import dataclass

from outreach.allocation.cells import counts_of, demand_of, gains_of, stayers_of
from outreach.allocation.market import Census, Market, Real, Terms, Whole


@dataclass(frozen=True, slots=True)
class Here:
    """A crowd whose market is at hand."""

    market: Market

    @property
    def terms(self) -> Terms:
        """What actions take, and how much there is."""
        return self.market.terms

    def census(self) -> Census:
        """Who they are, in numbers."""
        return Census.of(counts_of(self.market.value, self.market.cells))

    def demand(self, cost: Real, heat: float) -> tuple[Real, Real]:
        """The gain of each cell, and how often each kind is taken, at a temperature in cents."""
        return demand_of(self.market.value, self.market.cells, cost, heat)

    def gain(self, cost: Real) -> float:
        """The sum of what everyone's best action brings after its cost."""
        return float(gains_of(self.market.value, self.market.cells, cost).sum())

    def running(self, cost: Real) -> tuple[Whole, Market]:
        """Those for whom an action brings more than its cost."""
        places = stayers_of(self.market.value, self.market.cells, cost)
        return places, self.market.only(places)
