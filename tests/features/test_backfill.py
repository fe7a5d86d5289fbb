"""Builds of snapshots: done once, resumed, alone, and never half of a date."""

import json
import resource
import signal
import subprocess
import sys
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import a_bank, a_customer, a_transaction

from features.asof import as_of
from features.backfill import build, mark_of
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.errors import OutsideBank, SnapshotNotWritten, StaleSnapshot
from features.feature import Catalog, feature
from features.store import read_mark, read_snapshot, stored_dates, stored_features
from features.tables import TRANSACTIONS
from goodcall.calendar import start_of_day

DATES = (date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1))


@feature(TRANSACTIONS, windows=(30, 90), zh="转入", concept="in", unit="money", purpose="retention")
def money_in(rows):
    """Money in."""
    return rows.amount_cents.sum().fill_null(0)


@feature(TRANSACTIONS, windows=(90,), zh="笔数", concept="in", unit="count", purpose="retention")
def bookings(rows):
    """Bookings."""
    return rows.count()


SMALL = Catalog(money_in)
LARGER = Catalog((*money_in, *bookings))


@pytest.fixture
def bank(tmp_path):
    return a_bank(
        tmp_path / "bank",
        customers=[a_customer(1), a_customer(2)],
        transactions=[
            a_transaction(n, happened_at=start_of_day(date(2026, 5, 31), "UTC") - timedelta(n))
            for n in range(120)
        ],
    )


def test_a_store_holds_for_each_date_what_the_engine_gives(tmp_path, bank):
    """What comes back is the engine's own table, whole or of the dates asked for."""
    build(bank, tmp_path / "store", DATES, LARGER)
    expected = as_of(bank, cohort_at(bank, DATES), LARGER)
    assert read_snapshot(tmp_path / "store", LARGER).equals(expected)
    june = read_snapshot(tmp_path / "store", LARGER, DATES[2:])
    assert june.equals(as_of(bank, cohort_at(bank, DATES[2:]), LARGER))


def test_other_tools_read_a_store_as_one_table(tmp_path, bank):
    """DuckDB finds the dates in the folders' names."""
    build(bank, tmp_path / "store", DATES, SMALL)
    asked = (
        "SELECT as_of, count(*), sum(money_in_30d) FROM "
        "read_parquet($1, hive_partitioning = true) GROUP BY as_of ORDER BY as_of"
    )
    with duckdb.connect() as connection:
        found = connection.execute(asked, [f"{tmp_path}/store/*/*.parquet"]).fetchall()
    assert [row[0] for row in found] == list(DATES)
    assert [row[1] for row in found] == [2, 2, 2]


def test_a_rebuild_that_would_change_nothing_does_nothing(tmp_path, bank):
    """No file is touched while the bank's files and the catalogue are the same."""
    store = tmp_path / "store"
    build(bank, store, DATES, SMALL)
    before = {file: file.stat().st_mtime_ns for file in store.rglob("*.parquet")}
    again = build(bank, store, DATES, SMALL)
    assert again.written == {}
    assert again.unchanged == DATES
    assert {file: file.stat().st_mtime_ns for file in store.rglob("*.parquet")} == before


def test_a_build_writes_what_is_missing_or_out_of_date(tmp_path, bank):
    """A new date is added; another catalogue or other files of the bank build every date anew."""
    store = tmp_path / "store"
    build(bank, store, DATES[:2], SMALL)
    assert list(build(bank, store, DATES, SMALL).written) == [DATES[2]]
    assert list(build(bank, store, DATES, LARGER).written) == list(DATES)
    rows = bank.read("transactions")
    changed = a_bank(
        tmp_path / "changed",
        customers=[a_customer(1), a_customer(2)],
        transactions=rows.slice(0, 100).to_pylist(),
    )
    assert list(build(changed, store, DATES, LARGER).written) == list(DATES)


def test_a_snapshot_names_the_version_of_every_table_it_read(tmp_path, bank):
    """Each raw table has its digest; a table that changes changes its own."""
    build(bank, tmp_path / "store", DATES, SMALL)
    sources = read_mark(tmp_path / "store", DATES[0]).sources
    assert sorted(sources) == ["bank.json", "customers", "transactions"]
    file = bank.file("transactions")
    pq.write_table(pq.read_table(file), file, compression="snappy")
    changed = mark_of(bank, SMALL).sources
    assert {name for name in sources if changed[name] != sources[name]} == {"transactions"}


def test_a_snapshot_of_another_catalogue_is_read_only_when_asked_for(tmp_path, bank):
    """What an earlier catalogue built is stale for models, and still there to look at."""
    store = tmp_path / "store"
    build(bank, store, DATES[:1], SMALL)
    build(bank, store, DATES[1:], LARGER)
    with pytest.raises(StaleSnapshot, match="was built by catalogue"):
        read_snapshot(store, LARGER)
    kept = stored_features(store, stored_dates(store))
    assert kept.column_names == ["customer_id", "as_of", "money_in_30d", "money_in_90d"]
    assert kept.num_rows == 6


