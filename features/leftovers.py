"""Files that nobody keeps books on: exports that people wrote, drafts of whatever program.

They are looked into and told, never changed: an export belongs to whoever asked for it, and a draft
may be one that another process is about to finish.
"""

import csv
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq

_TABLE = ".parquet"
_EXPORTS = frozenset((".csv", ".tsv", ".xlsx", ".json", ".jsonl", ".html", ".txt", _TABLE, ".zip"))
_DRAFTS = frozenset((".tmp", ".temp", ".part", ".partial", ".bak", ".old", ".swp", ".crdownload"))
# RuntimeError: an encrypted archive, one packed in an unknown way, JSON that is nested too deeply.
_SHUT = (OSError, ValueError, LookupError, RuntimeError, EOFError, pa.ArrowException)
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, ET.ParseError, csv.Error)
# Kinds of columns that may hold a customer's number, and those that cannot.
_NAMING = (
    *(pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
)
_SILENT = (pa.types.is_null, pa.types.is_boolean, pa.types.is_temporal)
# What a person may have been called in running text, before the number.
_CALLED = r"(?:customer(?:_id|s)?|客户)(?:[\s\"':=#：\[]|</?t[hd]>){0,8}"


@dataclass(frozen=True, slots=True)
class Found:
    """How often each file names a customer, and the files that could not be read to their end."""

    naming: Mapping[str, int]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Drafts, temporary files and exports anywhere below a folder.

    `kept` are folders whose Parquet files other places answer for, and single files that they do;
    `spared` are folders and files that are not looked into at all.
    """

    root: Path
    kept: frozenset[Path]
    spared: frozenset[Path]

    def about(self, customer_id: int) -> Found:
        """What the files tell of a customer by number, as paths below the folder."""
        times = {
            str(file.relative_to(self.root)): _times(file, customer_id) for file in self._files()
        }
        return Found(
            {file: count for file, count in times.items() if count},
            tuple(file for file, count in times.items() if count is None),
        )

    def _files(self) -> Iterator[Path]:
        for file in sorted(self.root.rglob("*")):
            own = {file, *file.parents}
            booked = file.suffix == _TABLE and own & self.kept
            wanted = _is_draft(file, self.root) or (file.suffix.lower() in _EXPORTS and not booked)
            if wanted and file.is_file() and not own & self.spared:
                yield file


def _is_draft(file: Path, root: Path) -> bool:
    """Whether a file, or a folder around it, is named as what is not finished."""
    below = file.relative_to(root).parts
    return any(
        name.startswith((".", "~")) or name.endswith("~") or Path(name).suffix.lower() in _DRAFTS
        for name in below
    )


def _times(file: Path, who: int) -> int | None:
    """How often a file names a customer; None of a file that cannot be read to its end."""
    try:
        return _in_bytes(file.read_bytes(), file.name.lower(), who)
    except (*_SHUT, *_DAMAGED):
        return None


def _in_bytes(raw: bytes, name: str, who: int) -> int:
    """How often bytes name a customer, read as what they begin as, else as text of their kind."""
    if raw[:4] == b"PAR1":
        return sum(_in_cell(cell, who) for cell in _parquet_cells(raw))
    if raw[:2] == b"PK":
        return _in_zip(raw, who)
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    if "\0" in text:
        raise ValueError("no text")
    if ".json" in name and ".jsonl" not in name and text.strip():
        return _in_json(json.loads(text), who)
    if ".csv" in name or ".tsv" in name:
        between = "\t" if ".tsv" in name else ","
        rows = csv.reader(io.StringIO(text), delimiter=between)
        return sum(_in_cell(cell, who) for row in rows for cell in row)
    return _in_text(text, who)


def _parquet_cells(raw: bytes) -> Iterator[object]:
    for batch in pq.ParquetFile(io.BytesIO(raw)).iter_batches():
        for column in batch.columns:
            coded = pa.types.is_dictionary(column.type)
            cells = column.dictionary_decode() if coded else column
            if any(of_kind(cells.type) for of_kind in _NAMING):
                yield from cells.to_pylist()
            elif not any(of_kind(cells.type) for of_kind in _SILENT):
                raise ValueError(f"a column of {cells.type} is not looked into")


def _in_zip(raw: bytes, who: int) -> int:
    """The parts of a workbook by their cells, those of any other archive by what they are."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        names = packed.namelist()
        if "[Content_Types].xml" not in names:
            return sum(_in_bytes(packed.read(name), name.lower(), who) for name in names)
        parts = (packed.read(name) for name in names if name.endswith(".xml"))
        return sum(_in_cell(cell, who) for part in parts for cell in _sheet_cells(part))


def _sheet_cells(part: bytes) -> Iterator[str]:
    """The texts and numbers of a workbook's part; a number that points to a text is none."""
    tree = ET.fromstring(part)  # noqa: S314 - the parser expands no entities of other files
    for cell in tree.iter():
        kind = cell.tag.rpartition("}")[2]
        if kind == "t":
            yield cell.text or ""
        elif kind == "c" and cell.get("t") != "s":
            yield from (each.text or "" for each in cell if each.tag.endswith("}v"))


def _in_json(said: Any, who: int, *, people: bool = False) -> int:  # noqa: ANN401 - any JSON
    """How often a document names a customer; a bare number does in a field about `people` only."""
    if isinstance(said, dict):
        named = sum(_in_json(key, who, people=people) for key in said)
        return named + sum(
            _in_json(value, who, people=_is_of_people(key)) for key, value in said.items()
        )
    if isinstance(said, list):
        return sum(_in_json(each, who, people=people) for each in said)
    if isinstance(said, str):
        return int((people and said == str(who)) or bool(_in_text(said, who)))
    return int(people and said == who)


def _is_of_people(field: str) -> bool:
    return "customer" in field.lower() or field in ("part", "source_id")


def _in_cell(cell: object, who: int) -> int:
    """Whether a cell is the customer's number, or an id of a row that holds it between strokes."""
    if isinstance(cell, str):
        return int(cell.strip() in (str(who), f"{who}.0") or f"/{who}/" in cell)
    return int(cell == who)


def _in_text(text: str, who: int) -> int:
    return len(re.findall(rf"{_CALLED}{who}(?![0-9A-Za-z])|/{who}/", text))
