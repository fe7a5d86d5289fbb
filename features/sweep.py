"""Every measure of a raw table for every place, in one pass over rows sorted by customer.

DuckDB reads the table block by block, customers together, and evaluates each condition and each
column of the declarations once a row; the compiled kernel then adds the rows up for all dates and
windows at once. Memory holds one block, whatever the size of the table.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from features import kernel
from features.asked import Asked, Series, asked_of
from features.measure import LOCAL_DAY, Measure, State
from features.places import Numbers, Places

BLOCK_ROWS = 2_000_000
_FEW_CUSTOMERS = 1_000
# Ibis takes longer over a thousand names than DuckDB over the rows of as many customers more.
_APART = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Parts = tuple[npt.NDArray[Any], ...]
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Facts:
    """A raw table as the engine reads it.

    `rows` have the contract's columns and `superseded_at`, which is null throughout where the
    table is not `versioned`; each of `files` holds its own sorted by customer_id.
    """

    rows: ir.Table
    files: tuple[Path, ...]
    versioned: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of some customers, as the kernel takes them.

    `size` is the number of places; `order` has each customer's rows in the order of their days
    where days are asked for.
    """

    rows: Numbers
    places: Numbers
    size: int
    span: npt.NDArray[np.int16]
    bits: Numbers
    values: Numbers
    happened: Numbers
    order: Numbers


@dataclass(frozen=True, slots=True)
class _Room:
    """Memory that one block after another uses; fresh memory would cost more than its sums."""

    held: dict[tuple[object, ...], npt.NDArray[Any]]

    def take(self, use: object, start: float, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """The memory for one use, in that shape, filled with the number to start from."""
        kind, size = (use, type(start)), math.prod(shape)
        if kind not in self.held or len(self.held[kind]) < size:
            self.held[kind] = np.empty(size, type(start))
        taken = self.held[kind][:size].reshape(shape)
        taken[...] = start
        return taken


def sweep(
    facts: Facts, places: Places, measures: tuple[Measure, ...]
) -> Iterator[tuple[slice, State]]:
    """The states of the measures, a stretch of places at a time, together covering every place.

    Each part of a state is (places of the stretch,), of numbers; missing is NaN. It is good until
    the next stretch is asked for, which is written over it.
    """
    asked = asked_of(measures)
    done = 0
    room = _Room({})
    for high in _ranges(facts.files, places):
        begin = done
        done = int(np.searchsorted(places.customers, high, side="right"))
        if done > begin:
            stretch = slice(begin, done)
            found = _select(facts, places, stretch, asked)
            yield stretch, _states(_read(found, places, stretch, asked), asked, room)


def evaluated(rows: ir.Table, asked: Asked) -> dict[str, ir.Value]:
    """Columns over rows: the conditions that each meets, packed (bits0, ...), and each argument."""
    columns = {f"bits{n}": _packed(conditions, rows) for n, conditions in enumerate(asked.words)}
    for number, node in enumerate(asked.arguments):
        if isinstance(node, ops.Value):
            columns[f"value{number}"] = _over(node, rows).cast("int64")
    return columns


def states_over(found: pa.Table, places: Places, stretch: slice, asked: Asked) -> State:
    """The states of a stretch of places, from what `evaluated` told of their customers' rows.

    `found` has customer_id, happened_at, known_at and, where rows have versions, superseded_at.
    """
    return _states(_read(found, places, stretch, asked), asked, _Room({}))


def _ranges(files: Iterable[Path], places: Places) -> Iterator[int]:
    """The last customer of each range of customers with about BLOCK_ROWS rows."""
    if len(places.customers) == 0:
        return
    low, last = int(places.customers[0]), int(places.customers[-1])
    rows = 0
    for high, count in sorted(group for file in files for group in _row_groups(file)):
        rows += count
        if rows >= BLOCK_ROWS and low <= high < last:
            yield high
            low, rows = high + 1, 0
    yield last


def _row_groups(file: Path) -> Iterator[tuple[int, int]]:
    """(last customer, rows) of each row group of a file sorted by customer."""
    metadata = pq.read_metadata(file)
    column = metadata.schema.to_arrow_schema().get_field_index("customer_id")
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        statistics = group.column(column).statistics
        if statistics is not None and statistics.has_min_max:
            yield int(statistics.max), group.num_rows


def _select(facts: Facts, places: Places, stretch: slice, asked: Asked) -> pa.Table:
    """The rows that any place may see, with their conditions packed and each argument."""
    latest = _instant(places.until.max())
    rows = facts.rows
    keep = [rows.happened_at < latest, rows.known_at < latest]
    customers = np.unique(places.customers[stretch])
    first, last = int(customers[0]), int(customers[-1])
    if len(customers) <= min(_FEW_CUSTOMERS, (last - first) // _APART):
        keep.append(rows.customer_id.isin(customers.tolist()))
    else:
        keep.append(rows.customer_id.between(first, last))
    if asked.windows[-1] is not None:
        keep.append(rows.happened_at >= _instant(places.left(asked.windows[-1:]).min()))
    rows = rows.filter(keep)
    names = ["customer_id", "happened_at", "known_at"]
    columns: dict[str, ir.Value] = {
        name: rows[name] for name in (*names, *(["superseded_at"] if facts.versioned else []))
    }
    return rows.select(**columns, **evaluated(rows, asked)).to_pyarrow()


def _packed(conditions: Sequence[ops.Value | None], rows: ir.Table) -> ir.Value:
    """A whole number whose bits say which conditions a row meets; no condition is always met."""
    always = sum(1 << place for place, node in enumerate(conditions) if node is None)
    packed: ir.Value = ibis.literal(always, "int64")
    for place, node in enumerate(conditions):
        if node is not None:
            packed += ibis.ifelse(_over(node, rows), ibis.literal(1 << place, "int64"), 0)
    return packed


def _over(node: ops.Value, rows: ir.Table) -> Any:  # noqa: ANN401 - a value of any type
    return node.replace({table: rows.op() for table in node.find(ops.UnboundTable)}).to_expr()


def _instant(micros: np.int64) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))


