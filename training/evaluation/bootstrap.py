"""Intervals: figures of many redrawn customer bases show how far one base's figure can be trusted.

A draw takes as many customers as there are, with replacement, and all rows of each (Efron 1979,
Bootstrap methods: another look at the jackknife); the interval is the middle 95 % of the draws.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.card import Estimate

REPETITIONS = 200
_LOW, _HIGH = 0.025, 0.975

Floats = NDArray[np.float64]


def customer_weights(
    customer_id: NDArray[np.int64], rng: np.random.Generator, repetitions: int
) -> Iterator[Floats]:
    """How often each row counts in each draw: as often as its customer was drawn."""
    customers, which = np.unique(customer_id, return_inverse=True)
    count = len(customers)
    for _ in range(repetitions):
        drawn = np.bincount(rng.integers(count, size=count), minlength=count)
        yield drawn.astype(np.float64)[which]


def estimate(value: float, draws: Sequence[float]) -> Estimate:
    """A figure with the interval of its draws; draws that cannot tell it are left out.

    Not-a-number at both ends where no draw can tell it.
    """
    real = np.array(draws, dtype=np.float64)
    real = real[~np.isnan(real)]
    if not len(real):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(real, [_LOW, _HIGH])
    return Estimate(value, float(low), float(high))


def estimates(
    whole: Mapping[str, float], draws: Sequence[Mapping[str, float]]
) -> dict[str, Estimate]:
    """Every figure of the whole with the interval of its draws."""
    return {name: estimate(value, [draw[name] for draw in draws]) for name, value in whole.items()}


def mean_estimate(values: Floats, customer_id: NDArray[np.int64], seed: int) -> Estimate:
    """The mean of the values that are known, over the same draws of customers for equal seeds."""
    told = ~np.isnan(values)
    if not told.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    known = values[told]
    weights = customer_weights(customer_id[told], np.random.default_rng(seed), REPETITIONS)
    return estimate(float(known.mean()), [float(each @ known / each.sum()) for each in weights])
