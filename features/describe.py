"""The catalogue in words: what each feature means, what it is for, and where it comes from."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.operations as ops

from features.concepts import CONCEPTS
from features.contract import Table
from features.feature import Catalog, Feature, Purpose
from features.measure import terms
from features.wording import Unit
from goodcall.language import Text

PURPOSES: dict[Purpose, Text] = {
    "retention": Text("retention", "客户挽留"),
    "offers": Text("offers", "产品推荐"),
    "pressure": Text("pressure", "联络频度"),
    "service": Text("service", "客户服务"),
}
UNITS: dict[Unit, Text] = {
    "money": Text("money", "金额"),
    "log money": Text("log money", "金额对数"),
    "count": Text("count", "数量"),
    "days": Text("days", "天数"),
    "years": Text("years", "岁"),
    "share": Text("share", "占比"),
    "change": Text("change", "变化率"),
    "flag": Text("flag", "是否"),
}
YES, NO = Text("yes", "是"), Text("no", "否")
# The edges of a place are no columns of a table; days_ago is told from when a row happened.
_EDGES = {"as_of": None, "as_of_at": None, "days_ago": "happened_at"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says of one feature.

    `tables` are the raw tables it comes from and `columns` what it reads of them, as
    `table.column`; `reads` names the features of which it is a formula. `online` says whether it
    stays fresh between snapshots, as facts come in.
    """

    feature: Feature
    concept: Text
    tables: tuple[Table, ...]
    columns: tuple[str, ...]
    online: bool

    @property
    def reads(self) -> tuple[str, ...]:
        """The features that this one is a formula over; none where it reads a raw table."""
        return self.feature.reads

    @property
    def facts(self) -> dict[str, Any]:
        """The entry as JSON would have it."""
        item = self.feature
        return {
            "name": item.name,
            "meaning": item.meaning,
            "unit": item.unit,
            "window_days": item.days,
            "concept": self.concept,
            "purpose": item.purpose,
            "tables": [
                {"name": t.name, "source": t.source, "owner": t.owner, "fresh_days": t.fresh_days}
                for t in self.tables
            ],
            "columns": list(self.columns),
            "reads": list(self.reads),
            "online": self.online,
        }


def entries(
    catalog: Catalog, *, purpose: str | None = None, table: str | None = None
) -> tuple[Entry, ...]:
    """The entries of a catalogue, in its order; of one purpose or one raw table where asked."""
    found = (_entry(catalog, item) for item in catalog.features)
    return tuple(
        entry
        for entry in found
        if purpose in (None, entry.feature.purpose)
        and (table is None or table in [t.name for t in entry.tables])
    )


def tables_of(catalog: Catalog) -> tuple[Table, ...]:
    """The raw tables that a catalogue reads, in the order in which it comes to them."""
    found = {item.table.name: item.table for item in catalog.features}
    return tuple(found.values())


def freshness(table: Table) -> Text:
    """How old the newest row of a table may be."""
    if table.fresh_days is None:
        return Text("on change", "随变更")
    return Text(f"{table.fresh_days} days", f"{table.fresh_days}天")


def lineage(entry: Entry) -> str:
    """What a feature is made of: columns of a raw table, or other features."""
    if entry.reads:
        return ", ".join(entry.reads)
    (table,) = entry.tables
    columns = [name.removeprefix(f"{table.name}.") for name in entry.columns]
    return f"{table.name} ({', '.join(columns)})" if columns else table.name