def _read(found: pa.Table, places: Places, stretch: slice, asked: Asked) -> _Block:
    if (found["customer_id"].to_numpy()[1:] < found["customer_id"].to_numpy()[:-1]).any():
        found = found.sort_by("customer_id")
    column = {name: _numbers(found, name) for name in found.column_names}
    ids, here = column["customer_id"], places.customers[stretch]
    customers = np.union1d(ids[_begins(ids)], here[_begins(here)])
    rows = np.append(np.searchsorted(ids, customers), len(ids))
    begins = np.append(np.searchsorted(here, customers), len(here))
    span = np.empty((len(ids), 1 + len(asked.windows)), np.int16)
    values = np.empty((len(asked.arguments), len(ids)), np.int64)
    left, asks = places.left(asked.windows), places.asks[stretch]
    superseded = column.get("superseded_at", _fixed(np.empty(0, np.int64)))
    changes, offsets = places.days.micros
    order = np.empty(len(ids) if LOCAL_DAY in asked.arguments else 0, np.int64)

    def part(share: slice) -> None:
        edges = (rows[share], begins[share], asks, places.until, left)
        kernel.spans(*edges, column["happened_at"], column["known_at"], superseded, span)
        mine = slice(rows[share][0], rows[share][-1])
        for number, node in enumerate(asked.arguments):
            if node == LOCAL_DAY:
                day = values[number]
                kernel.days(column["happened_at"][mine], changes, offsets, day[mine])
                kernel.by_day(rows[share], day, order)
            else:
                values[number, mine] = column[f"value{number}"][mine]

    at_once(part, _shares(len(rows) - 1))
    words = [column[f"bits{number}"] for number in range(len(asked.words))]
    bits = words[0].reshape(1, -1) if len(words) == 1 else _fixed(np.stack(words))
    return _Block(rows, begins, len(here), span, bits, values, column["happened_at"], order)


