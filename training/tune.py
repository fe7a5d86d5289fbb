"""A search for better parameters, by folds that never touch the rows of the final test.

A study kept in a file outlives its process: what was tried is taken up again, and a trial that was
running when the process died is put aside.
"""

import logging
from collections.abc import Sequence
from hashlib import sha256

import optuna
from optuna.trial import TrialState

from models.booster import Fold, Params, grow
from training.dataset import TrainingSet
from training.fit import Settings

_WARM_UP = 5
_WARM_UP_ROUNDS = 50
_SEARCHED = (
    "learning_rate",
    "num_leaves",
    "min_data_in_leaf",
    "feature_fraction_bynode",
    "bagging_fraction",
    "lambda_l2",
)


def tune(
    data: TrainingSet,
    folds: Sequence[Fold],
    start: Params,
    settings: Settings,
    *,
    fade: float | None = None,
) -> Params:
    """The parameters of the lowest loss over the folds among `settings.trials` trials.

    The first trial is `start`, so the answer is never worse on the folds; a trial that falls behind
    the median of the others at as many rounds is cut short. A study kept in a file is taken up
    where it stopped, for the same rows, folds and label only.
    """
    optuna.logging.set_verbosity(logging.WARNING)
    study = _study(f"{data.definition.name} {_digest(data, folds, start, fade)}", settings)
    finished = (TrialState.COMPLETE, TrialState.PRUNED)
    done = len(study.get_trials(deepcopy=False, states=finished))
    # A study taken up again must not draw the trials it has already drawn.
    study.sampler = optuna.samplers.TPESampler(seed=settings.seed + done)
    if not done:
        study.enqueue_trial({name: start.get(name, 1.0) for name in _SEARCHED}, skip_if_exists=True)

    def loss(trial: optuna.Trial) -> float:
        def watch(rounds: int, reached: float) -> None:
            trial.report(reached, rounds)
            if trial.should_prune():
                raise optuna.TrialPruned

        tried = {**start, **_suggested(trial, len(data.y))}
        return grow(data.matrix, data.y, tried, folds, fade=fade, watch=watch).loss

    def tell(_study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        settings.step(trial.number + 1, settings.trials)

    study.optimize(loss, n_trials=max(0, settings.trials - done), callbacks=[tell])
    return {**start, **study.best_params}


def _study(name: str, settings: Settings) -> optuna.Study:
    """The study of that name, new or taken up; what a dead process left running has failed."""
    if settings.study is not None:
        settings.study.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{settings.study}" if settings.study is not None else None,
        study_name=name,
        pruner=optuna.pruners.MedianPruner(_WARM_UP, _WARM_UP_ROUNDS),
        load_if_exists=True,
    )
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _suggested(trial: optuna.Trial, rows: int) -> dict[str, float | int]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.1, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 3, 63, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, max(200, rows // 50)),
        "feature_fraction_bynode": trial.suggest_float("feature_fraction_bynode", 0.1, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
    }


def _digest(data: TrainingSet, folds: Sequence[Fold], start: Params, fade: float | None) -> str:
    hashed = sha256(f"{data.fingerprint} {data.definition} {sorted(start.items())} {fade}".encode())
    for part in (data.customer_id, data.as_of, data.y, data.matrix):
        hashed.update(part.tobytes())
    for fold in folds:
        for rows in fold:
            hashed.update(rows.tobytes())
    return hashed.hexdigest()[:16]
