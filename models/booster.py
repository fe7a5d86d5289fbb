"""Gradient-boosted trees with defaults that suit few positives as well as many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.calibration import levelled_loss, logit

Floats = NDArray[np.float64]
Params = Mapping[str, float | int | str | bool]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
Watch = Callable[[int, float], None]

_MOST_ROUNDS = 3_000
_PATIENCE = 60
_LOOK = 10
_SMALL = 20_000_000
# Bins are cut by so many rows; LightGBM's own number would hold a fair copy of the matrix.
_SAMPLED = 30_000


def default_params(
    customers: int, positives: int, seed: int, *, rows_each: float = 1.0
) -> dict[str, float | int | str | bool]:
    """Regularised parameters: the fewer the customers with a positive row, the plainer the trees.

    `positives` counts such customers, and `rows_each` is how many rows a customer has: sizes go by
    customers, since the rows of one tell nearly the same. Classes are never weighted: that spoils
    probabilities and ranks no better.
    """
    few, some = positives < 400, positives < 4_000  # noqa: PLR2004 - the three sizes
    return {
        "objective": "binary",
        "learning_rate": 0.03 if few else 0.05,
        "num_leaves": 4 if few else 8 if some else 31,
        "min_data_in_leaf": round(float(np.clip(customers // 50, 10, 200)) * rows_each),
        "feature_fraction": 0.3 if few else 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0 if some else 1.0,
        "max_bin": 63 if few else 255,
        "seed": seed,
    }


@dataclass(frozen=True, slots=True)
class Grown:
    """How trees did on folds: the rounds that did best on the tested rows, the mean levelled loss
    there, and the log-odds of each fold's tested rows by trees that did not see them.
    """  # noqa: D205 - one sentence

    rounds: int
    loss: float
    log_odds: tuple[Floats, ...]


def grow(
    matrix: Floats,
    y: NDArray[np.int8],
    params: Params,
    folds: Sequence[Fold],
    *,
    fade: float | None = None,
    watch: Watch | None = None,
) -> Grown:
    """Trees grown on every fold at once, until the mean levelled loss no longer falls.

    `fade` weighs rows as `fading` says. `watch` is told the rounds and the loss at each look; what
    it raises ends the growing.
    """
    chosen = {**_fixed(matrix), **params}
    whole = lightgbm.Dataset(matrix, label=y, params=chosen, free_raw_data=False).construct()
    boosters = [_booster(chosen, whole, fold, fade) for fold in folds]
    best = Grown(0, float("inf"), ())
    for rounds in range(_LOOK, _MOST_ROUNDS + 1, _LOOK):
        log_odds = [_grown(booster) for booster in boosters]
        losses = [
            levelled_loss(said, y[test]) for said, (_, test) in zip(log_odds, folds, strict=True)
        ]
        loss = float(np.mean(losses))
        if watch is not None:
            watch(rounds, loss)
        if loss < best.loss:
            best = Grown(rounds, loss, tuple(log_odds))
        elif rounds - best.rounds >= _PATIENCE:
            break
    return best


def fit_booster(
    matrix: Floats,
    y: NDArray[np.int8],
    features: Sequence[str],
    params: Params,
    rounds: int,
    *,
    fade: float | None = None,
) -> str:
    """A booster of so many rounds, as LightGBM's text."""
    chosen = {**_fixed(matrix), **params}
    data = lightgbm.Dataset(
        matrix,
        label=y,
        weight=fading(len(y), fade),
        feature_name=list(features),
        params=chosen,
    )
    text: str = lightgbm.train(chosen, data, num_boost_round=rounds).model_to_string()
    return text


def fading(rows: int, fade: float | None) -> Floats | None:
    """How much each of so many rows in order counts: the last 1, half after a share `fade` of the
    rows; None, all alike, where nothing fades.
    """  # noqa: D205 - one sentence
    if fade is None:
        return None
    weight: Floats = 0.5 ** ((rows - 1 - np.arange(rows)) / (fade * rows))
    return weight


def _booster(chosen: Params, whole: Any, fold: Fold, fade: float | None) -> Any:  # noqa: ANN401 - untyped
    """What grows on a fold's rows and keeps the scores of those it tests, in the bins of all."""
    teach, test = fold
    part = whole.subset(teach).construct()
    if fade is not None:
        part.set_weight(fading(len(teach), fade))
    return lightgbm.Booster(dict(chosen), part).add_valid(whole.subset(test).construct(), "tested")


def _grown(booster: Any) -> Floats:  # noqa: ANN401 - untyped
    """Grow the next trees, and the log-odds of the rows that test."""
    for _ in range(_LOOK):
        booster.update()
    said: list[Floats] = []

    def keep(probability: Floats, _data: lightgbm.Dataset) -> tuple[str, float, bool]:
        said.append(logit(probability))
        return "none", 0.0, False

    booster.eval_valid(keep)
    return said[0]


def _fixed(matrix: NDArray[np.float64]) -> dict[str, float | int | str | bool]:
    """What makes equal runs give equal bytes; few cells are quicker on one thread."""
    threads = {"num_threads": 1} if matrix.size < _SMALL else {}
    return {
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
        "bin_construct_sample_cnt": _SAMPLED,
        **threads,
    }
