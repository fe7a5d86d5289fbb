"""Where features and profiles of a customer lie; each place tells of them and erases them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, select, update

from features.bank import Bank
from features.catalog import CATALOG
from features.corrections import corrections_of, forget_corrections, opened
from features.damaged import naming
from features.online import NUMBERS
from features.online_database import told, writing, writing_engine
from features.online_facts import row_from_json
from features.online_personal import opened_profile, opened_row
from features.online_tables import FACTS, HOUSEHOLDS, PHONES, PROFILES, ROWS, SERVED
from features.tables import TABLES
from goodcall.atomic import new_file, remove_folder
from goodcall.database import wipe_freed
from goodcall.ports import FieldCipher
from goodcall.profile import profile_from_json, profile_to_json

_TABLES = (ROWS, PROFILES, HOUSEHOLDS, PHONES, FACTS, SERVED)
_SCORED = (ROWS, SERVED)
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class OnlineErasable:
    """The online store: a customer's profile, features, new facts and served rows."""

    url: str
    cipher: FieldCipher
    place: str = "online store"

    def known(self, customer_id: int) -> Rows:
        """The profile, the facts that came since, and the features as of the snapshot."""
        with self._open() as connection:
            found: list[dict[str, Any]] = []
            for row in _mine(connection, PROFILES, customer_id):
                profile = opened_profile(profile_from_json(row.json), self.cipher)
                found.append({"table": PROFILES.name, **json.loads(profile_to_json(profile))})
            for row in _mine(connection, FACTS, customer_id):
                stored = row_from_json(row.raw_table, row.row)
                clear = opened_row(row.raw_table, stored, self.cipher)
                found.append({"table": f"{FACTS.name}: {row.raw_table}", **clear})
            for row in _mine(connection, ROWS, customer_id):
                values = np.frombuffer(row.live or row.features, NUMBERS).tolist()
                told_of = zip(CATALOG.names, values, strict=False)
                known = {name: value for name, value in told_of if value == value}  # noqa: PLR0124 - NaN
                found.append({"table": ROWS.name, "facts": row.facts, **known})
            for table in (HOUSEHOLDS, SERVED):
                count = len(_mine(connection, table, customer_id))
                found += [{"table": table.name, "rows": count}] if count else []
            return found

    def erase(self, customer_id: int) -> int:
        """Delete every row of the customer, and what the database's files kept of them."""
        return self._delete(customer_id, _TABLES)

    def forget_scores(self, customer_id: int) -> int:
        """Delete what scores are made from; the profile says from now on that there are none."""
        with self._open() as connection:
            for row in _mine(connection, PROFILES, customer_id):
                said = json.loads(row.json) | {"profiling_opt_out": True}
                mine = PROFILES.c.version == row.version, PROFILES.c.customer_id == customer_id
                text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
                connection.execute(update(PROFILES).where(*mine).values(json=text))
        return self._delete(customer_id, _SCORED)

    def _delete(self, customer_id: int, tables: Sequence[Any]) -> int:
        with self._open() as connection:
            done = [
                connection.execute(delete(table).where(table.c.customer_id == customer_id)).rowcount
                for table in tables
            ]
        engine = writing_engine(self.url)
        try:
            wipe_freed(engine)
        finally:
            engine.dispose()
        return sum(done)

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        engine = writing_engine(self.url)
        try:
            with told(self.url), writing(engine) as connection:
                yield connection
        finally:
            engine.dispose()


