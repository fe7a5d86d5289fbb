"""Gradient-boosted trees with defaults that suit few positives as well as many."""

from collections.abc import Mapping, Sequence

import lightgbm
import numpy as np
from numpy.typing import NDArray

Params = Mapping[str, float | int | str | bool]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]

_MOST_ROUNDS = 3_000
_PATIENCE = 50
_SMALL = 20_000_000


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


def choose_rounds(
    matrix: NDArray[np.float64], y: NDArray[np.int8], params: Params, folds: Sequence[Fold]
) -> tuple[int, float]:
    """How many rounds do best on the folds' later parts, and the mean log-loss reached there."""
    result = lightgbm.cv(
        {**_fixed(matrix), **params, "metric": "binary_logloss"},
        lightgbm.Dataset(matrix, label=y, params=_fixed(matrix) | dict(params)),
        num_boost_round=_MOST_ROUNDS,
        folds=list(folds),
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
    )
    losses = np.asarray(result["valid binary_logloss-mean"], dtype=np.float64)
    return len(losses), float(losses[-1])


def fit_booster(
    matrix: NDArray[np.float64],
    y: NDArray[np.int8],
    features: Sequence[str],
    params: Params,
    rounds: int,
) -> str:
    """A booster of so many rounds, as LightGBM's text."""
    chosen = {**_fixed(matrix), **params}
    data = lightgbm.Dataset(matrix, label=y, feature_name=list(features), params=chosen)
    text: str = lightgbm.train(chosen, data, num_boost_round=rounds).model_to_string()
    return text


def raw_log_odds(booster: str, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a booster's text says of each row, before any calibration."""
    trees = lightgbm.Booster(model_str=booster)
    return np.asarray(trees.predict(matrix, raw_score=True), dtype=np.float64)


def _fixed(matrix: NDArray[np.float64]) -> dict[str, float | int | str | bool]:
    """What makes equal runs give equal bytes; few cells are quicker on one thread."""
    threads = {"num_threads": 1} if matrix.size < _SMALL else {}
    return {"deterministic": True, "force_row_wise": True, "verbosity": -1, **threads}
