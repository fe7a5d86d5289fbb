"""Straight lines for effects: shrunken logistic and least-squares fits on standardised columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.booster import Fold
from models.calibration import sigmoid
from models.effect import StraightLine, standardised
from models.line import signed_log

_STEPS = 50
_CLOSE = 1e-7
# From the firmest to the loosest, so that each fit begins near the one before.
_PENALTIES = (3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0, 3.0)
_PULLS = (10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0, 3.0)
_SHARES = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01)
_ENDLESS = 1e6
_ENOUGH = 2

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """How columns are standardised, and which of them have gaps that a line may tell apart."""

    middle: Floats
    spread: Floats
    gaps: NDArray[np.int64]

    def design(self, matrix: Floats) -> Floats:
        """A column of ones, the standardised columns with 0 where missing, and the gaps' flags."""
        missing = np.isnan(matrix)
        known = np.where(missing, 0.0, standardised(matrix, self.middle, self.spread))
        return np.hstack([np.ones((len(matrix), 1)), known, missing[:, self.gaps]])

    def line(self, weights: Floats) -> StraightLine:
        """The line whose weights stand in the order of the design's columns."""
        width = len(self.middle)
        gap = np.zeros(width)
        gap[self.gaps] = weights[1 + width :]
        return StraightLine(
            float(weights[0]), self.middle, self.spread, weights[1 : 1 + width], gap
        )


def scale_of(matrix: Floats) -> Scale:
    """The scale of a matrix: means and deviations of signed logarithms where they are known."""
    logs = signed_log(matrix)
    known = ~np.isnan(logs)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, logs, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (logs - middle) ** 2, 0.0).sum(axis=0) / count)
    spread[spread <= _CLOSE] = 1.0
    return Scale(middle, spread, np.flatnonzero(known.any(axis=0) & ~known.all(axis=0)))


def fit_logistic(
    design: Floats, y: NDArray[np.int8], weight: Floats, folds: Sequence[Fold]
) -> Floats:
    """The weights of a ridge logistic regression; the constant is free.

    The ridge is the one with the least log-loss on the folds' tested rows.
    """
    everyone = np.ones(len(y), dtype=np.bool_)
    whole = _Twin(design, y, weight, everyone)
    tried = [_Ridge(1.0, penalty, 0.0) for penalty in _PENALTIES]
    return whole.fit(_best(whole, folds, tried))[1]


def fit_twin(
    design: Floats,
    y: NDArray[np.int8],
    weight: Floats,
    treated: NDArray[np.bool_],
    folds: Sequence[Fold],
) -> tuple[Floats, Floats]:
    """The lines of those left alone and of those contacted, drawn to one another.

    A logistic regression on features, contact, and contact times each feature, whose interactions
    carry a ridge of their own. First the ridge on what both lines share is the one with the least
    log-loss on the folds' tested rows, then that on their difference.
    """
    whole = _Twin(design, y, weight, treated)
    alike = _alike(whole, folds)
    return whole.fit(_best(whole, folds, [replace(alike, pull=pull) for pull in _PULLS]))


def fit_alike(
    design: Floats,
    y: NDArray[np.int8],
    weight: Floats,
    treated: NDArray[np.bool_],
    folds: Sequence[Fold],
) -> tuple[Floats, Floats]:
    """The two lines where a contact moves all odds alike: they differ by a constant only."""
    whole = _Twin(design, y, weight, treated)
    return whole.fit(_alike(whole, folds))


def fit_values(design: Floats, target: Floats, weight: Floats, folds: Sequence[Fold]) -> Floats:
    """The weights of a ridge least-squares line through values.

    The ridge is a share of the rows' weight, the one with the least squared error on the folds'
    tested rows; the constant is free.
    """
    errors = np.zeros(len(_SHARES))
    for teach, test in folds:
        solved = _ridges(design[teach], target[teach], weight[teach], _SHARES)
        wrong = target[test][:, None] - design[test] @ solved
        errors += weight[test] @ wrong**2
    return _ridges(design, target, weight, [_SHARES[int(np.argmin(errors))]])[:, 0]


Pair = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class _Ridge:
    """`penalty` on the average of two lines, in which the contacted weigh `mean`, and `pull` on
    their difference.
    """  # noqa: D205 - one sentence

    mean: float
    penalty: float
    pull: float

    def curvature(self, width: int) -> Floats:
        """Its second derivative over both lines' weights; the constants are free."""
        free = np.r_[0.0, np.ones(width - 1)]
        average, apart = np.array([1 - self.mean, self.mean]), np.array([-1.0, 1.0])
        mixed = self.penalty * np.outer(average, average) + self.pull * np.outer(apart, apart)
        return np.kron(mixed, np.diag(free)) + _CLOSE * np.eye(2 * width)


