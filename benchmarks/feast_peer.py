"""Feast's part of the comparison; it runs with the Python of an environment of its own.

Feast holds pandas back, so it lives apart. Make its environment once, then name its Python:

    uv venv /tmp/goodcall-benchmarks/feast
    uv pip install --python /tmp/goodcall-benchmarks/feast/bin/python \
        -r benchmarks/feast-requirements.in
    python -m benchmarks.feast_compare --python /tmp/goodcall-benchmarks/feast/bin/python

`feast_compare` starts this file as `python -m benchmarks.feast_peer FOLDER`, where FOLDER holds
features.parquet (customer_id, event_timestamp, one float64 column a feature), entities.parquet
(customer_id, event_timestamp) and asked.json (the moment and the customers asked for online). What
it took is printed as JSON; what came out is left beside as joined-KIND.parquet and online.json.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

VIEW = "customers_monthly"
OFFLINE = ("dask", "duckdb")


def main(folder: Path) -> None:
    """Join with each offline store, fill the online store, read from it, and print the seconds."""
    names = [n for n in pq.read_schema(folder / "features.parquet").names if n not in _KEYS]
    wanted = [f"{VIEW}:{name}" for name in names]
    took: dict[str, float] = {}
    for kind in OFFLINE:
        store = _store(folder, kind, names)
        entities = pd.read_parquet(folder / "entities.parquet")
        begun = time.perf_counter()
        rows = store.get_historical_features(entity_df=entities, features=wanted).to_arrow()
        took[f"join_{kind}"] = time.perf_counter() - begun
        pq.write_table(rows, folder / f"joined-{kind}.parquet")
    asked: dict[str, Any] = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    at = datetime.fromisoformat(asked["at"])
    begun = time.perf_counter()
    store.materialize(at - timedelta(days=1), at + timedelta(days=1))
    took["fill_online"] = time.perf_counter() - begun
    customers = [{"customer_id": each} for each in asked["customers"]]

    def online(count: int) -> dict[str, Any]:
        return store.get_online_features(wanted, customers[:count]).to_dict()

    (folder / "online.json").write_text(json.dumps(online(len(customers))), encoding="utf-8")
    took["online_1"] = median_seconds(lambda: online(1))
    took["online_100"] = median_seconds(lambda: online(100))
    print(json.dumps(took))


def median_seconds(read: Callable[[], object], times: int = 101) -> float:
    """The median of the seconds that a reading takes, over many of them."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - begun)
    return sorted(seconds)[times // 2]


_KEYS = ("customer_id", "event_timestamp")


def _store(folder: Path, offline: str, names: list[str]) -> FeatureStore:
    """A Feast repository whose one view is the file of features."""
    store = FeatureStore(
        config=RepoConfig(
            project="bank",
            provider="local",
            registry=str(folder / f"registry-{offline}.db"),
            offline_store={"type": offline},
            online_store={"type": "sqlite", "path": str(folder / f"online-{offline}.db")},
            entity_key_serialization_version=3,
        )
    )
    customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
    source = FileSource(
        path=str(folder / "features.parquet"), timestamp_field="event_timestamp", name="monthly"
    )
    view = FeatureView(
        name=VIEW,
        entities=[customer],
        schema=[Field(name=name, dtype=Float64) for name in names],
        source=source,
        ttl=timedelta(days=40),
    )
    store.apply([customer, view])
    return store


if __name__ == "__main__":
    main(Path(sys.argv[1]))
