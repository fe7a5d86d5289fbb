"""Intervals that stay honest however much is looked at together.

False discoveries are held at 5 % over everything looked at together (Benjamini and Hochberg 1995),
and each interval is as wide as that asks (Benjamini and Yekutieli 2005): what is found is exactly
what its interval shows.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outreach.replay import Gain

FALSE_DISCOVERIES = 0.05
# Of fewer expected than these, counted as if customers decided alone, nothing is told.
LEAST_EXPECTED = 10.0

_NORMAL = NormalDist()


def together(values: ArrayLike, errors: ArrayLike) -> tuple[Gain, ...]:
    """Each value with its interval, [looks] each, all of them looked at together.

    `errors` are standard errors of values that are about normal; a value without an error is zero.
    """
    found, spread = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    sides = np.divide(np.abs(found), spread, out=np.zeros_like(found), where=spread > 0)
    half = _width(sides) * spread
    return tuple(
        Gain(float(value), float(value - each), float(value + each))
        for value, each in zip(found, half, strict=True)
    )


def _width(sides: NDArray[np.float64]) -> float:
    """How many standard errors an interval reaches to either side."""
    if not len(sides):
        return 0.0
    chances = np.sort([2 * _NORMAL.cdf(-side) for side in sides])
    limits = FALSE_DISCOVERIES * np.arange(1, len(sides) + 1) / len(sides)
    under = np.flatnonzero(chances <= limits)
    count = 1 + int(under[-1]) if len(under) else 1
    return -_NORMAL.inv_cdf(FALSE_DISCOVERIES * count / len(sides) / 2)
