"""The arrays that a simulated world is drawn in, and their way into Arrow tables."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Records = NDArray[np.void]
Drawn = TypeVar("Drawn", bound=np.generic)

_CONCERNS = (
    *("places", "people", "traits", "months", "contacts"),
    *("money", "digital", "papers", "holdings", "dealings", "absences"),
)


def stream(seed: int, concern: str, block: int = 0, month: int = 0) -> np.random.Generator:
    """The random numbers of one concern, block and month; no other one's draws move them."""
    entropy = [seed, _CONCERNS.index(concern), block, month]
    return np.random.default_rng(np.random.SeedSequence(entropy))


def records(**columns: NDArray[np.generic]) -> Records:
    """Equally long columns as one array of named fields."""
    kinds = [(name, column.dtype) for name, column in columns.items()]
    rows = np.empty(len(next(iter(columns.values()))), dtype=kinds)
    for name, column in columns.items():
        rows[name] = column
    return rows


def no_records(*columns: str) -> Records:
    """Columns of whole numbers without a row."""
    return records(**{name: np.zeros(0, dtype=np.int64) for name in columns})


def part_of(rows: Records, block: slice) -> Records:
    """The records of the customers in a block, who are then named by their place in it."""
    part: Records = rows[(rows["who"] >= block.start) & (rows["who"] < block.stop)]
    part["who"] -= block.start
    return part


def each(drawn: NDArray[Drawn], who: Ints) -> NDArray[Drawn]:
    """For each row of `who` one of that customer's own draws, of draws [customers, some each].

    A customer's rows take them in turn, so that no row depends on whose others there are.
    """
    order = np.argsort(who, kind="stable")
    turn = np.empty(len(who), dtype=np.int64)
    turn[order] = np.arange(len(who)) - np.searchsorted(who[order], who[order])
    found: NDArray[Drawn] = drawn[who, turn % drawn.shape[1]]
    return found


def pick(rng: np.random.Generator, chances: NDArray[np.float64]) -> Ints:
    """One column's number for each row, drawn with the row's chances (not all zero)."""
    heights = np.cumsum(chances, axis=1)
    drawn = rng.random(len(chances)) * heights[:, -1]
    chosen: Ints = (heights <= drawn[:, None]).sum(axis=1).astype(np.int64)
    return chosen


def instants(microseconds: Ints) -> pa.Array:
    """UTC instants from microseconds since 1970."""
    return pa.array(microseconds).view(pa.timestamp("us", tz="UTC"))


def dates(days: Ints, *, absent: Flags | None = None) -> pa.Array:
    """Dates from days since 1970, null where `absent`."""
    return pa.array(days.astype(np.int32), mask=absent).view(pa.date32())


def words(codes: NDArray[np.integer], names: Sequence[str]) -> pa.Array:
    """Text from positions in `names`; -1 is null."""
    absent = codes < 0
    return pa.DictionaryArray.from_arrays(
        pa.array(np.where(absent, 0, codes).astype(np.int32), mask=absent),
        pa.array(names, pa.string()),
    )
