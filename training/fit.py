"""One way of learning, told what to learn from: the same for a fold, a test and the final model.

Trees and a regularised line learn from the same rows; how each is grown, how the past fades and how
the two are blended is chosen on folds within those rows, and nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.blend import Blend
from models.boosted import Boosted
from models.booster import Floats, Fold, Grown, Params, default_params, fit_booster, grow
from models.calibration import Platt, calibration_for, levelled_losses
from models.card import Card
from models.held_out import HeldOut
from models.line import Line
from models.model import Model, sealed_model
from training.baseline import Drawn, LineForm, choose_line, draw, fit_line
from training.calibrated import joined, lasting_calibration
from training.dataset import TrainingSet
from training.split import inner_folds

_SMALL = 4_000_000
_FEW_POSITIVES = 400
_WEIGHTS = tuple(round(0.1 * tenths, 1) for tenths in range(11))

Step = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen on inner folds: parameters of the trees, the form of the line, the trees'
    weight in the blend of log-odds, from 0 (the line alone) to 1 (the trees alone), how many rounds
    of trees, and what calibrates the blend.

    Without rounds, these and the calibration are still to be chosen.
    """  # noqa: D205 - one sentence

    params: Params
    form: LineForm
    weight: float
    rounds: int = 0
    calibration: Platt | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How to learn: by `choices` made before, or by new ones, tuned by so many trials.

    `study` is the SQLite file in which trials are kept and taken up again; none keeps them in
    memory. `step` is told how many of the trials are done.
    """

    seed: int
    trials: int = 0
    study: Path | None = None
    choices: Choices | None = None
    step: Step = _silent


@dataclass(frozen=True, slots=True)
class Learned:
    """Trees as LightGBM's text, the line beside them, and how they were chosen and blended."""

    booster: str
    line: Line
    choices: Choices

    @property
    def weight(self) -> float:
        """The trees' weight in the blend."""
        return self.choices.weight

    @property
    def rounds(self) -> int:
        """How many trees there are."""
        return self.choices.rounds

    @property
    def calibration(self) -> Platt | None:
        """What makes the blend's odds honest, where they need it."""
        return self.choices.calibration


def learn(data: TrainingSet, settings: Settings, folds: Sequence[Fold] | None = None) -> Learned:
    """What these rows teach: everything is chosen on `folds` within them.

    Unless they are given, the folds go forward by date where there are dates enough, else by
    customer.
    """
    choices = settings.choices
    if choices is None or not choices.rounds:
        choices = _chosen(data, settings, folds or _folds_of(data, settings.seed))
    return Learned(
        booster=fit_booster(
            data.matrix,
            data.y,
            data.features,
            choices.params,
            choices.rounds,
            fade=choices.form.fade,
        ),
        line=fit_line(data.matrix, data.y, choices.form),
        choices=choices,
    )


def grown_again(data: TrainingSet, learned: Learned, seed: int) -> Learned:
    """The same with trees grown anew from another seed; all that was chosen stands."""
    booster = fit_booster(
        data.matrix,
        data.y,
        data.features,
        {**learned.choices.params, "seed": seed},
        learned.rounds,
        fade=learned.choices.form.fade,
    )
    return replace(learned, booster=booster)


def model_of(card: Card, learned: Learned, own: HeldOut | None = None) -> Model:
    """What was learned, under a card that tells how; `own` are out-of-fold scores."""
    form = learned.choices.form
    told = {
        **learned.choices.params,
        "rounds": learned.rounds,
        "calibrated": learned.calibration is not None,
        "trees_weight": learned.weight,
        "line_knots": form.knots,
        "line_ridge": form.ridge,
        "fade": form.fade or 0.0,
    }
    return sealed_model(replace(card, params=told), blend_of(learned), own)


def blend_of(learned: Learned) -> Blend:
    """What was learned as a scorer, without the part that weighs nothing."""
    return Blend(
        Boosted(learned.booster) if learned.weight > 0 else None,
        learned.calibration,
        learned.line if learned.weight < 1 else None,
        learned.weight,
    )


def rows_of(data: TrainingSet, rows: NDArray[np.int64]) -> TrainingSet:
    """The training set of some rows only."""
    return replace(
        data,
        matrix=data.matrix[rows],
        y=data.y[rows],
        customer_id=data.customer_id[rows],
        as_of=data.as_of[rows],
    )


