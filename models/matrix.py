"""A features table as the matrix that a model reads."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.errors import WrongFeatures

_SHOWN = 5


def matrix_of(table: pa.Table, features: Sequence[str]) -> NDArray[np.float64]:
    """The named columns as float64 [rows, features], in the order named; missing is NaN."""
    lacking = [name for name in features if name not in table.column_names]
    if lacking:
        raise WrongFeatures(
            f"the features table lacks {len(lacking)} of the {len(features)} columns asked for, "
            f"first: {', '.join(lacking[:_SHOWN])}; build it again from the catalogue in use"
        )
    matrix = np.empty((table.num_rows, len(features)), dtype=np.float64)
    for position, name in enumerate(features):
        matrix[:, position] = table[name].cast(pa.float64()).to_numpy()
    return matrix


def keys_of(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
    """The customer_id and as_of of every row, as int64 and datetime64[D]."""
    lacking = [name for name in ("customer_id", "as_of") if name not in table.column_names]
    if lacking:
        raise WrongFeatures(f"the features table lacks its key column {' and '.join(lacking)}")
    as_of = table["as_of"].cast(pa.date32()).to_numpy().astype("datetime64[D]")
    return table["customer_id"].cast(pa.int64()).to_numpy(), as_of
