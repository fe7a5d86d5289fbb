"""Whether probabilities mean what they say, and the straight line that mends them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERATED_ECE = 0.02
_TINY = 1e-15
_STEPS = 100
_LEVEL = 1e-9


@dataclass(frozen=True, slots=True)
class Platt:
    """Log-odds made honest: `slope` x log-odds + `intercept`."""

    slope: float
    intercept: float

    def apply(self, log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated log-odds."""
        return self.slope * log_odds + self.intercept


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of log-odds, without overflow."""
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0, small) / (1.0 + small)


def logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of probabilities; 0 and 1 are taken a hair inside."""
    inside = np.clip(probability, _TINY, 1 - _TINY)
    return np.log(inside) - np.log1p(-inside)


def equal_mass_bins(probability: NDArray[np.float64], bins: int = 10) -> NDArray[np.int64]:
    """The bin of each row, from 0: equally many rows a bin, equal probabilities in one bin."""
    edges = np.quantile(probability, np.arange(1, bins) / bins, method="inverted_cdf")
    return np.searchsorted(edges, probability, side="left").astype(np.int64)


def expected_calibration_error(
    probability: NDArray[np.float64], y: NDArray[np.int8], bins: int = 10
) -> float:
    """Mean distance between predicted and observed rate over ten bins of equally many rows.

    Equal-mass bins, since rare outcomes would all fall into the first of ten equally wide ones.
    """
    which = equal_mass_bins(probability, bins)
    gap = np.bincount(which, weights=probability - y, minlength=bins)
    return float(np.abs(gap).sum() / len(y))


def fit_platt(log_odds: NDArray[np.float64], y: NDArray[np.int8]) -> Platt:
    """The line through log-odds that makes the outcomes most likely.

    Newton's method on Platt's smoothed targets (Platt 1999, Probabilistic outputs for support
    vector machines), which keep a perfect separation finite. A slope below zero would turn the
    ranking round; it is then a constant.
    """
    positives = int(y.sum())
    high, low = (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2)
    target = np.where(y == 1, high, low)
    design = np.column_stack([log_odds, np.ones(len(y))])
    weights = _newton(design, target)
    if weights[0] <= 0:
        return Platt(0.0, float(logit(np.array([target.mean()]))[0]))
    return Platt(float(weights[0]), float(weights[1]))


def calibration_for(log_odds: NDArray[np.float64], y: NDArray[np.int8]) -> Platt | None:
    """A calibration where the error passes what is tolerated, None where it does not."""
    if expected_calibration_error(sigmoid(log_odds), y) <= TOLERATED_ECE:
        return None
    return fit_platt(log_odds, y)


def levelled_losses(log_odds: NDArray[np.float64], y: NDArray[np.int8]) -> NDArray[np.float64]:
    """Each row's log-loss after the one constant, added to all log-odds, that makes the sum least.

    Compares learners across a change of the base rate, which a constant mends and which says
    nothing of how well they tell rows apart.
    """
    rate, shift = float(np.clip(y.mean(), _TINY, 1 - _TINY)), 0.0
    for _ in range(_STEPS):
        probability = sigmoid(log_odds + shift)
        slack = float(np.mean(probability * (1 - probability)))
        # Bounded, since where log-odds are extreme Newton's step would leap past the answer.
        step = float(np.clip((rate - probability.mean()) / max(slack, _TINY), -1.0, 1.0))
        shift += step
        if abs(step) < _LEVEL:
            break
    return np.asarray(np.logaddexp(0, log_odds + shift) - y * (log_odds + shift), dtype=np.float64)


def levelled_loss(log_odds: NDArray[np.float64], y: NDArray[np.int8]) -> float:
    """The mean of `levelled_losses`."""
    return float(levelled_losses(log_odds, y).mean())


def _newton(design: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.array([1.0, 0.0])
    loss = _loss(design @ weights, target)
    for _ in range(_STEPS):
        probability = sigmoid(design @ weights)
        gradient = design.T @ (probability - target)
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        size = 1.0
        while _loss(design @ (weights - size * step), target) > loss and size > _TINY:
            size /= 2
        weights = weights - size * step
        previous, loss = loss, _loss(design @ weights, target)
        if previous - loss <= 1e-12 * abs(previous):
            break
    return weights


def _loss(log_odds: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    return float(np.sum(np.logaddexp(0, log_odds) - target * log_odds))
