"""Canaries: personal values that stand nowhere by chance, and a search of every byte for them."""

import hashlib
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import TABLES

NAME = "Canarissima Feathersby"
PHONE = "13577799913"
DOCUMENT = "110101199003077790"
NOTE = "prefers calls after feeding the canary Quillbert"
CANARIES = (NAME, PHONE, DOCUMENT, "Quillbert")
# A customer whose number stands nowhere by chance either.
CUSTOMER = 987_654_321_031


def planted(bank: Path, before: int, at: datetime) -> None:
    """Put the canary's number, name, telephone and document in the place of a bank's customer."""
    for file in sorted(bank.glob("*.parquet")):
        table, rows = TABLES[file.stem], pq.read_table(file)
        if "customer_id" not in rows.column_names:
            continue
        mine = pc.equal(rows["customer_id"], before)
        put = {"customers": ("name", NAME), "contact_points": ("value", PHONE)}.get(table.name)
        for column, value in filter(None, (("customer_id", CUSTOMER), put)):
            anew = pc.if_else(mine, value, rows[column])
            rows = rows.set_column(rows.column_names.index(column), column, anew)
        order = [(name, "ascending") for name in table.sort_key]
        pq.write_table(rows.cast(table.schema).sort_by(order), file)
    told = pa.Table.from_pylist([a_contact(1, at)], schema=TABLES["contacts"].schema)
    pq.write_table(told, bank / "contacts.parquet")


def a_contact(contact_id: int, at: datetime) -> dict[str, object]:
    """A contact of the canary whose attributes tell a document's number."""
    return {
        "contact_id": contact_id, "customer_id": CUSTOMER, "happened_at": at, "known_at": at,
        "channel": "branch", "direction": "inbound", "category": "service", "state": "connected",
        "attributes": json.dumps({"document": DOCUMENT}),
    }  # fmt: skip


def found_in(
    root: Path, *, but: Iterable[Path] = (), canaries: Iterable[str] = CANARIES
) -> set[tuple[str, str]]:
    """Each file below a folder with each canary that it holds, in clear, packed or escaped."""
    skipped, wanted = tuple(but), tuple(canaries)
    return {
        (str(file.relative_to(root)), canary)
        for file in sorted(root.rglob("*"))
        if file.is_file() and not any(file.is_relative_to(each) for each in skipped)
        for canary in told_in(texts_of(file), wanted)
    }


def told_in(texts: Iterable[bytes], canaries: Iterable[str] = CANARIES) -> set[str]:
    """The canaries that some bytes hold; a plain hash of a number tells the number too."""
    forms = {canary: set(_forms(canary)) for canary in canaries}
    found = set()
    for text in texts:
        found |= {canary for canary, some in forms.items() if any(form in text for form in some)}
    return found


def texts_of(file: Path) -> Iterator[bytes]:
    """A file's raw bytes, and what a reader of its format would see."""
    raw = file.read_bytes()
    yield raw
    if raw[:4] == b"PAR1":
        table = pq.read_table(file, partitioning=None)
        for column in table.columns:
            # What stands in a column tells no more where it stands there again.
            told = column if pa.types.is_nested(column.type) else column.unique()
            yield repr(told.to_pylist()).encode()
        yield repr((table.column_names, table.schema.metadata)).encode()
    elif raw[:15] == b"SQLite format 3":
        yield from _cells(file)
    elif raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            for name in packed.namelist():
                yield packed.read(name)


def _cells(file: Path) -> Iterator[bytes]:
    """Every value of every table, with what is packed in it."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in tables.fetchall():
            for row in connection.execute(f"SELECT * FROM {name}"):  # noqa: S608 - the file's own
                for value in row:
                    if isinstance(value, bytes):
                        yield value
                        yield from _unpacked(value)
                    elif value is not None:
                        yield str(value).encode()


def _unpacked(value: bytes) -> Iterator[bytes]:
    if value[:1] == b"\x78":
        yield zlib.decompress(value)


def _forms(canary: str) -> Iterator[bytes]:
    """How a value may stand in a file; its hash without a key is one way."""
    yield canary.encode()
    yield canary.encode("utf-16-le")
    yield canary.encode().hex().encode()
    if canary.isdigit():
        yield int(canary).to_bytes(8, "little") if int(canary) < 2**63 else canary.encode()
        for name in ("sha256", "sha1", "md5"):
            yield hashlib.new(name, canary.encode()).hexdigest().encode()
            yield hashlib.new(name, canary.encode()).digest()
