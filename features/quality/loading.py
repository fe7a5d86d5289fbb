"""From a file of gates to Gates, or to an error that says which line to change, and how."""

from functools import partial
from importlib.resources import files
from pathlib import Path

import duckdb

from features.contract import Column, Table
from features.errors import QualityError
from features.quality.gates import MEASURES, Gate, Gates, Limit, Measure, Terms, fitting
from features.tables import TABLES
from goodcall.section import Section, read_text, read_toml

_OF_ONE_TABLE = ("nulls", "range", "order", "form", "late", "unexplained")
_EVERYWHERE = tuple(name for name in MEASURES if name not in _OF_ONE_TABLE)
_OPTIONS = ("recent_days", "categories")
_TERMS = {
    "range": ("least", "most", "earliest", "oldest_days", "latest_days"),
    "order": ("not_before",),
    "form": ("pattern",),
    "late": ("days",),
}
_NUMBERS, _DATES = ("least", "most"), ("earliest", "oldest_days", "latest_days", "not_before")
_BOUNDS: dict[str, tuple[str, ...]] = {
    "cents": _NUMBERS,
    "count": _NUMBERS,
    "number": _NUMBERS,
    "date": _DATES,
    "instant": _DATES,
    "text": ("pattern",),
}


def load_gates(path: Path) -> Gates:
    """The gates in a file, which take the place of the shipped ones altogether."""
    return parse_gates(read_text(path, "gates", QualityError), str(path))


def default_gates_text() -> str:
    """The gates that Goodcall ships, for a bank to start from."""
    return (files("features.quality") / "default.toml").read_text(encoding="utf-8")


def default_gates() -> Gates:
    """The gates that hold where a bank names none of its own."""
    return parse_gates(default_gates_text(), "the shipped gates")


def parse_gates(text: str, file: str = "quality.toml") -> Gates:
    """The gates that a TOML text says; `file` is the name that errors use."""
    document = read_toml(text, file, QualityError)
    document.only("fewest_rows", "all", "table")
    everywhere, tables = document.part("all"), document.part("table")
    everywhere.only(*_EVERYWHERE, what="measure for every table")
    tables.only(*TABLES, what="table")
    fewest_rows = document.whole("fewest_rows", 1)
    parts = {name: tables.part(name) for name in TABLES}
    gates: dict[tuple[str, str, str | None], Gate] = {}
    for name, part in parts.items():
        for gate in (*_gates_everywhere(everywhere, TABLES[name]), *_own_gates(part, TABLES[name])):
            gates[gate.table, gate.measure.name, gate.column] = gate
    recent = {
        name: part.optional("recent_days", partial(part.whole, least=1))
        for name, part in parts.items()
    }
    return Gates(
        gates=tuple(gates.values()),
        fewest_rows=fewest_rows,
        recent_days={name: days for name, days in recent.items() if days is not None},
        categories=frozenset(
            (name, column)
            for name, part in parts.items()
            for column in _categories(part, TABLES[name])
        ),
    )


def _gates_everywhere(everywhere: Section, table: Table) -> list[Gate]:
    return [
        Gate(table.name, MEASURES[name], column.name if column else None, limit)
        for name in everywhere.said
        for limit in (_limit(everywhere.table(name), MEASURES[name]),)
        for column in fitting(MEASURES[name], table)
    ]


def _own_gates(part: Section, table: Table) -> list[Gate]:
    part.only(*MEASURES, *_OPTIONS, what="measure")
    gates = []
    for name in part.said:
        if name in _OPTIONS:
            continue
        measure, inner = MEASURES[name], part.table(name)
        if measure.scope == "table":
            gates.append(_gate(inner, table, measure, None))
            continue
        inner.only(*(c.name for c in table.columns), what=f"column of {table.name}")
        gates += [_gate(inner.table(c), table, measure, table.column(c)) for c in inner.said]
    return gates


def _gate(part: Section, table: Table, measure: Measure, column: Column | None) -> Gate:
    limit = _limit(part, measure)
    if column is not None:
        _refuse_misfit(part, measure, column)
    else:
        _refuse_misplaced(part, measure, table)
    terms = _terms(part, table, measure, column)
    return Gate(table.name, measure, column.name if column else None, limit, terms)


