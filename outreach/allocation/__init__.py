"""How scarce minutes and volumes are shared out: prices near the optimum, then whole contacts."""

from outreach.allocation.crowd import Here
from outreach.allocation.market import Census, Crowd, Market, Terms
from outreach.allocation.prices import Prices
from outreach.allocation.solve import Solution, solve

__all__ = ["Census", "Crowd", "Here", "Market", "Prices", "Solution", "Terms", "solve"]
