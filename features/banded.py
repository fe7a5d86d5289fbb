"""What is added up of one raw table in SQL: by place and band of time, then by window.

A band is the stretch between the beginnings of two windows that follow each other; a row lies in
the band of the shortest window that holds it. `_band` counts the bands, the shortest window first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.feature import Feature
from features.joined import aggregate, counts
from features.measure import LOCAL_DAY, Measure, terms

Window = int | None
Aggregate = tuple[ops.Node, Window]
Values = dict[Aggregate, ir.Value]

Seen = Callable[[ir.Table], ir.Table]

_OF_A_FACT = ("customer_id", "happened_at", "known_at", "superseded_at", "_day")
_EXACT = "decimal(19, 0)"
_MERGED_BY = {"min": "min", "max": "max", "latest": "max", "earliest": "min"}


@dataclass(frozen=True, slots=True)
class Summed:
    """What was added up of one raw table, by place.

    The first column of each of `states` is the place. `merging` gives, for each aggregate, the
    columns of its measure; `whole` the column of one that was computed at once.
    """

    states: tuple[ir.Table, ...]
    merging: dict[Aggregate, tuple[str, ...]]
    whole: dict[Aggregate, str]

    def values(self, wide: ir.Table) -> Values:
        """Each aggregate's value from the states joined into one table."""
        merged = {key: _value(key[0], names, wide) for key, names in self.merging.items()}
        return merged | {key: _typed(key[0], wide[name]) for key, name in self.whole.items()}


def windows_of(features: Iterable[Feature]) -> tuple[Window, ...]:
    """Every window that the features and their conditions look back, shortest first."""
    days: set[Window] = set()
    for item in features:
        if not item.reads:
            split = terms(item)
            days |= {item.days} if split is None else {m.days for m in split.measures}
    return tuple(sorted(days, key=lambda n: (n is None, n or 0)))


def summed_up(facts: ir.Table, seen: Seen, features: list[Feature]) -> Summed:
    """The states of every aggregate of the features.

    `facts` are a table's rows with `superseded_at` and `_day`, the local day; `seen` joins them to
    the places that may see them, which adds `_row`, the place, `_band`, as_of, as_of_at and
    days_ago. What does not depend on the place is computed before, once a fact.
    """
    windows = windows_of(features)
    used: dict[Aggregate, tuple[Measure, ...]] = {}
    left: dict[Aggregate, str] = {}
    for item in features:
        split = terms(item)
        for node in item.value.find(ops.Reduction):
            key = (node, item.days)
            if split is None:
                left.setdefault(key, f"w{len(left)}")
            else:
                given = split.by_aggregate[node]
                used[key] = given[:1] if isinstance(node, ops.Sum) else given
    measures = dict.fromkeys(measure for some in used.values() for measure in some)
    names = {measure: f"m{number}" for number, measure in enumerate(measures)}
    days = {m: name for m, name in names.items() if m.kind == "days"}
    rest = {m: name for m, name in names.items() if m.kind != "days"}
    states = [
        *([_banded(facts, seen, rest, windows, "_row_rest")] if rest else []),
        *([_by_day(facts, seen, days, windows, "_row_days")] if days else []),
        *([_whole(seen(facts), left, windows, "_row_whole")] if left else []),
    ]
    merging = {key: tuple(names[m] for m in given) for key, given in used.items()}
    return Summed(tuple(states), merging, left)


def _banded(
    facts: ir.Table,
    seen: Seen,
    names: dict[Measure, str],
    windows: tuple[Window, ...],
    place: str,
) -> ir.Table:
    """The states of measures, added up by place and band, then rolled up into windows."""
    series = dict.fromkeys((m.kind, m.argument, m.where) for m in names)
    stems = {each: f"p{number}" for number, each in enumerate(series)}
    given = _evaluated(facts, seen, names)
    parts = {
        (each, part): (f"{stems[each]}_{part}", value)
        for each in series
        for part, value in _partial(given, *each).items()
    }
    bands = given.rows.group_by("_row", "_band").aggregate(**dict(parts.values()))
    rolled: dict[str, ir.Value] = {}
    for measure, name in names.items():
        within = bands["_band"] <= windows.index(measure.days)
        for (each, part), (column, _) in parts.items():
            if each == (measure.kind, measure.argument, measure.where):
                merge = getattr(bands[column], _MERGED_BY.get(measure.kind, "sum"))
                rolled[f"{name}_{part}"] = merge(where=within)
    return _placed(bands, rolled, place)


def _by_day(
    facts: ir.Table,
    seen: Seen,
    names: dict[Measure, str],
    windows: tuple[Window, ...],
    place: str,
) -> ir.Table:
    """The number of different days a measure kept rows of; a day lies in one band, so bands add."""
    given = _evaluated(facts, seen, names)
    kept = dict.fromkeys(m.where for m in names)
    flags = {
        f"f{number}": given.kept(where).cast("int64").max() for number, where in enumerate(kept)
    }
    days = given.rows.group_by("_row", "_band", "_day").aggregate(**flags)
    column = dict(zip(kept, flags, strict=True))
    rolled = {
        f"{name}_total": days[column[m.where]].sum(where=days["_band"] <= windows.index(m.days))
        for m, name in names.items()
    }
    return _placed(days, rolled, place)


