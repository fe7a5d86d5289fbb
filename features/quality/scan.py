"""A look at a bank's Parquet files that keeps to a limit of memory, however long they are."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import ARROW_TYPES, Table
from features.embedded import embedded
from features.errors import BrokenContract, QualityError
from features.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from features.bank import Bank

MEMORY_MB = 1024
EXAMPLES_SHOWN = 5


@contextmanager
def look_at(bank: Bank, memory_mb: int = MEMORY_MB) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a view for each table of the bank; what outgrows memory goes to disk.

    A file whose columns are not those of its contract, or that does not read to its end, is a
    BrokenContract; work that fits neither in memory nor on the disk is a QualityError.
    """
    if not bank.file("customers").exists():
        raise BrokenContract(f"{bank.path} has no customers.parquet; every bank needs that table")
    with TemporaryDirectory(prefix="goodcall-check-") as spill, embedded() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET memory_limit = '{memory_mb}MiB'")
        connection.execute(f"SET temp_directory = {quoted(spill)}")
        connection.execute("SET preserve_insertion_order = false")
        try:
            for name in bank.tables:
                _refuse_wrong_types(bank.file(name), contract_of(bank, name))
                file = quoted(str(bank.file(name)))
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({file})")
            yield connection
        except duckdb.OutOfMemoryException as error:
            raise QualityError(
                f"the check of {bank.path} does not fit in {memory_mb} MiB and the disk of the "
                f"temporary folder: {error}; give it more memory or free the disk"
            ) from error
        except duckdb.Error as error:
            # A spoilt file is named in the message; a page header that does not parse raises the
            # bare class, without a name. Anything else is a defect of ours.
            if type(error) is not duckdb.Error and str(bank.path) not in str(error):
                raise
            raise BrokenContract(
                f"a file of {bank.path} does not read to its end: {error}; hand it over again"
            ) from error


def contract_of(bank: Bank, name: str) -> Table:
    """A table's contract in the version that the bank was written under."""
    return TABLES[name].at(bank.manifest.contract)


def first_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The one row of a query of aggregates."""
    return tuple(connection.execute(query).fetchall()[0])


def count_each(
    connection: duckdb.DuckDBPyConnection, table: str, conditions: Sequence[str]
) -> tuple[int, list[int]]:
    """How many rows a table has, and how many meet each condition, in one reading of the file."""
    counts = "".join(f", count(*) FILTER (WHERE {condition})" for condition in conditions)
    rows, *found = first_row(connection, f"SELECT count(*){counts} FROM {table}")
    return int(rows), [int(number) for number in found]


def examples_of(
    connection: duckdb.DuckDBPyConnection, table: Table, condition: str
) -> tuple[str, ...]:
    """The keys of the first rows that meet a condition; keys only, never a person's data."""
    key = ", ".join(table.key)
    keys = connection.execute(
        f"SELECT {', '.join(f'{name}::VARCHAR' for name in table.key)} FROM "
        f"(SELECT {key} FROM {table.name} WHERE {condition} ORDER BY {key} LIMIT {EXAMPLES_SHOWN})"
        f" ORDER BY {key}"
    ).fetchall()
    return tuple(name_key(table, key) for key in keys)


def name_key(table: Table, key: Sequence[object]) -> str:
    """A row's key in words: each column of the key and its value."""
    return ", ".join(f"{name} {value}" for name, value in zip(table.key, key, strict=True))


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _refuse_wrong_types(file: Path, table: Table) -> None:
    try:
        schema = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise BrokenContract(f"{file} is no readable Parquet: {error}") from error
    for column in table.columns:
        if column.name not in schema.names:
            raise BrokenContract(f"{table.name}: column {column.name} ({column.type}) is missing")
        if schema.field(column.name).type != ARROW_TYPES[column.type]:
            raise BrokenContract(
                f"{table.name}.{column.name} is {schema.field(column.name).type}, "
                f"its contract says {column.type} ({ARROW_TYPES[column.type]})"
            )
