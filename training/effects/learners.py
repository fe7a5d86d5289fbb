"""The ways of learning what a contact changes, each from randomised contacts only.

The S-learner is one logistic regression on features, contact, and contact times each feature; T
fits the two arms apart; X (Kuenzel, Sekhon, Bickel and Yu 2019) and DR (Kennedy 2023) carry each
row's missing outcome over from the other arm before they fit; the transformed outcome (Athey and
Imbens 2016) needs no model of the outcome at all. T, X, DR and the transformed outcome come with
straight lines and with small boosted trees.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.boosted import Boosted
from models.booster import Fold
from models.calibration import sigmoid
from models.effect import EffectScorer, Part, StraightLine
from training.effects.lines import (
    Pair,
    fit_alike,
    fit_logistic,
    fit_twin,
    fit_values,
    scale_of,
)
from training.effects.lot import EffectSet, arm_columns

_FOLDS = 3
_MOST_ROUNDS, _PATIENCE = 400, 25
_FEW = 1_000

Floats = NDArray[np.float64]
Learner = Callable[[EffectSet, int], tuple[Part, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What a base fits: rows with their weights, and the folds by which it chooses."""

    matrix: Floats
    weight: Floats
    folds: Sequence[Fold]
    seed: int

    def of(self, rows: NDArray[np.bool_]) -> "_Rows":
        """Some of the rows, with the folds' parts of them."""
        place = np.cumsum(rows) - 1
        folds = [(place[a[rows[a]]], place[b[rows[b]]]) for a, b in self.folds]
        return _Rows(self.matrix[rows], self.weight[rows], folds, self.seed)


Body = StraightLine | Boosted
# What a base does with outcomes of 0 and 1, and with values of any size.
Fit = Callable[[_Rows, Floats], Body]


@dataclass(frozen=True, slots=True)
class Base:
    """What a learner is built of: a fit of log-odds to outcomes, and one of values."""

    odds: Fit
    values: Fit


def scorer_of(data: EffectSet, parts: tuple[Part, ...]) -> EffectScorer:
    """The scorer that says a set's labels by these parts."""
    return EffectScorer(parts, arm_columns(data.arms))


def said_of(data: EffectSet, parts: tuple[Part, ...]) -> Floats:
    """The effect that these parts say of each row under its own arm."""
    every = scorer_of(data, parts).raw(data.matrix)
    return np.asarray(every[np.arange(len(data.arm)), data.arm])


def response_line(data: EffectSet, seed: int) -> StraightLine:
    """The log-odds of the outcome for one who is left alone, if a contact moved all odds alike."""
    return _twin(data, seed, fit_alike)[0]


def shrunken(data: EffectSet, seed: int) -> tuple[Part, ...]:
    """The S-learner: two lines that differ by shrunken interactions with the contact."""
    left, contacted = _twin(data, seed, fit_twin)
    return _contrast(data, contacted, left)


def apart(base: Base) -> Learner:
    """The T-learner: the outcome of those contacted less that of those left alone, each fitted."""

    def learn(data: EffectSet, seed: int) -> tuple[Part, ...]:
        return _contrast(data, *_both(base, data, _rows(data, seed)))

    return learn


def crossed(base: Base) -> Learner:
    """The X-learner: what each arm's rows gain or lack against the other arm's model, fitted."""

    def learn(data: EffectSet, seed: int) -> tuple[Part, ...]:
        rows, mean = _rows(data, seed), float(data.probability.mean())
        contacted, left = (_chance(body, rows.matrix) for body in _both(base, data, rows))
        gains = base.values(rows.of(data.treated), (data.y - left)[data.treated])
        lacks = base.values(rows.of(~data.treated), (contacted - data.y)[~data.treated])
        return _value(data, gains, 1 - mean), _value(data, lacks, mean)

    return learn


def doubly_robust(base: Base) -> Learner:
    """The DR-learner: both arms' models, corrected by each row's own outcome, fitted.

    The models that correct a row learned from other customers.
    """

    def learn(data: EffectSet, seed: int) -> tuple[Part, ...]:
        rows = _rows(data, seed)
        contacted, left = np.zeros(len(data.y)), np.zeros(len(data.y))
        for teach, test in rows.folds:
            part = data.of(teach)
            bodies = _both(base, part, _rows(part, seed))
            contacted[test], left[test] = (_chance(b, rows.matrix[test]) for b in bodies)
        own = np.where(data.treated, contacted, left)
        missed = (data.y - own) * _signed_inverse(data)
        target = contacted - left + missed
        return (_value(data, base.values(_even(rows), target), 1.0),)

    return learn


def transformed(base: Base) -> Learner:
    """The transformed outcome, whose mean is the effect, fitted as a value."""

    def learn(data: EffectSet, seed: int) -> tuple[Part, ...]:
        target = data.y * _signed_inverse(data)
        return (_value(data, base.values(_even(_rows(data, seed)), target), 1.0),)

    return learn


