"""Gives a bank's own codes numbers that stay the same from one import to the next.

The codes of one raw table's key are numbered together: from 1, in the order of the codes. When a
bank is imported again, what was known keeps its number and new codes follow, so that a ledger of
earlier contacts still means the same customers.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from banks.errors import BrokenSource
from banks.mapping import Feed, Rule
from features.bank import MANIFEST, open_bank
from features.contract import ARROW_TYPES

ID_FILE = "ids.parquet"
ROW = "row_number"
_SCHEMA = pa.schema([("table", pa.string()), ("id", pa.int64()), ("code", pa.string())])
_CODES_SHOWN = 5


def old_codes(path: Path, name: str) -> pa.Table:
    """The table, code and id of every code that the bank at `path` knows; none of another bank."""
    file = path / ID_FILE
    if (path / MANIFEST).exists() and file.exists() and open_bank(path).manifest.name == name:
        return pq.read_table(file, schema=_SCHEMA)
    return _SCHEMA.empty_table()


def number_codes(
    connection: duckdb.DuckDBPyConnection, feeds: tuple[Feed, ...], old: pa.Table
) -> None:
    """Make the table `codes` (table, id, code): the old codes and every new one of the feeds."""
    connection.register("old_codes", old)
    connection.execute("CREATE TABLE codes AS SELECT * FROM old_codes")
    found: dict[str, list[str]] = {}
    for place, _, rule in _coded(feeds):
        said = f"SELECT {rule.column.name} AS code FROM {view_of(place)}"
        found.setdefault(str(rule.ids), []).append(said)
    for table, queries in found.items():
        connection.execute(
            f"""
            INSERT INTO codes
            SELECT $1, row_number() OVER (ORDER BY code)
                       + (SELECT coalesce(max(id), 0) FROM codes WHERE "table" = $1), code
            FROM (SELECT DISTINCT code FROM ({" UNION ALL ".join(queries)}))
            WHERE code IS NOT NULL
              AND code NOT IN (SELECT code FROM codes WHERE "table" = $1)
            """,
            [table],
        )


def refuse_lost_codes(connection: duckdb.DuckDBPyConnection, feeds: tuple[Feed, ...]) -> None:
    """Raise BrokenSource where a row's customer code is no customer's, while it can be read."""
    keys = [
        f"SELECT customer_id FROM {view_of(place)}"
        for place, feed, rule in _coded(feeds)
        if feed.table.name == "customers" and rule.column.name == "customer_id"
    ]
    for place, feed, rule in _coded(feeds):
        if rule.column.refers_to != "customers" or not keys:
            continue
        name = rule.column.name
        lost = connection.sql(
            f"SELECT DISTINCT {name} FROM {view_of(place)} WHERE {name} IS NOT NULL AND "
            f"{name} NOT IN ({' UNION ALL '.join(keys)}) ORDER BY 1"
        ).fetchall()
        if lost:
            shown = ", ".join(repr(code) for (code,) in islice(lost, _CODES_SHOWN))
            raise BrokenSource(
                f"{feed.origin.said}: {' '.join(rule.sources)} has {len(lost)} codes that no row "
                f"of customers has, first {shown}; add those customers, or leave the rows out"
            )


def with_ids(place: int, feed: Feed) -> str:
    """A query for the rows of a staged feed, with ids for codes, and once each where asked."""
    rows = f"SELECT * FROM {view_of(place)}"
    if feed.once:
        rows += (
            f" QUALIFY row_number() OVER (PARTITION BY {', '.join(feed.table.key)} "
            f"ORDER BY happened_at, known_at, {ROW}) = 1"
        )
    named, joins = [], ""
    for number, rule in enumerate(feed.rules):
        name = rule.column.name
        if rule.ids:
            named.append(f"code_{number}.id AS {name}")
            joins += (
                f" LEFT JOIN codes AS code_{number} ON code_{number}.table = '{rule.ids}' "
                f"AND code_{number}.code = staged.{name}"
            )
        else:
            named.append(f"staged.{name}")
    return f"SELECT {', '.join(named)} FROM ({rows}) AS staged{joins}"


def staged_type(rule: Rule) -> pa.DataType:
    """The type of a column until its codes have ids."""
    return pa.string() if rule.ids else ARROW_TYPES[rule.column.type]


def view_of(place: int) -> str:
    """The name of the view of a feed's staged rows."""
    return f"feed_{place}"


def _coded(feeds: tuple[Feed, ...]) -> Iterator[tuple[int, Feed, Rule]]:
    for place, feed in enumerate(feeds):
        for rule in feed.rules:
            if rule.ids:
                yield place, feed, rule
