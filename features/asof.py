"""The one point-in-time engine: features as of any moment, from what was known before it.

A fact counts for a window of n days when happened_at is in [as_of - n days, as_of) and known_at
is before as_of. An as_of is midnight in the bank's own zone; every edge is turned into a UTC
instant here, in Python, so that no session's time zone can move it. Of rows with one key, the
latest known before as_of counts. A tie belongs to the future.

Aggregates whose states merge are swept up in one pass for all dates and windows (`sweep`); the
others are computed from the rows that each date sees (`joined`); features of features come last.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from features import kernel
from features.arithmetic import Array, evaluate
from features.bank import Bank, missing_columns
from features.contract import Column, Table
from features.feature import Catalog, Feature
from features.joined import joined
from features.measure import Measure, State, terms, value_of
from features.places import Places, places_of
from features.sweep import Facts, at_once, sweep
from features.tables import CONTACTS

Progress = Callable[[int, int], None]
Parts = tuple[Array, ...]

_AT_A_TIME = 1 << 14


@dataclass(frozen=True, slots=True)
class Computed:
    """Features with the states that they were computed from.

    `features` is what `as_of` returns; `states` hold float64 (rows,) a part, in the same order,
    NaN where nothing was seen.
    """

    features: pa.Table
    states: State


def connect(memory: str = "2GB") -> ibis.BaseBackend:
    """An embedded DuckDB for one piece of work; it spills to the system's temporary folder."""
    backend = ibis.duckdb.connect(memory_limit=memory, temp_directory=tempfile.gettempdir())
    # A notebook without ipywidgets shows no bar, and DuckDB then refuses to be told so.
    if backend.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone() == (True,):
        backend.raw_sql("SET enable_progress_bar = false")
    return backend


def as_of(
    bank: Bank,
    cohort: pa.Table,
    catalog: Catalog,
    *,
    memory: str = "2GB",
    progress: Progress | None = None,
) -> pa.Table:
    """Every feature of the catalogue for every (customer_id, as_of) row of a cohort.

    Returns customer_id int64, as_of date32 and one float64 column a feature, in the cohort's
    order. A feature of a raw table that the bank lacks is missing throughout; one of a customer
    without rows is what its aggregate gives over no rows (a count is 0, a minimum is missing).
    A column `until` of the cohort, an instant each, replaces the midnight at which as_of begins
    as the moment before which things count; windows still begin where as_of says. `memory` is
    what DuckDB may hold before it spills to disk.
    """
    return _compute(
        bank, cohort, catalog, backend=connect(memory), progress=progress, keep=False
    ).features


def with_states(
    bank: Bank, cohort: pa.Table, catalog: Catalog, *, progress: Progress | None = None
) -> Computed:
    """What `as_of` returns, with the states that an online store merges later facts into."""
    return _compute(bank, cohort, catalog, backend=connect(), progress=progress, keep=True)


def known_rows(bank: Bank, backend: ibis.BaseBackend, table: Table) -> ir.Table:
    """A raw table with `superseded_at`, the moment a later version of each row became known.

    Columns that a later contract added than a file was written under are null. Contacts made
    through Goodcall add to the bank's own by their key; of two rows with one key and known_at
    theirs counts.
    """
    absent = missing_columns(bank, table)
    own, *added = [_rows_of(backend, table, file, absent) for file in bank.files(table.name)]
    versioned = table.name in bank.manifest.versioned
    if not added:
        alone = bank.contacts is not None and table.name == CONTACTS.name
        return _dated(own, table, versioned=versioned or alone)
    ours = added[0].select(*own.columns)
    # Only what both know of is looked through for versions: theirs may be long, ours is not.
    shared = own.semi_join(ours, list(table.key)).mutate(_ours=0)
    both = _dated(shared.union(ours.mutate(_ours=1)), table, versioned=True)
    rest = _dated(own.anti_join(ours, list(table.key)), table, versioned=versioned)
    return rest.union(both.drop("_ours").select(*rest.columns))


def _rows_of(
    backend: ibis.BaseBackend, table: Table, file: Path, absent: Iterable[Column]
) -> ir.Table:
    """The rows of a file; a column of the contract that it rightly lacks is null."""
    rows = backend.read_parquet(file)
    types = ibis.Schema.from_pyarrow(table.schema)
    lacking = [column.name for column in absent if column.name not in rows.columns]
    return rows.mutate(**{name: ibis.null(types[name]) for name in lacking})


