"""How good scores are on rows that did not teach them, each figure with its 95 % interval."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from models.calibration import equal_mass_bins
from models.card import Estimate

REPETITIONS = 200
METRICS = ("auc", "pr_auc", "log_loss", "brier", "ece", "lift_10")
_TINY = 1e-15
_BINS = 10
_TOP = 0.10

Floats = NDArray[np.float64]


def evaluate(
    y: NDArray[np.int8],
    probability: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> dict[str, Estimate]:
    """AUC, PR-AUC, log-loss, Brier score, calibration error and top-decile lift.

    The intervals are percentiles over bootstraps of customers, so that the rows of one customer
    stay together. PR-AUC is average precision; the calibration error is over ten bins of equally
    many rows; the lift is the rate in the best tenth over the rate of all, ties shared evenly.
    """
    scored = _Scored(y, probability)
    draws = [scored.figures(each) for each in _weights(customer_id, rng, repetitions)]
    whole = scored.figures(np.ones(len(y)))
    return {name: _estimate(whole[name], [draw[name] for draw in draws]) for name in METRICS}


def auc_difference(
    y: NDArray[np.int8],
    ours: Floats,
    theirs: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """By how much `ours` ranks better than `theirs` on the same rows, drawn in pairs."""
    first, second = _Scored(y, ours), _Scored(y, theirs)
    draws = [first.auc(w) - second.auc(w) for w in _weights(customer_id, rng, repetitions)]
    ones = np.ones(len(y))
    return _estimate(first.auc(ones) - second.auc(ones), draws)


def describe(metrics: Mapping[str, Estimate]) -> str:
    """Figures with their intervals on one line.

    >>> describe({"auc": Estimate(0.8, 0.75, 0.85)})
    'auc 0.800 [0.750, 0.850]'
    """
    return ", ".join(f"{k} {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]" for k, e in metrics.items())


class _Scored:
    """Rows sorted once by score, so that every bootstrap only sums weights."""

    def __init__(self, y: NDArray[np.int8], probability: Floats) -> None:
        order = np.argsort(-probability, kind="stable")
        self._order, self._p, self._y = order, probability[order], y[order].astype(np.float64)
        self._starts = np.flatnonzero(np.r_[True, np.diff(self._p) != 0])
        inside = np.clip(self._p, _TINY, 1 - _TINY)
        self._losses = -np.where(self._y == 1, np.log(inside), np.log1p(-inside))
        self._bin = equal_mass_bins(probability, _BINS)[order]

    def auc(self, weight: Floats) -> float:
        """The chance that a positive scores above a negative, ties counted half."""
        hits, misses = self._groups(weight[self._order])
        below = misses.sum() - np.cumsum(misses)
        with np.errstate(invalid="ignore"):
            return float(np.sum(hits * (below + misses / 2)) / (hits.sum() * misses.sum()))

    def figures(self, weight: Floats) -> dict[str, float]:
        """Every metric under these row weights; not-a-number where an outcome is missing."""
        w = weight[self._order]
        hits, misses = self._groups(w)
        total = w.sum()
        gap = np.bincount(self._bin, weights=w * (self._p - self._y), minlength=_BINS)
        with np.errstate(invalid="ignore"):
            precision = np.cumsum(hits) / np.maximum(np.cumsum(hits + misses), _TINY)
            return {
                "auc": self.auc(weight),
                "pr_auc": float(np.sum(hits * precision) / hits.sum()),
                "log_loss": float(np.sum(w * self._losses) / total),
                "brier": float(np.sum(w * (self._p - self._y) ** 2) / total),
                "ece": float(np.abs(gap).sum() / total),
                "lift_10": _lift(hits, hits + misses),
            }

    def _groups(self, w: Floats) -> tuple[Floats, Floats]:
        hits = np.add.reduceat(w * self._y, self._starts)
        return hits, np.add.reduceat(w * (1 - self._y), self._starts)


def _lift(hits: Floats, sizes: Floats) -> float:
    reach = _TOP * sizes.sum()
    taken = np.clip(reach - (np.cumsum(sizes) - sizes), 0, sizes)
    share = np.divide(taken, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    with np.errstate(invalid="ignore"):
        return float(np.sum(hits * share) / reach / (hits.sum() / sizes.sum()))


def _weights(
    customer_id: NDArray[np.int64], rng: np.random.Generator, repetitions: int
) -> Iterator[Floats]:
    customers, which = np.unique(customer_id, return_inverse=True)
    count = len(customers)
    for _ in range(repetitions):
        drawn = np.bincount(rng.integers(count, size=count), minlength=count)
        yield drawn.astype(np.float64)[which]


def _estimate(value: float, draws: list[float]) -> Estimate:
    real = np.array(draws)[~np.isnan(draws)]
    if not len(real):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(real, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
