"""Reads a mapping and holds it against the contracts of the raw tables."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, get_args

from banks.errors import BrokenMapping
from banks.mapping import (
    BankMapping,
    Edge,
    Feed,
    Layout,
    Lookup,
    Origin,
    OriginKind,
    Rule,
    Signs,
)
from banks.time_format import KNOWN, unknown_parts
from features.bank import Manifest
from features.contract import Column, Table
from features.tables import TABLES
from goodcall.section import Section, read_toml

_COLUMN = '{ from = "<column>" } or { constant = <value> }'
# The powers of ten by which an amount in that unit becomes cents.
UNITS = {"minor": 0, "major": 2, "thousand": 5, "wan": 6}
_LAYOUT = ("delimiter", "encoding", "names", "absent", "trim", "decimal", "thousands")
_ORIGINS: tuple[OriginKind, ...] = get_args(OriginKind)
_KEYS = {
    "id": ("ids", "row"),
    "count": ("codes",),
    "cents": ("unit", "sign", "decimal", "thousands"),
    "number": ("sign", "decimal", "thousands"),
    "text": ("codes",),
    "date": ("format", "zone"),
    "instant": ("format", "zone", "at", "days_later"),
    "flag": ("codes",),
}
_PYTHON: dict[str, tuple[type, str]] = {
    "id": (int, "a whole number"),
    "count": (int, "a whole number"),
    "cents": (int, "a whole number of cents"),
    "number": (float, "a number such as 0.5"),
    "text": (str, "a text in quotes"),
    "date": (date, "a date such as 2026-12-31, without quotes"),
    "instant": (date, "a date such as 2026-12-31, or with a time behind it, without quotes"),
    "flag": (bool, "true or false"),
}


def read_mapping(text: str, file: str, *, last_day: date | None = None) -> BankMapping:
    """The mapping that a TOML text says.

    `last_day` replaces the one written there. A mistake is a BrokenMapping with `file`, its line
    and what is known.
    """
    top = read_toml(text, file, BrokenMapping)
    top.only("bank", *TABLES)
    manifest = _manifest(top, last_day)
    feeds = tuple(
        _feed(section, TABLES[name], manifest.zone)
        for name in TABLES
        for section in top.tables(name)
    )
    if not any(feed.table.name == "customers" for feed in feeds):
        raise top.refuse("nothing feeds customers", "add [[customers]]; every bank needs them")
    return BankMapping(manifest, feeds, text)


def _manifest(top: Section, last_day: date | None) -> Manifest:
    bank = top.table("bank", "a table [bank] with name, zone, currency, first_day and last_day")
    bank.only("name", "zone", "currency", "first_day", "last_day", "source")
    name, zone, currency = bank.text("name"), bank.zone("zone"), bank.text("currency")
    first, last = bank.day("first_day"), last_day or bank.day("last_day")
    if last < first:
        wrong = f"last_day {last} lies before first_day {first}"
        raise bank.refuse(wrong, "correct one of them", key="last_day")
    source = bank.optional("source", bank.text)
    mapped = f"the bank's own tables, by the mapping {top.file}"
    return Manifest(name, zone, currency, first, last, source or mapped)


def _feed(section: Section, table: Table, zone: str) -> Feed:
    section.only(*_ORIGINS, *_LAYOUT, "where", "once", "columns")
    origin = _origin(section, Layout())
    asked = section.table("columns", f"a table [{table.name}.columns]")
    asked.only(*(column.name for column in table.columns))
    rules = tuple(
        _rule(asked.table(name, _COLUMN), table.column(name), origin, zone) for name in asked.said
    )
    if lost := [c.name for c in table.columns if c.required and c.name not in asked.said]:
        may = ", ".join(c.name for c in table.columns if not c.required)
        raise asked.refuse(
            f"{table.name} needs {', '.join(lost)}", f"add a line for each; may be left out: {may}"
        )
    where = section.part("where")
    allowed = {key: _words(where, key) for key in where.said}
    return Feed(table, origin, rules, allowed, _flag(section, "once"))


def _origin(section: Section, layout: Layout) -> Origin:
    said = [kind for kind in _ORIGINS if kind in section.said]
    if len(said) != 1:
        found = " and ".join(said) or "no source"
        raise section.refuse(f"{found} is said", "say one of file, table and query")
    kind: OriginKind = said[0]
    return Origin(section, _layout(section, layout), kind, section.text(kind))


def _layout(section: Section, layout: Layout) -> Layout:
    """The layout that a section says; what it leaves out is as `layout` has it."""
    readers: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(("delimiter", "encoding", "decimal", "thousands"), partial(_mark, section)),
        **dict.fromkeys(("names", "absent"), partial(_words, section)),
        "trim": section.flag,
    }
    said = {key: read(key) for key, read in readers.items() if key in section.said}
    found = replace(layout, **said)
    if len(found.delimiter) != 1:
        raise section.refuse(f"delimiter is {found.delimiter!r}", "write one character")
    try:
        "".encode(found.encoding)
    except LookupError as error:
        remedy = "write one such as utf-8 or gb18030"
        raise section.refuse(f"encoding {found.encoding!r} is unknown", remedy) from error
    _refuse_equal_marks(section, found.decimal, found.thousands)
    return found


def _rule(section: Section, column: Column, origin: Origin, zone: str) -> Rule:
    _refuse_other_keys(section, column)
    layout = origin.layout
    sign, signs = _sign(section)
    rule = Rule(
        section=section,
        column=column,
        sources=_words(section, "from"),
        constant=_checked(section, column, "constant", section.said.get("constant")),
        format=_format(section),
        edge=_edge(section, column),
        days_later=_days_later(section),
        zone=section.optional("zone", section.zone) or zone,
        exponent=_exponent(section, column),
        sign=sign,
        signs=signs,
        decimal=_mark(section, "decimal", layout.decimal),
        thousands=_mark(section, "thousands", layout.thousands),
        codes=_codes(section, column),
        ids=section.optional("ids", partial(section.text, among=_numbered_tables())),
        absent=(*layout.absent, *_words(section, "absent")),
        lookup=_lookup(section, layout),
    )
    _refuse_equal_marks(section, rule.decimal, rule.thousands)
    return rule


def _refuse_other_keys(section: Section, column: Column) -> None:
    """Refuse a rule that names no source or several, or a key that its source has no use for."""
    section.only("from", "constant", "absent", "lookup", *_KEYS[column.type])
    row = column.type == "id" and _flag(section, "row")
    said = [*(key for key in ("from", "constant") if key in section.said), *["row"] * row]
    if len(said) != 1:
        sources = "from, constant" + ", row" * (column.type == "id")
        found = " and ".join(said) or "no source"
        raise section.refuse(f"{column.name} says {found}", f"say one of {sources}")
    if said == ["from"] and not _words(section, "from"):
        raise section.refuse("from is an empty list", "name one column or more", key="from")
    if row:
        section.only("row")
    elif "constant" in section.said:
        timed = ("at", "zone", "days_later") if column.type == "instant" else ()
        section.only("constant", *timed)


def _codes(section: Section, column: Column) -> dict[str, Any]:
    codes = section.part("codes")
    return {key: _checked(codes, column, key, value) for key, value in codes.said.items()}


def _checked(section: Section, column: Column, key: str, value: Any) -> Any:  # noqa: ANN401 - TOML
    """A value written in the mapping, where the column may hold it."""
    kind, meant = _PYTHON[column.type]
    if value is None:
        return None
    if kind is float and type(value) is int:
        return float(value)
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if column.type == "date":
        fits = type(value) is date
    if not fits:
        raise section.refuse(f"{column.name} is {value!r}", f"write {meant}", key=key)
    if column.allowed and value not in column.allowed:
        words = f"allowed: {', '.join(column.allowed)}"
        raise section.refuse(f"{column.name} is {value!r}", words, key=key)
    return value


def _format(section: Section) -> str | None:
    written = section.optional("format", section.text)
    if written and (unknown := unknown_parts(written)):
        words = f"known: {', '.join(KNOWN)}"
        raise section.refuse(f"format holds {', '.join(unknown)}", words, key="format")
    return written


def _edge(section: Section, column: Column) -> Edge | None:
    """What of a day is meant; where whole days pass before, a day is meant, hours or not."""
    said: Any = section.optional("at", partial(section.text, among=get_args(Edge)))
    if said is None and _days_later(section):
        return "end" if column.name == "known_at" else "begin"
    edge: Edge | None = said
    return edge


def _days_later(section: Section) -> int:
    return section.optional("days_later", partial(section.whole, least=0)) or 0


def _exponent(section: Section, column: Column) -> int:
    if column.type != "cents" or "constant" in section.said:
        return 0
    return UNITS[section.text("unit", UNITS)]


def _sign(section: Section) -> tuple[int, Signs | None]:
    value = section.said.get("sign", 1)
    if _is_sign(value):
        return int(value), None
    remedy = '1, -1, or { from = "column", codes = { D = -1, C = 1 } }'
    signs = section.table("sign", remedy)
    codes = signs.table("codes", "{ D = -1, C = 1 }")
    if not all(map(_is_sign, codes.said.values())):
        raise section.refuse(f"sign is {value!r}", f"write {remedy}", key="sign")
    signs.only("from", "codes")
    return 1, Signs(signs.text("from"), dict(codes.said))


def _is_sign(value: object) -> bool:
    return type(value) is int and abs(value) == 1


def _lookup(section: Section, layout: Layout) -> Lookup | None:
    said = section.optional("lookup", section.table)
    if said is None:
        return None
    said.only(*_ORIGINS, *_LAYOUT, "key", "value")
    return Lookup(_origin(said, layout), said.text("key"), said.text("value"))


def _numbered_tables() -> tuple[str, ...]:
    """The raw tables whose own key is one number."""
    return tuple(t.name for t in TABLES.values() if [t.column(k).type for k in t.key] == ["id"])


def _words(section: Section, key: str) -> tuple[str, ...]:
    """A text or a list of texts; none where the key is left out."""
    if key not in section.said:
        return ()
    meant = "a text in quotes, or a list of them in square brackets"
    value = section.value(key, (str, list), meant)
    return (value,) if isinstance(value, str) else section.texts(key)


def _flag(section: Section, key: str) -> bool:
    """True or false; false where the key is left out."""
    return bool(section.optional(key, section.flag))


def _mark(section: Section, key: str, otherwise: str = "") -> str:
    """Signs in quotes, a blank among them; `otherwise` where the key is left out."""
    if key not in section.said:
        return otherwise
    return str(section.value(key, str, "it in quotes"))


def _refuse_equal_marks(section: Section, decimal: str, thousands: str) -> None:
    if len(decimal) != 1 or len(thousands) > 1 or decimal == thousands:
        raise section.refuse(
            f"decimal is {decimal!r} and thousands {thousands!r}",
            "write one character for decimal, and another or none for thousands",
        )
