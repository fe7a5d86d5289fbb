"""One customer's row for the endpoint: the snapshot's features and the profile, by primary key."""

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.errors import StaleSnapshot
from features.feature import Catalog
from features.store import refuse_other_catalog
from goodcall.profile import Profile, profile_from_json, profile_to_json

Vector = npt.NDArray[np.float64]
_META = ("fingerprint", "as_of", "bank", "currency")


@dataclass(frozen=True, slots=True)
class OnlineMark:
    """What an online store holds: whose catalogue, as of when, which bank's."""

    fingerprint: str
    as_of: date
    bank: str
    currency: str


def publish(path: Path, features: pa.Table, profiles: Iterable[Profile], mark: OnlineMark) -> None:
    """Write the online store anew; a reader finds the old one or the new one, never half of each.

    `features` holds one as_of only, in the order customer_id, as_of, then the catalogue's columns.
    """
    names = features.column_names[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        with closing(sqlite3.connect(draft)) as connection, connection:
            columns = ", ".join(f'"{name}" REAL' for name in names)
            connection.execute(
                f"CREATE TABLE features (customer_id INTEGER PRIMARY KEY, {columns}) WITHOUT ROWID"
            )
            connection.execute("CREATE TABLE profiles (customer_id INTEGER PRIMARY KEY, json TEXT)")
            connection.execute(f"CREATE TABLE mark ({', '.join(_META)})")
            marks = "?, " * len(names) + "?"
            connection.executemany(
                f"INSERT INTO features VALUES ({marks})", _lines(features, names)
            )
            connection.executemany(
                "INSERT INTO profiles VALUES (?, ?)",
                ((profile.customer_id, profile_to_json(profile)) for profile in profiles),
            )
            said = (mark.fingerprint, mark.as_of.isoformat(), mark.bank, mark.currency)
            connection.execute("INSERT INTO mark VALUES (?, ?, ?, ?)", said)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


class OnlineStore:
    """A published store, opened for reading."""

    def __init__(self, path: Path, catalog: Catalog) -> None:
        if not path.exists():
            raise StaleSnapshot(
                f"no online store at {path}; publish one with `goodcall outreach plan`"
            )
        self._connection = sqlite3.connect(
            f"file:{path}?mode=ro", uri=True, check_same_thread=False
        )
        self.mark = _read_mark(self._connection, path)
        refuse_other_catalog(self.mark.fingerprint, catalog, str(path))
        columns = ", ".join(f'"{name}"' for name in catalog.names)
        self._select = f"SELECT {columns} FROM features WHERE customer_id = ?"

    def features(self, customer_id: int) -> Vector | None:
        """One customer's features in the catalogue's order, float64, missing as NaN."""
        row = self._connection.execute(self._select, (customer_id,)).fetchone()
        if row is None:
            return None
        return np.array([np.nan if value is None else value for value in row], dtype=np.float64)

    def profile(self, customer_id: int) -> Profile | None:
        """What the bank knew about one customer when the store was published."""
        row = self._connection.execute(
            "SELECT json FROM profiles WHERE customer_id = ?", (customer_id,)
        ).fetchone()
        return None if row is None else profile_from_json(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _lines(features: pa.Table, names: list[str]) -> Iterator[tuple[float | int | None, ...]]:
    columns = [features[name].to_numpy() for name in names]
    matrix = np.column_stack(columns) if columns else np.empty((len(features), 0))
    for customer_id, values in zip(features["customer_id"].to_pylist(), matrix, strict=True):
        yield (customer_id, *(None if value != value else float(value) for value in values))  # noqa: PLR0124 - NaN


def _read_mark(connection: sqlite3.Connection, path: Path) -> OnlineMark:
    try:
        said = connection.execute(f"SELECT {', '.join(_META)} FROM mark").fetchone()
        return OnlineMark(said[0], date.fromisoformat(said[1]), said[2], said[3])
    except (sqlite3.DatabaseError, TypeError, ValueError) as error:
        raise StaleSnapshot(
            f"{path} is no online store ({error}); publish one with `goodcall outreach plan`"
        ) from error
