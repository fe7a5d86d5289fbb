"""How fast one customer's row is: `python -m benchmarks.online [CUSTOMERS]`.

Reads rows of a store of random numbers, published as a bank's would be: the snapshot's row, the
row with what arrived since for customers with and without new facts, and, as a yardstick in the
same run, one blob by primary key with bare sqlite3. Prints medians and p99 against the limits of
100 microseconds and 2 milliseconds, wall time and this thread's processor time: on a shared machine
the second alone tells what the code costs.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.asof import Computed
from features.bank import Bank, Manifest, new_bank, open_bank
from features.catalog import CATALOG
from features.online import OnlineStore
from features.online_absorb import Intake
from features.online_layout import Layout
from features.online_publish import publish
from features.tables import TABLES
from goodcall.calendar import start_of_day

ZONE = "Asia/Shanghai"
DAY = date(2026, 6, 1)
NOON = start_of_day(DAY, ZONE) + timedelta(hours=12)
READS, TOUCHED = 20_000, 500
ROW_LIMIT, LIVE_LIMIT = 100e-6, 2e-3


def main(customers: int = 100_000) -> None:
    """Publish a store, send facts, read rows, print how long it took."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="goodcall-online-") as folder:
        url = f"sqlite:///{folder}/online.db"
        began = time.perf_counter()
        publish(
            *(url, _random(customers, rng), []),
            bank=_a_bank(Path(folder) / "bank"),
            as_of=DAY,
            catalog=CATALOG,
            now=NOON,
        )
        size = Path(folder, "online.db").stat().st_size
        print(
            f"{customers:,} customers, {len(CATALOG.names)} features, {size / 1e6:,.0f} MB; "
            f"published in {time.perf_counter() - began:.1f} s"
        )
        _absorb(url)
        touched = np.arange(TOUCHED)
        everyone = rng.integers(TOUCHED, customers, READS)
        with OnlineStore(url, CATALOG) as store:
            plain = _read(_bare(store, Path(folder) / "bare.db", customers), everyone)
            _print("sqlite3, one blob by key", plain, plain, None)
            _print("row", _read(store.row, everyone), plain, ROW_LIMIT)
            live = _read(lambda who: store.row_at(who, NOON), everyone)
            _print("row_at, no facts since", live, plain, LIVE_LIMIT)
            again = np.tile(touched, READS // TOUCHED)
            live = _read(lambda who: store.row_at(who, NOON), again)
            _print("row_at, facts since", live, plain, LIVE_LIMIT)


def _a_bank(path: Path) -> Bank:
    """A bank with every raw table and no rows but one customer's: rows here are random numbers."""
    early = datetime(2020, 1, 1, tzinfo=UTC)
    manifest = Manifest("benchmark", ZONE, "CNY", date(2020, 1, 1), DAY, "random numbers")
    customer = {"customer_id": 0, "happened_at": early, "known_at": early}
    with new_bank(path, manifest) as writer:
        for name, table in TABLES.items():
            writer.add(name, table.schema.empty_table())
        row = pa.Table.from_pylist([customer | {"kind": "retail", "status": "active"}])
        writer.add("customers", row.cast(_part(row)))
    return open_bank(path)


def _part(rows: pa.Table) -> pa.Schema:
    return pa.schema([TABLES["customers"].schema.field(name) for name in rows.column_names])


def _random(customers: int, rng: np.random.Generator) -> Computed:
    keys = {
        "customer_id": pa.array(range(customers), pa.int64()),
        "as_of": pa.array([DAY] * customers, pa.date32()),
    }
    features = {name: pa.array(rng.random(customers)) for name in CATALOG.names}
    states = {
        measure: tuple(rng.integers(0, 1000, customers).astype(np.float64) for _ in measure.parts)
        for measure in Layout(CATALOG).states
    }
    return Computed(pa.table(keys | features), states)


def _absorb(url: str) -> None:
    door = Intake(url, CATALOG, lambda: NOON)
    page = {"happened_at": NOON, "kind": "page_view", "topic": "fund"}
    door.absorb("events", [page | {"event_id": 0, "customer_id": 0}])
    alone = []
    for number in range(1, 21):
        began = time.perf_counter()
        door.absorb("events", [page | {"event_id": number, "customer_id": number}])
        alone.append(time.perf_counter() - began)
    lot = [page | {"event_id": 100 + n, "customer_id": n % TOUCHED} for n in range(10 * TOUCHED)]
    began = time.perf_counter()
    door.absorb("events", lot)
    took = time.perf_counter() - began
    door.close()
    print(
        f"facts in: one at a time {np.median(alone) * 1e3:.0f} ms each (median), "
        f"a lot of {len(lot):,} {len(lot) / took:,.0f} a second"
    )


def _bare(store: OnlineStore, path: Path, customers: int) -> Callable[[int], object]:
    """One blob of the same size by primary key, with nothing around it."""
    connection = sqlite3.connect(path)
    blob = bytes(8 * len(store.layout.catalog.names))
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, blob BLOB)")
    connection.executemany("INSERT INTO bare VALUES (?, ?)", ((n, blob) for n in range(customers)))
    connection.commit()
    cursor = connection.cursor()
    return lambda who: cursor.execute("SELECT blob FROM bare WHERE id = ?", (who,)).fetchone()


def _read(read: Callable[[int], object], who: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of each read: by the clock, and of this thread's processor."""
    wall, spent = [], []
    for each in [int(n) for n in who]:
        began, used = time.perf_counter(), time.thread_time()
        read(each)
        spent.append(time.thread_time() - used)
        wall.append(time.perf_counter() - began)
    return np.array(wall), np.array(spent)


def _print(
    name: str,
    took: tuple[np.ndarray, np.ndarray],
    plain: tuple[np.ndarray, np.ndarray],
    limit: float | None,
) -> None:
    (middle, high), (_, spent) = (np.percentile(each, [50, 99]) for each in took)
    bare = np.percentile(plain[0], 50)
    against = "" if limit is None else f"; p99 is {high / limit:.2f} of the limit"
    print(
        f"{name:26} p50 {middle * 1e6:7.1f} us  p99 {high * 1e6:7.1f} us "
        f"(processor {spent * 1e6:.1f} us)  p50 is {middle / bare:.1f} x bare{against}"
    )


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
