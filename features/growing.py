"""A bank that grows: rows of later days join its tables, all of them at one moment or none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.bank import MANIFEST, Bank, Manifest, manifest_text, open_bank
from features.bank_rows import conformed, in_order
from features.contract import Table
from features.errors import BrokenContract
from features.places import INSTANT
from features.quality.contracts import check_tables
from features.tables import CONTRACT_VERSION, TABLES
from goodcall.atomic import changing, finish_writing, new_file
from goodcall.calendar import start_of_day

_ROWS_AT_ONCE = 1 << 19
_DAY = "[0-9]" * 4 + "-[0-9][0-9]-[0-9][0-9]"


class BankGrowth:
    """Takes the rows by which a bank grows; every one of them became known after its last day."""

    def __init__(self, last: Manifest) -> None:
        self._last = last
        self._opening = start_of_day(last.last_day + timedelta(days=1), last.zone)
        self._added: dict[str, list[pa.Table]] = {}

    def add(self, name: str, rows: pa.Table) -> None:
        """Add rows of a raw table, in any order.

        A BrokenContract where `BankWriter.add` raises one for the form of rows, and for a row that
        the bank knew by its last day: what was known then does not change.
        """
        if name not in TABLES:
            raise BrokenContract(f"table {name!r} has no contract; known: {', '.join(TABLES)}")
        rows = conformed(rows, TABLES[name])
        early = pc.sum(pc.less(rows["known_at"], pa.scalar(self._opening, INSTANT))).as_py()
        if early:
            raise BrokenContract(
                f"{name}: {early} row{'s' * (early != 1)} known by {self._last.last_day}, the last "
                "day of the bank that grows; add what became known later, or write the bank anew"
            )
        self._added.setdefault(name, []).append(rows)

    def rows(self) -> dict[str, pa.Table]:
        """All that was added, by raw table, in the order of a bank's files."""
        return {
            name: in_order(pa.concat_tables(parts), TABLES[name])
            for name, parts in self._added.items()
        }


@contextmanager
def grow_bank(path: Path, manifest: Manifest) -> Iterator[BankGrowth]:
    """What takes the rows by which the bank at `path` grows into that of a manifest.

    The manifest is of the same bank from the same first day, and of a later last day. When the
    block ends, old and new rows together are held against their contracts; a broken one raises
    BrokenContract with rows and reasons. Readers find the old tables until the new manifest, which
    names the new files, takes the old one's place; whatever ends the process before that leaves the
    bank as it was. Who opened the bank before goes on reading the files it had then; they are
    removed when it grows the next time. Whoever else grows the bank meanwhile waits.
    """
    open_bank(path)
    with changing(path / MANIFEST):
        old = open_bank(path)
        _refuse_other(old, manifest)
        growth = BankGrowth(old.manifest)
        yield growth
        try:
            grown = _grown(old, manifest, growth.rows())
            with new_file(path / MANIFEST) as draft:
                draft.write_text(manifest_text(grown), encoding="utf-8")
                draft.chmod((path / MANIFEST).stat().st_mode)
        finally:
            _clear(old)


def _refuse_other(bank: Bank, manifest: Manifest) -> None:
    """A bank grows by later days of its own, under the contracts that it was written under."""
    told, asked = (
        (said.name, said.zone, said.currency, said.first_day) for said in (bank.manifest, manifest)
    )
    if told != asked:
        raise BrokenContract(
            f"the bank at {bank.path} is {_said(told)}; it cannot grow into {_said(asked)}: name, "
            "zone, currency and first day stay"
        )
    if manifest.last_day <= bank.manifest.last_day:
        raise BrokenContract(
            f"the bank at {bank.path} reaches to {bank.manifest.last_day} already; it cannot grow "
            f"to {manifest.last_day}: name a later last day"
        )
    if bank.manifest.contract != CONTRACT_VERSION:
        raise BrokenContract(
            f"the bank at {bank.path} was written under version {bank.manifest.contract} of the "
            f"contracts; rows of version {CONTRACT_VERSION} cannot join it: write it anew"
        )


def _said(identity: tuple[object, ...]) -> str:
    return ", ".join(map(str, identity))


def _grown(bank: Bank, manifest: Manifest, added: dict[str, pa.Table]) -> Manifest:
    """Write the files of the tables that grow beside the old ones; what the bank is with them."""
    files = dict(bank.manifest.files)
    for name, rows in added.items():
        if rows.num_rows or name not in bank.tables:
            files[name] = f"{name}-{manifest.last_day}.parquet"
            _merge(bank.own(name), rows, TABLES[name], bank.path / files[name])
    grown = replace(manifest, contract=CONTRACT_VERSION, files=files)
    report = check_tables(Bank(bank.path, grown))
    if report.broken:
        raise BrokenContract(report.describe_broken())
    return replace(grown, versioned=report.versioned)


def _merge(old: Path | None, rows: pa.Table, table: Table, new: Path) -> None:
    """Write the rows of a file, where there is one, and further ones in the table's order.

    Memory holds the new rows and one stretch of the old.
    """
    lead, held = table.sort_key[0], table.schema.empty_table()
    with new.open("wb") as file:
        with pq.ParquetWriter(file, table.schema, compression="zstd") as writer:
            for stretch in _stretches(old, table):
                held = pa.concat_tables([held, stretch])
                last = held[lead][-1]
                (before, held), (early, rows) = (_parted(each, lead, last) for each in (held, rows))
                _write(writer, table, before, early)
            _write(writer, table, held, rows)
        file.flush()
        os.fsync(file.fileno())


def _stretches(file: Path | None, table: Table) -> Iterator[pa.Table]:
    """The rows of a file, so many at a time; none where there is no file."""
    if file is not None:
        with pq.ParquetFile(file) as old:
            for batch in old.iter_batches(_ROWS_AT_ONCE, columns=table.schema.names):
                if batch.num_rows:
                    yield pa.Table.from_batches([batch]).select(table.schema.names)


def _parted(rows: pa.Table, lead: str, last: pa.Scalar) -> tuple[pa.Table, pa.Table]:
    """The rows before a value of a column, and the others; among these are those without one."""
    before = pc.fill_null(pc.less(rows[lead], last), fill_value=False)
    return rows.filter(before), rows.filter(pc.invert(before))


def _write(writer: pq.ParquetWriter, table: Table, old: pa.Table, new: pa.Table) -> None:
    rows = in_order(pa.concat_tables([old, new]), table)
    if rows.num_rows:
        writer.write_table(rows, row_group_size=rows.num_rows)


def _clear(old: Bank) -> None:
    """Remove the files of raw tables that neither the bank before nor the one now names.

    Killed growths left them, or the bank outgrew them a growth ago or earlier.
    """
    path, now = old.path, open_bank(old.path)
    for name in TABLES:
        for file in (path / f"{name}.parquet", *path.glob(f"{name}-{_DAY}.parquet")):
            if file not in (old.file(name), now.file(name)):
                file.unlink(missing_ok=True)
    finish_writing(path)
