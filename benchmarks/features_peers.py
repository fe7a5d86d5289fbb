"""The peers: each computes the benchmark's columns for the same customers and dates, its own way.

One peer runs in one process, so that its memory is its own:

    python -m benchmarks.features_peers PEER BANK_FOLDER DATE[,DATE...] RESULT_FILE
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.feather as pf
import pyarrow.parquet as pq

from benchmarks import features_sql
from benchmarks.features_columns import (
    BANDS,
    COLUMNS,
    EMPTY_IS_ZERO,
    MEASURES,
    Mask,
    catalog,
    in_python,
)
from features import Bank, as_of, open_bank
from goodcall.calendar import start_of_day

MEMORY = "3GB"
_DAY_MICROSECONDS = 86_400_000_000
_KIB_PER_GIB = 2**20
_TEXTS = ["kind", "initiated_by", "channel", "counterparty"]
_READ = ["customer_id", "happened_at", "known_at", "amount_cents", *_TEXTS]


@dataclass(frozen=True, slots=True)
class Work:
    """What a peer is asked: these customers of this bank, as of these dates."""

    bank: Bank
    dates: tuple[date, ...]
    cohort: pa.Table

    @property
    def file(self) -> Path:
        """The transactions."""
        return self.bank.file("transactions")


def work_of(folder: Path, dates: Iterable[date]) -> Work:
    """Every customer of a bank, as of each of some dates."""
    bank, days = open_bank(folder), tuple(dates)
    customers = pq.read_table(bank.file("customers"), columns=["customer_id"])["customer_id"]
    parts = [
        pa.table({"customer_id": customers, "as_of": pa.array([day] * len(customers), pa.date32())})
        for day in days
    ]
    return Work(bank, days, pa.concat_tables(parts).combine_chunks())


def scan(work: Work) -> pa.Table:
    """DuckDB reads the columns, and no more: what no engine on Parquet can be faster than."""
    return _asked([features_sql.scan(work.file)])


def filters(work: Work) -> pa.Table:
    """DuckDB with one FILTER a column."""
    zone = work.bank.manifest.zone
    return _asked(features_sql.filters(work.file, day, zone) for day in work.dates)


def bands(work: Work) -> pa.Table:
    """DuckDB with bands, written by hand, one query a date."""
    zone = work.bank.manifest.zone
    return _asked(features_sql.bands(work.file, day, zone) for day in work.dates)


def pandas(work: Work) -> pa.Table:
    """Pandas over the whole table, read once."""
    table = pq.read_table(work.file, columns=_READ, read_dictionary=_TEXTS)
    rows = table.to_pandas(types_mapper=None, split_blocks=True, self_destruct=True)
    del table
    happened = rows.pop("happened_at").astype("int64").to_numpy()
    known = rows.pop("known_at").astype("int64").to_numpy()
    zone = work.bank.manifest.zone
    parts = []
    for day in work.dates:
        at = int(start_of_day(day, zone).timestamp()) * 1_000_000
        age = (at - 1 - happened) // _DAY_MICROSECONDS
        seen = (happened < at) & (known < at) & (age < BANDS[-1])
        parts.append(_pandas_date(rows[seen], age[seen], day))
    return pa.concat_tables(parts)


def goodcall(work: Work) -> pa.Table:
    """Goodcall's engine, with the columns declared as features."""
    return as_of(work.bank, work.cohort, catalog())


PEERS: dict[str, Callable[[Work], pa.Table]] = {
    "scan": scan,
    "bands": bands,
    "filters": filters,
    "pandas": pandas,
    "goodcall": goodcall,
}


def values_of(table: pa.Table, name: str, work: Work) -> npt.NDArray[np.float64]:
    """A result's column in the cohort's order; a customer it lacks had no rows."""
    customers = np.sort(
        work.cohort["customer_id"].to_numpy()[: len(work.cohort) // len(work.dates)]
    )
    days = np.array(work.dates, "datetime64[D]")
    place = np.searchsorted(days, table["as_of"].to_numpy().astype("datetime64[D]"))
    place = place * len(customers) + np.searchsorted(customers, table["customer_id"].to_numpy())
    operation = next(c.measure.operation for c in COLUMNS if c.name == name)
    values = np.full(len(work.cohort), 0.0 if operation in EMPTY_IS_ZERO else np.nan)
    values[place] = table[name].cast(pa.float64()).fill_null(np.nan).to_numpy()
    return values


def _asked(queries: Iterable[str]) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(f"SET temp_directory = '{tempfile.gettempdir()}'")
        connection.execute("SET preserve_insertion_order = false")
        return pa.concat_tables([connection.sql(query).to_arrow_table() for query in queries])


def _pandas_date(rows: pd.DataFrame, age: npt.NDArray[np.int64], day: date) -> pa.Table:
    """One date's columns: a group-by for each mask and window, shared by its aggregates."""
    rows = rows.assign(age=age)
    made: dict[str, pd.Series] = {}
    for mask in dict.fromkeys(measure.mask for measure in MEASURES):
        kept = in_python(rows, mask)
        kept = rows if kept is None else rows[kept]
        for days in sorted({c.days for c in COLUMNS if c.measure.mask == mask}, reverse=True):
            kept = kept[kept["age"].to_numpy() < days]
            made |= _pandas_window(kept, mask, days)
    customers = pd.Index(rows["customer_id"].unique(), name="customer_id")
    frame = pd.DataFrame({c.name: made[c.name].reindex(customers) for c in COLUMNS})
    zeros = [c.name for c in COLUMNS if c.measure.operation in EMPTY_IS_ZERO]
    frame[zeros] = frame[zeros].fillna(0)
    table = pa.Table.from_pandas(frame.astype("float64").reset_index(), preserve_index=False)
    return table.append_column("as_of", pa.array([day] * len(table), pa.date32()))


def _pandas_window(kept: pd.DataFrame, mask: Mask, days: int) -> dict[str, pd.Series]:
    groups = kept.groupby("customer_id", sort=False)
    cents = groups["amount_cents"]
    made: dict[str, Callable[[], pd.Series]] = {
        "sum": cents.sum,
        "count": cents.size,
        "min": cents.min,
        "max": cents.max,
        "mean": cents.mean,
        "std": cents.std,
        "active_days": partial(_active_days, kept),
        "days_since": groups["age"].min,
    }
    wanted = [c for c in COLUMNS if c.measure.mask == mask and c.days == days]
    return {column.name: made[column.measure.operation]() for column in wanted}


def _active_days(kept: pd.DataFrame) -> pd.Series:
    return kept[["customer_id", "age"]].drop_duplicates()["customer_id"].value_counts()


def _peak_kib() -> int:
    """The most memory this process ever held.

    The kernel's high-water mark of this very process: getrusage would count the memory of the
    process that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def main(peer: str, folder: Path, dates: str, out: Path) -> None:
    """Run one peer, keep its result in a file, and print what it took as JSON."""
    work = work_of(folder, map(date.fromisoformat, dates.split(",")))
    begun, begun_cpu = time.perf_counter(), time.process_time()
    table = PEERS[peer](work)
    took = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - begun_cpu}
    print(json.dumps(took | {"gib": _peak_kib() / _KIB_PER_GIB}))
    pf.write_feather(table, out, compression="uncompressed")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
