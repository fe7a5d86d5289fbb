"""Where a night's steps leave what they made: the ledger, scores, what contacts would change."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from goodcall import Workspace
from goodcall.atomic import new_file
from governance import vault_of
from models import Effects
from outreach import Ledger

_ORIGINS = b"origins"
SCORES, EFFECTS, STATES = "scores.parquet", "effects.parquet", "states.parquet"


@contextmanager
def ledger_in(workspace: Workspace) -> Iterator[Ledger]:
    """The workspace's ledger, made where there is none yet, and closed when the block ends."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with closing(Ledger.of(workspace, vault_of(workspace, os.environ))) as ledger:
        yield ledger


def write_scores(folder: Path, scores: pa.Table, effects: Effects) -> None:
    """Keep the scores of one date, and the effects of the same rows; the scores come last."""
    columns = {label: pa.array(change) for label, change in effects.by_label.items()}
    marked = pa.table(columns).replace_schema_metadata(
        {_ORIGINS: json.dumps(dict(effects.origins)).encode()}
    )
    for name, table in ((EFFECTS, marked), (SCORES, scores)):
        with new_file(folder / name) as draft:
            pq.write_table(table, draft, compression="zstd")


def read_scores(folder: Path) -> tuple[pa.Table, Effects]:
    """The scores and effects that `write_scores` kept."""
    scores, changes = (pq.read_table(folder / name) for name in (SCORES, EFFECTS))
    origins = json.loads(changes.schema.metadata[_ORIGINS])
    by_label = {label: changes[label].to_numpy() for label in changes.column_names}
    return scores, Effects(by_label, origins)
