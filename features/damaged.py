"""A stored Parquet file that does not read is named, with what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from features.errors import DamagedFile


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Reads a file in the block; DamagedFile with its name where Arrow cannot."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise DamagedFile(
            f"{file} does not read ({error}); restore it from a copy or delete it, then run the "
            "same command again"
        ) from error
