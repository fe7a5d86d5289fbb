"""Grows the trees of growth: Tweedie regression of what came on the pace that was known.

Sums of money are zero for some and large for few; the Tweedie deviance suits both, and its
logarithmic scale lets trees multiply the pace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from models.booster import Fold, Params
from models.potential import Floats

POWER = 1.5
_MOST_ROUNDS = 400
_PATIENCE = 30
_LOOK = 10
_SMALL = 20_000_000
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class GrownGrowth:
    """The rounds that did best on the folds' tested rows, and the mean deviance there; no rounds
    where trees do no good.
    """  # noqa: D205 - one sentence

    rounds: int
    loss: float


def growth_params(
    customers: int, seed: int, *, rows_each: float
) -> dict[str, float | int | str | bool]:
    """Regularised parameters; sizes go by customers, since the rows of one tell nearly the same."""
    return {
        "objective": "tweedie",
        "tweedie_variance_power": POWER,
        "boost_from_average": False,
        "learning_rate": 0.1,
        "num_leaves": 8,
        "min_data_in_leaf": round(float(np.clip(customers // 50, 10, 200)) * rows_each),
        "feature_fraction": 0.4,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "max_bin": 63,
        "seed": seed,
    }


def grow_growth(
    matrix: Floats, cents: Floats, expected: Floats, params: Params, folds: Sequence[Fold]
) -> GrownGrowth:
    """Trees grown on every fold at once until the levelled Tweedie deviance no longer falls.

    `expected` is what each row brings without trees, above zero. A fold's deviance is taken after
    its level is put right: how the months as a whole turn out no tree can know.
    """
    chosen = _chosen(matrix, params)
    whole = _data(matrix, cents, expected, chosen).construct()
    threads = int(chosen.get("num_threads", 0))
    parts: Any = [whole.subset(teach.tolist()).construct() for teach, _ in folds]
    boosters = [lightgbm.Booster(chosen, part) for part in parts]
    said = [np.log(expected[test]) for _, test in folds]
    best = GrownGrowth(0, _loss(said, cents, folds))
    for rounds in range(_LOOK, _MOST_ROUNDS + 1, _LOOK):
        for place, (booster, (_, test)) in enumerate(zip(boosters, folds, strict=True)):
            said[place] = said[place] + _next_trees(booster, matrix[test], threads)
        loss = _loss(said, cents, folds)
        if loss < best.loss:
            best = GrownGrowth(rounds, loss)
        elif rounds - best.rounds >= _PATIENCE:
            break
    return best


def fit_growth(
    matrix: Floats,
    cents: Floats,
    expected: Floats,
    params: Params,
    *,
    features: Sequence[str],
    rounds: int,
) -> str:
    """A booster of so many rounds, as LightGBM's text."""
    chosen = _chosen(matrix, params)
    data = _data(matrix, cents, expected, chosen, list(features))
    text: str = lightgbm.train(chosen, data, num_boost_round=rounds).model_to_string()
    return text


def tweedie_deviance(cents: Floats, expected: Floats) -> Floats:
    """Each row's Tweedie deviance of power 1.5, for what came and what was expected above zero.

    2 (y^(2-p) / ((1-p)(2-p)) - y m^(1-p) / (1-p) + m^(2-p) / (2-p)); Jorgensen 1997, The theory of
    dispersion models.
    """
    came = np.maximum(cents, 0.0)
    low, high = 1 - POWER, 2 - POWER
    deviance: Floats = 2 * (
        came**high / (low * high) - came * expected**low / low + expected**high / high
    )
    return deviance


def best_level(cents: Floats, expected: Floats) -> float:
    """The number by which to multiply what was expected for the least Tweedie deviance."""
    came = np.maximum(cents, 0.0)
    return float((came * expected ** (1 - POWER)).sum() / (expected ** (2 - POWER)).sum())


def _loss(said: Sequence[Floats], cents: Floats, folds: Sequence[Fold]) -> float:
    losses = []
    for log_expected, (_, test) in zip(said, folds, strict=True):
        expected = np.exp(log_expected)
        level = max(best_level(cents[test], expected), _LEAST)
        losses.append(float(tweedie_deviance(cents[test], level * expected).mean()))
    return float(np.mean(losses))


def _next_trees(booster: Any, asked: Floats, threads: int) -> Floats:  # noqa: ANN401 - untyped
    """What the next few trees add to what is said of some rows."""
    begun = booster.current_iteration()
    for _ in range(_LOOK):
        booster.update()
    added: Floats = booster.predict(
        asked,
        raw_score=True,
        start_iteration=begun,
        num_iteration=_LOOK,
        num_threads=threads,
    )
    return added


def _chosen(matrix: Floats, params: Params) -> dict[str, float | int | str | bool]:
    """What makes equal runs give equal bytes; few cells are quicker on one thread."""
    threads = {"num_threads": 1} if matrix.size < _SMALL else {}
    return {"deterministic": True, "force_col_wise": True, "verbosity": -1, **threads, **params}


def _data(
    matrix: Floats,
    cents: Floats,
    expected: Floats,
    params: Params,
    features: list[str] | None = None,
) -> lightgbm.Dataset:
    # Money paid back may leave less than nothing, which a Tweedie sum cannot be.
    return lightgbm.Dataset(
        matrix,
        label=np.maximum(cents, 0.0),
        init_score=np.log(expected),
        feature_name=features or "auto",
        params=dict(params),
        free_raw_data=False,
    )