def test_the_single_file_of_an_earlier_release_still_reads(tmp_path, bank):
    """Release 0.1 wrote all dates into one Parquet file whose mark knew no sources."""
    old = as_of(bank, cohort_at(bank, DATES), SMALL)
    said = {"fingerprint": SMALL.fingerprint, "bank": "test bank", "currency": "CNY"}
    marked = old.replace_schema_metadata({b"goodcall": json.dumps(said).encode()})
    pq.write_table(marked, tmp_path / "old.parquet", compression="zstd")
    assert stored_dates(tmp_path / "old.parquet") == DATES
    assert read_snapshot(tmp_path / "old.parquet", SMALL).equals(old)


@pytest.mark.parametrize("day", [date(2019, 12, 31), date(2020, 1, 1), date(2027, 1, 2)])
def test_a_date_of_which_the_bank_cannot_tell_is_refused(tmp_path, bank, day):
    """The days that it can tell of are named, and nothing is written."""
    with pytest.raises(OutsideBank, match="may lie from 2020-01-02 to 2027-01-01"):
        build(bank, tmp_path / "store", [DATES[0], day], SMALL)
    assert not (tmp_path / "store").exists()


def test_a_second_build_on_a_store_is_refused(tmp_path, bank):
    """While one build computes, another says so and leaves the store alone."""

    def meanwhile(bank, cohort, catalog, *, progress):
        with pytest.raises(SnapshotNotWritten, match="another build is at work"):
            build(bank, tmp_path / "store", DATES, catalog)
        return as_of(bank, cohort, catalog, progress=progress)

    assert build(bank, tmp_path / "store", DATES[:1], SMALL, engine=meanwhile).written


def test_a_disk_that_fills_leaves_the_store_as_it_was(tmp_path, bank):
    """The system refuses to write further; the old snapshot stays, the error says what to do."""
    store = tmp_path / "store"
    build(bank, store, DATES[:1], SMALL)
    before = read_snapshot(store, SMALL)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limit[1]))
    try:
        with pytest.raises(SnapshotNotWritten, match="Make room or name another store"):
            build(bank, store, DATES[:1], LARGER)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert read_snapshot(store, SMALL).equals(before)
    assert not list(store.glob("*/.*"))


def test_a_broken_file_in_the_store_is_built_anew(tmp_path, bank):
    """A file that is no snapshot is told when read, and replaced when built."""
    store = tmp_path / "store"
    build(bank, store, DATES[:1], SMALL)
    (file,) = store.rglob("*.parquet")
    file.write_bytes(b"half a file")
    with pytest.raises(StaleSnapshot, match="is no snapshot"):
        read_snapshot(store, SMALL)
    assert build(bank, store, DATES[:1], SMALL).written == {DATES[0]: 2}


def same(one: pa.Table, other: pa.Table) -> bool:
    """Equal tables, a missing value being equal to a missing value."""
    return one.schema.equals(other.schema) and one.to_pandas().equals(other.to_pandas())


_SLOWLY = """
import sys, time
from datetime import date
from pathlib import Path
import pyarrow.parquet as pq
import features.backfill as backfill
from features import open_bank, CATALOG

backfill._BATCH_BYTES = 1
write = pq.write_table
def half(table, where, **how):
    write(table.slice(0, len(table) // 2), where, **how)
    print("half", flush=True)
    time.sleep(60)
pq.write_table = half
dates = [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]
backfill.build(open_bank(Path(sys.argv[1])), Path(sys.argv[2]), dates, CATALOG)
"""


@pytest.mark.slow
def test_a_killed_build_leaves_whole_dates_and_goes_on_where_it_stopped(tmp_path, bank):
    """Killed halfway through each date's file: every date there is whole, the next run resumes."""
    store = tmp_path / "store"
    expected = as_of(bank, cohort_at(bank, DATES), CATALOG)
    for done in range(len(DATES)):
        command = [sys.executable, "-c", _SLOWLY, str(bank.path), str(store)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
            try:
                assert killed.stdout is not None
                assert killed.stdout.readline() == "half\n"
            finally:
                killed.send_signal(signal.SIGKILL)
        assert stored_dates(store) == DATES[:done]
        assert len(list(store.glob("*/.*"))) == 1
        if done:
            assert same(read_snapshot(store, CATALOG), expected.slice(0, 2 * done))
        assert list(build(bank, store, DATES[: done + 1], CATALOG).written) == [DATES[done]]
        assert not list(store.glob("*/.*"))
    assert same(read_snapshot(store, CATALOG), expected)
