"""Grows the trees of a hazard on customers' periods, without a copy of the features for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.booster import Fold, Params
from models.hazard import PERIOD

_MOST_ROUNDS = 2_000
_PATIENCE = 60
_BATCH = 4_096
_SMALL = 20_000_000
_FEWEST_SAMPLED, _MOST_SAMPLED = 30_000, 100_000


@dataclass(frozen=True, slots=True)
class Cells:
    """Periods in which something could have happened, and whether it did; one entry each.

    `row` is the place of the customer's row in the matrix, `period` counts from 1, and `weight` is
    how many periods the entry stands for.
    """

    row: NDArray[np.int64]
    period: NDArray[np.int16]
    y: NDArray[np.int8]
    weight: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Binned:
    """Cells as LightGBM keeps them, a byte a value, and the parameters by which they were cut."""

    data: lightgbm.Dataset
    params: Params


def binned(
    matrix: NDArray[np.float64], cells: Cells, features: Sequence[str], params: Params
) -> Binned:
    """The cells of a matrix, the period as last column, for trees of these parameters."""
    chosen = {**_fixed(matrix, cells), **params}
    data = lightgbm.Dataset(
        _Periods(matrix, cells),
        label=cells.y,
        weight=cells.weight,
        feature_name=[*features, PERIOD],
        params=chosen,
    )
    return Binned(data.construct(), chosen)


def choose_hazard_rounds(cells: Binned, folds: Sequence[Fold]) -> tuple[int, tuple[str, ...]]:
    """How many rounds do best on the folds' tested cells, and each fold's booster of so many.

    A fold names cells: (those that teach, those that test).
    """
    found = lightgbm.cv(
        {**cells.params, "metric": "binary_logloss"},
        cells.data,
        num_boost_round=_MOST_ROUNDS,
        folds=list(folds),
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
        return_cvbooster=True,
    )
    rounds = len(np.asarray(found["valid binary_logloss-mean"]))
    grown: Any = found["cvbooster"]
    return rounds, tuple(each.model_to_string(num_iteration=rounds) for each in grown.boosters)


def fit_hazard(cells: Binned, rounds: int) -> str:
    """A booster of so many rounds over the features and the period, as LightGBM's text."""
    booster = lightgbm.train(dict(cells.params), cells.data, num_boost_round=rounds)
    text: str = booster.model_to_string()
    return text


class _Periods(lightgbm.Sequence):
    """The rows of cells with the period as last column, made as they are asked for.

    LightGBM keeps a byte a value where the matrix has eight, so that cells cost less than rows.
    """

    def __init__(self, matrix: NDArray[np.float64], cells: Cells) -> None:
        self._matrix, self._cells = matrix, cells
        self.batch_size = _BATCH

    def __getitem__(self, asked: Any) -> NDArray[np.float64]:  # noqa: ANN401 - a number or a slice
        row, period = self._cells.row[asked], self._cells.period[asked]
        return np.concatenate([self._matrix[row], np.asarray(period)[..., None]], axis=-1)

    def __len__(self) -> int:
        return len(self._cells.row)


def _fixed(matrix: NDArray[np.float64], cells: Cells) -> dict[str, float | int | str | bool]:
    """What makes equal runs give equal bytes; few values are quicker on one thread."""
    small = len(cells.row) * matrix.shape[1] < _SMALL
    threads = {"num_threads": 1} if small else {}
    return {
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
        "bin_construct_sample_cnt": _sampled(len(cells.row)),
        **threads,
    }


def _sampled(cells: int) -> int:
    """How many cells cut the bins: a fifth, the least that LightGBM asks for, within bounds.

    Its own 200,000 would hold a fair copy of the matrix.
    """
    return min(_MOST_SAMPLED, max(_FEWEST_SAMPLED, cells // 5 + 1))
