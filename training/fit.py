"""One way of learning, told what to learn from: the same for a fold, a test and the final model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.blend import Blend
from models.boosted import Boosted
from models.booster import Fold, Params, choose_rounds, default_params, fit_booster, raw_log_odds
from models.calibration import Platt, calibration_for
from models.card import Card
from models.held_out import HeldOut
from models.model import Model, sealed_model
from training.dataset import TrainingSet
from training.split import inner_folds


@dataclass(frozen=True, slots=True)
class Settings:
    """How to learn: parameters where they are given, else defaults, tuned by so many trials.

    `study` is the SQLite file in which trials are kept and taken up again; none keeps them in
    memory.
    """

    seed: int
    trials: int = 0
    study: Path | None = None
    params: Params | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """A booster, how it was grown, and its calibration where it needs one."""

    booster: str
    calibration: Platt | None
    params: Params
    rounds: int


def learn(data: TrainingSet, settings: Settings) -> Learned:
    """What these rows teach: parameters, rounds and calibration are all chosen within them."""
    rng = np.random.default_rng(settings.seed)
    folds = inner_folds(data.customer_id, data.as_of, data.y, data.definition.horizon, rng)
    params = settings.params or _defaults(data, settings.seed)
    if settings.trials:
        # Optuna takes a second to import, and most runs do not tune.
        from training.tune import tune  # noqa: PLC0415

        params = tune(data, folds, params, settings)
    rounds, _ = choose_rounds(data.matrix, data.y, params, folds)
    log_odds, rows = _held_out(data, folds, params, rounds)
    return Learned(
        fit_booster(data.matrix, data.y, data.features, params, rounds),
        calibration_for(log_odds, data.y[rows]),
        params,
        rounds,
    )


def model_of(card: Card, learned: Learned, own: HeldOut | None = None) -> Model:
    """What was learned, under a card that tells its parameters; `own` are out-of-fold scores."""
    calibrated = learned.calibration is not None
    told = {**learned.params, "rounds": learned.rounds, "calibrated": calibrated}
    return sealed_model(
        replace(card, params=told), Blend(Boosted(learned.booster), learned.calibration), own
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


def _defaults(data: TrainingSet, seed: int) -> Params:
    customers = len(np.unique(data.customer_id))
    positives = len(np.unique(data.customer_id[data.y == 1]))
    return default_params(customers, positives, seed, rows_each=len(data.y) / customers)


def _held_out(
    data: TrainingSet, folds: Sequence[Fold], params: Params, rounds: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Log-odds of the folds' tested rows by boosters that did not see them, and which rows."""
    parts = [
        raw_log_odds(
            fit_booster(data.matrix[teach], data.y[teach], data.features, params, rounds),
            data.matrix[test],
        )
        for teach, test in folds
    ]
    return np.concatenate(parts), np.concatenate([test for _, test in folds])