def as_csv(found: Sequence[Entry]) -> str:
    """The entries as CSV, a line each; what is several is separated by `; `."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        (
            *("name", "meaning_en", "meaning_zh", "unit", "window_days", "concept_en"),
            *("concept_zh", "purpose", "tables", "columns", "reads", "sources", "owners"),
            *("fresh_days", "online"),
        )
    )
    for entry in found:
        item = entry.feature
        fresh = ["" if t.fresh_days is None else str(t.fresh_days) for t in entry.tables]
        writer.writerow(
            (
                *(item.name, item.meaning.en, item.meaning.zh, item.unit, item.days),
                *(entry.concept.en, entry.concept.zh, item.purpose),
                *("; ".join(t.name for t in entry.tables), "; ".join(entry.columns)),
                *("; ".join(entry.reads), "; ".join(t.source for t in entry.tables)),
                *("; ".join(t.owner for t in entry.tables), "; ".join(fresh)),
                "yes" if entry.online else "no",
            )
        )
    return out.getvalue()


def as_markdown(found: Sequence[Entry]) -> str:
    """The entries as a page in both languages, concept by concept, after the raw tables."""
    tables = {table.name: table for entry in found for table in entry.tables}
    parts = [_opening(found), _tables(tuple(tables.values()), found)]
    for key, concept in CONCEPTS.items():
        members = [entry for entry in found if entry.feature.concept == key]
        if members:
            parts.append(f"## {concept.en} · {concept.zh}\n\n{_rows(members)}")
    return "\n\n".join(parts) + "\n"


def _entry(catalog: Catalog, item: Feature) -> Entry:
    roots = [catalog.get(name) for name in item.reads] or [item]
    tables = {root.table.name: root.table for root in roots}
    columns = dict.fromkeys(column for root in roots for column in _columns(root))
    online = all(terms(root) is not None for root in roots)
    return Entry(item, CONCEPTS[item.concept], tuple(tables.values()), tuple(columns), online)


def _columns(item: Feature) -> list[str]:
    """The columns of its raw table that a feature's expression names, in the contract's order."""
    named = {_EDGES.get(field.name, field.name) for field in item.value.find(ops.Field)}
    return [f"{item.table.name}.{c.name}" for c in item.table.columns if c.name in named]


def _opening(found: Sequence[Entry]) -> str:
    derived = sum(bool(entry.reads) for entry in found)
    online = sum(entry.online for entry in found)
    return (
        "# Features · 特征目录\n\n"
        "This page is what `goodcall features catalog --format markdown` prints; a test holds the "
        "two equal.\n\n"
        f"{len(found)} features: {len(found) - derived} are computed from raw tables and "
        f"{derived} are formulas over those; {online} stay fresh online as facts come in, the "
        "others hold the value of the last snapshot. A window of n days ends where as_of begins. "
        "Beside the columns named here every feature reads `happened_at` and `known_at`, which "
        "say whether a row counts. Sex, ethnicity, religion and health are never features.\n\n"
        f"共{len(found)}个特征:{len(found) - derived}个由原始表计算,{derived}个由其他特征推导;"
        f"{online}个随新数据在线更新,其余保持最近一次快照的值。"
    )


def _tables(tables: Sequence[Table], found: Sequence[Entry]) -> str:
    lines = []
    for table in tables:
        count = sum(table in entry.tables for entry in found)
        lines.append(
            (
                *(f"`{table.name}`", f"{table.meaning.zh}<br>{table.meaning.en}", table.source),
                *(table.owner, freshness(table).en, str(count)),
            )
        )
    heads = ("table", "meaning", "source system", "owner", "fresh within", "features")
    return "## Raw tables · 原始表\n\n" + _grid(heads, lines)


def _rows(found: Sequence[Entry]) -> str:
    lines = []
    for entry in found:
        item = entry.feature
        names = [f"`{part}`" for part in entry.reads or entry.columns or (item.table.name,)]
        lines.append(
            (
                *(f"`{item.name}`", f"{item.meaning.zh}<br>{item.meaning.en}", item.unit),
                *("all" if item.days is None else f"{item.days} d", item.purpose),
                *(", ".join(names), _each(t.source for t in entry.tables)),
                *(_each(t.owner for t in entry.tables), _each(_fresh(entry))),
                "yes" if entry.online else "no",
            )
        )
    heads = (
        *("feature", "meaning", "unit", "window", "purpose", "reads", "source system", "owner"),
        *("fresh within", "online"),
    )
    return _grid(heads, lines)


def _fresh(entry: Entry) -> list[str]:
    return [freshness(table).en for table in entry.tables]


def _each(words: Any) -> str:  # noqa: ANN401 - any words, each said once
    return ", ".join(dict.fromkeys(words))


def _grid(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---"] * len(heads)
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, rule, *lines))
