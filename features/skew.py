"""Whether served rows are what the raw tables say: each is recomputed, every difference is listed.

A served row is recomputed from scratch by the engine that makes snapshots: from the bank's raw
tables as of the snapshot's date, and from the log of what arrived since, as far as the row had got.
Every row becomes a customer of its own in a small bank that lives as long as the comparison.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from features.arithmetic import Array
from features.asof import as_of
from features.bank import Bank
from features.contract import Table
from features.errors import StaleSnapshot
from features.feature import Catalog, Feature
from features.measure import terms
from features.online import NUMBERS, PLACES, Served
from features.online_database import instant, micros
from features.online_facts import Fact, facts_table
from features.online_layout import Layout
from features.online_log import known_facts
from features.online_tables import CURRENT, ROWS, SERVED
from features.online_versions import OnlineMark
from features.places import INSTANT
from features.tables import TABLES
from goodcall.calendar import start_of_day

Kind = Literal["value", "stale", "late", "frozen"]
# Two ways of adding up fractions may differ in the last digits.
_CLOSE = 1e-9
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that was served and is another when recomputed.

    `stale`: it is the snapshot's, though what arrived since changes it; `frozen`: it was held at
    the snapshot's value, which it is not; `late`: facts from before the snapshot are among those
    that arrived since; `value`: anything else.
    """

    customer_id: int
    feature: str
    served: float
    recomputed: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Skew:
    """What a comparison found: rows and values compared, values held at the snapshot's."""

    rows: int
    values: int
    held: int
    differences: tuple[Difference, ...]


def recorded_rows(connection: Connection, mark: OnlineMark, catalog: Catalog) -> list[Served]:
    """The rows of the version in force that were recorded when they were served."""
    return [
        Served(
            row.customer_id,
            np.frombuffer(row.features, NUMBERS),
            mark.as_of,
            instant(row.at),
            row.version,
            0,
            row.seq,
            tuple(catalog.names[n] for n in np.frombuffer(row.held or b"", PLACES).tolist()),
        )
        for row in connection.execute(select(SERVED).order_by(SERVED.c.served_id))
    ]


def customers_of(connection: Connection) -> list[int]:
    """The customers of the version in force, in ascending order."""
    version = select(CURRENT.c.version).scalar_subquery()
    asked = select(ROWS.c.customer_id).where(ROWS.c.version == version)
    return list(connection.execute(asked.order_by(ROWS.c.customer_id)).scalars())


def skew_of(
    connection: Connection,
    served: Sequence[Served],
    *,
    bank: Bank,
    mark: OnlineMark,
    catalog: Catalog,
) -> Skew:
    """Compare served rows of one version with what raw tables and the log of facts say.

    Features that do not merge are compared with the snapshot's value, the others with the
    catalogue over what had happened by the moment of the row. Windows begin where the snapshot's
    do.
    """
    _refuse_other_bank(bank, mark)
    differences: list[Difference] = []
    held = 0
    for begin in range(0, len(served), _BATCH):
        some = served[begin : begin + _BATCH]
        facts = known_facts(connection, {row.customer_id for row in some})
        found, stood = _compare(some, facts, bank, mark, catalog)
        differences += found
        held += stood
    values = len(served) * len(catalog.names)
    return Skew(len(served), values, held, tuple(differences))


def _refuse_other_bank(bank: Bank, mark: OnlineMark) -> None:
    if (bank.manifest.name, bank.manifest.zone) != (mark.bank, mark.zone):
        raise StaleSnapshot(
            f"the online store holds a snapshot of {mark.bank}, not of {bank.manifest.name}; "
            "name the bank that it was made from"
        )


def _compare(
    served: Sequence[Served],
    facts: Iterable[Fact],
    bank: Bank,
    mark: OnlineMark,
    catalog: Catalog,
) -> tuple[list[Difference], int]:
    begin = start_of_day(mark.as_of, mark.zone)
    since = [_seen(row, facts, micros(begin)) for row in served]
    with tempfile.TemporaryDirectory(prefix="goodcall-skew-") as folder:
        small = _small_bank(Path(folder), bank, mark, served, since)
        then = as_of(small, _asked(served, mark.as_of, None), catalog)
        now = as_of(small, _asked(served, mark.as_of, [row.at for row in served]), catalog)
    layout = Layout(catalog)
    fixed = np.array([not item.reads and terms(item) is None for item in catalog.features])
    differences: list[Difference] = []
    held = 0
    names = np.array(catalog.names)
    both = zip(_matrix(then, catalog), _matrix(now, catalog), strict=True)
    for number, (row, (old, new)) in enumerate(zip(served, both, strict=True)):
        marked = np.isin(names, row.marks)
        held += int(marked.sum())
        expected = np.where(marked | fixed, old, new)
        for place, item in enumerate(catalog.features):
            if item.reads and not marked[place]:
                expected[place] = layout.derived(item, expected)
        stood = _same(row.values, old)
        late = _late_tables(since[number], micros(begin))
        for place in np.flatnonzero(~_same(row.values, expected)).tolist():
            item = catalog.features[place]
            told = (float(row.values[place]), float(expected[place]))
            kind = _kind(item, marked=bool(marked[place]), stood=bool(stood[place]), late=late)
            differences.append(Difference(row.customer_id, item.name, *told, kind))
    return differences, held


