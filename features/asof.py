"""The one point-in-time engine: features as of any moment, from what was known before it.

A fact counts for a window of n days when happened_at is in [as_of - n days, as_of) and known_at
is before as_of. An as_of is midnight in the bank's own zone; every edge is turned into a UTC
instant here, in Python, so that no session's time zone can move it. Of rows with one key, the
latest known before as_of counts. A tie belongs to the future.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.bank import Bank
from features.contract import Table
from features.feature import Catalog, Feature, rows_of
from goodcall.calendar import start_of_day

_DAY_SECONDS = 86_400


def connect(memory: str = "2GB") -> ibis.BaseBackend:
    """An embedded DuckDB for one piece of work; it spills to the system's temporary folder."""
    backend = ibis.duckdb.connect(memory_limit=memory, temp_directory=tempfile.gettempdir())
    backend.raw_sql("SET preserve_insertion_order = false")
    return backend


def as_of(
    bank: Bank,
    cohort: pa.Table,
    catalog: Catalog,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> pa.Table:
    """Every feature of the catalogue for every (customer_id, as_of) row of a cohort.

    Returns customer_id int64, as_of date32 and one float64 column a feature, in the cohort's
    order. A feature of a raw table that the bank lacks is missing throughout; one of a customer
    without rows is what its aggregate gives over no rows (a count is 0, a minimum is missing).
    """
    backend = connect()
    columns: dict[str, pa.ChunkedArray] = {}
    by_table = groupby(sorted(catalog.features, key=lambda f: f.table.name), lambda f: f.table)
    groups = [(table, list(features)) for table, features in by_table]
    for done, (table, features) in enumerate(groups):
        if progress:
            progress(done, len(groups))
        if table.name in bank.tables:
            columns |= _computed(backend, bank, cohort, table, features)
        else:
            columns |= {f.name: pa.chunked_array([_missing(len(cohort))]) for f in features}
    if progress:
        progress(len(groups), len(groups))
    ordered = {name: columns[name] for name in catalog.names}
    return pa.table({"customer_id": cohort["customer_id"], "as_of": cohort["as_of"]} | ordered)


def known_rows(bank: Bank, backend: ibis.BaseBackend, table: Table) -> ir.Table:
    """A raw table with `superseded_at`, the moment a later version of each row became known."""
    rows = backend.read_parquet(bank.file(table.name))
    if table.name not in bank.manifest.versioned:
        return rows.mutate(superseded_at=ibis.null("timestamp('UTC', 6)"))
    versions = ibis.window(group_by=list(table.key), order_by="known_at")
    return rows.mutate(superseded_at=rows.known_at.lead().over(versions))


def known_before(bank: Bank, backend: ibis.BaseBackend, table: Table, at: datetime) -> ir.Table:
    """The rows of a raw table as they were known before an instant, latest versions only."""
    rows = known_rows(bank, backend, table)
    return rows.filter(
        (rows.happened_at < at)
        & (rows.known_at < at)
        & (rows.superseded_at.isnull() | (rows.superseded_at >= at))
    )


def _computed(
    backend: ibis.BaseBackend, bank: Bank, cohort: pa.Table, table: Table, features: list[Feature]
) -> dict[str, pa.ChunkedArray]:
    numbered = cohort.append_column("_row", pa.array(np.arange(len(cohort))))
    edges = _edges(pc.unique(cohort["as_of"]).to_pylist(), features, bank.manifest.zone)
    places = backend.create_table("places", numbered, temp=True, overwrite=True)
    places = places.join(backend.create_table("edges", edges, temp=True, overwrite=True), "as_of")
    rows = _rows_that_count(known_rows(bank, backend, table), places)
    aggregates = {
        f.name: _within(f.expression(rows), rows, f.days).cast("float64") for f in features
    }
    found = rows.group_by("_row").aggregate(**aggregates).to_pyarrow()
    nothing = _over_no_rows(backend, table, features)
    return _placed(found, nothing, len(cohort))


def _rows_that_count(facts: ir.Table, places: ir.Table) -> ir.Table:
    """Facts joined to the cohort's rows that may see them, latest versions only."""
    rows = places.join(
        facts,
        [
            places.customer_id == facts.customer_id,
            facts.happened_at < places.as_of_at,
            facts.known_at < places.as_of_at,
            (facts.superseded_at.isnull()) | (facts.superseded_at >= places.as_of_at),
            (places.reach.isnull()) | (facts.happened_at >= places.reach),
        ],
        rname="{name}_of_fact",
    )
    elapsed = rows.as_of_at.epoch_seconds() - rows.happened_at.epoch_seconds()
    # Exactly n days before as_of still lies in a window of n days, so it is n - 1 days ago.
    return rows.mutate(days_ago=(elapsed - 1) // _DAY_SECONDS)


def _edges(dates: Iterable[date], features: list[Feature], zone: str) -> pa.Table:
    """For each as_of, the instant it begins and the instants at which its windows begin."""
    days = sorted({f.days for f in features if f.days is not None})
    bounded = all(f.days is not None for f in features)
    dates = sorted(dates)
    instant = pa.timestamp("us", tz="UTC")

    def begin(back: int) -> pa.Array:
        return pa.array([start_of_day(day - timedelta(back), zone) for day in dates], instant)

    columns = {"as_of": pa.array(dates, pa.date32()), "as_of_at": begin(0)}
    columns |= {_edge_name(n): begin(n) for n in days}
    columns["reach"] = begin(days[-1]) if bounded else pa.nulls(len(dates), instant)
    return pa.table(columns)


def _edge_name(days: int) -> str:
    return f"from_{days}d"


def _within(value: ir.Value, rows: ir.Table, days: int | None) -> ir.Value:
    """The aggregate with its window added to the `where` of every reduction inside it."""
    if days is None:
        return value
    inside = (rows.happened_at >= rows[_edge_name(days)]).op()

    def narrow(node: ops.Node, changed: dict[str, ops.Node] | None) -> ops.Node:
        if changed:
            node = node.__recreate__(changed)
        if not isinstance(node, ops.Reduction):
            return node
        return node.copy(where=inside if node.where is None else ops.And(node.where, inside))

    return value.op().replace(narrow).to_expr()


def _over_no_rows(
    backend: ibis.BaseBackend, table: Table, features: list[Feature]
) -> dict[str, float | None]:
    """What each feature gives where a customer has no row at all."""
    rows = rows_of(table)
    empty = backend.create_table("no_rows", schema=rows.schema(), temp=True, overwrite=True)
    values = empty.aggregate(**{f.name: f.expression(empty).cast("float64") for f in features})
    row: dict[str, float | None] = values.to_pyarrow().to_pylist()[0]
    return row


def _placed(
    found: pa.Table, nothing: dict[str, float | None], length: int
) -> dict[str, pa.ChunkedArray]:
    """The computed values in the cohort's order, and the empty values where none was found."""
    positions = found["_row"].to_numpy()
    columns = {}
    for name, empty in nothing.items():
        values = np.full(length, np.nan if empty is None else empty)
        values[positions] = found[name].fill_null(float("nan")).to_numpy()
        columns[name] = pa.chunked_array([pa.array(values, from_pandas=False)])
    return columns


def _missing(length: int) -> pa.Array:
    return pa.array(np.full(length, np.nan))