def _whole(
    rows: ir.Table, names: dict[Aggregate, str], windows: tuple[Window, ...], place: str
) -> ir.Table:
    """Aggregates taken at once over the rows of their window."""
    values: dict[str, ir.Value] = {}
    for (node, days), name in names.items():
        values[name] = aggregate(node, rows, rows["_band"] <= windows.index(days))
    return _placed(rows, values, place)


def _placed(rows: ir.Table, values: dict[str, ir.Value], place: str) -> ir.Table:
    found = rows.group_by("_row").aggregate(**values)
    return found.select(**{place: found["_row"]}, **{name: found[name] for name in values})


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """Rows with each condition and each argument of some measures as a column."""

    rows: ir.Table
    conditions: dict[ops.Value | None, str]
    arguments: dict[Any, str]

    def kept(self, where: ops.Value | None) -> ir.BooleanValue:
        """Which rows a condition keeps, all of them where there is none."""
        return self.rows[self.conditions[where]]

    def argument(self, node: Any) -> ir.NumericValue:  # noqa: ANN401 - a node or LOCAL_DAY
        """A measure's whole number of each row."""
        return self.rows[self.arguments[node]]


def _evaluated(facts: ir.Table, seen: Seen, measures: Iterable[Measure]) -> _Evaluated:
    wheres = dict.fromkeys(m.where for m in measures)
    arguments = dict.fromkeys(m.argument for m in measures if isinstance(m.argument, ops.Value))
    conditions = {node: f"k{number}" for number, node in enumerate(wheres)}
    given = {node: f"v{number}" for number, node in enumerate(arguments)}
    columns = {name: facts[name] for name in _OF_A_FACT}
    columns |= {name: _kept(node, facts) for node, name in conditions.items()}
    columns |= {name: _over(node, facts).cast("int64") for node, name in given.items()}
    rows = seen(facts.select(**columns))
    return _Evaluated(rows, conditions, given | {LOCAL_DAY: "_day"})


def _kept(where: ops.Value | None, rows: ir.Table) -> ir.BooleanValue:
    every: ir.BooleanValue = ibis.literal(value=True)
    return every if where is None else ibis.coalesce(_over(where, rows), ibis.literal(value=False))


def _partial(given: _Evaluated, kind: str, argument: Any, where: ops.Value | None) -> Any:  # noqa: ANN401 - a node or LOCAL_DAY
    """The state of a measure over the rows of one band."""
    kept = None if where is None else given.kept(where)
    if kind == "count":
        return {"total": given.rows.count() if kept is None else kept.cast("int64").sum()}
    value = given.argument(argument)
    at = given.rows.happened_at
    match kind:
        case "sum":
            return {"total": value.sum(where=kept)}
        case "min" | "max":
            return {"value": getattr(value, kind)(where=kept)}
        case "latest":
            return {"value": ibis.struct({"at": at, "value": value}).max(where=kept)}
        case "earliest":
            return {"value": ibis.struct({"at": at, "value": -value}).min(where=kept)}
    exact = value.cast(_EXACT)
    return {
        "rows": value.count(where=kept),
        "total": value.sum(where=kept),
        "squares": (exact * exact).sum(where=kept),
    }


def _value(node: Any, names: tuple[str, ...], wide: ir.Table) -> ir.Value:  # noqa: ANN401 - one of many reductions
    """An aggregate's value from the columns of its measures; a count over nothing is 0."""
    first = names[0]
    match node:
        case ops.Sum() | ops.Count() | ops.CountStar() | ops.CountDistinct():
            value = wide[f"{first}_total"]
        case ops.Mean():
            rows = wide[f"{names[1]}_total"].cast("float64")
            value = wide[f"{first}_total"].cast("float64") / rows.nullif(0)
        case ops.StandardDev() | ops.Variance():
            value = _spread(node, first, wide)
        case ops.ArgMax():
            value = wide[f"{first}_value"]["value"]
        case ops.ArgMin():
            value = -wide[f"{first}_value"]["value"]
        case _ if isinstance(node.arg, ops.Field) and node.arg.name == "days_ago":
            value = wide["_last_day"] - wide[f"{first}_value"]
        case _:
            value = wide[f"{first}_value"]
    return _typed(node, value)


def _spread(node: Any, name: str, wide: ir.Table) -> ir.Value:  # noqa: ANN401 - a variance or a deviation
    """Variance or its root from whole sums, which are exact, so that nothing cancels."""
    rows, total = wide[f"{name}_rows"], wide[f"{name}_total"].cast(_EXACT)
    apart = rows.cast(_EXACT) * wide[f"{name}_squares"] - total * total
    over = rows - 1 if node.how == "sample" else rows
    variance = apart.cast("float64") / rows.nullif(0) / over.nullif(0)
    return variance if isinstance(node, ops.Variance) else variance.sqrt()


def _typed(node: Any, value: ir.Value) -> ir.Value:  # noqa: ANN401 - one of many reductions
    """An aggregate's column as the formula around it takes it; a count over nothing is 0."""
    if counts(node):
        value = value.fill_null(0)
    return value.cast("boolean" if node.dtype.is_boolean() else "float64")


def _over(node: ops.Value, rows: ir.Table) -> Any:  # noqa: ANN401 - a value of any type
    return node.replace({table: rows.op() for table in node.find(ops.UnboundTable)}).to_expr()
