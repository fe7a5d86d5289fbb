"""Spark computes what DuckDB computes, from the same declarations and the same files."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow.parquet as pq
import pytest
from builders import a_bank, a_table, a_transaction
from oracle import oracle
from random_bank import CUSTOMERS as PEOPLE
from random_bank import DATES, split_bank
from reckoning import CATALOG as EVERY_AGGREGATE
from reckoning import CUSTOMERS, Row, differences, everyone, midnight

from banks import simulate
from features.asof import as_of
from features.bank import Bank, Manifest, open_bank
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.errors import EngineUnavailable
from features.feature import Catalog
from features.growing import grow_bank
from features.spark import as_of_spark, spark_session

MASTER = "local[2]"
FLAGS = (None, True, False)
TICK = timedelta(microseconds=1)
# Three banks' zones, each with a day near which its clocks change, or none.
DAYS = {
    "Asia/Shanghai": date(2026, 6, 1),
    "Europe/Prague": date(2026, 3, 31),
    "America/Santiago": date(2025, 9, 9),
}


@pytest.fixture(scope="module")
def spark():
    """One session for the whole file; Java takes seconds to start."""
    session = spark_session(MASTER)
    yield session
    session.stop()


def facts(zone: str, seed: int) -> list[Row]:
    """Transactions at and around midnights, with late rows, corrections, ties and nulls."""
    rng = np.random.default_rng(seed)
    day = DAYS[zone]

    def one(*values):
        return values[rng.integers(len(values))]

    def moment():
        start = midnight(day - timedelta(int(one(0, 1, 2, 6, 7, 8, 29, 30, 31, 90, 200))), zone)
        return start + one(timedelta(0), -TICK, TICK, timedelta(hours=2, minutes=30))

    rows: list[Row] = []
    for number in range(60):
        happened = moment()
        known = happened + one(timedelta(0), TICK, timedelta(hours=20))
        for version in range(one(1, 1, 2)):
            rows.append(
                {
                    "transaction_id": number,
                    "account_id": int(rng.integers(1, 5)),
                    "customer_id": one(*CUSTOMERS[:2]),
                    "happened_at": happened if version == 0 else moment(),
                    "known_at": known + version * timedelta(days=8),
                    "amount_cents": int(one(0, 500, 500, -70_000, rng.integers(-(10**9), 10**9))),
                    "kind": one("card", "card", "cash"),
                    "initiated_by": "customer",
                    "channel": one(None, "mobile", "atm"),
                    "planned": one(*FLAGS),
                }
            )
            if version:
                rows[-1]["customer_id"] = rows[-2]["customer_id"]
    return rows


def a_file(folder, zone: str, rows: list[Row]) -> Bank:
    span = (date(2020, 1, 1), date(2030, 1, 1))
    bank = Bank(folder, Manifest("law", zone, "CNY", *span, "a test", ("transactions",)))
    table = a_table("transactions", rows).sort_by("customer_id")
    pq.write_table(table, bank.file("transactions"))
    return bank


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("zone", sorted(DAYS))
def test_every_allowed_aggregate_on_spark_equals_the_slow_reading(tmp_path, zone):
    """With conditions, windows, nulls, ties, corrections and nothing at all, in any bank's zone."""
    rows = facts(zone, seed=3)
    bank = a_file(tmp_path, zone, rows)
    cohort = everyone([DAYS[zone], DAYS[zone] - timedelta(3)])
    found = as_of_spark(bank, cohort, EVERY_AGGREGATE, master=MASTER)
    assert differences(found, EVERY_AGGREGATE, rows, zone) == []


