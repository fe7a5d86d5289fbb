"""The price of a minute of each list and of each shared limit, at which demand just fits.

Every customer takes what brings most after its price. The prices that make the sum of these gains
and of the capacities' worth least are the dual of the linear programme; that sum is never below
the best that any allocation can bring. Its kinks are smoothed: at a temperature a customer's gain
is the soft maximum of what it may take, and L-BFGS-B walks down while the temperature falls
(Nesterov 2005, Smooth minimization of non-smooth functions).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from outreach.allocation.market import Census, Crowd, Real, Terms

# Temperatures as shares of the mean value of an action, and how many steps are walked at each.
COARSE = ((0.2, 10), (0.1, 8))
FINE = ((0.03, 25), (0.01, 25))
_MEMORY = 20


@dataclass(frozen=True, slots=True)
class Prices:
    """Cents for a minute of each list (`clock`) and for a unit of each shared limit (`limit`)."""

    clock: Real
    limit: Real


def find_prices(
    crowd: Crowd,
    census: Census,
    temperatures: Sequence[tuple[float, int]],
    start: Prices | None = None,
) -> Prices:
    """The prices at which the crowd's soft demand fits every capacity, walked to from `start`.

    Where there are neither lists nor limits there is nothing to price.
    """
    terms = crowd.terms
    lists = len(terms.time)
    capacity = np.concatenate([terms.time, terms.room]).astype(float)
    if not len(capacity):
        return Prices(np.zeros(0), np.zeros(0))
    people = max(int(census.people.sum()), 1)
    scale = census.mean / _touch(terms, census)
    most = np.where(capacity < 0, census.highest, np.inf) / scale
    bounds = list(zip(np.zeros(len(scale)), most, strict=True))
    unit = census.mean * people
    place = np.zeros(len(scale))
    if start is not None:
        place = np.concatenate([start.clock, start.limit]) / scale
    for share, steps in temperatures:

        def slope(at: Real, heat: float = census.mean * share) -> tuple[float, Real]:
            price = at * scale
            gain, count = crowd.demand(terms.cost(price[:lists], price[lists:]), heat)
            used = np.concatenate(terms.used(count))
            total = float(gain.sum() + price @ capacity)
            return total / unit, (capacity - used) * scale / unit

        place = minimize(
            slope,
            place,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": steps, "maxcor": _MEMORY},
        ).x
    price = place * scale
    return Prices(price[:lists], price[lists:])


def _touch(terms: Terms, census: Census) -> Real:
    """How strongly demand answers to each price: the root of the mean squared amounts."""
    people = np.bincount(terms.list_of_cell, weights=census.people, minlength=len(terms.time))
    squares = terms.takes.multiply(terms.takes) @ np.repeat(census.people, terms.kinds)
    touch = np.concatenate([people * float(terms.minutes @ terms.minutes), squares])
    people_there = max(int(census.people.sum()), 1)
    mean: Real = np.sqrt(np.maximum(touch, 1.0) / people_there)
    return mean
