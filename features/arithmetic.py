"""The arithmetic around aggregates, computed from the declaration on plain arrays of numbers.

What a feature does with its sums and counts (ratios, differences, logarithms) is declared once, in
Ibis. A database computes it in SQL; here the same formula runs on numpy arrays, in which a missing
value is NaN, so that a snapshot, an online row and a derived feature all come from one declaration.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from features.errors import DeclarationError

Array = npt.NDArray[np.float64]
Leaf = Callable[[ops.Node], Array | None]
_Row = TypeVar("_Row")


def guarded(value: ir.Value) -> ops.Value:
    """The expression with every division by zero made missing, on every engine."""

    def guard(node: ops.Node, changed: dict[str, Any] | None) -> ops.Node:
        if changed:
            node = node.__recreate__(changed)
        if isinstance(node, ops.Divide) and not isinstance(node.right, ops.NullIf | ops.Literal):
            return node.copy(right=ops.NullIf(node.right, 0))
        return node

    return value.op().replace(guard)


def refuse_unknown_arithmetic(name: str, value: ops.Value) -> None:
    """Raise DeclarationError where the formula around the aggregates uses an unknown operation."""
    for node in _around(value):
        if not isinstance(node, (*_OPERATIONS, ops.Literal, ops.Field, ops.SearchedCase)):
            known = ", ".join(sorted(kind.__name__ for kind in _OPERATIONS))
            raise DeclarationError(
                f"feature {name!r} computes {type(node).__name__} around its aggregates; "
                f"allowed there: {known}"
            )
        if isinstance(node, ops.Cast) and not (
            node.to.is_floating() or node.arg.dtype.is_boolean()
        ):
            raise DeclarationError(
                f"feature {name!r} casts to {node.to} around its aggregates; "
                "features are float64, and only conditions may be cast to whole numbers"
            )


def evaluate(node: ops.Node, leaf: Leaf) -> Array:
    """The value of a formula on arrays of float64 (conditions: of bool), missing as NaN.

    `leaf` gives the arrays of the nodes that the formula stands on, and None for all others.
    """

    def given(node: ops.Node) -> Callable[[None], Array] | None:
        found = leaf(node)
        return None if found is None else lambda _: found

    with np.errstate(all="ignore"):
        return compiled(node, given)(None)


def compiled(
    node: ops.Node, leaf: Callable[[ops.Node], Callable[[_Row], Array] | None]
) -> Callable[[_Row], Array]:
    """A function of a row that `evaluate`s a formula, the way through it worked out beforehand.

    `leaf` gives the functions for the nodes that the formula stands on. Call it where numpy's
    warnings are off: what is not defined comes out missing.
    """
    found = leaf(node)
    if found is not None:
        return found
    if isinstance(node, ops.Literal):
        value: Any = np.float64(np.nan if node.value is None else node.value)
        return lambda _: value
    if isinstance(node, ops.SearchedCase):
        return _searched(node, leaf)
    work = _OPERATIONS[type(node)]
    given = [compiled(child, leaf) for child in operands(node)]
    return lambda row: work(*(each(row) for each in given))


def _around(node: ops.Node) -> list[ops.Node]:
    if isinstance(node, ops.Reduction | ops.Field):
        return [] if isinstance(node, ops.Reduction) else [node]
    return [node, *(inner for child in operands(node) for inner in _around(child))]


def operands(node: ops.Node) -> list[ops.Node]:
    """The values that an operation works on; SQL's nulls stay out where they mean 'no limit'."""
    flat: list[ops.Node] = []
    for argument in node.args:
        if isinstance(argument, ops.Node):
            flat.append(argument)
        elif isinstance(argument, tuple):
            flat += [inner for inner in argument if isinstance(inner, ops.Node)]
    return flat


def _searched(
    node: ops.SearchedCase, leaf: Callable[[ops.Node], Callable[[_Row], Array] | None]
) -> Callable[[_Row], Array]:
    default = compiled(node.default, leaf)
    cases = [
        (compiled(case, leaf), compiled(result, leaf))
        for case, result in reversed(tuple(zip(node.cases, node.results, strict=True)))
    ]

    def search(row: _Row) -> Array:
        value = default(row)
        for case, result in cases:
            value = np.where(_true(case(row)), result(row), value)
        return value

    return search


def _true(condition: Array) -> npt.NDArray[np.bool_]:
    """Where a condition holds; a missing one does not."""
    holds: npt.NDArray[np.bool_] = np.asarray(condition, np.float64) == 1
    return holds


def _divide(left: Array, right: Array) -> Array:
    return np.where(right == 0, np.nan, left / right)


def _nullif(value: Array, other: Array) -> Array:
    return np.where(value == other, np.nan, value)


def _coalesce(*given: Array) -> Array:
    value = given[-1]
    for earlier in reversed(given[:-1]):
        value = np.where(np.isnan(earlier), value, earlier)
    return value


def _greatest(*given: Array) -> Array:
    return np.asarray(np.fmax.reduce(np.broadcast_arrays(*given)))


def _least(*given: Array) -> Array:
    return np.asarray(np.fmin.reduce(np.broadcast_arrays(*given)))


def _not_equal(left: Array, right: Array) -> npt.NDArray[np.bool_]:
    different: npt.NDArray[np.bool_] = (left != right) & ~np.isnan(left) & ~np.isnan(right)
    return different


def _positive(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A logarithm that is missing, like SQL's nulls, where it is not defined."""
    return lambda value: np.where(value > 0, function(value), np.nan)


_OPERATIONS: dict[type[ops.Node], Callable[..., Any]] = {
    ops.Add: np.add,
    ops.Subtract: np.subtract,
    ops.Multiply: np.multiply,
    ops.Divide: _divide,
    ops.Negate: np.negative,
    ops.Abs: np.abs,
    ops.Sign: np.sign,
    ops.Sqrt: lambda value: np.where(value >= 0, np.sqrt(value), np.nan),
    ops.Ln: _positive(np.log),
    ops.NullIf: _nullif,
    ops.Coalesce: _coalesce,
    ops.Greatest: _greatest,
    ops.Least: _least,
    ops.Cast: lambda value: np.asarray(value, np.float64),
    ops.IfElse: lambda condition, then, other: np.where(_true(condition), then, other),
    ops.IsNull: np.isnan,
    ops.NotNull: lambda value: ~np.isnan(value),
    ops.And: lambda left, right: _true(left) & _true(right),
    ops.Or: lambda left, right: _true(left) | _true(right),
    ops.Less: np.less,
    ops.LessEqual: np.less_equal,
    ops.Greater: np.greater,
    ops.GreaterEqual: np.greater_equal,
    ops.Equals: np.equal,
    ops.NotEquals: _not_equal,
}
