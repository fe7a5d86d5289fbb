"""A feature is a function of a raw table; the catalogue is all of them."""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.contract import Table
from features.errors import DeclarationError, UnknownFeature
from goodcall.language import Text
from goodcall.money import format_money

Unit = Literal["money", "count", "days", "years", "share", "change", "flag"]
Expression = Callable[[ir.Table], ir.Value]

# Reductions that give the same answer on every engine the catalogue runs on. What is not here
# fails or differs somewhere: median and mode fail on Spark, collect depends on the order of rows.
ALLOWED_REDUCTIONS: tuple[type[ops.Reduction], ...] = (
    *(ops.Sum, ops.Count, ops.CountStar, ops.Mean, ops.Min, ops.Max),
    *(ops.StandardDev, ops.Variance, ops.Quantile, ops.CountDistinct),
    *(ops.ArgMax, ops.ArgMin, ops.Correlation),
)

_IBIS_TYPES = {
    "id": "int64",
    "count": "int64",
    "cents": "int64",
    "number": "float64",
    "text": "string",
    "date": "date",
    "instant": "timestamp('UTC', 6)",
    "flag": "boolean",
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the catalogue: what it reads, how far back, and how it is said.

    `days` is the length of the window that ends at as_of; None looks at all that is known.
    `meaning` names the window.
    """

    name: str
    table: Table
    days: int | None
    expression: Expression
    meaning: Text
    concept: str
    unit: Unit

    def say(self, value: float, currency: str) -> Text | None:
        """The feature with its value, as a reason words it; None for a missing value."""
        if value != value:  # noqa: PLR0124 - NaN alone differs from itself
            return None
        shown = {tongue: _shown(value, self.unit, currency, tongue) for tongue in ("en", "zh")}
        return Text(f"{self.meaning.en}: {shown['en']}", f"{self.meaning.zh}:{shown['zh']}")


def feature(
    table: Table,
    *,
    zh: str,
    concept: str,
    unit: Unit,
    windows: tuple[int, ...] = (),
    each: Mapping[str, Text] | None = None,
) -> Callable[[Callable[..., ir.Value]], tuple[Feature, ...]]:
    """Declare the features that a function computes: one a window, and one an entry of `each`.

    The function takes the rows of `table` that count, with `as_of`, `as_of_at` and `days_ago`
    (24-hour days before as_of, 0 the last) beside the contract's columns, and returns an
    aggregate. Its docstring is the English meaning, `zh` the Chinese one; `{each}` in them names
    the entry, `{days}` the window, which is added where they do not name it. A reduction that
    does not behave the same on every engine is refused here.
    """
    if len(set(windows)) != len(windows) or any(days <= 0 for days in windows):
        raise DeclarationError(f"windows {windows} must be different numbers of days above 0")

    def declare(function: Callable[..., ir.Value]) -> tuple[Feature, ...]:
        en = (inspect.getdoc(function) or "").split("\n")[0].rstrip(".")
        if not en:
            raise DeclarationError(
                f"feature {function.__name__!r} has no docstring; its first line is its meaning"
            )
        made = []
        for key, label in (each or {"": Text("", "")}).items():
            expression = _bound(function, key) if each else function
            _refuse_unsafe_reductions(function.__name__, table, expression)
            stem = f"{function.__name__}_{key}" if each else function.__name__
            for days in windows or (None,):
                meaning = _meaning(Text(en, zh), label, days)
                name = stem if days is None else f"{stem}_{days}d"
                made.append(Feature(name, table, days, expression, meaning, concept, unit))
        return tuple(made)

    return declare


@dataclass(frozen=True)
class Catalog:
    """Every feature, in a fixed order; also the phrasebook in which reasons are worded."""

    features: tuple[Feature, ...]
    currency: str = "CNY"

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for item in self.features:
            if item.name in seen:
                raise DeclarationError(f"feature {item.name!r} is declared twice; rename one")
            seen.add(item.name)

    @cached_property
    def by_name(self) -> dict[str, Feature]:
        """The features by their column names."""
        return {item.name: item for item in self.features}

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in the catalogue's order."""
        return tuple(self.by_name)

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when any feature's name, window or SQL changes."""
        lines = [
            f"{f.name}|{f.table.name}|{f.days}|"
            + str(ibis.to_sql(_aggregate(f.table, f.expression), dialect="duckdb"))
            for f in self.features
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    def speaking(self, currency: str) -> "Catalog":
        """The same catalogue, saying money in another currency."""
        return replace(self, currency=currency)

    def get(self, name: str) -> Feature:
        """The feature of that column name."""
        if name not in self.by_name:
            raise UnknownFeature(
                f"feature {name!r} is not in the catalogue; "
                "`goodcall features catalog` lists what is"
            )
        return self.by_name[name]

    def concept_of(self, feature: str) -> str:
        """The concept under which a feature's contributions are summed."""
        return self.get(feature).concept

    def say(self, feature: str, value: float) -> Text | None:
        """A sentence with the feature's value in it, or None where it is missing."""
        return self.get(feature).say(value, self.currency)


def rows_of(table: Table) -> ir.Table:
    """An unbound table of the rows a feature's function sees: the contract's columns and edges."""
    columns = {column.name: _IBIS_TYPES[column.type] for column in table.columns}
    edges = {"as_of": "date", "as_of_at": "timestamp('UTC', 6)", "days_ago": "int64"}
    return ibis.table(columns | edges, name=table.name)


def _aggregate(table: Table, expression: Expression) -> ir.Table:
    rows = rows_of(table)
    return rows.aggregate(value=expression(rows))


def _bound(function: Callable[..., ir.Value], key: str) -> Expression:
    return lambda rows: function(rows, key)


def _meaning(said: Text, each: Text, days: int | None) -> Text:
    en, zh = said.en, said.zh
    if days is not None and "{days}" not in en:
        en = f"{en}, last {{days}} days"
    if days is not None and "{days}" not in zh:
        zh = f"近{{days}}天{zh}"
    return Text(en.format(each=each.en, days=days), zh.format(each=each.zh, days=days))


def _refuse_unsafe_reductions(name: str, table: Table, expression: Expression) -> None:
    rows = rows_of(table)
    found: list[Any] = list(expression(rows).op().find(ops.Reduction))
    if not found:
        raise DeclarationError(f"feature {name!r} aggregates nothing; return a sum, a count, ...")
    for node in found:
        if not isinstance(node, ALLOWED_REDUCTIONS):
            allowed = ", ".join(sorted(kind.__name__ for kind in ALLOWED_REDUCTIONS))
            raise DeclarationError(
                f"feature {name!r} uses {type(node).__name__}, which engines disagree on; "
                f"allowed: {allowed}"
            )


def _shown(value: float, unit: Unit, currency: str, tongue: str) -> str:
    zh = tongue == "zh"
    if unit == "money":
        return format_money(round(value), currency, "zh" if zh else "en")
    if unit in ("share", "change"):
        return f"{value:.0%}" if unit == "share" else f"{value:+.0%}"
    if unit == "flag":
        words = ("是", "否") if zh else ("yes", "no")
        return words[0] if value else words[1]
    if unit == "days":
        return f"{value:,.0f}天" if zh else f"{value:,.0f} days"
    if unit == "years":
        return f"{value:.0f}岁" if zh else f"{value:.0f} years"
    return f"{value:,.0f}"
