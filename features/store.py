"""Snapshots: features on disk, with the fingerprint of the catalogue that made them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import StaleSnapshot
from features.feature import Catalog
from goodcall.atomic import write_file

_MARK = b"goodcall"


@dataclass(frozen=True, slots=True)
class SnapshotMark:
    """What a snapshot says of itself: its catalogue, its bank, its bank's currency."""

    fingerprint: str
    bank: str
    currency: str


def write_snapshot(path: Path, features: pa.Table, mark: SnapshotMark) -> None:
    """Write features as Parquet so that a reader finds the old snapshot or the new one.

    `features` is what `as_of` returns: customer_id, as_of and one float64 column a feature.
    """
    marked = features.replace_schema_metadata({_MARK: json.dumps(asdict(mark)).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(marked, sink, compression="zstd")
    write_file(path, sink.getvalue().to_pybytes())


def read_snapshot(path: Path, catalog: Catalog) -> pa.Table:
    """The features in a snapshot, or StaleSnapshot where it is missing or of another catalogue."""
    if not path.exists():
        raise StaleSnapshot(f"no snapshot at {path}; build it with `goodcall features build`")
    try:
        features = pq.read_table(path)
        mark = SnapshotMark(**json.loads((features.schema.metadata or {})[_MARK]))
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise StaleSnapshot(
            f"{path} is no snapshot ({error!r}); build it anew with `goodcall features build`"
        ) from error
    refuse_other_catalog(mark.fingerprint, catalog, str(path))
    return features


def refuse_other_catalog(fingerprint: str, catalog: Catalog, where: str) -> None:
    """Raise StaleSnapshot unless `fingerprint` is the catalogue's own."""
    if fingerprint != catalog.fingerprint:
        raise StaleSnapshot(
            f"{where} was built by catalogue {fingerprint}, this one is {catalog.fingerprint}; "
            "build it anew with `goodcall features build`, and train anew"
        )