def shapes(data: TrainingSet, seed: int) -> tuple[Params, ...]:
    """The trees' parameters to choose among: the defaults, and on small data others too.

    Broad trees draw the features that they may split on anew at each node and reach smaller leaves,
    so that more features meet in one tree; deep ones pay for more leaves with a firmer ridge. Lean
    ones see fewer rows and features at a time; loose ones draw where to split as well (Geurts,
    Ernst and Wehenkel 2006, Extremely randomized trees). Few positives tell no more than two apart.
    """
    customers = len(np.unique(data.customer_id))
    positives = len(np.unique(data.customer_id[data.y == 1]))
    each = len(data.y) / customers
    plain = default_params(customers, positives, seed, rows_each=each)
    if data.matrix.size > _SMALL:
        return (plain,)
    broad = {
        **plain,
        "learning_rate": 0.03,
        "num_leaves": 8,
        "max_bin": 255,
        "min_data_in_leaf": round(float(np.clip(customers // 150, 10, 100)) * each),
        "feature_fraction": 1.0,
        "feature_fraction_bynode": 0.5,
    }
    few = {"bagging_fraction": 0.5, "feature_fraction_bynode": 0.3}
    lean = {**broad, **few, "learning_rate": 0.02}
    loose = {**broad, "learning_rate": 0.05, "extra_trees": True}
    deep = {**broad, "num_leaves": 31, "min_data_in_leaf": 20, "lambda_l2": 30.0}
    deep |= {"learning_rate": 0.05, "feature_fraction_bynode": 0.3}
    if positives < _FEW_POSITIVES:
        return (plain, {**lean, "max_bin": plain["max_bin"]})
    return (plain, broad, deep, lean, loose)


def _folds_of(data: TrainingSet, seed: int) -> Sequence[Fold]:
    rng = np.random.default_rng(seed)
    return inner_folds(data.customer_id, data.as_of, data.y, data.definition.horizon, rng)


def _chosen(data: TrainingSet, settings: Settings, folds: Sequence[Fold]) -> Choices:
    """What the folds choose, as far as it was not chosen before."""
    made = settings.choices
    drawn = _line_on(data, folds, made)
    params, grown = _trees_on(data, folds, drawn.form.fade, settings)
    tested = [data.y[test] for _, test in folds]
    weight = made.weight if made else _blend_weight(grown, drawn, tested)
    parts = list(zip(_mixed(grown.log_odds, drawn.log_odds, weight), tested, strict=True))
    return Choices(
        params,
        drawn.form,
        weight,
        grown.rounds,
        lasting_calibration(parts) if _forward(folds) else calibration_for(*joined(parts)),
    )


def _line_on(data: TrainingSet, folds: Sequence[Fold], made: Choices | None) -> Drawn:
    if made is not None:
        return draw(data.matrix, data.y, folds, made.form)
    return choose_line(data.matrix, data.y, folds, forward=_forward(folds))


def _trees_on(
    data: TrainingSet, folds: Sequence[Fold], fade: float | None, settings: Settings
) -> tuple[Params, Grown]:
    """The trees' parameters, and how trees of these do on the folds."""
    if settings.choices is not None:
        params = settings.choices.params
        return params, grow(data.matrix, data.y, params, folds, fade=fade)
    tried = [
        (params, grow(data.matrix, data.y, params, folds, fade=fade))
        for params in shapes(data, settings.seed)
    ]
    best = min(tried, key=lambda each: each[1].loss)
    if not settings.trials:
        return best
    # Optuna takes a second to import, and most runs do not tune.
    from training.tune import tune  # noqa: PLC0415

    params = tune(data, folds, best[0], settings, fade=fade)
    return params, grow(data.matrix, data.y, params, folds, fade=fade)


def _blend_weight(grown: Grown, drawn: Drawn, tested: Sequence[NDArray[np.int8]]) -> float:
    """The trees' weight of the lowest levelled loss over the tested rows."""

    def loss(weight: float) -> float:
        parts = zip(_mixed(grown.log_odds, drawn.log_odds, weight), tested, strict=True)
        return float(np.mean(np.concatenate([levelled_losses(said, y) for said, y in parts])))

    return min(_WEIGHTS, key=loss)


def _mixed(trees: Sequence[Floats], line: Sequence[Floats], weight: float) -> list[Floats]:
    return [weight * ours + (1 - weight) * plain for ours, plain in zip(trees, line, strict=True)]


def _forward(folds: Sequence[Fold]) -> bool:
    """Whether every fold teaches before it tests."""
    return all(teach.max() < test.min() for teach, test in folds)
