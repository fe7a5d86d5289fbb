"""What a mapping says: which file or query feeds which raw table, and how each column is read.

How to write one stands in docs/data.md, and in the example that `goodcall bank import tables
--example` prints.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from features.bank import Manifest
from features.contract import Column, Table
from goodcall.section import Section

Edge = Literal["begin", "end"]
OriginKind = Literal["file", "table", "query"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text of a delimited file is written; `names` stand in for a header it lacks."""

    delimiter: str = ","
    encoding: str = "utf-8"
    names: tuple[str, ...] = ()
    absent: tuple[str, ...] = ("",)
    trim: bool = False
    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """The files (`file` may be a pattern), the table or the query that rows come from."""

    section: Section
    layout: Layout
    kind: OriginKind
    said: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Another source whose `value` stands for the code that its `key` holds."""

    origin: Origin
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Signs:
    """A column whose codes say whether an amount comes in (1) or goes out (-1)."""

    column: str
    codes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column of a raw table is filled: from columns of the source, or with a constant.

    With neither, the row's number is its key. `exponent` is how many decimals make a cent.
    """

    section: Section
    column: Column
    sources: tuple[str, ...] = ()
    constant: Any = None
    format: str | None = None
    edge: Edge | None = None
    days_later: int = 0
    zone: str = "UTC"
    exponent: int = 0
    sign: int = 1
    signs: Signs | None = None
    decimal: str = "."
    thousands: str = ""
    codes: Mapping[str, Any] = field(default_factory=dict)
    ids: str | None = None
    absent: tuple[str, ...] = ()
    lookup: Lookup | None = None

    @property
    def day_edge(self) -> Edge:
        """What of a day is meant: a fact happens as its day begins and is known as it ends."""
        return self.edge or ("end" if self.column.name == "known_at" else "begin")

    @property
    def numbered(self) -> bool:
        """Whether the row's number fills the column."""
        return not self.sources and self.constant is None


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of one raw table: which of its rows, and a rule for each column it fills.

    With `once`, only the earliest row of each key stays.
    """

    table: Table
    origin: Origin
    rules: tuple[Rule, ...]
    where: Mapping[str, tuple[str, ...]]
    once: bool

    @property
    def columns(self) -> dict[str, Section]:
        """Every column of the source that is needed, with the place that asks for it."""
        asked = dict.fromkeys(self.where, self.origin.section)
        for rule in self.rules:
            asked |= dict.fromkeys(rule.sources, rule.section)
            if rule.signs:
                asked[rule.signs.column] = rule.section
        return asked


@dataclass(frozen=True, slots=True)
class BankMapping:
    """A bank's own tables as raw tables; `text` is the mapping as it was written."""

    manifest: Manifest
    feeds: tuple[Feed, ...]
    text: str
