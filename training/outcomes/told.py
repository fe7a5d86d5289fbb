"""What came of rows, and the reasons for which some are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.outcomes.asked import Asked, Flags

Reasons = Sequence[tuple[str, Flags]]


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome a row, of any type, and who is left out for which reason, the first one first."""

    outcome: NDArray[np.generic]
    left_out: Reasons


@dataclass(frozen=True, slots=True)
class Kept:
    """Positions of the rows that have an outcome, and how many others each reason leaves out.

    A row counts for the first reason that applies; reasons stand in alphabetical order.
    """

    places: NDArray[np.int64]
    excluded: Mapping[str, int]


def kept(rows: int, left_out: Reasons) -> Kept:
    """The rows to which no reason applies."""
    reason = (
        np.select([applies for _, applies in left_out], [name for name, _ in left_out], default="")
        if left_out
        else np.full(rows, "")
    )
    names, times = np.unique(reason[reason != ""], return_counts=True)
    excluded = {str(name): int(n) for name, n in zip(names, times, strict=True)}
    return Kept(np.flatnonzero(reason == ""), excluded)


def rows_of(asked: Asked, places: NDArray[np.int64], **columns: NDArray[np.generic]) -> pa.Table:
    """Rows by position with their key, and columns that have a value for every row asked about."""
    keys = {
        "customer_id": asked.customer_id[places],
        "as_of": pa.array(asked.as_of[places]),
    }
    return pa.table(keys | {name: column[places] for name, column in columns.items()})
