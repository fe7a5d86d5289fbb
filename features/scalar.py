"""The arithmetic around aggregates on the plain numbers of one row.

What features.arithmetic computes on arrays, on Python's floats: a numpy function on one number
takes twenty times as long as the operation itself, and a row that is served has dozens of them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.operations as ops

from features.arithmetic import operands
from features.feature import Feature
from features.measure import Measure, counts_days_ago, terms

_NAN = math.nan


@dataclass(frozen=True, slots=True)
class OneRow:
    """One row's features and states, and the last day that it may look at, counted from 1970."""

    features: list[float]
    states: list[float]
    last_day: float


Formula = Callable[[OneRow], float]


def of_states(item: Feature, places: Mapping[Measure, slice]) -> Formula:
    """A feature's value from the row's states; `places` is where each measure's parts lie."""
    split = terms(item)
    by_aggregate = {} if split is None else split.by_aggregate

    def leaf(node: ops.Node) -> Formula | None:
        if node not in by_aggregate:
            return None
        where = [places[measure] for measure in by_aggregate[node]]
        if counts_days_ago(node):
            place = where[0].start
            if isinstance(node, ops.CountDistinct):
                return lambda row: row.states[place]
            return lambda row: row.last_day - row.states[place]
        return lambda row: aggregated(node, tuple(tuple(row.states[each]) for each in where))

    return scalar(item.value, leaf)


def of_features(item: Feature, place: Mapping[str, int]) -> Formula:
    """A formula's value from the row's features; `place` is where each lies."""

    def leaf(node: ops.Node) -> Formula | None:
        if not isinstance(node, ops.Field):
            return None
        found = place[node.name]
        return lambda row: row.features[found]

    return scalar(item.value, leaf)


def scalar(node: ops.Node, leaf: Callable[[ops.Node], Formula | None]) -> Formula:
    """A function of a row that computes a formula; missing is NaN, conditions are True or False.

    `leaf` gives the functions for the nodes that the formula stands on.
    """
    found = leaf(node)
    if found is not None:
        return found
    if isinstance(node, ops.Literal):
        value = _NAN if node.value is None else float(node.value)
        return lambda _: value
    if isinstance(node, ops.SearchedCase):
        return _searched(node, leaf)
    work = _OPERATIONS[type(node)]
    given = [scalar(child, leaf) for child in operands(node)]
    if len(given) == 1:
        (only,) = given
        return lambda row: work(only(row))
    if len(given) == 2:  # noqa: PLR2004 - most operations have two sides
        left, right = given
        return lambda row: work(left(row), right(row))
    return lambda row: work(*[each(row) for each in given])


def aggregated(node: Any, state: tuple[tuple[float, ...], ...]) -> float:  # noqa: ANN401
    """An aggregate's value from the parts of its measures, of one that does not count days.

    Over no rows a count is 0 and everything else is missing, as in SQL.
    """
    first = state[0]
    match node:
        case ops.Sum() | ops.Mean():
            (total,), (rows,) = state
            if not rows > 0:
                return _NAN
            return total / max(rows, 1.0) if isinstance(node, ops.Mean) else total
        case ops.StandardDev() | ops.Variance():
            rows, _, squares = first
            over = rows - 1 if node.how == "sample" else rows
            variance = squares / max(over, 1.0) if over > 0 else _NAN
            return variance if isinstance(node, ops.Variance) else _root(variance)
    return first[-1]


def _searched(node: ops.SearchedCase, leaf: Callable[[ops.Node], Formula | None]) -> Formula:
    default = scalar(node.default, leaf)
    cases = [
        (scalar(case, leaf), scalar(result, leaf))
        for case, result in zip(node.cases, node.results, strict=True)
    ]

    def search(row: OneRow) -> float:
        for case, result in cases:
            if case(row) == 1:
                return result(row)
        return default(row)

    return search


def _divide(left: float, right: float) -> float:
    return _NAN if right == 0 else left / right


def _root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else _NAN


def _log(value: float) -> float:
    return math.log(value) if value > 0 else _NAN


def _sign(value: float) -> float:
    return value if math.isnan(value) else float((value > 0) - (value < 0))


def _coalesce(*given: float) -> float:
    for value in given[:-1]:
        if not math.isnan(value):
            return value
    return given[-1]


def _greatest(*given: float) -> float:
    return max((each for each in given if not math.isnan(each)), default=_NAN)


def _least(*given: float) -> float:
    return min((each for each in given if not math.isnan(each)), default=_NAN)


_OPERATIONS: dict[type[ops.Node], Callable[..., Any]] = {
    ops.Add: lambda left, right: left + right,
    ops.Subtract: lambda left, right: left - right,
    ops.Multiply: lambda left, right: left * right,
    ops.Divide: _divide,
    ops.Negate: lambda value: -value,
    ops.Abs: abs,
    ops.Sign: _sign,
    ops.Sqrt: _root,
    ops.Ln: _log,
    ops.NullIf: lambda value, other: _NAN if value == other else value,
    ops.Coalesce: _coalesce,
    ops.Greatest: _greatest,
    ops.Least: _least,
    ops.Cast: float,
    ops.IfElse: lambda condition, then, other: then if condition == 1 else other,
    ops.IsNull: math.isnan,
    ops.NotNull: lambda value: not math.isnan(value),
    ops.And: lambda left, right: left == 1 and right == 1,
    ops.Or: lambda left, right: left == 1 or right == 1,
    ops.Less: lambda left, right: left < right,
    ops.LessEqual: lambda left, right: left <= right,
    ops.Greater: lambda left, right: left > right,
    ops.GreaterEqual: lambda left, right: left >= right,
    ops.Equals: lambda left, right: left == right,
    ops.NotEquals: lambda left, right: left != right and left == left and right == right,  # noqa: PLR0124
}