@dataclass(frozen=True, slots=True)
class FilesErasable:
    """Parquet files with a column customer_id, found below a folder by a pattern.

    `scores` says that all they hold was made by models.
    """

    place: str
    folder: Path
    pattern: str
    scores: bool = False

    def known(self, customer_id: int) -> Rows:
        """The customer's rows of every file, each with the file's name."""
        return [
            {"table": str(file.relative_to(self.folder)), **_told(row)}
            for file in self._files()
            for row in _rows_of(file, customer_id)
        ]

    def erase(self, customer_id: int) -> int:
        """Write each file anew without the customer's rows; its metadata stay."""
        return sum(_without(file, customer_id) for file in self._files())

    def forget_scores(self, customer_id: int) -> int:
        """The same, where the files are scores; nothing where they are not."""
        return self.erase(customer_id) if self.scores else 0

    def _files(self) -> Iterator[Path]:
        for file in sorted(self.folder.glob(self.pattern)):
            if _is_of_customers(file):
                yield file


@dataclass(frozen=True, slots=True)
class NightsErasable:
    """What the steps of a night hand to one another: its rows stand side by side in several files.

    They are thrown away whole where the customer is among them; the next night makes them anew.
    """

    folder: Path
    place: str = "night's work"

    def known(self, customer_id: int) -> Rows:
        """The customer's scores of each night that is kept."""
        return [
            {"table": f"{night.name}/{file.name}", **_told(row)}
            for night in self._nights()
            for file in sorted(night.glob("*.parquet"))
            if _is_of_customers(file)
            for row in _rows_of(file, customer_id)
        ]

    def erase(self, customer_id: int) -> int:
        """Throw away the nights that hold the customer, and say how many rows those had."""
        found = self.known(customer_id)
        for name in {str(row["table"]).partition("/")[0] for row in found}:
            remove_folder(self.folder / name)
        return len(found)

    def forget_scores(self, customer_id: int) -> int:
        """The same: all that a night hands on is made for scoring."""
        return self.erase(customer_id)

    def _nights(self) -> Iterator[Path]:
        yield from sorted(each for each in self.folder.glob("????-??-??") if each.is_dir())


@dataclass(frozen=True, slots=True)
class CorrectionsErasable:
    """What the customer had put right."""

    folder: Path
    cipher: FieldCipher
    place: str = "corrections"

    def known(self, customer_id: int) -> Rows:
        """Each correction as the row that it made."""
        return corrections_of(self.folder, customer_id, self.cipher)

    def erase(self, customer_id: int) -> int:
        """Take the corrections out of their files."""
        return forget_corrections(self.folder, customer_id)

    def forget_scores(self, _customer_id: int) -> int:
        """No score is a correction."""
        return 0


def raw_rows(bank: Bank, customer_id: int, cipher: FieldCipher) -> list[dict[str, object]]:
    """What the bank's own files tell of a customer, with the source of each row; only read."""
    found: list[dict[str, object]] = []
    for name in bank.tables:
        table = TABLES[name]
        if "customer_id" not in table.schema.names:
            continue
        rows = bank.read(name)
        mine = rows.filter(pc.equal(rows["customer_id"], customer_id)).to_pylist()
        told_of = {"table": name, "source": table.source}
        found += [told_of | _told(row) for row in opened(name, mine, cipher)]
    return found


def _mine(connection: Connection, table: Any, customer_id: int) -> Sequence[Any]:  # noqa: ANN401
    return connection.execute(select(table).where(table.c.customer_id == customer_id)).all()


def _is_of_customers(file: Path) -> bool:
    with naming(file):
        return "customer_id" in pq.read_schema(file).names


def _rows_of(file: Path, customer_id: int) -> list[dict[str, Any]]:
    mine = pc.field("customer_id") == customer_id
    with naming(file):
        rows: list[dict[str, Any]] = pq.read_table(
            file, filters=mine, partitioning=None
        ).to_pylist()
    return rows


def _told(row: Mapping[str, Any]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None and value == value}  # noqa: PLR0124 - NaN


def _without(file: Path, customer_id: int) -> int:
    with naming(file):
        table = pq.read_table(file, partitioning=None)
    kept = table.filter(pc.not_equal(table["customer_id"], customer_id))
    gone = len(table) - len(kept)
    if gone:
        with new_file(file) as draft:
            pq.write_table(kept, draft, compression="zstd")
    return gone
