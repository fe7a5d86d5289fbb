"""Building snapshots: only what is missing or out of date, a few dates at a time.

Each date is finished for itself, so that a build that was stopped goes on where it stopped.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from features.asof import as_of
from features.bank import MANIFEST, Bank
from features.cohort import cohort_at
from features.errors import OutsideBank, SnapshotNotWritten, StaleSnapshot
from features.feature import Catalog
from features.store import SnapshotMark, read_mark, write_snapshot
from features.tables import TABLES

Progress = Callable[[int, int], None]


class Engine(Protocol):
    """Computes features as `as_of` does, wherever it runs."""

    def __call__(
        self, bank: Bank, cohort: pa.Table, catalog: Catalog, *, progress: Progress | None
    ) -> pa.Table:
        """The features of a cohort, telling its progress where asked to."""
        ...


_BATCH_BYTES = 1 << 30
_COHORT_TABLES = ("customers", "accounts")


@dataclass(frozen=True, slots=True)
class Built:
    """Which dates a build wrote, with their rows, and which were up to date already."""

    written: dict[date, int]
    unchanged: tuple[date, ...]


def build(
    bank: Bank,
    store: Path,
    dates: Iterable[date],
    catalog: Catalog,
    *,
    engine: Engine = as_of,
    progress: Progress | None = None,
) -> Built:
    """Bring the snapshots of some dates up to date with the bank and the catalogue.

    A date whose snapshot was made by the same catalogue from the same files is left alone. Only
    one build at a time works on a store; a second one is refused.
    """
    wanted = sorted(set(dates))
    _refuse_outside(bank, wanted)
    mark = mark_of(bank, catalog)
    with _alone(store):
        due = [day for day in wanted if not _is_current(store, day, mark)]
        written: dict[date, int] = {}
        for cohort in _batches(bank, due, len(catalog.names)):
            step = _scaled(progress, len(written), len(pc.unique(cohort["as_of"])), len(due))
            features = engine(bank, cohort, catalog, progress=step)
            write_snapshot(store, features, mark)
            counts = features["as_of"].value_counts().to_pylist()
            written |= {each["values"]: each["counts"] for each in counts}
    return Built(dict(sorted(written.items())), tuple(day for day in wanted if day not in due))


def mark_of(bank: Bank, catalog: Catalog) -> SnapshotMark:
    """What a snapshot of this bank by this catalogue says of itself."""
    read = {f.table.name for f in catalog.features} | set(_COHORT_TABLES)
    said = bank.manifest
    return SnapshotMark(catalog.fingerprint, said.name, said.currency, sources_of(bank, read))


def sources_of(bank: Bank, tables: Iterable[str] = tuple(TABLES)) -> dict[str, str]:
    """The digest of what each raw table is read from, and of the manifest.

    A table that the bank lacks is left out.
    """
    files = {name: bank.files(name) for name in sorted(tables)}
    sources = {name: _digest(*some) for name, some in files.items() if some}
    return sources | {MANIFEST: _digest(bank.path / MANIFEST)}


def _refuse_outside(bank: Bank, dates: list[date]) -> None:
    first, last = bank.manifest.first_day, bank.manifest.last_day + timedelta(days=1)
    if outside := [str(day) for day in dates if not first < day <= last]:
        raise OutsideBank(
            f"bank {bank.manifest.name} cannot tell what was known before {', '.join(outside)}; "
            f"as-of dates may lie from {first + timedelta(days=1)} to {last}"
        )


def _scaled(progress: Progress | None, done: int, batch: int, dates: int) -> Progress | None:
    """Progress within a batch of dates, told as progress over all of them."""
    if progress is None:
        return None
    return lambda step, steps: progress(done * steps + batch * step, dates * steps)


def _is_current(store: Path, day: date, mark: SnapshotMark) -> bool:
    try:
        return read_mark(store, day) == mark
    except StaleSnapshot:
        return False


def _batches(bank: Bank, dates: list[date], columns: int) -> Iterator[pa.Table]:
    """Cohorts of one date or more, each of about a gibibyte of features."""
    batch: list[pa.Table] = []
    rows = 0
    for day in dates:
        cohort = cohort_at(bank, [day])
        if batch and (rows + len(cohort)) * columns * 8 > _BATCH_BYTES:
            yield pa.concat_tables(batch).combine_chunks()
            batch, rows = [], 0
        batch.append(cohort)
        rows += len(cohort)
    if batch:
        yield pa.concat_tables(batch).combine_chunks()


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """The store to oneself; what a killed build left half-written is removed."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / ".building").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SnapshotNotWritten(
                f"another build is at work on {store}; wait for it, or name another store"
            ) from error
        for draft in store.glob("as_of=*/.*"):
            draft.unlink()
        yield


def _digest(*files: Path) -> str:
    """The digest of a file; of several, that of their digests."""
    digests = []
    for file in files:
        with file.open("rb") as content:
            digests.append(hashlib.file_digest(content, "sha256").hexdigest())
    if len(digests) > 1:
        digests = [hashlib.sha256("".join(digests).encode()).hexdigest()]
    return digests[0][:16]
