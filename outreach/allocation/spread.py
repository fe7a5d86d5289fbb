"""Customers spread over Spark's workers: prices are sent to all, and demand comes back in sums.

Each cell is reckoned by the same compiled function as at home, so the answers have the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from outreach.allocation.cells import counts_of, demand_of, gains_of, stayers_of
from outreach.allocation.market import Census, Market, Real, Terms, Whole

if TYPE_CHECKING:
    from pyspark.core.broadcast import Broadcast
    from pyspark.sql import DataFrame

# Values (customers, kinds) of a partition, where its cells begin, and which cells these are.
Answer = Callable[[Whole, Whole, Whole], Mapping[str, pa.Array]]


@dataclass(frozen=True, slots=True)
class Spread:
    """A crowd whose customers are rows of a Spark frame.

    `frame` has a row for each customer: `place` (0, 1, ... in the order of cells and customers),
    `cell`, and `value`, an array with the cents of each kind of action, 0 where it is not to be
    had. A cell's rows lie in one partition, and a partition's by ascending place; it is read for
    every step of the prices, so its owner persists it.
    """

    frame: "DataFrame"
    terms: Terms

    def census(self) -> Census:
        """Who they are, in numbers."""

        def answer(value: Whole, begins: Whole, _cells: Whole) -> Mapping[str, pa.Array]:
            return {"said": _lists(counts_of(value, begins))}

        said = self._asked(answer, "said array<long>")
        counts = np.zeros((int(self.terms.lists[-1]), 4), dtype=np.int64)
        if len(said):
            counts[said["cell"].to_numpy()] = _rows(said["said"])
        return Census.of(counts)

    def demand(self, cost: Real, heat: float) -> tuple[Real, Real]:
        """The gain of each cell, and how often each kind is taken, at a temperature in cents."""
        sent = self._sent(cost)

        def answer(value: Whole, begins: Whole, cells: Whole) -> Mapping[str, pa.Array]:
            gain, count = demand_of(value, begins, sent.value[cells], heat)
            return {"gain": pa.array(gain), "count": _lists(count)}

        said = self._asked(answer, "gain double, count array<double>")
        sent.destroy()
        gain, count = np.zeros(len(cost)), np.zeros(cost.shape)
        gain[said["cell"].to_numpy()] = said["gain"].to_numpy()
        count[said["cell"].to_numpy()] = _rows(said["count"])
        return gain, count

    def gain(self, cost: Real) -> float:
        """The sum of what everyone's best action brings after its cost."""
        sent = self._sent(cost)

        def answer(value: Whole, begins: Whole, cells: Whole) -> Mapping[str, pa.Array]:
            return {"gain": pa.array(gains_of(value, begins, sent.value[cells]))}

        said = self._asked(answer, "gain double")
        sent.destroy()
        gain = np.zeros(len(cost))
        gain[said["cell"].to_numpy()] = said["gain"].to_numpy()
        return float(gain.sum())

    def running(self, cost: Real) -> tuple[Whole, Market]:
        """Those for whom an action brings more than its cost; they come home."""
        sent = self._sent(cost)

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            if (table := _table(batches)) is not None:
                value, begins, cells = _partition(table)
                stays = stayers_of(value, begins, sent.value[cells])
                yield from table.take(pa.array(stays)).to_batches()

        rows = self.frame.select("place", "cell", "value")
        kept = rows.mapInArrow(work, rows.schema).toArrow().sort_by("place")
        sent.destroy()
        count = np.bincount(kept["cell"].to_numpy(), minlength=int(self.terms.lists[-1]))
        cells = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        value = _rows(kept["value"]) if len(kept) else np.zeros((0, self.terms.kinds), np.int64)
        return kept["place"].to_numpy(), Market(value, cells, self.terms)

    def _sent(self, cost: Real) -> "Broadcast[Real]":
        return self.frame.sparkSession.sparkContext.broadcast(cost)

    def _asked(self, answer: Answer, schema: str) -> pa.Table:
        """What each partition answers about its cells, with the `cell` that each row is about."""

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            if (table := _table(batches)) is not None:
                value, begins, cells = _partition(table)
                said = {"cell": pa.array(cells), **answer(value, begins, cells)}
                yield pa.RecordBatch.from_pydict(said)

        rows = self.frame.select("place", "cell", "value")
        return rows.mapInArrow(work, f"cell long, {schema}").toArrow()


def _table(batches: Iterable[pa.RecordBatch]) -> pa.Table | None:
    """A partition's rows at once, None where it has none."""
    found = [batch for batch in batches if len(batch)]
    return pa.Table.from_batches(found) if found else None


def _partition(table: pa.Table) -> tuple[Whole, Whole, Whole]:
    """The values of a partition, where its cells begin, and which these are."""
    cells, begins = np.unique(table["cell"].to_numpy(), return_index=True)
    ends = np.append(begins, len(table)).astype(np.int64)
    return _rows(table["value"]), ends, cells


def _rows(column: pa.ChunkedArray) -> Whole:
    """A column of arrays of one length as a matrix."""
    flat = np.concatenate([chunk.flatten().to_numpy() for chunk in column.chunks])
    return np.ascontiguousarray(flat.reshape(len(column), -1))


def _lists(matrix: Whole | Real) -> pa.Array:
    """A matrix as a column of arrays."""
    begins = np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1]
    return pa.ListArray.from_arrays(pa.array(begins), pa.array(matrix.ravel()))
