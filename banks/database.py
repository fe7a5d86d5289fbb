"""Reads a bank's own database through SQLAlchemy: tables and queries, in blocks, never writing."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa

from banks.errors import BrokenSource
from banks.mapping import Origin
from banks.sources import Block, block_at

DRIVERS = ("sqlite", "postgresql+psycopg")
_BLOCK_ROWS = 20_000


def is_address(source: str) -> bool:
    """Whether a source is a database's address and not a path."""
    return "://" in source


class Database:
    """A database seen as of one moment, in a transaction that cannot write."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._place = connection.engine.url.render_as_string(hide_password=True)

    def columns(self, origin: Origin) -> tuple[str, ...]:
        """The columns of a table, or those that a query gives."""
        with self._answers(origin), self._execute(origin) as result:
            return tuple(result.keys())

    def blocks(self, origin: Origin, columns: Collection[str]) -> Iterator[Block]:
        """The rows as the database gives them, in blocks that fit into memory."""
        place = f"{self._place} {origin.kind} {origin.said!r}"
        with self._answers(origin), self._execute(origin) as result:
            first = 1
            for rows in result.columns(*columns).partitions(_BLOCK_ROWS):
                values = zip(*rows, strict=True)
                arrays = [_array(column) for column in values]
                yield block_at(place, "row", first, pa.table(arrays, names=list(columns)))
                first += len(rows)

    def ordered(self, origin: Origin) -> bool:
        """Rows of a database have an order where a query gives them one."""
        return origin.kind == "query" and "order by" in origin.said.lower()

    def _execute(self, origin: Origin) -> sa.CursorResult[Any]:
        # Without this, a driver would fetch every row before it gives the first.
        in_blocks = {"yield_per": _BLOCK_ROWS}
        return self._connection.execute(self._statement(origin), execution_options=in_blocks)

    def _statement(self, origin: Origin) -> sa.Executable:
        if origin.kind == "query":
            # A colon in a bank's own query is never the name of a parameter.
            return sa.text(origin.said.replace(":", "\\:"))
        if origin.kind == "file":
            raise origin.section.refuse(
                f"file {origin.said!r} needs a folder, and {self._place} is a database",
                "name a table or a query, or give a folder",
                key="file",
            )
        schema, _, name = origin.said.rpartition(".")
        look = sa.inspect(self._connection)
        known = (*look.get_table_names(schema or None), *look.get_view_names(schema or None))
        if name not in known:
            raise origin.section.refuse(
                f"{self._place} has no table {origin.said!r}",
                f"known: {', '.join(sorted(known)) or 'none'}",
                key="table",
            )
        named: list[sa.ColumnClause[Any]] = [
            sa.column(column["name"]) for column in look.get_columns(name, schema or None)
        ]
        return sa.select(*named).select_from(sa.table(name, schema=schema or None))

    @contextmanager
    def _answers(self, origin: Origin) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            words = f"{origin.kind} {origin.said!r} is refused by {self._place}"
            raise origin.section.refuse(
                words, f"it says: {_words(error)}", key=origin.kind
            ) from error


@contextmanager
def open_database(address: str) -> Iterator[Database]:
    """The database at an address, open for reading only while the block lasts."""
    url = _url(address)
    engine = sa.create_engine(url)
    options: dict[str, Any] = {}
    if url.drivername != "sqlite":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        try:
            connection = engine.connect().execution_options(**options)
        except sa.exc.SQLAlchemyError as error:
            shown = url.render_as_string(hide_password=True)
            raise BrokenSource(f"{shown} does not open: {_words(error)}") from error
        with connection:
            if url.drivername == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            yield Database(connection)
    finally:
        engine.dispose()


def _url(address: str) -> sa.URL:
    allowed = f"allowed begin with {', '.join(f'{name}://' for name in DRIVERS)}"
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError as error:
        raise BrokenSource(f"the database's address does not read; {allowed}") from error
    if url.drivername not in DRIVERS:
        raise BrokenSource(f"a database by {url.drivername!r} is not read; {allowed}")
    # SQLite would make the file that is not there.
    if url.drivername == "sqlite" and not Path(url.database or "").is_file():
        raise BrokenSource(f"{url.database!r} is no SQLite file; name one that is there")
    return url


def _words(error: sa.exc.SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _array(values: tuple[Any, ...]) -> pa.Array:
    """Days and instants as they are, everything else as the text that it is written as."""
    there = {type(value) for value in values if value is not None}
    if there and (there <= {datetime} or there <= {date}):
        return pa.array(values)
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever a driver hands over
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return format(value, ".0f")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | float | date | time | UUID):
        return str(value)
    raise BrokenSource(
        f"a value of {type(value).__name__} is not read; cast it to a number, a text or a day in "
        "a query"
    )
