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
    """Out-of-fold log-odds [n] and contributions [n, features] of (customer_id, as_of) rows.

    Rows are in ascending order of as_of, then customer_id, each pair once.
    """

    customer_id: NDArray[np.int64]
    as_of: NDArray[np.datetime64]
    log_odds: NDArray[np.float64]
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
        for part in (self.customer_id, self.as_of, self.log_odds, self.contributions):
            hashed.update(np.ascontiguousarray(part).tobytes())
        return hashed.hexdigest()


def held_out(
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    log_odds: NDArray[np.float64],
    contributions: NDArray[np.float64],
) -> HeldOut:
    """Out-of-fold scores put in order."""
    order = np.lexsort((customer_id, as_of))
    return HeldOut(
        customer_id[order],
        as_of[order].astype("datetime64[D]"),
        log_odds[order],
        contributions[order].astype(np.float32),
    )


def write_held_out(rows: HeldOut, file: Path) -> None:
    """Put out-of-fold scores into a Parquet file."""
    width = rows.contributions.shape[1]
    flat = pa.array(rows.contributions.ravel())
    table = pa.table(
        {
            "customer_id": rows.customer_id,
            "as_of": pa.array(rows.as_of),
            "log_odds": rows.log_odds,
            "contributions": pa.FixedSizeListArray.from_arrays(flat, width),
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
    lists = table["contributions"].combine_chunks()
    customer_id, as_of = keys_of(table)
    contributions = lists.flatten().to_numpy().reshape(table.num_rows, lists.type.list_size)
    return HeldOut(customer_id, as_of, table["log_odds"].to_numpy(), contributions)