def _begins(ids: Numbers) -> npt.NDArray[np.bool_]:
    """Where another customer begins, in ids that are sorted."""
    return np.concatenate([np.ones(min(len(ids), 1), bool), ids[1:] != ids[:-1]])


def _numbers(found: pa.Table, name: str) -> Numbers:
    """A column as int64; what is missing lies in the far future, or is not read."""
    column = found[name].cast(pa.int64())
    if column.null_count:
        column = column.fill_null(kernel.NEVER)
    return _fixed(column.to_numpy())


def _fixed(numbers: Numbers) -> Numbers:
    """Numbers that are only read, as Arrow's are: a kernel is compiled for each kind of memory."""
    numbers.setflags(write=False)
    return numbers


def _shares(customers: int) -> list[slice]:
    """The customers in as many stretches as the machine has cores; offsets reach one further."""
    edges = np.linspace(0, customers, (os.cpu_count() or 1) + 1).astype(int)
    return [slice(a, b + 1) for a, b in pairwise(edges) if b > a]


def at_once(work: Callable[[_T], _R], on: Sequence[_T]) -> list[_R]:
    """What some work gives on each of several things, done on all of the machine's cores."""
    if len(on) <= 1:
        return [work(each) for each in on]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, on))


def _states(block: _Block, asked: Asked, room: _Room) -> State:
    """Sums and counts share one pass over the rows, extremes another; the rest take one each."""
    totals, extremes, others = asked.by_pass
    shape = (len(asked.windows), block.size)
    total = room.take("totals", 0, (len(totals), *shape))
    best = room.take("extremes", 0.0, (len(extremes), *shape))
    signs = np.array([-1 if each.kind == "min" else 1 for each in extremes])

    def add(share: slice) -> None:
        given = (block.rows[share], block.places[share], block.span, block.bits)
        if totals:
            kernel.totals(*given, *_columns(totals, block), total)
        if extremes:
            kernel.extremes(*given, *_columns(extremes, block), signs, best)

    at_once(add, _shares(len(block.rows) - 1))
    parts: dict[Series, Parts] = {each: (total[n],) for n, each in enumerate(totals)}
    parts |= {each: (best[n],) for n, each in enumerate(extremes)}
    alone = at_once(lambda each: _alone(block, each, shape, room), others)
    parts |= dict(zip(others, alone, strict=True))
    return {
        measure: tuple(part[asked.windows.index(measure.days)] for part in parts[each])
        for each in asked.series
        for measure in each.members
    }


def _columns(series: Sequence[Series], block: _Block) -> Parts:
    """Where each series finds its condition and its value, and the values."""
    word, bit, source = (
        np.array([getattr(each, name) for each in series]) for name in ("word", "bit", "source")
    )
    return word, bit, block.values, source


def _alone(block: _Block, each: Series, shape: tuple[int, int], room: _Room) -> Parts:
    given = (block.rows, block.places, block.span, block.bits, each.word, each.bit)
    if each.kind == "days":
        total = room.take((each, 0), 0, shape)
        kernel.distinct(*given, block.order, block.values[each.source], total)
        return (total,)
    if each.kind == "spread":
        count = room.take((each, 0), 0, shape)
        mean, squares = room.take((each, 1), 0.0, shape), room.take((each, 2), 0.0, shape)
        read = (block.happened, block.values, each.source)
        kernel.spreads(*given, *read, count, mean, squares)
        return count, mean, squares
    sign = -1 if each.kind == "earliest" else 1
    at, found = (room.take((each, part), kernel.ALWAYS, shape) for part in (0, 1))
    kernel.latest(*given, sign * block.happened, block.values, each.source, at, found)
    nothing = at == kernel.ALWAYS
    return np.where(nothing, np.nan, sign * at), np.where(nothing, np.nan, found)