def folds_of(data: EffectSet, folds: int, seed: int) -> list[Fold]:
    """Folds by customer, contacts and outcomes spread evenly: all rows of a customer together."""
    rng = np.random.default_rng(seed)
    customers, first, which = np.unique(data.customer_id, return_index=True, return_inverse=True)
    had = np.bincount(which, weights=data.y) > 0
    order = rng.permutation(len(customers))
    order = order[np.argsort((2 * data.treated[first] + had)[order], kind="stable")]
    fold = np.empty(len(customers), dtype=np.int64)
    fold[order] = np.arange(len(customers)) % folds
    return [
        (np.flatnonzero(fold[which] != each), np.flatnonzero(fold[which] == each))
        for each in range(folds)
    ]


def _line_odds(rows: _Rows, y: Floats) -> StraightLine:
    scale = scale_of(rows.matrix)
    design = scale.design(rows.matrix)
    return scale.line(fit_logistic(design, y.astype(np.int8), rows.weight, rows.folds))


def _line_values(rows: _Rows, target: Floats) -> StraightLine:
    scale = scale_of(rows.matrix)
    design = scale.design(rows.matrix)
    return scale.line(fit_values(design, target, rows.weight, rows.folds))


def _tree_odds(rows: _Rows, y: Floats) -> Boosted:
    return _grown(rows, y, "binary")


def _tree_values(rows: _Rows, target: Floats) -> Boosted:
    return _grown(rows, target, "regression")


LINES = Base(_line_odds, _line_values)
TREES = Base(_tree_odds, _tree_values)
# The first stands unless a later one is shown to do better.
LEARNERS: dict[str, Learner] = {
    "S-learner, lines": shrunken,
    "T-learner, lines": apart(LINES),
    "X-learner, lines": crossed(LINES),
    "DR-learner, lines": doubly_robust(LINES),
    "transformed outcome, lines": transformed(LINES),
    "T-learner, trees": apart(TREES),
    "X-learner, trees": crossed(TREES),
    "DR-learner, trees": doubly_robust(TREES),
    "transformed outcome, trees": transformed(TREES),
}
LINEAR = tuple(name for name in LEARNERS if name.endswith("lines"))


def _rows(data: EffectSet, seed: int) -> _Rows:
    weight = data.trial().weight()
    return _Rows(data.asked(), weight, folds_of(data, _FOLDS, seed), seed)


def _even(rows: _Rows) -> _Rows:
    """The rows unweighted, for targets that carry the inverse probabilities themselves."""
    return _Rows(rows.matrix, np.ones(len(rows.weight)), rows.folds, rows.seed)


def _twin(
    data: EffectSet, seed: int, fit: Callable[..., Pair]
) -> tuple[StraightLine, StraightLine]:
    """The lines of one left alone and of one contacted."""
    matrix, folds = data.asked(), folds_of(data, _FOLDS, seed)
    scale = scale_of(matrix)
    fitted = fit(scale.design(matrix), data.y, data.trial().weight(), data.treated, folds)
    return scale.line(fitted[0]), scale.line(fitted[1])


def _both(base: Base, data: EffectSet, rows: _Rows) -> tuple[Body, Body]:
    """What a base makes of the rows contacted, and of those left alone."""
    y = data.y.astype(np.float64)
    contacted, left = data.treated, ~data.treated
    return base.odds(rows.of(contacted), y[contacted]), base.odds(rows.of(left), y[left])


def _contrast(data: EffectSet, contacted: Body, left: Body) -> tuple[Part, ...]:
    ones = (1.0,) * len(data.arms)
    minus = (-1.0,) * len(data.arms)
    return Part(contacted, ones, probability=True), Part(left, minus, probability=True)


def _value(data: EffectSet, body: Body, weight: float) -> Part:
    return Part(body, (weight,) * len(data.arms), probability=False)


def _chance(body: Body, matrix: Floats) -> Floats:
    """The probability that a body says of rows that hold their arm's columns."""
    part = Part(body, (1.0,), probability=True)
    return sigmoid(part.said(matrix, np.empty((1, 0)))[:, 0])


def _signed_inverse(data: EffectSet) -> Floats:
    """1 over the chance of having been contacted, or minus 1 over that of having been left."""
    return np.where(data.treated, 1 / data.probability, -1 / (1 - data.probability))


def _grown(rows: _Rows, target: Floats, objective: str) -> Boosted:
    """Small trees, as many as do best on the folds; few rows get the plainest."""
    params = {
        "objective": objective,
        "learning_rate": 0.05,
        "num_leaves": 4 if len(target) < 20 * _FEW else 8,
        "min_data_in_leaf": int(np.clip(len(target) // 50, 10, 200)),
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "seed": rows.seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(rows.matrix, label=target, weight=rows.weight, params=params)
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    tried = lightgbm.cv(
        params, data, num_boost_round=_MOST_ROUNDS, folds=list(rows.folds), callbacks=[stop]
    )
    rounds = len(np.asarray(next(iter(tried.values()))))
    whole = lightgbm.Dataset(rows.matrix, label=target, weight=rows.weight, params=params)
    return Boosted(lightgbm.train(params, whole, num_boost_round=rounds).model_to_string())
