"""The same catalogue in SQL, for any database: rows add up by band of time, bands into windows.

A band is the stretch between the beginnings of two windows that follow each other; a row lies in
the band of the shortest window that holds it. Every measure is first added up by place and band,
then the few bands of a place roll up into each window, and the formulas around the aggregates
follow. Aggregates that need all their rows at once are taken over the rows of their window. What
comes out equals what `as_of` computes; nothing is computed before the result is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from features.asof import Progress, derive, known_rows, work_of
from features.banded import Values, summed_up, windows_of
from features.bank import Bank
from features.feature import Catalog, Feature
from features.formula_sql import Leaf, formula
from features.places import INSTANT, Places, places_of


@dataclass(frozen=True, slots=True)
class Database:
    """A database that computes features, of any make that Ibis speaks to.

    `bring` makes Arrow rows a table of it, under a name that a later call may reuse; `fetch`
    computes an expression.
    """

    backend: ibis.BaseBackend
    bring: Callable[[str, pa.Table], ir.Table]
    fetch: Callable[[ir.Table], pa.Table]


def as_of_rolled_up(
    bank: Bank,
    cohort: pa.Table,
    catalog: Catalog,
    *,
    database: Database,
    progress: Progress | None = None,
) -> pa.Table:
    """What `as_of` returns, computed by a database that reads the bank's files itself.

    Each raw table is one query, whose answer holds the features of every row of the cohort.
    """
    places = places_of(cohort, bank.manifest.zone)
    asks = _asks(database, cohort, places, catalog)
    columns = {f.name: np.full(len(cohort), np.nan) for f in catalog.features if not f.reads}
    work = list(work_of(bank, catalog))
    for done, (table, features) in enumerate(work):
        if progress:
            progress(done, len(work))
        facts = known_rows(bank, database.backend, table)
        found = database.fetch(rolled_up(facts, asks, features, places))
        rows = found["_row"].to_numpy()
        for item in features:
            columns[item.name][rows] = found[item.name].fill_null(float("nan")).to_numpy()
    if progress:
        progress(len(work), len(work))
    derive(catalog, columns)
    ordered = {name: pa.array(columns[name], from_pandas=False) for name in catalog.names}
    keys = {"customer_id": cohort["customer_id"], "as_of": cohort["as_of"]}
    return pa.table(keys | ordered)


def rolled_up(facts: ir.Table, asks: ir.Table, features: list[Feature], places: Places) -> ir.Table:
    """The features of one raw table, as an expression.

    `facts` are the table's rows with `superseded_at`; `asks` has, for each of the cohort's rows,
    its number `_row`, customer_id, as_of, as_of_at, `_last_day` and where each window begins. The
    columns are `_row` and the features as float64, missing as null, in no order.
    """
    windows = windows_of(features)

    def seen(rows: ir.Table) -> ir.Table:
        return _rows_that_count(rows, asks, windows)

    dated = facts.mutate(_day=places.days.sql(facts.happened_at))
    summed = summed_up(dated, seen, features)
    wide = asks.select("_row", "_last_day")
    for states in summed.states:
        wide = wide.left_join(states, wide["_row"] == states[states.columns[0]])
    values = summed.values(wide)
    return wide.select("_row", **{f.name: formula(f.value, _leaf(values, f)) for f in features})


def _leaf(values: Values, item: Feature) -> Leaf:
    return lambda node: values.get((node, item.days))


def _asks(database: Database, cohort: pa.Table, places: Places, catalog: Catalog) -> ir.Table:
    """The cohort's rows in the database, each with the edges of its moment."""
    numbered = {
        "_row": pa.array(np.arange(len(cohort))),
        "customer_id": cohort["customer_id"],
        "_moment": pa.array(places.asks[places.ranks]),
    }
    moments = {
        "_moment": pa.array(np.arange(len(places.moments))),
        "as_of": pa.array([day for day, _ in places.moments], pa.date32()),
        "as_of_at": pa.array(places.until).cast(INSTANT),
        "_last_day": pa.array(places.last_days),
    }
    days = [n for n in windows_of(catalog.features) if n is not None]
    for n, edge in zip(days, places.left(days), strict=True):
        moments[_edge(n)] = pa.array(edge).cast(INSTANT)
    asked = database.bring("goodcall_cohort", pa.table(numbered))
    return asked.join(database.bring("goodcall_moments", pa.table(moments)), "_moment")


def _rows_that_count(facts: ir.Table, asks: ir.Table, windows: tuple[int | None, ...]) -> ir.Table:
    """Facts joined to the places that may see them, latest versions only, each with its band."""
    keep = [
        asks.customer_id == facts.customer_id,
        facts.happened_at < asks.as_of_at,
        facts.known_at < asks.as_of_at,
        facts.superseded_at.isnull() | (facts.superseded_at >= asks.as_of_at),
    ]
    if windows[-1] is not None:
        keep.append(facts.happened_at >= asks[_edge(windows[-1])])
    rows = asks.join(facts, keep, rname="{name}_of_fact")
    inner = [rows.happened_at >= rows[_edge(n)] for n in windows[:-1] if n is not None]
    band = ibis.literal(0, "int16")
    if inner:
        cases = [(inside, ibis.literal(at, "int16")) for at, inside in enumerate(inner)]
        band = ibis.cases(*cases, else_=ibis.literal(len(inner), "int16"))
    return rows.mutate(days_ago=rows["_last_day"] - rows["_day"], _band=band)


def _edge(days: int) -> str:
    return f"_from_{days}d"
