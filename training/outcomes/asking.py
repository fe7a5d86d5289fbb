"""A cohort laid out beside raw tables in DuckDB, for outcomes that are told by a query.

`rows` has place, customer_id and number; `cuts` has, for the number of each date, as_of itself, the
first and the first later date of the window asked about, and the instants at which each begins.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import duckdb
import numpy as np
import pyarrow as pa

from features.bank import Bank
from features.embedded import embedded
from goodcall.calendar import start_of_day
from training.outcomes.asked import Asked, Ints, Span


@contextmanager
def asking(
    bank: Bank, asked: Asked, window: Span, tables: Mapping[str, list[str]]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the named columns of raw tables, `rows` and `cuts`."""
    with closing(embedded()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table, columns in tables.items():
            connection.register(table, bank.read(table).select(columns))
        rows = {"place": np.arange(len(asked.who)), "customer_id": asked.customer_id}
        connection.register("rows", pa.table(rows | {"number": asked.when}))
        connection.register("cuts", _cuts(bank, asked, window))
        yield connection


def numbers(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Ints]:
    """The columns of a query's answer, whole numbers or yes and no, as int64."""
    found = connection.execute(query).fetchnumpy()
    return {name: np.asarray(column).astype(np.int64) for name, column in found.items()}


def _cuts(bank: Bank, asked: Asked, window: Span) -> pa.Table:
    edges = [window.dates(day) for day in asked.days]
    dates = {
        "as_of": list(asked.days),
        "begins": [first for first, _ in edges],
        "ends": [last for _, last in edges],
    }
    columns: dict[str, pa.Array] = {"number": pa.array(range(len(edges)), pa.int64())}
    for name, days in dates.items():
        columns[name] = pa.array(days, pa.date32())
        columns[f"{name}_at"] = pa.array(
            [start_of_day(day, bank.manifest.zone) for day in days], pa.timestamp("us", tz="UTC")
        )
    return pa.table(columns)