def _refuse_misplaced(part: Section, measure: Measure, table: Table) -> None:
    if measure.name == "unexplained" and table.name != "balances":
        raise part.refuse("unexplained measures balances", "move it to [table.balances]")
    if measure.name == "duplicates" and len(table.key) > 1:
        raise part.refuse(
            f"rows of {table.name} have no number of their own, so none is loaded twice unseen",
            "take the line out",
        )


def _refuse_misfit(part: Section, measure: Measure, column: Column) -> None:
    known = tuple(key for key in part.said if key not in ("warn", "fail"))
    if known and not set(known) <= set(_BOUNDS.get(column.type, ())):
        raise part.refuse(
            f"{measure.name} does not fit {column.name}, which is of type {column.type}",
            f"bounds of that type: {', '.join(_BOUNDS.get(column.type, ())) or 'none'}",
            key=known[0],
        )
    if measure.name == "references" and column.refers_to in (None, "customers"):
        raise part.refuse(
            f"{column.name} refers to no table that the gates look at", "take the line out"
        )
    if measure.name == "distribution" and column.type in ("id", "date", "instant"):
        raise part.refuse(f"{column.name} moves on by nature", "take the line out")


def _terms(part: Section, table: Table, measure: Measure, column: Column | None) -> Terms:
    names = _TERMS.get(measure.name, ())
    if names and not any(name in part.said for name in names):
        raise part.refuse(f"{measure.name} says no bound", f"add one of: {', '.join(names)}")
    days = partial(part.whole, least=0)
    terms = Terms(
        least=part.optional("least", part.number),
        most=part.optional("most", part.number),
        earliest=part.optional("earliest", part.day),
        oldest_days=part.optional("oldest_days", days),
        latest_days=part.optional("latest_days", days),
        pattern=part.optional("pattern", part.text),
        not_before=part.optional("not_before", part.text),
        days=part.optional("days", days),
    )
    if terms.not_before is not None:
        alike = [c.name for c in table.columns if column and c.type == column.type]
        if terms.not_before not in alike:
            raise part.refuse(
                f"{table.name} has no column {terms.not_before!r} of the same type",
                f"known: {', '.join(alike)}",
                key="not_before",
            )
    if terms.pattern is not None:
        _refuse_no_pattern(part, terms.pattern)
    return terms


def _refuse_no_pattern(part: Section, pattern: str) -> None:
    # DuckDB reads the pattern when it looks at rows, so DuckDB says whether it reads.
    try:
        duckdb.execute("SELECT regexp_full_match('', $1)", [pattern])
    except duckdb.InvalidInputException as error:
        raise part.refuse(
            f"pattern {pattern!r} is no regular expression: {error}", "correct it", key="pattern"
        ) from error


def _limit(part: Section, measure: Measure) -> Limit:
    part.only("warn", "fail", *_TERMS.get(measure.name, ()))
    limit = Limit(part.optional("warn", part.number), part.optional("fail", part.number))
    if limit.warn is None and limit.fail is None:
        raise part.refuse("neither warn nor fail is given", "add warn = <number>")
    for key, value in (("warn", limit.warn), ("fail", limit.fail)):
        if value is not None and value < 0:
            raise part.refuse(f"{key} is {value:g}", "write 0 or more", key=key)
    if limit.warn is None or limit.fail is None:
        return limit
    if (limit.fail > limit.warn) if measure.low else (limit.fail < limit.warn):
        raise part.refuse(
            f"fail {limit.fail:g} comes before warn {limit.warn:g}",
            f"{measure.name} is a defect {'below' if measure.low else 'above'} its limits, "
            "so a failure lies further out",
            key="fail",
        )
    return limit


def _categories(part: Section, table: Table) -> tuple[str, ...]:
    names = part.optional("categories", part.texts) or ()
    allowed = [
        c.name for c in table.columns if c.type == "text" and not c.allowed and not c.personal
    ]
    for name in names:
        if name not in allowed:
            raise part.refuse(
                f"column {name!r} of {table.name} has no shares to compare",
                f"known: {', '.join(allowed) or 'none'}",
                key="categories",
            )
    return names
