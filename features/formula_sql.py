"""The formula around a feature's aggregates as SQL, with the meaning it has on arrays of numbers.

`arithmetic.evaluate` reads the same declaration on numpy arrays. SQL differs from it in three
places, which are put right here: a comparison with a missing value is false, and a logarithm or a
square root outside its range is missing, instead of an error or a NaN.
"""

from collections.abc import Callable
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir

Leaf = Callable[[ops.Node], ir.Value | None]


def formula(value: ops.Value, leaf: Leaf) -> ir.Value:
    """A declaration's value as an expression, float64, missing as null.

    `leaf` gives the columns of the nodes that the formula stands on, and None for all others.
    """

    def settle(node: ops.Node, changed: dict[str, Any] | None) -> ops.Node:
        column = leaf(node)
        if column is not None:
            return column.op()
        if changed:
            node = node.__recreate__(changed)
        if isinstance(node, ops.Comparison):
            return ops.Coalesce((node, ops.Literal(False, dtype="boolean")))  # noqa: FBT003 - a value
        if isinstance(node, ops.Ln | ops.Sqrt):
            least = ops.Greater if isinstance(node, ops.Ln) else ops.GreaterEqual
            defined = least(node.arg, ops.Literal(0, dtype="int8"))
            nothing = ops.Literal(None, dtype=node.arg.dtype)
            return node.copy(arg=ops.IfElse(defined, node.arg, nothing))
        return node

    return value.replace(settle).to_expr().cast("float64")