@dataclass(frozen=True, slots=True, eq=False)
class _Twin:
    """Rows through which two logistic lines go: of those left alone, and of those contacted."""

    design: Floats
    y: NDArray[np.int8]
    weight: Floats
    treated: NDArray[np.bool_]

    def of(self, rows: NDArray[np.int64]) -> "_Twin":
        """Some of the rows."""
        return _Twin(self.design[rows], self.y[rows], self.weight[rows], self.treated[rows])

    def fit(self, ridge: _Ridge, start: Pair | None = None) -> Pair:
        """The lines that make the outcomes most likely: Newton's method, halved where it must."""
        width = self.design.shape[1]
        curve = ridge.curvature(width)
        both = np.zeros(2 * width) if start is None else np.concatenate(start)
        arms = [self._arm(~self.treated), self._arm(self.treated)]
        worth = _objective(arms, both, curve)
        for _ in range(_STEPS):
            step, size = _newton_step(arms, both, curve), 1.0
            while (tried := _objective(arms, both - size * step, curve)) > worth and size > _CLOSE:
                size /= 2
            both, gained, worth = both - size * step, worth - tried, tried
            if gained <= _CLOSE * abs(worth):
                break
        return both[:width], both[width:]

    def loss(self, lines: Pair) -> float:
        """The log-loss of these rows, summed by weight."""
        left, contacted = (self.design @ line for line in lines)
        return _loss(np.where(self.treated, contacted, left), self.y, self.weight)

    def _arm(self, rows: NDArray[np.bool_]) -> "_Arm":
        return self.design[rows], self.y[rows], self.weight[rows]


def _alike(whole: _Twin, folds: Sequence[Fold]) -> _Ridge:
    mean = float(whole.treated.mean())
    return _best(whole, folds, [_Ridge(mean, penalty, _ENDLESS) for penalty in _PENALTIES])


def _best(whole: _Twin, folds: Sequence[Fold], tried: Sequence[_Ridge]) -> _Ridge:
    """The ridge with the least log-loss on the folds' tested rows, from the firmest on.

    The search ends when two in a row did worse: looser ones then fit noise.
    """
    parts = [(whole.of(teach), whole.of(test)) for teach, test in folds]
    lines: list[Pair | None] = [None] * len(parts)
    best, least, worse = tried[0], float("inf"), 0
    for ridge in tried:
        lines = [taught.fit(ridge, begun) for (taught, _), begun in zip(parts, lines, strict=True)]
        loss = sum(asked.loss(each) for (_, asked), each in zip(parts, lines, strict=True) if each)
        if loss < least:
            best, least, worse = ridge, loss, 0
        elif (worse := worse + 1) == _ENOUGH:
            break
    return best


_Arm = tuple[Floats, NDArray[np.int8], Floats]


def _objective(arms: Sequence[_Arm], both: Floats, ridge: Floats) -> float:
    losses = (
        _loss(design @ line, y, weight)
        for (design, y, weight), line in zip(arms, np.split(both, 2), strict=True)
    )
    return sum(losses) + float(both @ ridge @ both) / 2


def _newton_step(arms: Sequence[_Arm], both: Floats, ridge: Floats) -> Floats:
    width = len(both) // 2
    slope, curve = ridge @ both, ridge.copy()
    for place, (design, y, weight) in enumerate(arms):
        part = slice(place * width, (place + 1) * width)
        chance = sigmoid(design @ both[part])
        slope[part] += design.T @ (weight * (chance - y))
        curve[part, part] += (design * (weight * chance * (1 - chance))[:, None]).T @ design
    # Where there is one line only, as for a plain chance, the other's half of the table is empty.
    asked = slice(0 if len(arms[0][1]) or ridge[:width, width:].any() else width, None)
    step = np.zeros(len(both))
    step[asked] = np.linalg.solve(curve[asked, asked], slope[asked])
    return step


def _loss(log_odds: Floats, y: NDArray[np.int8], weight: Floats) -> float:
    return float(weight @ (np.logaddexp(0, log_odds) - y * log_odds))


def _ridges(design: Floats, target: Floats, weight: Floats, shares: Sequence[float]) -> Floats:
    """One column of weights for each share, by one decomposition of the columns' products."""
    total = weight.sum()
    mean, level = weight @ design / total, weight @ target / total
    centred = (design - mean)[:, 1:]
    values, vectors = np.linalg.eigh((centred * weight[:, None]).T @ centred)
    moved = vectors.T @ (centred.T @ (weight * (target - level)))
    slopes = [vectors @ (moved / (np.maximum(values, 0) + share * total)) for share in shares]
    return np.column_stack([np.r_[level - mean[1:] @ slope, slope] for slope in slopes])
