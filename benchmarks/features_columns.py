"""The sixty columns of the benchmark, said once, in the words of every peer that computes them."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import ibis.expr.types as ir

from features import Catalog, feature
from features.tables import TRANSACTIONS

Operation = Literal["sum", "count", "min", "max", "mean", "std", "active_days", "days_since"]
Mask = tuple[tuple[str, str, int | str], ...]

EMPTY_IS_ZERO = ("sum", "count", "active_days")

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """What is computed over which rows, in which windows; the value is amount_cents, or the day."""

    name: str
    operation: Operation
    mask: Mask
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One measure in one window."""

    measure: Measure
    days: int

    @property
    def name(self) -> str:
        """The column's name, as the catalogue would name it."""
        return f"{self.measure.name}_{self.days}d"


ALL: Mask = ()
IN: Mask = (("amount_cents", ">", 0),)
OUT: Mask = (("amount_cents", "<", 0),)
CARD: Mask = (("kind", "=", "card"),)
SALARY: Mask = (("kind", "=", "salary"),)
CASH: Mask = (("kind", "=", "cash"),)
TO_OTHERS: Mask = (*OUT, ("counterparty", "=", "other"))
OWN: Mask = (("initiated_by", "=", "customer"),)
MOBILE: Mask = (("channel", "=", "mobile"),)
BRANCH: Mask = (("channel", "=", "branch"),)

MEASURES = (
    Measure("money_in", "sum", IN, (7, 30, 90, 180, 365, 730)),
    Measure("money_out", "sum", OUT, (7, 30, 90, 180, 365, 730)),
    Measure("transactions", "count", ALL, (7, 30, 90, 180, 365, 730)),
    Measure("by_card", "count", CARD, (30, 90, 365)),
    Measure("salaries", "count", SALARY, (90, 365)),
    Measure("to_other_banks", "sum", TO_OTHERS, (30, 90, 180, 365)),
    Measure("own_initiative", "count", OWN, (30, 90, 365)),
    Measure("by_mobile", "count", MOBILE, (30, 90, 365)),
    Measure("at_branch", "count", BRANCH, (90, 365)),
    Measure("cash", "count", CASH, (90, 365)),
    Measure("largest_out", "min", OUT, (30, 90, 365)),
    Measure("largest_in", "max", IN, (30, 90, 365)),
    Measure("mean_in", "mean", IN, (90, 365)),
    Measure("mean_out", "mean", OUT, (90, 365)),
    Measure("unevenness", "std", ALL, (90, 365)),
    Measure("unevenness_out", "std", OUT, (180,)),
    Measure("active_days", "active_days", ALL, (30, 90, 365)),
    Measure("own_days", "active_days", OWN, (90, 365)),
    Measure("since_any", "days_since", ALL, (730,)),
    Measure("since_own", "days_since", OWN, (365,)),
    Measure("since_salary", "days_since", SALARY, (730,)),
    Measure("since_to_others", "days_since", TO_OTHERS, (365,)),
    Measure("since_card", "days_since", CARD, (365,)),
)
COLUMNS = tuple(Column(measure, days) for measure in MEASURES for days in measure.windows)
BANDS = tuple(sorted({column.days for column in COLUMNS}))


def catalog() -> Catalog:
    """The columns as a catalogue of Goodcall's features."""
    return Catalog(tuple(item for measure in MEASURES for item in _features(measure)))


def in_python(rows: Any, mask: Mask) -> Any:  # noqa: ANN401 - a pandas frame and an Ibis table compare alike
    """Which rows a mask keeps: a condition on the frame or table; None where it keeps all."""
    conditions = [_COMPARISONS[how](rows[name], value) for name, how, value in mask]
    return reduce(operator.and_, conditions) if conditions else None


def in_sql(mask: Mask) -> str:
    """The SQL condition of a mask."""
    return " AND ".join(f"{name} {how} {_literal(value)}" for name, how, value in mask) or "true"


def _literal(value: int | str) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _features(measure: Measure) -> Iterator[Any]:
    def value(rows: ir.Table) -> ir.Value:
        return _expression(rows, measure)

    value.__name__ = measure.name
    value.__doc__ = f"{measure.operation} of {measure.name}"
    yield from feature(
        TRANSACTIONS,
        windows=measure.windows,
        zh=measure.name,
        concept=measure.name,
        unit="count",
        purpose="offers",
    )(value)


def _expression(rows: ir.Table, measure: Measure) -> ir.Value:
    where, cents, day = in_python(rows, measure.mask), rows.amount_cents, rows.days_ago
    made: dict[Operation, Callable[[], ir.Value]] = {
        "sum": lambda: cents.sum(where=where).fill_null(0),
        "count": lambda: rows.count(where=where),
        "min": lambda: cents.min(where=where),
        "max": lambda: cents.max(where=where),
        "mean": lambda: cents.mean(where=where),
        "std": lambda: cents.std(where=where),
        "active_days": lambda: day.nunique(where=where),
        "days_since": lambda: day.min(where=where),
    }
    return made[measure.operation]()
