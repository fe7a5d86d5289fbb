"""Whether probabilities mean what they say: the calibration line and the reliability diagram."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import equal_mass_bins, logit, sigmoid

BINS = 10
_STEPS = 50
_CLOSE = 1e-10
_RIDGE = 1e-12
_DRAWS = 200
_MOSTLY = 0.95
_SURE = 1.959963984540054

Floats = NDArray[np.float64]


class CalibrationLine:
    """The logistic line of outcomes on predicted log-odds, under any row weights.

    A slope of 1 and an intercept of 0 are perfect; a slope below 1 says that the probabilities are
    too extreme (Cox 1958, Two further applications of a model for binary regression).
    """

    def __init__(self, y: NDArray[np.int8], probability: Floats) -> None:
        self._y = y.astype(np.float64)
        self._design = np.column_stack([logit(probability), np.ones(len(y))])
        self._start = np.array([1.0, 0.0])
        self._start = np.array(self.fit(np.ones(len(y))))

    def fit(self, weight: Floats) -> tuple[float, float]:
        """Slope and intercept; not-a-number where scores or outcomes are all the same."""
        used = weight > 0
        hits = float(weight @ self._y)
        if not 0 < hits < weight.sum() or np.ptp(self._design[used, 0]) == 0:
            return float("nan"), float("nan")
        line = np.array([1.0, 0.0]) if np.isnan(self._start).any() else self._start
        for _ in range(_STEPS):
            try:
                step = self._step(line, weight)
            except np.linalg.LinAlgError:
                break  # Every row is certain by now, and the line still grows steeper.
            line = line - step
            if np.abs(step).max() < _CLOSE * (1 + np.abs(line).max()):
                return float(line[0]), float(line[1])
        # Outcomes that the scores part without an error have no line of finite slope.
        return float("nan"), float("nan")

    def _step(self, line: Floats, weight: Floats) -> Floats:
        probability = sigmoid(self._design @ line)
        gradient = self._design.T @ (weight * (probability - self._y))
        spread = (weight * probability * (1 - probability))[:, None]
        curvature = (self._design * spread).T @ self._design + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # Newton's method overshoots from afar; on the log-odds scale a step of 1 is a long one.
        return np.asarray(step / max(1.0, float(np.abs(step).max())))


def chance_ece(probability: Floats, rng: np.random.Generator, draws: int = _DRAWS) -> float:
    """What the calibration error of honest probabilities stays below in 95 of 100 cases.

    Outcomes are drawn with these very probabilities (Broecker and Smith 2007, Increasing the
    reliability of reliability diagrams); few rows alone give an error of some size.
    """
    which = equal_mass_bins(probability, BINS)
    errors = []
    for _ in range(draws):
        gap = probability - (rng.random(len(probability)) < probability)
        errors.append(np.abs(np.bincount(which, weights=gap)).sum() / len(gap))
    return float(np.quantile(errors, _MOSTLY))


@dataclass(frozen=True, slots=True)
class Reliability:
    """A reliability diagram's points, a bin each: predicted and observed rate, and its rows.

    `low` and `high` are Wilson's 95 % interval of the observed rate (Wilson 1927, Probable
    inference, the law of succession, and statistical inference).
    """

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    rows: NDArray[np.int64]


def reliability(y: NDArray[np.int8], probability: Floats, bins: int = BINS) -> Reliability:
    """The diagram over bins of equally many rows, lowest probabilities first."""
    which = equal_mass_bins(probability, bins)
    rows = np.bincount(which, minlength=bins)
    filled = rows > 0
    rows = rows[filled]
    predicted = np.bincount(which, weights=probability, minlength=bins)[filled] / rows
    observed = np.bincount(which, weights=y, minlength=bins)[filled] / rows
    low, high = wilson(observed, rows)
    return Reliability(predicted, observed, low, high, rows)


def wilson(rate: Floats, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The 95 % interval of a rate that was observed on so many rows."""
    middle = rate + _SURE**2 / (2 * rows)
    half = _SURE * np.sqrt(rate * (1 - rate) / rows + _SURE**2 / (4 * rows**2))
    whole = 1 + _SURE**2 / rows
    return np.maximum((middle - half) / whole, 0.0), np.minimum((middle + half) / whole, 1.0)
