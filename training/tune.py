"""A search for better parameters, by folds that never touch the rows of the final test."""

import logging
from collections.abc import Sequence
from hashlib import sha256

import optuna

from models.booster import Fold, Params, choose_rounds
from training.dataset import TrainingSet
from training.fit import Settings


def tune(
    data: TrainingSet, folds: Sequence[Fold], start: Params, settings: Settings
) -> dict[str, float | int | str | bool]:
    """The parameters of the lowest log-loss over the folds among `settings.trials` trials.

    The first trial is `start`, so the answer is never worse on the folds. A study kept in a file
    is taken up where it stopped, for the same rows, folds and label only.
    """
    optuna.logging.set_verbosity(logging.WARNING)
    if settings.study is not None:
        settings.study.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{settings.study}" if settings.study is not None else None,
        study_name=f"{data.definition.name} {_digest(data, folds, settings.seed)}",
        load_if_exists=True,
    )
    done = len(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)))
    # A study taken up again must not draw the trials it has already drawn.
    study.sampler = optuna.samplers.TPESampler(seed=settings.seed + done)
    if not done:
        study.enqueue_trial({name: start[name] for name in _SEARCHED}, skip_if_exists=True)

    def loss(trial: optuna.Trial) -> float:
        tried = {**start, **_suggested(trial, len(data.y))}
        return choose_rounds(data.matrix, data.y, tried, folds)[1]

    study.optimize(loss, n_trials=max(0, settings.trials - done))
    return {**start, **study.best_params}


_SEARCHED = (
    "learning_rate",
    "num_leaves",
    "min_data_in_leaf",
    "feature_fraction",
    "bagging_fraction",
    "lambda_l2",
)


def _suggested(trial: optuna.Trial, rows: int) -> dict[str, float | int]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.1, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 3, 63, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, max(200, rows // 50)),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.1, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
    }


def _digest(data: TrainingSet, folds: Sequence[Fold], seed: int) -> str:
    hashed = sha256(f"{data.fingerprint} {seed} {data.definition}".encode())
    for part in (data.customer_id, data.as_of, data.y, data.matrix):
        hashed.update(part.tobytes())
    for fold in folds:
        for rows in fold:
            hashed.update(rows.tobytes())
    return hashed.hexdigest()[:16]