def _seen(row: Served, facts: Iterable[Fact], begin: int) -> list[Fact]:
    """The facts that a row had come to, of those that the snapshot did not know."""
    return [
        fact
        for fact in facts
        if fact.customer_id == row.customer_id and fact.known_at >= begin and fact.seq <= row.seq
    ]


def _late_tables(facts: Iterable[Fact], begin: int) -> set[str]:
    return {fact.table for fact in facts if fact.happened_at < begin}


def _kind(item: Feature, *, marked: bool, stood: bool, late: set[str]) -> Kind:
    if marked:
        return "frozen"
    if stood:
        return "stale"
    return "late" if item.table.name in late else "value"


def _same(left: Array, right: Array) -> np.ndarray:
    return np.isclose(left, right, rtol=_CLOSE, atol=_CLOSE, equal_nan=True)


def _matrix(table: pa.Table, catalog: Catalog) -> Array:
    """The features of a table's rows (rows, n)."""
    return np.column_stack([table[name].to_numpy() for name in catalog.names])


def _asked(served: Sequence[Served], day: date, until: Sequence[Any] | None) -> pa.Table:
    """A cohort in which every served row is a customer, numbered from 0."""
    keys = {
        "customer_id": pa.array(range(len(served)), pa.int64()),
        "as_of": pa.array([day] * len(served), pa.date32()),
    }
    return pa.table(keys | ({} if until is None else {"until": pa.array(until, INSTANT)}))


def _small_bank(
    folder: Path,
    bank: Bank,
    mark: OnlineMark,
    served: Sequence[Served],
    since: Sequence[Sequence[Fact]],
) -> Bank:
    """A bank of the served rows: what was known before the snapshot, and what each row had seen."""
    places: Mapping[int, list[int]] = defaultdict(list)
    for number, row in enumerate(served):
        places[row.customer_id].append(number)
    before = start_of_day(mark.as_of, mark.zone)
    versioned = []
    for name in mark.tables:
        table = TABLES[name]
        if table.customer:
            parts = [*_of_bank(bank, table, places, before), *_of_log(table, since)]
            rows = _apart(pa.concat_tables([table.schema.empty_table(), *parts]), table)
            pq.write_table(rows.sort_by("customer_id"), folder / f"{name}.parquet")
            versioned.append(name)
    return Bank(folder, replace(bank.manifest, versioned=tuple(versioned), files={}))


def _of_bank(
    bank: Bank,
    table: Table,
    places: Mapping[int, list[int]],
    before: Any,  # noqa: ANN401 - a datetime
) -> Iterator[pa.Table]:
    """The bank's rows of each served customer, once for each of its served rows."""
    wanted = pc.field("customer_id").isin(list(places)) & (pc.field("known_at") < before)
    for file in bank.files(table.name):
        rows = pq.read_table(file, filters=wanted, schema=table.schema)
        owners = [places[who] for who in rows["customer_id"].to_pylist()]
        chosen = np.repeat(np.arange(len(rows)), [len(each) for each in owners])
        numbers = pa.array([number for each in owners for number in each], pa.int64())
        yield _owned(rows.take(chosen), numbers)


def _of_log(table: Table, since: Sequence[Sequence[Fact]]) -> Iterator[pa.Table]:
    for number, facts in enumerate(since):
        mine = [fact for fact in facts if fact.table == table.name]
        if mine:
            rows = facts_table(table, mine)
            yield _owned(rows, pa.array([number] * len(rows), pa.int64()))


def _owned(rows: pa.Table, numbers: pa.Array) -> pa.Table:
    """Rows given to the customers of the small bank; a key of their own stays as it is."""
    place = rows.column_names.index("customer_id")
    return rows.set_column(place, "customer_id", numbers)


def _apart(rows: pa.Table, table: Table) -> pa.Table:
    """Rows whose keys differ between customers: one raw fact may stand in several of them."""
    name = table.key[0]
    if name == "customer_id" or not len(rows):
        return rows
    told = list(zip(rows["customer_id"].to_pylist(), rows[name].to_pylist(), strict=True))
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(told))}
    keys = pa.array([numbers[pair] for pair in told], pa.int64())
    return rows.set_column(rows.column_names.index(name), name, keys)
