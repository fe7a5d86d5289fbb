"""The curves of a report: whom a list catches, how precise it is, and how each month went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.card import Estimate
from training.evaluation.bootstrap import REPETITIONS, Floats, customer_weights, estimate
from training.evaluation.calibration import CalibrationLine
from training.evaluation.scored import Scored

_POINTS = 100


@dataclass(frozen=True, slots=True)
class Gain:
    """For each share of the rows that is contacted, best scores first, from 0 to 1.

    `caught` is the share of the positives among them, `lift` their rate over the rate of all, and
    `precision` their rate; the latter two begin with the first share above 0.
    """

    contacted: Floats
    caught: Floats
    lift: Floats
    precision: Floats


@dataclass(frozen=True, slots=True)
class Month:
    """How a model did on the rows of one date."""

    as_of: date
    rows: int
    positives: int
    auc: Estimate
    slope: Estimate


def gain(y: NDArray[np.int8], probability: Floats, points: int = _POINTS) -> Gain:
    """The gain curve at evenly spread shares; rows of one score are caught in proportion."""
    hits, misses = Scored(y, probability).groups(np.ones(len(y)))
    shares = np.linspace(0, 1, points + 1)
    at = _caught(hits, misses, shares)
    lift = at[1:] / shares[1:]
    return Gain(shares, at, lift, lift * hits.sum() / len(y))


def gain_band(
    y: NDArray[np.int8],
    probability: Floats,
    customer_id: NDArray[np.int64],
    seed: int,
    *,
    points: int = _POINTS,
    repetitions: int = REPETITIONS,
) -> tuple[Floats, Floats]:
    """Between which ends the share caught lies at each share contacted, as `gain` has them.

    95 % intervals, each point's own, over redrawn customers.
    """
    scored, shares = Scored(y, probability), np.linspace(0, 1, points + 1)
    weights = customer_weights(customer_id, np.random.default_rng(seed), repetitions)
    drawn = [_caught(*scored.groups(weight), shares) for weight in weights]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return low, high


def months(
    y: NDArray[np.int8],
    probability: Floats,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    seed: int,
    *,
    repetitions: int = REPETITIONS,
) -> tuple[Month, ...]:
    """AUC and calibration slope of each date, in their order."""
    return tuple(
        _month(
            day,
            y[rows],
            probability[rows],
            customer_weights(customer_id[rows], np.random.default_rng(seed), repetitions),
        )
        for day in np.unique(as_of)
        for rows in [as_of == day]
    )


def _caught(hits: Floats, misses: Floats, shares: Floats) -> Floats:
    """The share of positives among each share of the rows; 0 where there are none to catch."""
    sizes = hits + misses
    reach = np.r_[0.0, np.cumsum(sizes)] / sizes.sum()
    caught = np.r_[0.0, np.cumsum(hits)] / max(float(hits.sum()), 1.0)
    return np.asarray(np.interp(shares, reach, caught))


def _month(
    day: np.datetime64, y: NDArray[np.int8], probability: Floats, weights: Iterable[Floats]
) -> Month:
    scored, line = Scored(y, probability), CalibrationLine(y, probability)
    draws = [(scored.auc(weight), line.fit(weight)[0]) for weight in weights]
    ones = np.ones(len(y))
    return Month(
        day.astype("datetime64[D]").item(),
        len(y),
        int(y.sum()),
        estimate(scored.auc(ones), [auc for auc, _ in draws]),
        estimate(line.fit(ones)[0], [slope for _, slope in draws]),
    )
