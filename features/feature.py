"""A feature is a function of a raw table, or of other features; the catalogue is all of them."""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, Literal

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.arithmetic import guarded, refuse_unknown_arithmetic
from features.contract import Table
from features.errors import DeclarationError, UnknownFeature
from features.wording import Sentence, Unit, worded
from goodcall.language import Text

Purpose = Literal["retention", "offers", "pressure", "service"]

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


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One column of the catalogue: what it reads, how far back, and how it is said.

    `days` is the length of the window that ends at as_of; None looks at all that is known.
    `value` is an aggregate over `rows_of(table)`, or, where `reads` names other features, a
    formula over their columns. `meaning` names the window; `purpose` is what the feature may be
    used for.
    """

    name: str
    table: Table
    days: int | None
    value: ops.Value
    meaning: Text
    concept: str
    unit: Unit
    purpose: Purpose
    reads: tuple[str, ...] = ()

    def over(self, rows: ir.Table) -> ir.Value:
        """The value over other rows than those it was declared with, which have its columns."""
        bound = self.value.replace({node: rows.op() for node in self.value.find(ops.UnboundTable)})
        return bound.to_expr()


def feature(
    table: Table,
    *,
    zh: str,
    concept: str,
    unit: Unit,
    purpose: Purpose,
    windows: tuple[int, ...] = (),
    each: Mapping[str, Text] | None = None,
) -> Callable[[Callable[..., ir.Value]], tuple[Feature, ...]]:
    """Declare the features that a function computes: one a window, and one an entry of `each`.

    The function takes the rows of `table` that count, with `as_of`, `as_of_at` and `days_ago`
    (whole days of the bank's zone before as_of, 0 the last) beside the contract's columns, and
    returns an aggregate. Its docstring is the English meaning, `zh` the Chinese one; `{each}` in
    them names the entry, `{days}` the window, which is added where they do not name it. A
    reduction that does not behave the same on every engine is refused here; a division by zero
    is missing.
    """
    entries = _entries(each, windows)

    def declare(function: Callable[..., ir.Value]) -> tuple[Feature, ...]:
        wording = _Wording(function, zh, concept, unit, purpose)
        made = []
        for key, days in entries:
            rows = rows_of(table)
            value = guarded(function(rows, key) if each else function(rows))
            _refuse_unsafe_reductions(function.__name__, value)
            made.append(wording.feature((key, days), (each or {}).get(key), table, value))
        return tuple(made)

    return declare


def derived(
    *inputs: tuple[Feature, ...],
    zh: str,
    concept: str,
    unit: Unit,
    purpose: Purpose,
    windows: tuple[int, ...] = (),
    each: Mapping[str, Text] | None = None,
) -> Callable[[Callable[..., ir.Value]], tuple[Feature, ...]]:
    """Declare features that are formulas over other features, such as a ratio of two.

    The function takes a row with the columns of `inputs`, then the entry of `each` and the window
    where there are any, and returns arithmetic without aggregates. What is missing makes the
    result missing, and so does a division by zero.
    """
    entries = _entries(each, windows)
    columns = {item.name: item for group in inputs for item in group}
    if not columns:
        raise DeclarationError("a derived feature reads other features; name at least one")

    def declare(function: Callable[..., ir.Value]) -> tuple[Feature, ...]:
        wording = _Wording(function, zh, concept, unit, purpose)
        row = ibis.table(dict.fromkeys(columns, "float64"), name="features")
        made = []
        for key, days in entries:
            given = [*([key] if each else []), *([days] if windows else [])]
            value = guarded(function(row, *given))
            if value.find(ops.Reduction):
                raise DeclarationError(f"derived feature {function.__name__!r} must not aggregate")
            refuse_unknown_arithmetic(function.__name__, value)
            read = {node.name for node in value.find(ops.Field)}
            reads = tuple(name for name in columns if name in read)
            if any(columns[name].reads for name in reads):
                raise DeclarationError(
                    f"derived feature {function.__name__!r} reads another derived feature; "
                    "read the features that that one reads"
                )
            label, table = (each or {}).get(key), columns[reads[0]].table
            made.append(wording.feature((key, days), label, table, value, reads))
        return tuple(made)

    return declare


@dataclass(frozen=True)
class Catalog:
    """Every feature, in a fixed order; also the phrasebook in which reasons are worded.

    `sentences` are those of features by their names without a window; a feature that has none is
    told by its meaning and its value.
    """

    features: tuple[Feature, ...]
    currency: str = "CNY"
    sentences: Mapping[str, Sentence] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for item in self.features:
            if item.name in seen:
                raise DeclarationError(f"feature {item.name!r} is declared twice; rename one")
            absent = [name for name in item.reads if name not in seen]
            if absent:
                raise DeclarationError(
                    f"feature {item.name!r} reads {', '.join(absent)}, which the catalogue does "
                    "not hold before it; list what it reads first"
                )
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
        """Twelve hex digits that change when any feature's name, window or formula changes."""
        lines = [f"{f.name}|{f.table.name}|{f.days}|{_sql(f)}" for f in self.features]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    def speaking(self, currency: str) -> "Catalog":
        """The same catalogue, saying money in another currency."""
        if currency == self.currency:
            return self
        if currency not in self._spoken:
            self._spoken[currency] = replace(self, currency=currency)
        return self._spoken[currency]

    @cached_property
    def _spoken(self) -> dict[str, "Catalog"]:
        """The same catalogue by the currency that it says money in, where it was asked to."""
        return {}

    def get(self, name: str) -> Feature:
        """The feature of that column name."""
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownFeature(
                f"feature {name!r} is not in the catalogue; "
                "`goodcall features catalog` lists what is"
            ) from None

    def concept_of(self, feature: str) -> str:
        """The concept under which a feature's contributions are summed."""
        return self.get(feature).concept

    def say(self, feature: str, value: float) -> Text | None:
        """A sentence with the feature's value in it, or None where there is nothing to tell."""
        item = self.get(feature)
        said = self.sentences.get(item.name.removesuffix(f"_{item.days}d"))
        return worded(said or _plainly(item.meaning), value, item.unit, item.days, self.currency)


def rows_of(table: Table) -> ir.Table:
    """An unbound table of the rows a feature's function sees: the contract's columns and edges."""
    columns = {column.name: _IBIS_TYPES[column.type] for column in table.columns}
    edges = {"as_of": "date", "as_of_at": "timestamp('UTC', 6)", "days_ago": "int64"}
    return ibis.table(columns | edges, name=table.name)


@dataclass(frozen=True, slots=True)
class _Wording:
    """What a declaration says of each feature it makes."""

    function: Callable[..., ir.Value]
    zh: str
    concept: str
    unit: Unit
    purpose: Purpose

    def feature(
        self,
        entry: tuple[str, int | None],
        label: Text | None,
        table: Table,
        value: ops.Value,
        reads: tuple[str, ...] = (),
    ) -> Feature:
        key, days = entry
        stem = f"{self.function.__name__}_{key}" if label else self.function.__name__
        name = stem if days is None else f"{stem}_{days}d"
        meaning = self._meaning(label or Text("", ""), days)
        said = (meaning, self.concept, self.unit, self.purpose)
        return Feature(name, table, days, value, *said, reads)

    def _meaning(self, each: Text, days: int | None) -> Text:
        en = (inspect.getdoc(self.function) or "").split("\n")[0].rstrip(".")
        if not en:
            raise DeclarationError(
                f"feature {self.function.__name__!r} has no docstring; "
                "its first line is its meaning"
            )
        zh = self.zh
        if days is not None and "{days}" not in en:
            en = f"{en}, last {{days}} days"
        if days is not None and "{days}" not in zh:
            zh = f"近{{days}}天{zh}"
        return Text(en.format(each=each.en, days=days), zh.format(each=each.zh, days=days))


def _entries(
    each: Mapping[str, Text] | None, windows: tuple[int, ...]
) -> tuple[tuple[str, int | None], ...]:
    if len(set(windows)) != len(windows) or any(days <= 0 for days in windows):
        raise DeclarationError(f"windows {windows} must be different numbers of days above 0")
    return tuple(product(each or ("",), windows or (None,)))


def _sql(item: Feature) -> str:
    (source,) = item.value.find(ops.UnboundTable)
    expression = item.value.to_expr()
    rows = source.to_expr()
    asked = rows.select(value=expression) if item.reads else rows.aggregate(value=expression)
    return str(ibis.to_sql(asked, dialect="duckdb"))


def _refuse_unsafe_reductions(name: str, value: ops.Value) -> None:
    found: list[Any] = list(value.find(ops.Reduction))
    if not found:
        raise DeclarationError(f"feature {name!r} aggregates nothing; return a sum, a count, ...")
    for node in found:
        if not isinstance(node, ALLOWED_REDUCTIONS):
            allowed = ", ".join(sorted(kind.__name__ for kind in ALLOWED_REDUCTIONS))
            raise DeclarationError(
                f"feature {name!r} uses {type(node).__name__}, which engines disagree on; "
                f"allowed: {allowed}"
            )
        if not (node.dtype.is_numeric() or node.dtype.is_boolean()):
            raise DeclarationError(
                f"feature {name!r} aggregates {node.dtype} into {type(node).__name__}; "
                "a feature is a number, so aggregate numbers, or count the rows that match"
            )
    refuse_unknown_arithmetic(name, value)


def _plainly(meaning: Text) -> Sentence:
    return Sentence(
        Text(f"{meaning.en}: {{value}}", f"{meaning.zh}:{{value}}"),
        below=Text(f"{meaning.en}: -{{value}}", f"{meaning.zh}:-{{value}}"),
    )
