"""Scores of the training rows themselves, each by models that never saw the row's customer.

Where a bank has one date only, lists are made on the very rows that were learned from; these
scores keep such lists honest.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.errors import BrokenModel
from models.matrix import keys_of


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Out-of-fold raw scores [n, labels] of (customer_id, as_of) rows, and what they are made of.

    `contributions` is [n, labels, features]. Rows are in ascending order of as_of, then
    customer_id, each pair once.
    """

    customer_id: NDArray[np.int64]
    as_of: NDArray[np.datetime64]
    raw: NDArray[np.float64]
    contributions: NDArray[np.float32]

    def find(
        self, customer_id: NDArray[np.int64], as_of: NDArray[np.datetime64]
    ) -> NDArray[np.int64]:
        """The position of each asked row, -1 where it was not learned from."""
        found = np.full(len(customer_id), -1, dtype=np.int64)
        for day in np.unique(as_of):
            first, last = np.searchsorted(self.as_of, [day, day + np.timedelta64(1, "D")])
            ids = self.customer_id[first:last]
            asked = np.flatnonzero(as_of == day)
            place = np.searchsorted(ids, customer_id[asked])
            inside = place < len(ids)
            asked, place = asked[inside], place[inside]
            same = ids[place] == customer_id[asked]
            found[asked[same]] = first + place[same]
        return found

    def digest(self) -> str:
        """A hash of every row."""
        hashed = sha256()
        for part in (self.customer_id, self.as_of, self.raw, self.contributions):
            hashed.update(np.ascontiguousarray(part).tobytes())
        return hashed.hexdigest()


def held_out(
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    raw: NDArray[np.float64],
    contributions: NDArray[np.float64],
) -> HeldOut:
    """Out-of-fold scores [n, labels] and contributions [n, labels, features] put in order."""
    order = np.lexsort((customer_id, as_of))
    return HeldOut(
        customer_id[order],
        as_of[order].astype("datetime64[D]"),
        raw[order],
        contributions[order].astype(np.float32),
    )


def write_held_out(rows: HeldOut, file: Path) -> None:
    """Put out-of-fold scores into a Parquet file."""
    table = pa.table(
        {
            "customer_id": rows.customer_id,
            "as_of": pa.array(rows.as_of),
            "raw": _lists(rows.raw),
            "contributions": _lists(rows.contributions),
        }
    )
    pq.write_table(table, file, compression="zstd")


def read_held_out(file: Path) -> HeldOut:
    """The out-of-fold scores that `write_held_out` wrote; BrokenModel when they do not read."""
    try:
        table = pq.read_table(file)
    except pa.ArrowInvalid as error:
        raise BrokenModel(
            f"{file} does not read as held-out scores ({error}); "
            "restore the model's folder, or train again"
        ) from error
    customer_id, as_of = keys_of(table)
    raw, shares = (_matrix(table[name]) for name in ("raw", "contributions"))
    each = (len(raw), raw.shape[1], shares.shape[1] // raw.shape[1])
    return HeldOut(
        customer_id, as_of, raw.astype(np.float64), shares.astype(np.float32).reshape(each)
    )


def _lists(values: NDArray[np.floating]) -> pa.Array:
    width = int(np.prod(values.shape[1:]))
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), width)


def _matrix(column: pa.ChunkedArray) -> NDArray[np.floating]:
    lists = column.combine_chunks()
    found: NDArray[np.floating] = lists.flatten().to_numpy()
    return found.reshape(len(lists), lists.type.list_size)
