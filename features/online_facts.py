"""New facts on their way into the online store: each is held against its raw table's contract."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from features.contract import Column, ColumnType, Table
from features.errors import BrokenContract, FactRefused
from features.online_database import instant
from features.tables import TABLES

# How far the clock of whoever reports a fact may be ahead of the store's.
CLOCKS_DIFFER = timedelta(seconds=60)
_SHOWN = 5
_LARGEST = 2**63 - 1

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a raw table as the log keeps it: the contract's columns but known_at.

    `key` tells facts of a table apart; `corrects` says that the snapshot counted an earlier
    version of it. Instants are microseconds since 1970.
    """

    seq: int
    table: str
    customer_id: int
    key: str
    happened_at: int
    known_at: int
    corrects: bool
    row: Row


def conformed(table: Table, rows: Iterable[Mapping[str, object]], now: datetime) -> list[Row]:
    """Rows in the types of their contract, without nulls and without known_at.

    Values may be texts, as CSV and JSON have them; an instant then is ISO 8601 with its zone.
    BrokenContract with the first rows and reasons where any row breaks the contract, and where it
    happened after `now`: then nothing of the lot may be taken.
    """
    good: list[Row] = []
    wrong: list[str] = []
    for number, given in enumerate(rows, start=1):
        try:
            good.append(_row(table, given, now))
        except _BrokenRow as error:
            wrong.append(f"row {number}: {error}")
    if wrong:
        more = f", and {len(wrong) - _SHOWN} rows more" if len(wrong) > _SHOWN else ""
        raise BrokenContract(
            f"{len(wrong)} of {len(good) + len(wrong)} new {table.name} break the contract: "
            f"{', '.join(wrong[:_SHOWN])}{more}; mend them and send the lot again, nothing of it "
            "was taken"
        )
    return good


def key_of(table: Table, row: Row) -> str:
    """What tells a row's fact apart from other facts of its table."""
    return json.dumps([_plain(row[name]) for name in table.key], separators=(",", ":"))


def row_to_json(row: Row) -> str:
    """A row as the log keeps it; equal rows give equal texts."""
    plain = {name: _plain(row[name]) for name in sorted(row)}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def row_from_json(table: str, text: str) -> Row:
    """The row that `row_to_json` wrote."""
    columns = {column.name: column for column in TABLES[table].columns}
    return {name: _READ[columns[name].type](value) for name, value in json.loads(text).items()}


def facts_table(table: Table, facts: Iterable[Fact]) -> pa.Table:
    """Facts as rows of their raw table, with their known_at."""
    rows = [fact.row | {"known_at": instant(fact.known_at)} for fact in facts]
    return pa.Table.from_pylist(rows, schema=table.schema)


def value_of(column: Column, value: object) -> object:
    """A value in the type of its column; FactRefused where it does not read so."""
    try:
        return _value(column, value)
    except _BrokenRow as error:
        raise FactRefused(f"{error}; say it otherwise") from error


class _BrokenRow(Exception):
    """A row breaks its contract."""


def _row(table: Table, given: Mapping[str, object], now: datetime) -> Row:
    columns = {column.name: column for column in table.columns}
    if "known_at" in given:
        raise _BrokenRow("known_at is the moment at which the store takes a fact: leave it out")
    if unknown := [name for name in given if name not in columns]:
        raise _BrokenRow(f"unknown columns {', '.join(unknown)}, known are {', '.join(columns)}")
    row: Row = {
        name: _value(columns[name], value)
        for name, value in given.items()
        if value is not None and value != ""
    }
    for column in table.columns:
        if column.required and column.name != "known_at" and column.name not in row:
            raise _BrokenRow(f"{column.name} is empty")
        if column.allowed and row.get(column.name, column.allowed[0]) not in column.allowed:
            raise _BrokenRow(f"{column.name} is not one of {', '.join(column.allowed)}")
    return _refuse_future(row, now)


def _refuse_future(row: Row, now: datetime) -> Row:
    if row["happened_at"] > now + CLOCKS_DIFFER:
        raise _BrokenRow(f"happened_at {row['happened_at'].isoformat()} has not come yet")
    return row


def _value(column: Column, value: object) -> object:
    try:
        return _READ[column.type](value)
    except (TypeError, ValueError) as error:
        raise _BrokenRow(f"{column.name} does not read as {column.type}: {error}") from error


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"{value!r} is no whole number")
    found = int(value)
    if not -_LARGEST - 1 <= found <= _LARGEST:
        raise ValueError(f"{found} does not fit into 64 bits")
    return found


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is no number")
    if not math.isfinite(found := float(value)):
        raise ValueError(f"{value!r} is not finite")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(_text(value))


def _instant(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError(f"{value} has no zone, write one such as 2026-06-01T09:30:00+08:00")
    return found.astimezone(UTC)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return value == "true"


_READ: dict[ColumnType, Callable[[object], Any]] = {
    "id": _whole,
    "count": _whole,
    "cents": _whole,
    "number": _number,
    "text": _text,
    "date": _date,
    "instant": _instant,
    "flag": _flag,
}


def _plain(value: Any) -> Any:  # noqa: ANN401 - one of a row's types
    return value.isoformat() if isinstance(value, date) else value
