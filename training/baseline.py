"""Plain yardsticks: a rule of thumb, and a logistic regression that boosted trees must beat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.booster import Floats, Fold, fading
from models.calibration import levelled_loss
from models.line import Curve, Line, signed_log
from training.dataset import TrainingSet

RULE = "inactive_90d"
_FORMS_TRIED = ((0, 3.0), (0, 30.0), (0, 300.0), (8, 3.0), (8, 30.0), (8, 300.0))
_FADES_TRIED = (0.5, 0.2, 0.08)
_RELATIVE_RIDGE = 0.01
_FIRM_RIDGE = 10.0
_MOST_COLUMNS = 800
_MOST_CELLS = 12_000_000
_STEPS = 200
_LEVEL = 1e-12


@dataclass(frozen=True, slots=True)
class LineForm:
    """How a line is fitted: `knots` a feature's path may have (none: straight in the signed
    logarithm), the ridge on standardised columns, and how the past fades.
    """  # noqa: D205 - one sentence

    knots: int = 0
    ridge: float = _FIRM_RIDGE
    fade: float | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The form that did best on folds, its mean levelled loss, and the log-odds of each fold's
    tested rows by lines that did not see them.
    """  # noqa: D205 - one sentence

    form: LineForm
    loss: float
    log_odds: tuple[Floats, ...]


def rule_baseline(data: TrainingSet) -> Floats | None:
    """The score of each row by the rule of thumb, 90 days without activity, or None where the
    features do not tell; what is not known counts as active.
    """  # noqa: D205 - one sentence
    if RULE not in data.features:
        return None
    return np.nan_to_num(data.matrix[:, data.features.index(RULE)])


def logistic_baseline(matrix: Floats, y: NDArray[np.int8], asked: Floats) -> Floats:
    """The log-odds of `asked` rows by a plain ridge logistic regression on `matrix` and y.

    The ridge is 10, or 1 % of the rows where that is more.
    """
    ridge = max(_FIRM_RIDGE, _RELATIVE_RIDGE * len(y))
    return fit_line(matrix, y, LineForm(ridge=ridge)).raw(asked)


def choose_line(
    matrix: Floats, y: NDArray[np.int8], folds: Sequence[Fold], *, forward: bool
) -> Drawn:
    """The form of the lowest levelled loss over the folds.

    Where the folds go `forward` in time, whether the past fades is chosen too, after the rest.
    """
    features = matrix.shape[1]
    forms = [
        LineForm(knots, ridge)
        for knots, ridge in _FORMS_TRIED
        if (knots + 1) * features <= _MOST_COLUMNS or not knots
    ]
    best = min((draw(matrix, y, folds, form) for form in forms), key=_loss)
    if not forward:
        return best
    faded = [LineForm(best.form.knots, best.form.ridge, fade) for fade in _FADES_TRIED]
    return min([best, *(draw(matrix, y, folds, form) for form in faded)], key=_loss)


def draw(matrix: Floats, y: NDArray[np.int8], folds: Sequence[Fold], form: LineForm) -> Drawn:
    """How lines of one form do on folds."""
    log_odds = tuple(
        fit_line(matrix[teach], y[teach], form).raw(matrix[test]) for teach, test in folds
    )
    losses = [levelled_loss(said, y[test]) for said, (_, test) in zip(log_odds, folds, strict=True)]
    return Drawn(form, float(np.mean(losses)), log_odds)


def fit_line(matrix: Floats, y: NDArray[np.int8], form: LineForm) -> Line:
    """The ridge logistic regression of y on the curves that `form` allows.

    A missing value counts as the mean, with a number of its own where a feature has both. Of a
    matrix too large for it, evenly spread rows are taken.
    """
    columns = matrix.shape[1] * (form.knots + 1)
    rows = np.arange(0, len(y), max(1, -(-len(y) * columns // _MOST_CELLS)))
    matrix, y, weight = matrix[rows], y[rows], fading(len(y), form.fade)
    knots = [_knots(column, form.knots) for column in matrix.T]
    blocks = [_block(column, own) for column, own in zip(matrix.T, knots, strict=True)]
    design = np.hstack(blocks)
    mean, spread = _mean_and_spread(design)
    design -= mean
    design /= spread
    np.nan_to_num(design, copy=False)
    solver = LogisticRegression(C=1 / form.ridge, solver="newton-cholesky", max_iter=_STEPS)
    solver.fit(design, y, sample_weight=None if weight is None else weight[rows])
    slopes = solver.coef_[0] / spread
    ends = np.cumsum([block.shape[1] for block in blocks])
    curves = [
        _curve(own, slopes[end - block.shape[1] : end], mean[end - block.shape[1] : end])
        for own, block, end in zip(knots, blocks, ends.tolist(), strict=True)
    ]
    return Line(float(solver.intercept_[0]), tuple(curves))


def _loss(drawn: Drawn) -> float:
    return drawn.loss


def _knots(column: Floats, most: int) -> Floats:
    """Where a feature's path bends: its values where they are few, else evenly many between."""
    if not most:
        return np.empty(0)
    values = np.unique(column[~np.isnan(column)])
    if len(values) > most + 2:
        shares = np.linspace(0.01, 0.99, most + 2)
        values = np.unique(np.nanquantile(column, shares, method="nearest"))
    return values if len(values) > 1 else np.empty(0)


def _block(column: Floats, knots: Floats) -> Floats:
    """A feature's columns [rows, columns]: whether it is missing, then its line or path.

    A path is the value between the outermost knots, and how far it lies beyond each inner one.
    """
    missing = np.isnan(column)
    if len(knots):
        inside = np.clip(column, knots[0], knots[-1])
        path = [inside, *(np.maximum(inside - knot, 0.0) for knot in knots[1:-1])]
    else:
        path = [signed_log(column)]
    return np.column_stack([missing, *path])


def _mean_and_spread(design: Floats) -> tuple[Floats, Floats]:
    """The mean and spread of what is known in each column; 0 and 1 where that says nothing."""
    known = ~np.isnan(design)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, design, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, design - mean, 0.0) ** 2).sum(axis=0) / count)
    spread[spread <= _LEVEL * (1 + np.abs(mean))] = 1.0
    return mean, spread


def _curve(knots: Floats, slopes: Floats, mean: Floats) -> Curve:
    """What a feature adds, from the slopes of its columns and their means."""
    gone, (missing, *path) = float(-slopes[0] * mean[0]), slopes.tolist()
    gap = gone + missing
    if not len(knots):
        (slope,) = path
        return Curve(slope, gone - slope * float(mean[1]), gap) if slope or missing else Curve()
    heights = _block(knots, knots)[:, 1:] @ slopes[1:]
    level = gone - float(slopes[1:] @ mean[1:])
    return Curve(0.0, level, gap, tuple(knots.tolist()), tuple(heights.tolist()))
