"""Reads a bank's own files block by block, every value as it stands, with the line it stands on."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from banks.errors import BrokenSource
from banks.mapping import Layout, Origin
from banks.source_file import refuse_rows

DELIMITED = (".csv", ".txt", ".tsv", ".asc", ".dat")
PARQUET = ".parquet"
_BLOCK_BYTES = 8 << 20
_BLOCK_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a source, and the `numbers` of the lines or rows that they stand on."""

    place: str
    unit: str
    numbers: npt.NDArray[np.int64]
    rows: pa.Table

    def filter(self, keep: pa.Array) -> "Block":
        """The rows to keep, each with its own number."""
        kept = self.numbers[keep.to_numpy(zero_copy_only=False)]
        return replace(self, numbers=kept, rows=self.rows.filter(keep))

    def refuse(self, column: str, values: pa.Array, bad: pa.Array, allowed: str) -> None:
        """Raise BrokenSource where a row is `bad`; `allowed` says what would be right."""
        refuse_rows(
            self.place,
            self.numbers,
            column=column,
            values=values,
            bad=bad,
            allowed=allowed,
            unit=self.unit,
        )


def block_at(place: str, unit: str, first: int, rows: pa.Table) -> Block:
    """Rows that follow one another, the first of them on line or row `first`."""
    return Block(place, unit, np.arange(first, first + rows.num_rows, dtype=np.int64), rows)


class Source(Protocol):
    """Where a bank's own tables lie: a folder of files, or a database."""

    def columns(self, origin: Origin) -> tuple[str, ...]:
        """The columns that an origin has; BrokenMapping where the source has no such origin."""
        ...

    def blocks(self, origin: Origin, columns: Collection[str]) -> Iterator[Block]:
        """The rows of an origin in their order; a delimited file's values are texts."""
        ...

    def ordered(self, origin: Origin) -> bool:
        """Whether the rows of an origin stand in an order of their own."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of delimited and Parquet files, or one such file."""

    path: Path

    def columns(self, origin: Origin) -> tuple[str, ...]:
        """The columns of the first file that an origin names; every file must have the same."""
        files = self._files(origin)
        names = [_columns(file, origin.layout) for file in files]
        for file, others in zip(files, names, strict=True):
            if set(others) != set(names[0]):
                raise BrokenSource(
                    f"{file} has {', '.join(others)}; {files[0]} has {', '.join(names[0])}; the "
                    f"files of {origin.said!r} must have the same columns"
                )
        return names[0]

    def blocks(self, origin: Origin, columns: Collection[str]) -> Iterator[Block]:
        """The rows of every file that an origin names, file by file in the order of their names."""
        for file in self._files(origin):
            if file.suffix == PARQUET:
                yield from _parquet_blocks(file, columns)
            else:
                yield from _delimited_blocks(file, origin.layout, columns)

    def ordered(self, origin: Origin) -> bool:
        """Rows of a file always stand in an order."""
        return bool(origin.said)

    def _files(self, origin: Origin) -> list[Path]:
        if origin.kind != "file":
            raise origin.section.refuse(
                f"{origin.kind} {origin.said!r} needs a database, and {self.path} is none",
                "name a file, or give a database's address",
                key=origin.kind,
            )
        folder, known = self._known()
        named = () if Path(origin.said).is_absolute() else folder.glob(origin.said)
        found = sorted(file for file in named if file in known)
        if not found:
            there = ", ".join(str(file.relative_to(folder)) for file in known) or "none"
            raise origin.section.refuse(
                f"{folder} has no file {origin.said!r}", f"known: {there}", key="file"
            )
        return found

    def _known(self) -> tuple[Path, list[Path]]:
        if self.path.is_file() and _is_read(self.path):
            return self.path.parent, [self.path]
        endings = ", ".join((*DELIMITED, *(f"{end}.gz" for end in DELIMITED), PARQUET))
        if not self.path.is_dir():
            raise BrokenSource(f"{self.path} is no folder, and no file that ends in {endings}")
        return self.path, sorted(file for file in self.path.rglob("*") if _is_read(file))


def _is_read(file: Path) -> bool:
    name = file.name.lower().removesuffix(".gz")
    return file.is_file() and (name.endswith(DELIMITED) or file.suffix == PARQUET)


def _columns(file: Path, layout: Layout) -> tuple[str, ...]:
    if file.suffix == PARQUET:
        with _readable(file):
            return tuple(pq.read_schema(file).names)
    with _readable(file), _open(file, layout, (), lambda _: "skip") as reader:
        names = tuple(reader.schema.names)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BrokenSource(
            f"{file}, line 1: {', '.join(twice)} stands twice in the header; rename it, or give "
            "the columns names in the mapping"
        )
    return names


def _parquet_blocks(file: Path, columns: Collection[str]) -> Iterator[Block]:
    with _readable(file), pq.ParquetFile(file) as opened:
        first = 1
        for batch in opened.iter_batches(batch_size=_BLOCK_ROWS, columns=list(columns)):
            yield block_at(str(file), "row", first, pa.Table.from_batches([batch]))
            first += batch.num_rows


def _delimited_blocks(file: Path, layout: Layout, columns: Collection[str]) -> Iterator[Block]:
    ragged: list[Any] = []

    def note(row: Any) -> str:  # noqa: ANN401 - Arrow's InvalidRow has no types
        ragged.append(row)
        return "skip"

    with _readable(file), _open(file, layout, columns, note) as reader:
        first = 1 if layout.names else 2
        for batch in reader:
            _refuse_ragged(file, ragged)
            yield block_at(str(file), "line", first, pa.Table.from_batches([batch]))
            first += batch.num_rows
        _refuse_ragged(file, ragged)


def _open(file: Path, layout: Layout, columns: Collection[str], note: Any) -> Any:  # noqa: ANN401 - Arrow has no types
    # One thread, because only then does Arrow number the lines that it cannot split.
    read = pv.ReadOptions(
        use_threads=False,
        block_size=_BLOCK_BYTES,
        encoding=layout.encoding,
        column_names=list(layout.names) or None,
    )
    # An empty line is a line: skipping it would move the numbers of all that follow.
    parse = pv.ParseOptions(
        delimiter=layout.delimiter,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=note,
    )
    as_text = pv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), include_columns=list(columns)
    )
    return pv.open_csv(file, read, parse, as_text)


def _refuse_ragged(file: Path, ragged: list[Any]) -> None:
    if ragged:
        row = ragged[0]
        raise BrokenSource(
            f"{file}, line {row.number}: {row.text!r} has {row.actual_columns} values; allowed "
            f"are {row.expected_columns}, one for each column"
        )


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Raise BrokenSource where a file does not read as what its ending says."""
    try:
        yield
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise BrokenSource(
            f"{file} does not read: {error}; the mapping can say its delimiter and encoding"
        ) from error
