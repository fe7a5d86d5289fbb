"""The formulas that several features share: changes, paces, flags, logarithms that keep a sign."""

import ibis
import ibis.expr.types as ir


def signed_log(value: ir.NumericValue) -> ir.NumericValue:
    """`sign(x) * ln(1 + |x|)`: equal ratios become equal steps, and what left stays below zero."""
    return value.sign() * (1 + value.abs()).ln()


def change(now: ir.NumericValue, before: ir.NumericValue) -> ir.NumericValue:
    """By what share something is more (above 0) or less (below 0) than it was."""
    return now / before - 1


def against_pace(recent: ir.NumericValue, whole: ir.NumericValue, times: float) -> ir.NumericValue:
    """By what share a recent stretch is above the pace of a whole that is `times` as long."""
    return recent * times / whole - 1


def yes(condition: ir.BooleanValue) -> ir.NumericValue:
    """1 where a condition over aggregates holds, else 0."""
    return condition.cast("int64")


def where_known(value: ir.NumericValue, *inputs: ir.NumericValue) -> ir.NumericValue:
    """A value where all inputs are known, else missing."""
    known = inputs[0].notnull()
    for given in inputs[1:]:
        known &= given.notnull()
    return ibis.ifelse(known, value.cast("float64"), ibis.null("float64"))
