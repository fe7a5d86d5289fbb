"""Grows the trees that rank products, from what customers bought next and what they could buy.

A row tells of what was bought after it: with several purchases it stands once for each, all of them
together weighing as much as one row; without any it stands for buying nothing. Trees begin from
each product's rate, and from as good as nothing where a product is closed to a customer, so that
no tree is spent on learning who holds what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.booster import Fold, Params
from models.propensity import Flags, Floats

Ints = NDArray[np.int64]

_MOST_ROUNDS = 1_500
_PATIENCE = 40
_MOST_IDLE = 3
_AS_GOOD_AS_CLOSED = -50.0
_SMALL = 20_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """What rows teach: `place` of a row, the class `bought` (0 is nothing), and its weight."""

    place: Ints
    bought: Ints
    weight: Floats

    def among(self, places: Ints) -> Ints:
        """Which of these tell of some rows."""
        return np.flatnonzero(np.isin(self.place, places))


def ranker_params(
    customers: int, buyers: int, seed: int, *, rows_each: float
) -> dict[str, float | int | str | bool]:
    """Regularised parameters; `buyers` counts customers with a purchase, of `customers`."""
    few = buyers < 2_000  # noqa: PLR2004 - a bank of a few thousand customers
    return {
        "objective": "multiclass",
        "learning_rate": 0.05 if few else 0.1,
        "num_leaves": 4,
        "min_data_in_leaf": round(float(np.clip(customers // 50, 10, 200)) * rows_each / 2),
        "feature_fraction": 0.3,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "max_bin": 63,
        "seed": seed,
    }


def sales_of(bought: Flags, rng: np.random.Generator) -> Sales:
    """What rows teach, of the classes above 0 that each bought [rows, classes - 1].

    Of more than three rows without a purchase for each purchase, three are drawn and stand for
    all.
    """
    times = bought.sum(axis=1)
    buyer, product = np.nonzero(bought)
    idle = np.flatnonzero(times == 0)
    most = _MOST_IDLE * len(buyer)
    drawn = idle if len(idle) <= most else rng.choice(idle, most, replace=False)
    place = np.concatenate([drawn, buyer])
    order = np.argsort(place, kind="stable")
    each = np.full(len(drawn), len(idle) / max(1, len(drawn)))
    return Sales(
        place[order],
        np.concatenate([np.zeros(len(drawn), np.int64), product + 1])[order],
        np.concatenate([each, 1 / times[buyer]])[order],
    )


@dataclass(frozen=True, slots=True, eq=False)
class GrownRanks:
    """The rounds that did best on the folds' tested rows, the mean log-loss there, and each fold's
    booster of so many rounds.
    """  # noqa: D205 - one sentence

    rounds: int
    loss: float
    boosters: tuple[str, ...]


def grow_ranks(
    matrix: Floats, sales: Sales, before: Floats, params: Params, folds: Sequence[Fold]
) -> GrownRanks:
    """Trees grown on every fold at once, until the mean log-loss of what was bought stops falling.

    `before` has each row's scores before any tree, [rows, classes].
    """
    chosen = _chosen(matrix, before, params)
    data = _data(matrix, sales, before, chosen)
    result: Any = lightgbm.cv(
        {**chosen, "metric": "multi_logloss"},
        data,
        num_boost_round=_MOST_ROUNDS,
        folds=[(sales.among(teach), sales.among(test)) for teach, test in folds],
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
        return_cvbooster=True,
    )
    losses = result["valid multi_logloss-mean"]
    texts = [
        booster.model_to_string(num_iteration=len(losses))
        for booster in result["cvbooster"].boosters
    ]
    return GrownRanks(len(losses), float(losses[-1]), tuple(texts))


def fit_ranks(
    matrix: Floats,
    sales: Sales,
    before: Floats,
    params: Params,
    *,
    features: Sequence[str],
    rounds: int,
) -> str:
    """A booster of so many rounds, as LightGBM's text."""
    chosen = _chosen(matrix, before, params)
    data = _data(matrix, sales, before, chosen, list(features))
    text: str = lightgbm.train(chosen, data, num_boost_round=rounds).model_to_string()
    return text


def _chosen(matrix: Floats, before: Floats, params: Params) -> dict[str, float | int | str | bool]:
    """What makes equal runs give equal bytes; few cells are quicker on one thread."""
    threads = {"num_threads": 1} if matrix.size < _SMALL else {}
    fixed = {"deterministic": True, "force_col_wise": True, "verbosity": -1, **threads}
    return {**fixed, **params, "num_class": before.shape[1]}


def _data(
    matrix: Floats,
    sales: Sales,
    before: Floats,
    params: Params,
    features: list[str] | None = None,
) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        matrix[sales.place],
        label=sales.bought,
        weight=sales.weight,
        init_score=np.maximum(before[sales.place], _AS_GOOD_AS_CLOSED),
        feature_name=features or "auto",
        params=dict(params),
        free_raw_data=False,
    )
