"""A bank: a folder of raw tables that keep their contracts, and a manifest that says whose."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.bank_rows import conformed, in_order
from features.contract import Column, Table
from features.errors import BankNotFound, BrokenContract
from features.quality.contracts import check_tables
from features.tables import CONTACTS, CONTRACT_VERSION, TABLES
from goodcall.atomic import new_file, new_folder
from goodcall.calendar import is_zone

MANIFEST = "bank.json"
_EXPORT_AGAIN = "remove it, and `goodcall night` writes it again from the ledger"
# The raw tables of which a customer may have a row put right.
CORRECTED = ("customers", "contact_points")
# Manifests of the first contracts did not say their version.
_UNNUMBERED = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """Whose tables these are: zone of its midnights, currency, and the days they cover.

    `last_day` is the last local date of which everything is known; facts after it are refused.
    `versioned` names the tables in which some key has several rows, later ones correcting earlier.
    `contract` is the version of the contracts that the tables were written under. `files` names the
    file of each raw table that grew since; that of any other is its name and `.parquet`.
    """

    name: str
    zone: str
    currency: str
    first_day: date
    last_day: date
    source: str
    versioned: tuple[str, ...] = ()
    contract: int = CONTRACT_VERSION
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not is_zone(self.zone):
            raise BrokenContract(
                f"zone {self.zone!r} of bank {self.name!r} is not an IANA name; "
                "write one such as Asia/Shanghai"
            )


@dataclass(frozen=True, slots=True)
class Bank:
    """A folder of raw tables, read and never written.

    `contacts` is a file of the contacts that were made through Goodcall, where there are any: the
    raw table `contacts` is the union of the bank's own and these, by contact_id. `corrections` is
    a folder of what customers had put right: later versions of rows, a file a raw table. `gone` are
    customers whose data were erased: nothing takes them in. `had` names the raw tables of which the
    bank's own file was there when it was opened.
    """

    path: Path
    manifest: Manifest
    contacts: Path | None = None
    corrections: Path | None = None
    gone: frozenset[int] = frozenset()
    had: frozenset[str] = frozenset()

    def file(self, table: str) -> Path:
        """Where the bank's own Parquet file of a raw table lies, whether it is there or not."""
        return self.path / self.manifest.files.get(table, f"{table}.parquet")

    def own(self, table: str) -> Path | None:
        """The bank's own file of a raw table; None where the source lacks the table.

        BrokenContract where the file was there when the bank was opened, or the manifest names it,
        and it is gone: a table whose rows are lost is no empty one.
        """
        file = self.file(table)
        if file.exists():
            return file
        if table in self.had or table in self.manifest.files:
            raise BrokenContract(
                f"{file}, the rows of {table}, is not there: the bank grew since it was opened, or "
                "somebody removed the file; open the bank anew, or write it anew"
            )
        return None

    def files(self, table: str) -> tuple[Path, ...]:
        """The Parquet files that a raw table is read from: the bank's own, then what adds to it.

        BrokenContract where the bank's own is gone.
        """
        found = self.own(table)
        own = () if found is None else (found,)
        added = (self.contacts,) if self.contacts and table == CONTACTS.name else ()
        return own + added + self._corrected(table)

    @property
    def tables(self) -> tuple[str, ...]:
        """The raw tables that this bank has, in the contracts' order."""
        return tuple(name for name in TABLES if self.files(name))

    @property
    def versioned(self) -> tuple[str, ...]:
        """The tables in which some key may have several rows, later ones correcting earlier."""
        added = [CONTACTS.name] if self.contacts else []
        added += [name for name in CORRECTED if self._corrected(name)]
        return tuple(dict.fromkeys((*self.manifest.versioned, *added)))

    def _corrected(self, table: str) -> tuple[Path, ...]:
        """The file of corrections to a raw table, where there are any."""
        if self.corrections is None or table not in CORRECTED:
            return ()
        file = self.corrections / f"{table}.parquet"
        return (file,) if file.exists() else ()

    def read(self, table: str) -> pa.Table:
        """One raw table whole, with every column of today's contract.

        A table that the source lacks comes empty; a column that a later contract added than the
        one a file was written under comes null. Of two rows with one key and known_at the one that
        was made through Goodcall counts.
        """
        schema = TABLES[table].schema
        parts = [pq.read_table(file, schema=schema) for file in self.files(table)]
        if not parts:
            return schema.empty_table()
        if len(parts) == 1:
            return parts[0]
        theirs, ours = parts
        twins = [*TABLES[table].key, "known_at"]
        theirs = theirs.join(ours.select(twins), twins, join_type="left anti")
        return in_order(
            pa.concat_tables([theirs.select(schema.names).cast(schema), ours]), TABLES[table]
        )


def missing_columns(bank: Bank, table: Table) -> tuple[Column, ...]:
    """The columns that a bank's file rightly lacks: a later contract than its own added them.

    They read as null throughout.
    """
    return tuple(column for column in table.columns if column.since > bank.manifest.contract)


