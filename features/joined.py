"""Aggregates that need all their rows at once: each date is joined to the rows that it may see."""

from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from features.arithmetic import Array, evaluate
from features.feature import Feature
from features.places import INSTANT, Places


def joined(
    backend: ibis.BaseBackend,
    facts: ir.Table,
    places: Places,
    features: list[Feature],
) -> dict[str, Array]:
    """Each feature's values in the order of places, float64, missing as NaN.

    `facts` are a raw table's rows with `superseded_at`. All windows come out of one join: the
    window of each feature goes into the condition of every aggregate in it. The formulas around the
    aggregates are evaluated here, as they are for measures.
    """
    if not features:
        return {}
    rows = rows_that_count(backend, facts, places, features)
    wanted = dict.fromkeys((node, f.days) for f in features for node in f.value.find(ops.Reduction))
    names = {key: f"a{number}" for number, key in enumerate(wanted)}
    values = {name: aggregate(node, rows, _inside(rows, n)) for (node, n), name in names.items()}
    found = rows.group_by("_row").aggregate(**values).to_pyarrow()
    columns = {key: _placed(found, name, key[0], len(places.order)) for key, name in names.items()}
    return {f.name: _value(f, columns, len(places.order)) for f in features}


def rows_that_count(
    backend: ibis.BaseBackend,
    facts: ir.Table,
    places: Places,
    features: list[Feature],
) -> ir.Table:
    """Facts joined to the cohort's rows that may see them, latest versions only.

    Beside the facts' columns: `_row`, the number of the place; as_of, as_of_at, days_ago;
    and the beginning of each window.
    """
    numbered = {
        "customer_id": pa.array(places.customers),
        "_row": pa.array(np.arange(len(places.order))),
        "_moment": pa.array(places.asks),
    }
    asking = backend.create_table("places", pa.table(numbered), temp=True, overwrite=True)
    edges = backend.create_table("edges", _edges(places, features), temp=True, overwrite=True)
    asking = asking.join(edges, "_moment")
    rows = asking.join(
        facts,
        [
            asking.customer_id == facts.customer_id,
            facts.happened_at < asking.as_of_at,
            facts.known_at < asking.as_of_at,
            (facts.superseded_at.isnull()) | (facts.superseded_at >= asking.as_of_at),
            (asking.reach.isnull()) | (facts.happened_at >= asking.reach),
        ],
        rname="{name}_of_fact",
    )
    return rows.mutate(days_ago=rows.last_day - places.days.sql(rows.happened_at))


def aggregate(node: Any, rows: ir.Table, inside: ir.BooleanValue | None) -> ir.Value:  # noqa: ANN401 - one of many reductions
    """An aggregate over the rows that are inside a window, float64 (a condition: boolean).

    It is the same on every engine: of several rows at the end of an order, the greatest value is
    taken, and a NaN (the correlation with a constant) is missing.
    """
    node = node.replace({table: rows.op() for table in node.find(ops.UnboundTable)})
    if inside is not None:
        where = inside.op() if node.where is None else ops.And(node.where, inside.op())
        node = node.copy(where=where)
    value = _at_end(node) if isinstance(node, ops.ArgMax | ops.ArgMin) else node.to_expr()
    if node.dtype.is_boolean():
        return value
    number = value.cast("float64")
    return number.isnan().ifelse(None, number) if node.dtype.is_floating() else number


def counts(node: ops.Node) -> bool:
    """Whether an aggregate is 0 over nothing; the others are missing."""
    return isinstance(node, ops.Count | ops.CountStar | ops.CountDistinct)


def _at_end(node: Any) -> ir.Value:  # noqa: ANN401 - an ArgMax or an ArgMin
    key, value = node.key.to_expr(), node.arg.to_expr().cast("float64")
    known = key.notnull() & value.notnull()
    if node.where is not None:
        known = node.where.to_expr() & known
    if isinstance(node, ops.ArgMax):
        return ibis.struct({"key": key, "value": value}).max(where=known)["value"]
    return -ibis.struct({"key": key, "value": -value}).min(where=known)["value"]


def _inside(rows: ir.Table, days: int | None) -> ir.BooleanValue | None:
    return None if days is None else rows.happened_at >= rows[_edge(days)]


def _edges(places: Places, features: list[Feature]) -> pa.Table:
    """For each moment, the instant it is, the instants its windows begin, its last day."""
    days = sorted({f.days for f in features if f.days is not None})
    columns = {
        "_moment": pa.array(np.arange(len(places.moments))),
        "as_of": pa.array([day for day, _ in places.moments], pa.date32()),
        "as_of_at": pa.array(places.until).cast(INSTANT),
        "last_day": pa.array(places.last_days),
    }
    left = places.left(days)
    columns |= {_edge(n): pa.array(edge).cast(INSTANT) for n, edge in zip(days, left, strict=True)}
    bounded = all(f.days is not None for f in features)
    columns["reach"] = (
        columns[_edge(days[-1])] if bounded else pa.nulls(len(places.moments), INSTANT)
    )
    return pa.table(columns)


def _edge(days: int) -> str:
    return f"from_{days}d"


def _placed(found: pa.Table, name: str, node: ops.Node, length: int) -> Array:
    """An aggregate in the order of places; over nothing a count is 0, everything else missing."""
    empty = 0.0 if counts(node) else np.nan
    values = np.full(length, empty)
    values[found["_row"].to_numpy()] = found[name].cast(pa.float64()).fill_null(empty).to_numpy()
    return values


def _value(item: Feature, columns: dict[tuple[ops.Node, int | None], Array], length: int) -> Array:
    value = evaluate(item.value, lambda node: columns.get((node, item.days)))
    return np.broadcast_to(value, (length,)).astype(np.float64)