@pytest.mark.slow
@pytest.mark.parametrize("session_zone", ["America/Los_Angeles", "Europe/Prague", "Asia/Tokyo"])
def test_the_spark_sessions_time_zone_moves_nothing(spark, tmp_path, monkeypatch, session_zone):
    """Facts around midnights and a change of clocks count the same in any session's zone."""
    connect = ibis.pyspark.connect

    def connect_elsewhere(session):
        backend = connect(session)
        session.conf.set("spark.sql.session.timeZone", session_zone)
        return backend

    monkeypatch.setattr(ibis.pyspark, "connect", connect_elsewhere)
    zone = "Europe/Prague"
    rows = facts(zone, seed=8)
    names = ("rows", "days_since", "days_with_any", "latest", "earliest_by_card", "mean_age")
    chosen = [f for f in EVERY_AGGREGATE.features if f.name.removesuffix(f"_{f.days}d") in names]
    catalog = Catalog(tuple(chosen))
    bank = a_file(tmp_path, zone, rows)
    found = as_of_spark(bank, everyone([DAYS[zone]]), catalog, master=MASTER)
    assert ZoneInfo(spark.conf.get("spark.sql.session.timeZone")) == ZoneInfo(session_zone)
    assert differences(found, catalog, rows, zone) == []


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_the_shipped_catalogue_on_spark_equals_duckdb(tmp_path):
    """Every feature of a simulated bank agrees to 1e-9, missing where it is missing."""
    simulate(tmp_path / "bank", customers=100, months=14, seed=5)
    bank = open_bank(tmp_path / "bank")
    cohort = cohort_at(bank, [date(2025, 12, 1), date(2026, 3, 1), date(2026, 7, 1)])
    here = as_of(bank, cohort, CATALOG)
    there = as_of_spark(bank, cohort, CATALOG, master=MASTER)
    assert there.schema == here.schema
    assert there.select(["customer_id", "as_of"]).equals(here.select(["customer_id", "as_of"]))
    differing = [
        name
        for name in CATALOG.names
        if not np.allclose(here[name], there[name], rtol=1e-9, atol=1e-9, equal_nan=True)
    ]
    assert len(cohort) > 250
    assert differing == []


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_contacts_made_through_goodcall_add_to_the_banks_own_on_spark_too(tmp_path):
    """Every feature of contacts equals a reading of both files' rows, version by version."""
    zone = "Asia/Shanghai"
    bank, rows = split_bank(tmp_path, zone)
    told = Catalog(f for f in CATALOG.features if f.table.name == "contacts" and not f.reads)
    found = as_of_spark(bank, cohort_at(bank, DATES), told, master=MASTER)
    assert len(found) == len(PEOPLE) * len(DATES)
    for row in found.to_pylist():
        for item in told.features:
            expected = oracle(item, rows, row["customer_id"], row["as_of"], zone)
            assert row[item.name] == pytest.approx(expected, rel=1e-9, nan_ok=True), item


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_a_bank_that_grew_is_read_whole_on_spark(tmp_path):
    """Facts of before and after it grew count, as they do on DuckDB."""
    day = date(2026, 6, 1)
    known = [midnight(day, "Asia/Shanghai") - timedelta(days=n) for n in (20, 3)]
    first, second = (a_transaction(n, happened_at=when) for n, when in enumerate(known))
    bank = a_bank(tmp_path / "bank", last_day=date(2026, 5, 20), transactions=[first])
    with grow_bank(bank.path, replace(bank.manifest, last_day=day)) as growth:
        growth.add("transactions", a_table("transactions", [second]))
    bank = open_bank(bank.path)
    counted = Catalog([f for f in EVERY_AGGREGATE.features if f.name.startswith("rows_")])
    found = as_of_spark(bank, cohort_at(bank, [day]), counted, master=MASTER)
    assert max(found[name][0].as_py() for name in counted.names) == 2
    assert found.equals(as_of(bank, cohort_at(bank, [day]), counted))


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_one_process_keeps_to_one_master():
    """A second master is refused, instead of silently computing on the first."""
    with pytest.raises(EngineUnavailable, match=r"already runs Spark on local\[2\]"):
        spark_session("local[1]")


def test_without_java_the_error_says_what_to_install(monkeypatch, tmp_path):
    """An empty JAVA_HOME and an empty PATH are told apart, and both name the package."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineUnavailable, match=r"no Java under JAVA_HOME .*openjdk-17"):
        spark_session(MASTER)
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable, match=r"no Java on the PATH.*openjdk-17"):
        spark_session(MASTER)


def test_without_pyspark_the_error_says_what_to_install(monkeypatch):
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineUnavailable, match=r"PySpark is not installed.*goodcall\[spark\]"):
        spark_session(MASTER)