def open_bank(
    path: Path,
    contacts: Path | None = None,
    *,
    corrections: Path | None = None,
    gone: frozenset[int] = frozenset(),
) -> Bank:
    """The bank in a folder, written under this release's contracts or earlier ones.

    `corrections` is a folder of what customers had put right, `gone` are those who were erased.
    `contacts` is where contacts made through Goodcall are kept, as `write_contacts` left them; no
    file there means that none was made yet. A bank of later contracts is a BrokenContract, since
    what it says more would be lost, and so is a file of contacts that is none.
    """
    file = path / MANIFEST
    if not file.exists():
        raise BankNotFound(
            f"{path} is no bank: it has no {MANIFEST}; make one with "
            "`goodcall bank simulate` or `goodcall bank import`"
        )
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        manifest = Manifest(
            name=said["name"],
            zone=said["zone"],
            currency=said["currency"],
            first_day=date.fromisoformat(said["first_day"]),
            last_day=date.fromisoformat(said["last_day"]),
            source=said["source"],
            versioned=tuple(said["versioned"]),
            contract=int(said.get("contract", _UNNUMBERED)),
            files=_plain_names(said.get("files", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenContract(f"{file} does not read as a manifest: {error!r}") from error
    if manifest.contract > CONTRACT_VERSION:
        raise BrokenContract(
            f"{path} was written under version {manifest.contract} of the raw tables' contracts; "
            f"this release reads versions 1 to {CONTRACT_VERSION}; upgrade goodcall"
        )
    bank = Bank(path, manifest, corrections=corrections, gone=gone)
    bank = replace(bank, had=frozenset(name for name in TABLES if bank.file(name).exists()))
    if contacts is None or not contacts.exists():
        return bank
    _refuse_no_contacts(contacts)
    return replace(bank, contacts=contacts)


def write_contacts(path: Path, rows: pa.Table) -> None:
    """Keep the contacts made through Goodcall for `open_bank`.

    `rows` are every version of every contact in the columns of the raw table, in any order. Equal
    rows give equal bytes, and the file is either the old one or the new one.
    """
    with new_file(path) as draft:
        pq.write_table(_as_contacts(rows), draft, compression="zstd")


def holds_contacts(path: Path, rows: pa.Table) -> bool:
    """Whether a file is what `write_contacts` would make of these rows."""
    try:
        return bool(pq.read_table(path).equals(_as_contacts(rows)))
    except (pa.ArrowInvalid, OSError):
        return False


class BankWriter:
    """Takes raw tables, puts each in its contract's form and order, and writes Parquet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._last: dict[str, int] = {}

    def add(self, name: str, rows: pa.Table) -> None:
        """Add rows of a raw table; later calls for a table bring later customers only.

        Columns of the contract that `rows` lacks become null; a required one that is missing, an
        unknown one, or one that does not cast without loss is a BrokenContract.
        """
        if name not in TABLES:
            raise BrokenContract(f"table {name!r} has no contract; known: {', '.join(TABLES)}")
        table = TABLES[name]
        rows = in_order(conformed(rows, table), table)
        if rows.num_rows and table.customer:
            self._refuse_backwards(name, rows)
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(
                self._folder / f"{name}.parquet", table.schema, compression="zstd"
            )
        self._writers[name].write_table(rows)

    def beside(self, name: str) -> Path:
        """Where to write a file that stands beside the raw tables and tells where they are from."""
        return self._folder / name

    def close(self) -> None:
        """Finish every file."""
        for writer in self._writers.values():
            writer.close()

    def _refuse_backwards(self, name: str, rows: pa.Table) -> None:
        first, last = rows["customer_id"][0].as_py(), rows["customer_id"][-1].as_py()
        if first <= self._last.get(name, -(2**63)):
            raise BrokenContract(
                f"{name}: customer {first} arrives after customer {self._last[name]}; "
                "add rows in ascending blocks of customers, or all at once"
            )
        self._last[name] = last


@contextmanager
def new_bank(path: Path, manifest: Manifest) -> Iterator[BankWriter]:
    """A writer for a new bank at `path`, checked on the way in.

    When the block ends, every table is held against its contract; a broken one raises
    BrokenContract with rows and reasons, and what stood at `path` before is untouched.
    """
    if path.exists() and not (path / MANIFEST).exists() and any(path.iterdir()):
        raise BankNotFound(f"{path} holds files that are no bank; name an empty or a new folder")
    manifest = replace(manifest, contract=CONTRACT_VERSION, files={})
    with new_folder(path) as draft:
        writer = BankWriter(draft)
        try:
            yield writer
        finally:
            writer.close()
        report = check_tables(Bank(draft, manifest))
        if report.broken:
            raise BrokenContract(report.describe_broken())
        checked = replace(manifest, versioned=report.versioned)
        (draft / MANIFEST).write_text(manifest_text(checked), encoding="utf-8")


def manifest_text(manifest: Manifest) -> str:
    """A manifest as it stands in a bank's folder."""
    said: dict[str, Any] = asdict(manifest)
    days = {"first_day": str(manifest.first_day), "last_day": str(manifest.last_day)}
    return json.dumps(said | days, indent=2)


def _plain_names(files: dict[str, str]) -> dict[str, str]:
    """The files that a manifest names, all of them in the bank's own folder."""
    for table, name in files.items():
        if table not in TABLES or Path(name).name != name or not name.endswith(".parquet"):
            raise ValueError(f"files names {name!r} for {table!r}, which is no file of the bank's")
    return dict(files)


def _as_contacts(rows: pa.Table) -> pa.Table:
    return in_order(conformed(rows, CONTACTS), CONTACTS)


def _refuse_no_contacts(path: Path) -> None:
    """A file of contacts has no columns but the contract's, and every one that it requires."""
    try:
        found = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise BrokenContract(
            f"{path} does not read as contacts ({error}); {_EXPORT_AGAIN}"
        ) from error
    wrong = [field.name for field in found if field not in CONTACTS.schema]
    wrong += [c.name for c in CONTACTS.columns if c.required and c.name not in found.names]
    if wrong:
        raise BrokenContract(
            f"{path} is not what the contract of contacts says in {', '.join(wrong)}; "
            f"{_EXPORT_AGAIN}"
        )
