"""What customers had put right: later versions of raw rows, kept beside the bank's own files.

A correction is known from the moment it is recorded, so features as of an earlier date stay what
they were. Names and numbers are encrypted in the file, as everywhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.bank import CORRECTED, Bank
from features.damaged import naming
from features.errors import FactRefused
from features.online_facts import value_of
from features.online_personal import opened_row, personal_columns, sealed_row
from features.tables import TABLES
from goodcall.atomic import changing, new_file
from goodcall.ports import FieldCipher

PLACE = "corrections"
_FIXED = ("customer_id", "point_id", "happened_at", "known_at")
_LEAST = timedelta(microseconds=1)
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Correction:
    """Whose field is otherwise: of `customers`, or of the contact point `point_id`."""

    customer_id: int
    field: str
    value: str | bool | None
    point_id: int | None = None

    @property
    def table(self) -> str:
        """The raw table that the field belongs to."""
        return "customers" if self.point_id is None else "contact_points"


def correct(
    bank: Bank, folder: Path, said: Correction, *, cipher: FieldCipher, now: datetime
) -> None:
    """Record a correction, known from `now` on; FactRefused where it cannot be.

    The newest version of the row, the bank's or an earlier correction's, is written again with the
    field changed. The bank's own files are only read. Who corrects at once waits for the others,
    and what is written later is known later: of corrections of one row none undoes another.
    """
    table = TABLES[said.table]
    columns = {column.name: column for column in table.columns if column.name not in _FIXED}
    if said.field not in columns:
        raise FactRefused(
            f"{said.table} has no {said.field!r} to put right; choose of: {', '.join(columns)}"
        )
    column = columns[said.field]
    if said.value is None and column.required:
        raise FactRefused(f"{said.table}.{said.field} cannot be empty; say what it is")
    value = None if said.value is None else value_of(column, said.value)
    if value is not None and column.allowed and value not in column.allowed:
        raise FactRefused(
            f"{said.table}.{said.field} is not {value!r}; choose of: {', '.join(column.allowed)}"
        )
    with changing(folder):
        newest = _newest(bank, said, cipher)
        at = max(now, newest["known_at"] + _LEAST)
        row = newest | {said.field: value, "happened_at": at, "known_at": at}
        _add(folder / f"{said.table}.parquet", sealed_row(said.table, row, cipher, PLACE))


def opened(table: str, rows: list[_Row], cipher: FieldCipher | None) -> list[_Row]:
    """Raw rows with the names and numbers that were put right in clear."""
    if table not in CORRECTED:
        return rows
    return [opened_row(table, row, cipher, PLACE) for row in rows]


def corrections_of(folder: Path, customer_id: int, cipher: FieldCipher) -> list[_Row]:
    """Every correction that a customer asked for, as rows with their `table`."""
    found = []
    for file in _files(folder):
        with naming(file):
            rows = pq.read_table(file, filters=pc.field("customer_id") == customer_id).to_pylist()
        found += [{"table": file.stem} | row for row in opened(file.stem, rows, cipher)]
    return found


def forget_corrections(folder: Path, customer_id: int) -> int:
    """Take a customer's corrections out of their files, and say how many they were."""
    gone = 0
    with changing(folder):
        for file in _files(folder):
            with naming(file):
                rows = pq.read_table(file)
            kept = rows.filter(pc.not_equal(rows["customer_id"], customer_id))
            if len(kept) < len(rows):
                gone += len(rows) - len(kept)
                _write(file, kept)
    return gone


def reseal_corrections(folder: Path, cipher: FieldCipher) -> int:
    """Seal under the newest key what is not, and say how many corrections were not."""
    done = 0
    with changing(folder):
        for file in _files(folder):
            schema = TABLES[file.stem].schema
            rows = pq.read_table(file, schema=schema).to_pylist()
            old = [n for n, row in enumerate(rows) if not _is_current(file.stem, row, cipher)]
            for n in old:
                (plain,) = opened(file.stem, [rows[n]], cipher)
                rows[n] = sealed_row(file.stem, plain, cipher, PLACE)
            if old:
                _write(file, pa.Table.from_pylist(rows, schema=schema))
            done += len(old)
    return done


def _is_current(table: str, row: _Row, cipher: FieldCipher) -> bool:
    held = (row[name] for name in personal_columns(table))
    return all(cipher.is_current(value) for value in held if value is not None)


def _newest(bank: Bank, said: Correction, cipher: FieldCipher) -> _Row:
    rows = bank.read(said.table)
    mine = rows.filter(pc.equal(rows["customer_id"], said.customer_id))
    if said.point_id is not None:
        mine = mine.filter(pc.equal(mine["point_id"], said.point_id))
    found = mine.sort_by("known_at").to_pylist()
    if not found:
        what = "" if said.point_id is None else f" with contact point {said.point_id}"
        raise FactRefused(
            f"the bank {bank.manifest.name} knows no customer {said.customer_id}{what}; check the "
            "number"
        )
    return opened_row(said.table, found[-1], cipher, PLACE)


def _files(folder: Path) -> list[Path]:
    """The files of corrections that there are."""
    return [file for file in (folder / f"{name}.parquet" for name in CORRECTED) if file.exists()]


def _add(file: Path, row: _Row) -> None:
    table = TABLES[file.stem]
    before = [pq.read_table(file, schema=table.schema)] if file.exists() else []
    every = pa.concat_tables([*before, pa.Table.from_pylist([row], schema=table.schema)])
    _write(file, every.sort_by([(name, "ascending") for name in table.sort_key]))


def _write(file: Path, rows: pa.Table) -> None:
    with new_file(file) as draft:
        pq.write_table(rows, draft, compression="zstd")
        draft.chmod(0o600)
