"""Scores of one day by which customers are flagged as likely to leave, from where they stand."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cli.errors import BadOption
from cli.night_files import SCORES
from goodcall import Workspace
from goodcall.night_record import working_folder


def read_leaving(path: Path) -> tuple[Mapping[int, float], date]:
    """Each customer's score for leaving, of the one day that a file of scores is of."""
    if path.suffix != ".parquet" or not path.exists():
        raise BadOption(f"--scores {path} must be a .parquet file; `goodcall score` writes one")
    wanted = ("customer_id", "as_of", "churn")
    try:
        lacking = [name for name in wanted if name not in pq.read_schema(path).names]
        if lacking:
            raise BadOption(
                f"--scores {path} lacks {', '.join(lacking)}; give scores of a champion for churn"
            )
        rows = pq.read_table(path, columns=[*wanted])
    except (pa.ArrowInvalid, OSError) as error:
        raise BadOption(
            f"--scores {path} cannot be read as Parquet; `goodcall score` writes one"
        ) from error
    days = rows["as_of"].unique().to_pylist()
    if len(days) != 1:
        raise BadOption(f"--scores {path} has {len(days)} days; give scores of one")
    people, leaving = rows["customer_id"].to_pylist(), rows["churn"].to_pylist()
    return dict(zip(people, leaving, strict=True)), days[0]


def kept_scores(place: Workspace, day: date) -> Path | None:
    """Where the workspace keeps scores of a day, if anywhere."""
    places = (
        place.root / "scores" / f"as_of={day}.parquet",
        working_folder(place, day) / SCORES,
    )
    return next((path for path in places if path.exists()), None)
