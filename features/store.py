"""Snapshots: features on disk, a file an as-of date, with what they were made from.

A store is a folder with a folder `as_of=2026-06-01` a date, which DuckDB, Spark and pandas read as
one table. A file is either the old one or the new one; its metadata names the catalogue, the bank
and the version of every raw table that went into it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import SnapshotNotWritten, StaleSnapshot
from features.feature import Catalog
from goodcall.atomic import new_file

_MARK = b"goodcall"
_FILE = "features.parquet"
_FOLDER = "as_of="


@dataclass(frozen=True, slots=True)
class SnapshotMark:
    """What a snapshot says of itself: its catalogue, its bank, its bank's currency, its sources.

    `sources` gives for each raw table the digest of the file that was read; a snapshot of an
    earlier release says nothing of them.
    """

    fingerprint: str
    bank: str
    currency: str
    sources: dict[str, str] = field(default_factory=dict)


def write_snapshot(store: Path, features: pa.Table, mark: SnapshotMark) -> None:
    """Write features so that a reader finds, for each date, the old snapshot or the new one.

    `features` is what `as_of` returns: customer_id, as_of and one float64 column a feature.
    """
    for day in sorted(pc.unique(features["as_of"]).to_pylist()):
        rows = features.filter(pc.equal(features["as_of"], pa.scalar(day, pa.date32())))
        said = asdict(mark) | {"rows": rows.num_rows}
        marked = rows.drop_columns("as_of").replace_schema_metadata(
            {_MARK: json.dumps(said).encode()}
        )
        path = _file(store, day)
        try:
            with new_file(path) as draft:
                pq.write_table(marked, draft, compression="zstd")
        except OSError as error:
            raise SnapshotNotWritten(
                f"the snapshot of {day} could not be written to {store} ({error}); what was there "
                "is untouched. Make room or name another store, then run again: dates that are "
                "finished stay"
            ) from error


def read_snapshot(store: Path, catalog: Catalog, dates: Iterable[date] | None = None) -> pa.Table:
    """The features in a store, of some dates or of all, as `as_of` returned them.

    `store` may also be the single file that an earlier release wrote. StaleSnapshot where a date
    is missing or was built by another catalogue; `stored_features` reads those too.
    """
    wanted = tuple(dates) if dates is not None else stored_dates(store)
    for day in wanted:
        refuse_other_catalog(read_mark(store, day).fingerprint, catalog, f"{store}, {day},")
    return stored_features(store, wanted)


def snapshot_batches(
    store: Path,
    catalog: Catalog,
    day: date,
    *,
    rows: int = 50_000,
    but: frozenset[int] = frozenset(),
) -> Iterator[pa.RecordBatch]:
    """The features of one date as `read_snapshot` gives them, so many rows at a time.

    The rows of the customers `but` are left out.
    """
    for batch in _batches(store, catalog, day, rows):
        yield batch.filter(_others(batch.column("customer_id"), but)) if but else batch


def _batches(store: Path, catalog: Catalog, day: date, rows: int) -> Iterator[pa.RecordBatch]:
    refuse_other_catalog(read_mark(store, day).fingerprint, catalog, f"{store}, {day},")
    if store.is_file():
        yield from _read(store, day).to_batches(max_chunksize=rows)
        return
    with pq.ParquetFile(_file(store, day)) as file:
        for batch in file.iter_batches(rows):
            days = pa.array([day] * len(batch), pa.date32())
            yield batch.add_column(1, "as_of", days).replace_schema_metadata(None)


def snapshot_file(store: Path, day: date) -> Path:
    """The Parquet file that holds the snapshot of a date, without its column as_of."""
    read_mark(store, day)
    return _file(store, day)


def snapshot_rows(store: Path, day: date, but: frozenset[int] = frozenset()) -> int:
    """How many customers the snapshot of a date holds, those of `but` left out."""
    read_mark(store, day)
    if but:
        column = _customers(store, day)
        return int(pc.sum(_others(column, but), min_count=0).as_py())
    if store.is_file():
        return len(_read(store, day))
    return int(pq.read_metadata(_file(store, day)).num_rows)


def stored_features(store: Path, dates: Iterable[date]) -> pa.Table:
    """The features of some dates, whichever catalogue they were built by.

    Columns that not every one of the dates has are left out.
    """
    parts = [_read(store, day) for day in dates]
    if not parts:
        raise StaleSnapshot(f"no snapshot in {store}; build one with `goodcall features build`")
    common = [name for name in parts[0].column_names if all(name in p.column_names for p in parts)]
    return pa.concat_tables([part.select(common) for part in parts])


def stored_dates(store: Path) -> tuple[date, ...]:
    """The dates of which a store holds a snapshot, in ascending order."""
    if store.is_file():
        return tuple(sorted(pc.unique(_table(store)["as_of"]).to_pylist()))
    found = (file.parent.name for file in store.glob(f"{_FOLDER}*/{_FILE}"))
    return tuple(sorted(date.fromisoformat(name.removeprefix(_FOLDER)) for name in found))


def read_mark(store: Path, day: date) -> SnapshotMark:
    """What the snapshot of a date says of itself."""
    path = store if store.is_file() else _file(store, day)
    if not path.exists():
        raise StaleSnapshot(
            f"no snapshot of {day} in {store}; build it with `goodcall features build`"
        )
    try:
        said: dict[str, Any] = json.loads((pq.read_schema(path).metadata or {})[_MARK])
        fields = SnapshotMark.__dataclass_fields__
        return SnapshotMark(**{name: value for name, value in said.items() if name in fields})
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise _no_snapshot(path, error) from error


def refuse_other_catalog(fingerprint: str, catalog: Catalog, where: str) -> None:
    """Raise StaleSnapshot unless `fingerprint` is the catalogue's own."""
    if fingerprint != catalog.fingerprint:
        raise StaleSnapshot(
            f"{where} was built by catalogue {fingerprint}, this one is {catalog.fingerprint}; "
            "build it anew with `goodcall features build`, and train anew"
        )


def _customers(store: Path, day: date) -> pa.ChunkedArray:
    if store.is_file():
        return _read(store, day)["customer_id"]
    file = _file(store, day)
    return pq.read_table(file, columns=["customer_id"], partitioning=None)["customer_id"]


def _others(customers: pa.Array | pa.ChunkedArray, but: frozenset[int]) -> pa.Array:
    """Whether each is a customer who is not among `but`."""
    return pc.invert(pc.is_in(customers, pa.array(sorted(but), pa.int64())))


def _file(store: Path, day: date) -> Path:
    return store / f"{_FOLDER}{day}" / _FILE


def _read(store: Path, day: date) -> pa.Table:
    """One date's rows, with their date."""
    read_mark(store, day)
    if store.is_file():
        rows = _table(store)
        return rows.filter(pc.equal(rows["as_of"], pa.scalar(day, pa.date32())))
    rows = _table(_file(store, day))
    days = pa.array([day] * len(rows), pa.date32())
    return rows.add_column(1, "as_of", days)


def _table(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, partitioning=None).replace_schema_metadata(None)
    except (pa.ArrowInvalid, OSError) as error:
        raise _no_snapshot(path, error) from error


def _no_snapshot(path: Path, error: Exception) -> StaleSnapshot:
    return StaleSnapshot(
        f"{path} is no snapshot ({error!r}); build it anew with `goodcall features build`"
    )
