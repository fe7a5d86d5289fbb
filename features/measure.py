"""What a feature adds up: its aggregates, taken apart into measures that merge.

A measure is one sum, count, extreme, number of days, latest value or spread of one column, over
the rows that a condition keeps, in one window. Its state over two stretches of rows gives its state
over both, so that the engine may add rows up in any pieces: by band of time, by date, by machine,
and later by what happened since. An aggregate whose rows depend on as_of, or that needs all its
rows at once (a quantile, a correlation), has no such state and is computed from the rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import ibis.expr.operations as ops
import numpy as np

from features.arithmetic import Array, evaluate
from features.contract import Table
from features.feature import Feature

Kind = Literal["sum", "count", "min", "max", "days", "latest", "earliest", "spread"]

# The columns of a measure's state. A latest value carries the instant it is from, in microseconds
# since 1970; a spread its number of rows, their mean and their summed squared distance from it.
PARTS: Mapping[Kind, tuple[str, ...]] = {
    "sum": ("total",),
    "count": ("total",),
    "min": ("value",),
    "max": ("value",),
    "days": ("total",),
    "latest": ("at", "value"),
    "earliest": ("at", "value"),
    "spread": ("rows", "mean", "squares"),
}

LOCAL_DAY: Literal["local day"] = "local day"
Argument: TypeAlias = ops.Value | Literal["local day"]
_MOVING = frozenset({"as_of", "as_of_at", "days_ago"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate with a state that merges.

    `argument` is a whole number of each row, None where only rows count; LOCAL_DAY stands for the
    row's day in the bank's zone. `where` keeps rows; both are nodes over the table's rows.
    """

    table: str
    kind: Kind
    argument: Argument | None
    where: ops.Value | None
    days: int | None

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the columns of its state."""
        return PARTS[self.kind]


State = Mapping[Measure, tuple[Array, ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """A feature's aggregates, each with the measures that it is computed from."""

    by_aggregate: Mapping[ops.Node, tuple[Measure, ...]]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure, each once."""
        return tuple(dict.fromkeys(m for some in self.by_aggregate.values() for m in some))


@cache
def terms(item: Feature) -> Terms | None:
    """The measures of a feature, or None where one of its aggregates has no state that merges."""
    found: dict[ops.Node, tuple[Measure, ...]] = {}
    for node in item.value.find(ops.Reduction):
        measures = _measures(item.table, item.days, node)
        if measures is None:
            return None
        found[node] = measures
    return Terms(found)


def value_of(item: Feature, state: State, last_day: Array) -> Array:
    """A feature's values from the states of its measures, float64, missing as NaN.

    `last_day` is, for each row, the last day of the bank's zone that it may look at.
    """
    split = terms(item)
    if split is None:
        raise ValueError(f"{item.name} has an aggregate without a state; compute it from the rows")

    def leaf(node: ops.Node) -> Array | None:
        measures = split.by_aggregate.get(node)
        if measures is None:
            return None
        return aggregate(node, tuple(state[m] for m in measures), last_day)

    return np.broadcast_to(evaluate(item.value, leaf), last_day.shape).astype(np.float64)


def _measures(table: Table, days: int | None, node: Any) -> tuple[Measure, ...] | None:  # noqa: ANN401 - one of many reductions
    where, days = _within(node.where, days)
    if isinstance(node, ops.Correlation) or (where is not None and _moves(where)):
        return None

    def measure(kind: Kind, argument: Any = None) -> Measure:  # noqa: ANN401 - a node or LOCAL_DAY
        kept = where if argument in (None, LOCAL_DAY) else _and_known(where, argument, table)
        return Measure(table.name, kind, None if kind == "count" else argument, kept, days)

    if isinstance(node, ops.CountStar):
        return (measure("count"),)
    argument = node.arg
    if isinstance(argument, ops.Field) and argument.name == "days_ago":
        kind = _OF_DAYS.get(type(node))
        return (measure(kind, LOCAL_DAY),) if kind else None
    if _moves(argument):
        return None
    if isinstance(node, ops.Count):
        return (measure("count", argument),)
    whole = argument.dtype.is_integer() or argument.dtype.is_boolean()
    return _of_whole_numbers(node, argument, measure) if whole else None


def _of_whole_numbers(node: Any, argument: ops.Value, measure: Any) -> tuple[Measure, ...] | None:  # noqa: ANN401
    match node:
        case ops.Sum() | ops.Mean():
            return measure("sum", argument), measure("count", argument)
        case ops.Min():
            return (measure("min", argument),)
        case ops.Max():
            return (measure("max", argument),)
        case ops.StandardDev() | ops.Variance():
            return (measure("spread", argument),)
        case ops.ArgMax() | ops.ArgMin():
            by_time = isinstance(node.key, ops.Field) and node.key.name == "happened_at"
            kind = "latest" if isinstance(node, ops.ArgMax) else "earliest"
            return (measure(kind, argument),) if by_time else None
    return None


_OF_DAYS: dict[type[ops.Node], Kind] = {ops.Min: "max", ops.Max: "min", ops.CountDistinct: "days"}


def aggregate(node: Any, state: tuple[tuple[Array, ...], ...], last_day: Array) -> Array:  # noqa: ANN401
    """What an aggregate over no rows gives in SQL: a count is 0, everything else is missing."""
    first = state[0]
    if counts_days_ago(node):
        return first[0] if isinstance(node, ops.CountDistinct) else last_day - first[0]
    match node:
        case ops.Sum() | ops.Mean():
            (total,), (rows,) = state
            shared = total / np.maximum(rows, 1) if isinstance(node, ops.Mean) else total
            return np.where(rows > 0, shared, np.nan)
        case ops.StandardDev() | ops.Variance():
            rows, _, squares = first
            over = rows - 1 if node.how == "sample" else rows
            variance = np.where(over > 0, squares / np.maximum(over, 1), np.nan)
            return variance if isinstance(node, ops.Variance) else np.sqrt(variance)
    return first[-1]


def counts_days_ago(node: Any) -> bool:  # noqa: ANN401 - any reduction of Ibis
    """Whether an aggregate is over how many days ago something was."""
    return getattr(node, "arg", None) is not None and _is_days_ago(node.arg)


def _is_days_ago(node: ops.Node) -> bool:
    return isinstance(node, ops.Field) and node.name == "days_ago"


def _within(where: ops.Value | None, days: int | None) -> tuple[ops.Value | None, int | None]:
    """A condition `days_ago < n` becomes a window of n days, which is what it says."""
    kept: list[ops.Value] = []
    for part in _conjuncts(where):
        if (
            isinstance(part, ops.Less | ops.LessEqual)
            and _is_days_ago(part.left)
            and isinstance(part.right, ops.Literal)
        ):
            limit = int(part.right.value) + isinstance(part, ops.LessEqual)
            if limit > 0:
                days = limit if days is None else min(days, limit)
                continue
        kept.append(part)
    narrowed = None
    for part in kept:
        narrowed = part if narrowed is None else ops.And(narrowed, part)
    return narrowed, days


def _conjuncts(where: ops.Value | None) -> Iterator[ops.Value]:
    if isinstance(where, ops.And):
        yield from _conjuncts(where.left)
        yield from _conjuncts(where.right)
    elif where is not None:
        yield where


def _moves(node: ops.Value) -> bool:
    return any(field.name in _MOVING for field in node.find(ops.Field))


# Operations whose result is known where everything that they work on is.
_KEEP_KNOWN = (
    *(ops.Field, ops.Literal, ops.Cast, ops.Add, ops.Subtract, ops.Multiply),
    *(ops.Negate, ops.Abs),
)


def _and_known(where: ops.Value | None, argument: ops.Value, table: Table) -> ops.Value | None:
    """The condition, and that the argument is not null where it may be."""
    required = all(table.column(field.name).required for field in argument.find(ops.Field))
    if required and all(isinstance(node, _KEEP_KNOWN) for node in argument.find(ops.Value)):
        return where
    known = ops.NotNull(argument)
    return known if where is None else ops.And(where, known)
