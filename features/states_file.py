"""The states behind a snapshot on disk, so that work which was stopped need not be done anew."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.asof import Computed
from features.errors import StaleSnapshot
from features.feature import Catalog
from features.online_layout import Layout
from features.store import read_snapshot, refuse_other_catalog
from goodcall.atomic import new_file

_CATALOG = b"catalog"


def write_states(path: Path, computed: Computed, catalog: Catalog) -> None:
    """Keep the states of one date's features, in the order of their rows; a column a number."""
    layout = Layout(catalog)
    matrix = layout.matrix(computed.states, computed.features.num_rows)
    table = pa.table({str(place): pa.array(column) for place, column in enumerate(matrix.T)})
    marked = table.replace_schema_metadata({_CATALOG: catalog.fingerprint.encode()})
    with new_file(path) as draft:
        pq.write_table(marked, draft, compression="zstd")


def read_computed(path: Path, store: Path, catalog: Catalog, day: date) -> Computed:
    """A date's snapshot in a store with the states that `write_states` kept of it.

    StaleSnapshot where the snapshot or its states are missing, belong to another catalogue, or
    have not as many rows as one another.
    """
    features = read_snapshot(store, catalog, [day])
    try:
        kept = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise StaleSnapshot(f"{path} holds no states ({error}); compute {day} anew") from error
    said = (kept.schema.metadata or {}).get(_CATALOG, b"").decode()
    refuse_other_catalog(said, catalog, f"{path}")
    if kept.num_rows != features.num_rows:
        raise StaleSnapshot(
            f"{path} holds the states of {kept.num_rows} customers, the snapshot of {day} has "
            f"{features.num_rows}; compute {day} anew"
        )
    layout = Layout(catalog)
    matrix = np.column_stack([column.to_numpy() for column in kept.columns])
    return Computed(features, layout.state(matrix, layout.states))
