"""Points and weights of a mean over the way from 0 to 1, exact for polynomials up to a degree."""

from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def gauss_legendre(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """That many points between 0 and 1 and their weights, which add up to 1; not to be written to.

    The weighted sum is the mean of a polynomial up to degree 2 x count - 1 (Gauss 1814).
    """
    at, weight = np.polynomial.legendre.leggauss(count)
    points, weights = (at + 1) / 2, weight / 2
    points.setflags(write=False)
    weights.setflags(write=False)
    return points, weights
