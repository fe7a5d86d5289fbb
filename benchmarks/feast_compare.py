"""Goodcall beside Feast: rows for training from features already computed, and rows for a service.

Both hold the same sixty features of the same customers as of ten months. For training, a million
rows are asked for: Feast and DuckDB look up, for each, the last month before its moment; Goodcall
reads the months, since its training sets are asked for at the dates that it computed. For a
service, one row and a hundred are read by customer. Values that differ stop it all.

`benchmarks/feast_peer.py` says how to make the environment that Feast needs:

    python -m benchmarks.feast_compare --python /tmp/goodcall-benchmarks/feast/bin/python
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.features import PeersDisagree
from benchmarks.features_columns import catalog
from benchmarks.features_data import LAST_DAY, ZONE, bank_of
from features import Bank, OnlineStore, build, cohort_at, publish, read_snapshot, with_states
from goodcall.calendar import month_starts, start_of_day

DATES = tuple(month_starts(LAST_DAY - timedelta(300), LAST_DAY + timedelta(1)))[-10:]
_TRANSACTIONS_EACH = 50
_READ_AT_ONCE = 100
_TIMES = 101
_ASOF = """
SELECT e.customer_id, e.event_timestamp, f.* EXCLUDE (customer_id, event_timestamp)
FROM '{0}/entities.parquet' e ASOF LEFT JOIN '{0}/features.parquet' f
ON e.customer_id = f.customer_id AND e.event_timestamp >= f.event_timestamp"""


def main() -> None:
    """Prepare the features once, let each side answer, check the answers, and print the times."""
    said = _arguments()
    transactions = said.customers * _TRANSACTIONS_EACH
    bank = bank_of(said.folder, customers=said.customers, transactions=transactions)
    with tempfile.TemporaryDirectory(dir=said.folder) as place:
        folder = Path(place)
        asked = _prepare(folder, bank)
        took = _feast(said.python, folder)
        took |= _ours(folder, bank, asked)
    print(f"{said.customers:,} customers, {len(DATES)} dates, {len(catalog().names)} features")
    for name, seconds in took.items():
        print(f"{name:<24} {seconds * 1000:12.2f} ms")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--python", type=Path, required=True, help="of the environment with Feast")
    cache = Path(tempfile.gettempdir()) / "goodcall-benchmarks"
    parser.add_argument("--folder", type=Path, default=cache, help="keeps the bank between runs")
    return parser.parse_args()


def _prepare(folder: Path, bank: Bank) -> list[int]:
    """Compute the features, hand them to Feast as files; the customers to be read online."""
    build(bank, folder / "snapshots", DATES, catalog())
    features = read_snapshot(folder / "snapshots", catalog(), DATES)
    begins = {day: start_of_day(day, ZONE) for day in DATES}
    moments = pa.array([begins[day] for day in features["as_of"].to_pylist()], _INSTANT)
    dated = features.drop_columns("as_of").append_column("event_timestamp", moments)
    pq.write_table(dated, folder / "features.parquet", compression="zstd")
    pq.write_table(_entities(dated), folder / "entities.parquet")
    asked: list[int] = pc.unique(features["customer_id"]).to_pylist()[:_READ_AT_ONCE]
    said = {"at": begins[DATES[-1]].isoformat(), "customers": asked}
    (folder / "asked.json").write_text(json.dumps(said), encoding="utf-8")
    return asked


_INSTANT = pa.timestamp("us", tz="UTC")


def _entities(dated: pa.Table) -> pa.Table:
    """One row to be looked up for each row of features, some days after it, in mixed order."""
    rng = np.random.default_rng(1)
    later = rng.integers(0, 27 * 86_400_000_000, len(dated))
    moments = dated["event_timestamp"].cast(pa.int64()).to_numpy() + later
    keys = {"customer_id": dated["customer_id"], "event_timestamp": pa.array(moments, _INSTANT)}
    return pa.table(keys).take(rng.permutation(len(dated)))


def _feast(python: Path, folder: Path) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - an interpreter that the caller named, and our own file
        [str(python), "-m", "benchmarks.feast_peer", str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {f"feast {name}": seconds for name, seconds in said.items()}


def _ours(folder: Path, bank: Bank, asked: list[int]) -> dict[str, float]:
    """What DuckDB and Goodcall take, after their answers were found equal to Feast's."""
    took: dict[str, float] = {}
    with duckdb.connect() as connection:
        query = _ASOF.format(folder)
        joined = _timed(took, "duckdb join", lambda: connection.sql(query).to_arrow_table())
    read = _timed(
        took,
        "goodcall read",
        lambda: read_snapshot(folder / "snapshots", catalog(), DATES),
    )
    truth = _matrix(joined, "event_timestamp")
    _refuse_difference("goodcall", _matrix(read, "as_of"), truth)
    for file in sorted(folder.glob("joined-*.parquet")):
        _refuse_difference(file.stem, _matrix(pq.read_table(file), "event_timestamp"), truth)
    del joined, read, truth
    _online(took, folder, bank, asked)
    return took


def _online(took: dict[str, float], folder: Path, bank: Bank, asked: list[int]) -> None:
    """Publish the last date's features, and read them by customer."""
    url, day = f"sqlite:///{folder / 'online.db'}", DATES[-1]
    computed = with_states(bank, cohort_at(bank, [day]), catalog())
    midnight = start_of_day(day, ZONE)
    _timed(
        took,
        "goodcall fill_online",
        lambda: publish(
            url, computed, (), bank=bank, as_of=day, catalog=catalog(), now=datetime.now(UTC)
        ),
    )
    with OnlineStore(url, catalog()) as store:
        _refuse_difference(
            "online",
            np.array([store.row(each) for each in asked], np.float64),
            _online_of_feast(folder),
        )
        at = midnight + timedelta(hours=12)
        took["goodcall online_1"] = _median(lambda: store.row_at(asked[0], at))
        took["goodcall online_100"] = _median(lambda: [store.row_at(each, at) for each in asked])


def _online_of_feast(folder: Path) -> npt.NDArray[np.float64]:
    said: dict[str, Any] = json.loads((folder / "online.json").read_text(encoding="utf-8"))
    return np.column_stack([np.array(said[name], np.float64) for name in catalog().names])


def _timed(took: dict[str, float], name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
    begun = time.perf_counter()
    made = work()
    took[name] = time.perf_counter() - begun
    return made


def _median(read: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        read()
        took.append(time.perf_counter() - begun)
    return sorted(took)[_TIMES // 2]


def _matrix(table: pa.Table, moment: str) -> npt.NDArray[np.float64]:
    """The features of a table by customer and moment, missing as NaN."""
    ordered = table.sort_by([("customer_id", "ascending"), (moment, "ascending")])
    columns = [ordered[name].fill_null(np.nan).to_numpy() for name in catalog().names]
    return np.column_stack(columns)


def _refuse_difference(
    who: str, found: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]
) -> None:
    if not np.array_equal(found, truth, equal_nan=True):
        raise PeersDisagree(f"{who} gives other rows than DuckDB's join of the same features")


if __name__ == "__main__":
    main()
