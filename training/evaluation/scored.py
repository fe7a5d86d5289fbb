"""Rows sorted once by score, so that the figures of each redrawn base only sum weights."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.calibration import equal_mass_bins
from training.evaluation.calibration import BINS, CalibrationLine
from training.evaluation.profit import Campaign, profits_cents

_TINY = 1e-15
_TOP = 0.10

Floats = NDArray[np.float64]


class Scored:
    """Outcomes and probabilities, whichever their dates."""

    def __init__(self, y: NDArray[np.int8], probability: Floats) -> None:
        order = np.argsort(-probability, kind="stable")
        self._order, self._p, self._y = order, probability[order], y[order].astype(np.float64)
        self._starts = np.flatnonzero(np.r_[True, np.diff(self._p) != 0])
        inside = np.clip(self._p, _TINY, 1 - _TINY)
        self._losses = -np.where(self._y == 1, np.log(inside), np.log1p(-inside))
        self._bin = equal_mass_bins(probability, BINS)[order]
        self._plain = (y, probability)

    @cached_property
    def _line(self) -> CalibrationLine:
        """The calibration line, fitted when it is first asked for."""
        return CalibrationLine(*self._plain)

    def auc(self, weight: Floats) -> float:
        """The chance that a positive scores above a negative, ties counted half."""
        hits, misses = self.groups(weight)
        below = misses.sum() - np.cumsum(misses)
        with np.errstate(invalid="ignore"):
            return float(np.sum(hits * (below + misses / 2)) / (hits.sum() * misses.sum()))

    def log_loss(self, weight: Floats) -> float:
        """The mean of minus the logarithm of the probability that was given to what came."""
        w = weight[self._order]
        return float(np.sum(w * self._losses) / w.sum())

    def ece(self, weight: Floats) -> float:
        """The mean distance of predicted and observed rate, over ten bins of equally many rows."""
        w = weight[self._order]
        gap = np.bincount(self._bin, weights=w * (self._p - self._y), minlength=BINS)
        return float(np.abs(gap).sum() / w.sum())

    def lift(self, weight: Floats) -> float:
        """The rate in the best tenth over the rate of all, ties shared evenly."""
        hits, misses = self.groups(weight)
        return _lift(hits, hits + misses)

    def figures(self, weight: Floats) -> dict[str, float]:
        """Every figure that needs no dates; not-a-number where an outcome is missing."""
        w = weight[self._order]
        hits, misses = self.groups(weight)
        slope, intercept = self._line.fit(weight)
        with np.errstate(invalid="ignore"):
            precision = np.cumsum(hits) / np.maximum(np.cumsum(hits + misses), _TINY)
            return {
                "auc": self.auc(weight),
                "pr_auc": float(np.sum(hits * precision) / hits.sum()),
                "log_loss": self.log_loss(weight),
                "brier": float(np.sum(w * (self._p - self._y) ** 2) / w.sum()),
                "ece": self.ece(weight),
                "slope": slope,
                "intercept": intercept,
                "lift_10": _lift(hits, hits + misses),
            }

    def profit(self, weight: Floats, campaign: Campaign) -> dict[str, float]:
        """What a retention campaign earns, in cents a customer."""
        hits, misses = self.groups(weight)
        expected, mean = profits_cents(hits, misses, campaign)
        return {"profit_cents": expected, "mean_profit_cents": mean}

    def groups(self, weight: Floats) -> tuple[Floats, Floats]:
        """The positives and negatives of each group of equal scores, best scores first."""
        w = weight[self._order]
        hits = np.add.reduceat(w * self._y, self._starts)
        return hits, np.add.reduceat(w * (1 - self._y), self._starts)


class Dated:
    """Outcomes and scores that are compared only with those of the same date."""

    def __init__(self, y: NDArray[np.int8], score: Floats, as_of: NDArray[np.datetime64]) -> None:
        order = np.lexsort((-score, as_of))
        days, scores = as_of[order], score[order]
        self._order, self._y = order, y[order].astype(np.float64)
        new_day = np.r_[True, days[1:] != days[:-1]]
        self._starts = np.flatnonzero(new_day | np.r_[True, np.diff(scores) != 0])
        self._first = np.flatnonzero(new_day[self._starts])
        self._day = np.cumsum(new_day[self._starts]) - 1

    def auc(self, weight: Floats) -> float:
        """The chance that a positive scores above a negative of its own date, ties counted half.

        Over all such pairs, so that a date counts by its positives times its negatives.
        """
        hits, misses = self._groups(weight)
        per_day = np.add.reduceat(misses, self._first)
        below = per_day[self._day] - self._within(misses)
        pairs = np.add.reduceat(hits, self._first) @ per_day
        with np.errstate(invalid="ignore"):
            return float(np.sum(hits * (below + misses / 2)) / np.float64(pairs))

    def at_capacity(self, weight: Floats, rows: float) -> dict[str, float]:
        """Of lists of so many best rows a date: the share of positives, and the positives' share.

        Rows of one score that only partly fit share the places that are left.
        """
        hits, misses = self._groups(weight)
        sizes = hits + misses
        taken = np.clip(rows - (self._within(sizes) - sizes), 0, sizes)
        share = np.divide(taken, sizes, out=np.zeros_like(sizes), where=sizes > 0)
        found = float(np.sum(hits * share))
        with np.errstate(invalid="ignore"):
            return {
                "precision_at_capacity": float(found / taken.sum()),
                "recall_at_capacity": float(found / hits.sum()),
            }

    def _within(self, values: Floats) -> Floats:
        """The running sum within each date."""
        running = np.cumsum(values)
        before = np.r_[0.0, running][self._first]
        return np.asarray(running - before[self._day])

    def _groups(self, weight: Floats) -> tuple[Floats, Floats]:
        w = weight[self._order]
        hits = np.add.reduceat(w * self._y, self._starts)
        return hits, np.add.reduceat(w * (1 - self._y), self._starts)


def _lift(hits: Floats, sizes: Floats) -> float:
    reach = _TOP * sizes.sum()
    taken = np.clip(reach - (np.cumsum(sizes) - sizes), 0, sizes)
    share = np.divide(taken, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    with np.errstate(invalid="ignore"):
        return float(np.sum(hits * share) / reach / (hits.sum() / sizes.sum()))
