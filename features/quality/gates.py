"""Gates: what a bank's data is measured by, and how much of a defect is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from features.contract import Column, Table
from goodcall.language import Text

Unit = Literal["share", "ratio", "days", "index"]
Scope = Literal["column", "table"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to measure a table or a column.

    A defect shows as a value above the limit, or below it where `low` is true. A measure that
    `compares` needs an earlier load of the bank.
    """

    name: str
    scope: Scope
    unit: Unit
    text: Text
    low: bool = False
    compares: bool = False


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("nulls", "column", "share", Text("empty", "空值")),
        Measure("range", "column", "share", Text("out of range", "超出范围")),
        Measure("order", "column", "share", Text("before its beginning", "早于起始日")),
        Measure("form", "column", "share", Text("badly written", "录入不规范")),
        Measure("references", "column", "share", Text("refers to nothing", "引用无对应记录")),
        Measure("duplicates", "table", "share", Text("probably loaded twice", "疑似重复加载")),
        Measure("late", "table", "share", Text("booked late", "入账延迟")),
        Measure("freshness", "table", "days", Text("days without news", "未更新天数")),
        Measure("month_low", "table", "ratio", Text("smallest month", "最少月行数"), low=True),
        Measure("month_high", "table", "ratio", Text("largest month", "最多月行数")),
        Measure("day_low", "table", "ratio", Text("smallest day", "最少日行数"), low=True),
        Measure("day_high", "table", "ratio", Text("largest day", "最多日行数")),
        Measure(
            "unexplained", "table", "share", Text("unexplained balances", "余额变动无交易对应")
        ),
        Measure(
            "rows_low",
            "table",
            "ratio",
            Text("rows against last load", "行数较上次"),
            low=True,
            compares=True,
        ),
        Measure(
            "rows_high",
            "table",
            "ratio",
            Text("rows against last load, most", "行数较上次(上限)"),
            compares=True,
        ),
        Measure(
            "history",
            "table",
            "share",
            Text("past months rewritten", "历史月份被改写"),
            compares=True,
        ),
        Measure(
            "stalled",
            "table",
            "days",
            Text("days fallen behind since last load", "较上次滞后天数"),
            compares=True,
        ),
        Measure("nulls_change", "column", "share", Text("more empty", "空值增加"), compares=True),
        Measure(
            "distribution", "column", "index", Text("shifted (PSI)", "分布偏移(PSI)"), compares=True
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a warning begins and where a failure begins; None where there is none."""

    warn: float | None = None
    fail: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a value must keep to; days count from the end of the bank's last day.

    `least` and `most` bound numbers, `earliest` and `latest_days` (after the last day) and
    `oldest_days` (before it) bound dates and instants, `pattern` is a regular expression for a
    whole text, `not_before` names the column that begins the fact, `days` bounds a delay.
    """

    least: float | None = None
    most: float | None = None
    earliest: date | None = None
    oldest_days: int | None = None
    latest_days: int | None = None
    pattern: str | None = None
    not_before: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """One measure of a table, or of one of its columns, its terms and its limit."""

    table: str
    measure: Measure
    column: str | None
    limit: Limit
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Gates:
    """Every gate, and how tables are looked at.

    `fewest_rows` is the size below which ratios and distributions are left unjudged; `recent_days`
    gives, for a table, the newest days whose shape is compared with the last load's; `categories`
    names the texts without a vocabulary whose shares are compared.
    """

    gates: tuple[Gate, ...]
    fewest_rows: int
    recent_days: dict[str, int]
    categories: frozenset[tuple[str, str]]

    def of(self, table: str) -> tuple[Gate, ...]:
        """The gates of one table."""
        return tuple(gate for gate in self.gates if gate.table == table)

    def is_category(self, table: str, column: Column) -> bool:
        """Whether the shares of a column's values are compared between loads."""
        if column.type == "text":
            return bool(column.allowed) or (table, column.name) in self.categories
        return column.type == "flag"


def fitting(measure: Measure, table: Table) -> Iterable[Column | None]:
    """What a measure that is set for every table measures in one: its columns, or itself (None)."""
    if measure.name == "duplicates" and len(table.key) > 1:
        return ()
    if measure.name in ("freshness", "stalled") and table.fresh_days is None:
        return ()
    if measure.scope == "table":
        return (None,)
    if measure.name == "references":
        # A customer that is not in `customers` breaks the contract, which the check says itself.
        return (c for c in table.columns if c.refers_to not in (None, "customers"))
    if measure.name == "nulls_change":
        return (c for c in table.columns if not c.required)
    return (c for c in table.columns if _has_a_shape(c))


def is_numeric(column: Column) -> bool:
    """Whether a column holds amounts or counts, of which deciles mean something."""
    return column.type in ("cents", "count", "number")


def _has_a_shape(column: Column) -> bool:
    return is_numeric(column) or column.type in ("text", "flag")