def _dated(rows: ir.Table, table: Table, *, versioned: bool) -> ir.Table:
    """Rows with the moment at which a later version of each became known."""
    if not versioned:
        return rows.mutate(superseded_at=ibis.null("timestamp('UTC', 6)"))
    order = ["known_at", *(["_ours"] if "_ours" in rows.columns else [])]
    versions = ibis.window(group_by=list(table.key), order_by=order)
    return rows.mutate(superseded_at=rows.known_at.lead().over(versions))


def known_before(bank: Bank, backend: ibis.BaseBackend, table: Table, at: datetime) -> ir.Table:
    """The rows of a raw table as they were known before an instant, latest versions only."""
    rows = known_rows(bank, backend, table)
    return rows.filter(
        (rows.happened_at < at)
        & (rows.known_at < at)
        & (rows.superseded_at.isnull() | (rows.superseded_at >= at))
    )


def derive(catalog: Catalog, columns: dict[str, Array]) -> None:
    """Add the features that are formulas over others to the columns of the others."""
    for item in catalog.features:
        if item.reads:
            shape = columns[item.reads[0]].shape
            value = evaluate(
                item.value,
                lambda node: columns[node.name] if isinstance(node, ops.Field) else None,
            )
            columns[item.name] = np.broadcast_to(value, shape).astype(np.float64)


def _compute(
    bank: Bank,
    cohort: pa.Table,
    catalog: Catalog,
    *,
    backend: ibis.BaseBackend,
    progress: Progress | None,
    keep: bool,
) -> Computed:
    places = places_of(cohort, bank.manifest.zone)
    columns: dict[str, Array] = {}
    states: dict[Measure, Parts] = {}
    work = list(work_of(bank, catalog))
    for done, (table, features) in enumerate(work):
        if progress:
            progress(done, len(work))
        facts = Facts(
            known_rows(bank, backend, table),
            bank.files(table.name),
            table.name in bank.versioned,
        )
        columns |= _sweep_up(facts, places, features, states if keep else None)
        rest = [f for f in features if terms(f) is None]
        found = joined(backend, facts.rows, places, rest)
        columns |= {name: values[places.ranks] for name, values in found.items()}
    if progress:
        progress(len(work), len(work))
    for item in catalog.features:
        if not item.reads and item.name not in columns:
            columns[item.name] = np.full(len(cohort), np.nan)
    derive(catalog, columns)
    ordered = {name: pa.array(columns[name], from_pandas=False) for name in catalog.names}
    keys = {"customer_id": cohort["customer_id"], "as_of": cohort["as_of"]}
    return Computed(pa.table(keys | ordered), states)


def work_of(bank: Bank, catalog: Catalog) -> Iterator[tuple[Table, list[Feature]]]:
    """The raw tables that the bank has, each with the features that are computed from it."""
    for table in dict.fromkeys(f.table for f in catalog.features):
        features = [f for f in catalog.features if f.table.name == table.name and not f.reads]
        if features and table.name in bank.tables:
            yield table, features


def _sweep_up(
    facts: Facts, places: Places, features: list[Feature], states: dict[Measure, Parts] | None
) -> dict[str, Array]:
    """The features that merge, in the cohort's order; their states too where they are wanted."""
    merging = {f: split for f in features if (split := terms(f)) is not None}
    measures = tuple(dict.fromkeys(m for split in merging.values() for m in split.measures))
    if not measures:
        return {}
    columns = {f.name: np.empty(len(places.order)) for f in merging}
    if states is not None:
        states |= {m: tuple(np.empty(len(places.order)) for _ in m.parts) for m in measures}
    for stretch, state in sweep(facts, places, measures):
        _put(stretch, state, places, merging, columns)
        if states is not None:
            for measure, parts in state.items():
                for whole, part in zip(states[measure], parts, strict=True):
                    whole[places.order[stretch]] = part
    return columns


def _put(
    stretch: slice,
    state: State,
    places: Places,
    features: Iterable[Feature],
    columns: dict[str, Array],
) -> None:
    """Put the values of a stretch of places into the rows of the cohort that asked for them.

    Some places at a time, so that what is computed on the way stays in the cache.
    """
    rows = places.order[stretch]
    last_day = places.last_days[places.asks[stretch]].astype(np.float64)

    def put(begin: int) -> None:
        some = slice(begin, begin + _AT_A_TIME)
        near = {measure: tuple(part[some] for part in parts) for measure, parts in state.items()}
        for item in features:
            kernel.put(value_of(item, near, last_day[some]), rows[some], columns[item.name])

    at_once(put, range(0, len(rows), _AT_A_TIME))
