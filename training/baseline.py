"""Plain yardsticks: a rule of thumb, and a logistic regression that boosted trees must beat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.booster import Floats, Fold, fading
from models.calibration import levelled_loss
from models.line import Curve, Line, signed_log
from training.dataset import TrainingSet
from training.definitions.definition import ChurnLabel, LeavingEvents, RuleLabel

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
    """The form that did best on folds, its mean levelled loss, each fold's line, and the log-odds
    of the rows that it tests, which taught it nothing.
    """  # noqa: D205 - one sentence

    form: LineForm
    loss: float
    lines: tuple[Line, ...]
    log_odds: tuple[Floats, ...]


def rule_baseline(data: TrainingSet) -> Floats | None:
    """1 for each row that the rule of thumb warns of, 90 days without a login or own transaction,
    else 0; what is not known counts as active.

    The rule foretells leaving: None for any other label, and where the features do not tell.
    """  # noqa: D205 - one sentence
    if not isinstance(data.definition, ChurnLabel | LeavingEvents | RuleLabel):
        return None
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
    best = min(_drawn(matrix, y, folds, forms), key=_loss)
    if not forward:
        return best
    faded = [LineForm(best.form.knots, best.form.ridge, fade) for fade in _FADES_TRIED]
    return min([best, *_drawn(matrix, y, folds, faded)], key=_loss)


def draw(matrix: Floats, y: NDArray[np.int8], folds: Sequence[Fold], form: LineForm) -> Drawn:
    """How lines of one form do on folds."""
    return next(_drawn(matrix, y, folds, [form]))


def fit_line(matrix: Floats, y: NDArray[np.int8], form: LineForm) -> Line:
    """The ridge logistic regression of y on the curves that `form` allows.

    A missing value counts as the mean, with a number of its own where a feature has both. Of a
    matrix too large for it, evenly spread rows are taken.
    """
    (line,) = _lines(matrix, y, [form])
    return line


def _drawn(
    matrix: Floats, y: NDArray[np.int8], folds: Sequence[Fold], forms: Sequence[LineForm]
) -> Iterator[Drawn]:
    """How lines of each form do on folds; forms of as many knots stand side by side."""
    for _, group in groupby(forms, key=lambda form: form.knots):
        alike = list(group)
        fitted = [_lines(matrix[teach], y[teach], alike) for teach, _ in folds]
        for form, lines in zip(alike, zip(*fitted, strict=True), strict=True):
            said = [line.raw(matrix[test]) for line, (_, test) in zip(lines, folds, strict=True)]
            losses = [levelled_loss(one, y[t]) for one, (_, t) in zip(said, folds, strict=True)]
            yield Drawn(form, float(np.mean(losses)), lines, tuple(said))


def _lines(matrix: Floats, y: NDArray[np.int8], forms: Sequence[LineForm]) -> tuple[Line, ...]:
    """A line of each form, all of as many knots: the columns of curves are made once."""
    bends = forms[0].knots
    columns = matrix.shape[1] * (bends + 1)
    rows = slice(None, None, max(1, -(-len(y) * columns // _MOST_CELLS)))
    taken = matrix[rows]
    knots = [_knots(column, bends) for column in taken.T]
    mean, spread, design = _design(taken, knots)
    lines = []
    for form in forms:
        weight = fading(len(y), form.fade)
        solver = LogisticRegression(C=1 / form.ridge, solver="newton-cholesky", max_iter=_STEPS)
        solver.fit(design, y[rows], sample_weight=None if weight is None else weight[rows])
        lines.append(_line(solver, knots, mean, spread))
    return tuple(lines)


def _line(
    solver: LogisticRegression, knots: Sequence[Floats], mean: Floats, spread: Floats
) -> Line:
    """What a fit on standardised columns says of the features themselves."""
    slopes = np.zeros(len(spread))
    told = spread > 0
    slopes[told] = solver.coef_[0][: told.sum()] / spread[told]
    ends = np.cumsum([1 + max(1, len(own) - 1) for own in knots])
    curves = [
        _curve(own, slopes[begin:end], mean[begin:end])
        for own, begin, end in zip(knots, [0, *ends[:-1].tolist()], ends.tolist(), strict=True)
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


def _design(matrix: Floats, knots: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Mean and spread of every column of the features' blocks, and those that say something,
    standardised, side by side.

    A column that says nothing costs as much as another: mostly, whether a value is missing where
    none ever is. Blocks are made twice rather than kept, since together they outweigh the matrix.
    """  # noqa: D205 - one sentence
    features = list(zip(matrix.T, knots, strict=True))
    figures = [_mean_and_spread(_block(column, own)) for column, own in features]
    mean, spread = np.hstack(figures)
    design = np.zeros((len(matrix), max(1, int((spread > 0).sum()))))
    begin = 0
    for (column, own), (middle, width) in zip(features, figures, strict=True):
        told = width > 0
        end = begin + int(told.sum())
        block = (_block(column, own)[:, told] - middle[told]) / width[told]
        design[:, begin:end] = np.nan_to_num(block, copy=False)
        begin = end
    return mean, spread, design


def _mean_and_spread(design: Floats) -> tuple[Floats, Floats]:
    """The mean and spread of what is known in each column; no spread where that says nothing."""
    known = ~np.isnan(design)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, design, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, design - mean, 0.0) ** 2).sum(axis=0) / count)
    spread[spread <= _LEVEL * (1 + np.abs(mean))] = 0.0
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
