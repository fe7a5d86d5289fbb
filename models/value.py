"""What a customer is worth to the bank over the next three years, in cents."""

import numpy as np
from numpy.typing import NDArray

_QUARTERS = np.arange(1, 13)
_DISCOUNT = 1.08


def customer_value(
    margin_cents: NDArray[np.int64], leaving_90d: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The present value of each customer's margin over 36 months, in cents.

    `margin_cents` is the margin of the trailing 12 months and `leaving_90d` the probability of
    leaving within 90 days, taken to hold for every quarter to come:
    `value = sum over quarters q = 1..12 of margin / 4 x (1 - p) ** q / 1.08 ** (q / 4)`.

    >>> customer_value(np.array([100_000, 100_000]), np.array([0.0, 1.0])).tolist()
    [265317, 0]
    """
    survival = np.power.outer(1 - leaving_90d, _QUARTERS)
    weight = survival @ _DISCOUNT ** (-_QUARTERS / 4)
    return np.rint(margin_cents / 4 * weight).astype(np.int64)
