"""Reads one delimited file of a public source and refuses what in it cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from banks.errors import BrokenSource

ENDINGS = (".asc", ".asc.gz", ".csv", ".csv.gz")
_HEADER_LINES = 1
_LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A `;`-separated file: every column as the text that stands in it, in the file's order.

    The readers raise BrokenSource with the lines, the value and what is allowed.
    """

    path: Path
    rows: pa.Table

    def require(self, *columns: str) -> None:
        """Raise BrokenSource where the header lacks one of `columns`."""
        has = self.rows.column_names
        if missing := [column for column in columns if column not in has]:
            raise BrokenSource(
                f"{self.path}, line 1: the header lacks {', '.join(missing)}; it has "
                f"{', '.join(has)}; needed are {', '.join(columns)}, with `;` between them"
            )

    def text(self, column: str, *, absent: tuple[str, ...] = ()) -> pa.Array:
        """A column as it stands; the words in `absent` become null."""
        text = self.rows[column].combine_chunks()
        unsaid = pc.is_in(text, value_set=pa.array(absent, pa.string()))
        return pc.if_else(unsaid, pa.scalar(None, pa.string()), text)

    def integers(self, column: str, *, least: int | None = None) -> pa.Array:
        """A column of whole numbers as int64."""
        text = self.text(column)
        allowed = "a whole number" if least is None else f"a whole number from {least}"
        fits = pc.match_substring_regex(text, r"^-?\d{1,18}$")
        self.refuse(column, pc.invert(fits), allowed)
        numbers = text.cast(pa.int64())
        if least is not None:
            self.refuse(column, pc.less(numbers, least), allowed)
        return numbers

    def ids(self, column: str) -> pa.Array:
        """A column of whole numbers of which no two are the same."""
        numbers = self.integers(column, least=0)
        self.refuse(column, repeats(numbers), "a number that no earlier line has")
        return numbers

    def numbers(self, column: str) -> pa.Array:
        """A column of decimal numbers as float64."""
        text = self.text(column)
        fits = pc.match_substring_regex(text, r"^-?\d{1,15}(\.\d+)?$")
        self.refuse(column, pc.invert(fits), "a number such as -12.5")
        return text.cast(pa.float64())

    def cents(self, column: str) -> pa.Array:
        """A column of amounts with at most two decimals as int64 cents."""
        text = self.text(column)
        fits = pc.match_substring_regex(text, r"^-?\d{1,12}(\.\d{1,2})?$")
        self.refuse(column, pc.invert(fits), "an amount such as -12.50")
        # A double holds every amount of twelve digits to well under a cent: rounding is exact.
        return pc.round(pc.multiply(text.cast(pa.float64()), 100.0)).cast(pa.int64())

    def days(self, column: str) -> pa.Array:
        """A column of days of the twentieth century written YYMMDD, a midnight behind or not."""
        days = parse_days(pc.replace_substring_regex(self.text(column), r" 00:00:00$", ""))
        self.refuse(column, days.is_null(), "a day as YYMMDD")
        return days

    def coded(self, column: str, meanings: Mapping[str, Any]) -> list[Any]:
        """What each value of a column of codes means."""
        text = self.text(column)
        known = pc.is_in(text, value_set=pa.array(meanings, pa.string()))
        self.refuse(column, pc.invert(known), "one of " + ", ".join(map(repr, meanings)))
        return [meanings[word] for word in text.to_pylist()]

    def references(self, column: str, keys: pa.Array, holder: str) -> pa.Array:
        """A column of whole numbers of which each is among `keys`, which `holder` has."""
        numbers = self.integers(column, least=0)
        lost = pc.invert(pc.is_in(numbers, value_set=keys))
        self.refuse(column, lost, f"a number that {holder} has")
        return numbers

    def refuse(self, column: str, bad: pa.Array, allowed: str) -> None:
        """Raise BrokenSource where a line is `bad`; `allowed` says what would be right."""
        lines = np.arange(self.rows.num_rows) + _HEADER_LINES + 1
        values = self.rows[column]
        refuse_rows(self.path, lines, column=column, values=values, bad=bad, allowed=allowed)


def refuse_rows(
    place: object,
    numbers: Any,  # noqa: ANN401 - numpy whole numbers
    *,
    column: str,
    values: Any,  # noqa: ANN401 - an Arrow column
    bad: pa.Array,
    allowed: str,
    unit: str = "line",
) -> None:
    """Raise BrokenSource where a row is `bad`: its place and number, its value, what is allowed."""
    rows = np.flatnonzero(bad.to_numpy(zero_copy_only=False))
    if rows.size == 0:
        return
    value = values[int(rows[0])].as_py()
    first, *others = (str(numbers[row]) for row in rows[:_LINES_SHOWN])
    more = f"; so are {unit}s {', '.join(others)}" if others else ""
    rest = f" and {rows.size - _LINES_SHOWN} more" if rows.size > _LINES_SHOWN else ""
    raise BrokenSource(
        f"{place}, {unit} {first}: {column} is {value!r}, which is refused{more}{rest}; "
        f"allowed is {allowed}"
    )


def find_file(folder: Path, *stems: str) -> Path:
    """The one file in a folder that has one of the names `stems` and an ending that we read."""
    wanted = ", ".join(f"{stem}{{{','.join(ENDINGS)}}}" for stem in stems)
    found = sorted(
        file for stem in stems for end in ENDINGS for file in folder.glob(f"{stem}{end}")
    )
    if not found:
        raise BrokenSource(f"{folder} has no file {wanted}; put one there")
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise BrokenSource(f"{folder} has {names}, of which one is wanted; name or keep one")
    return found[0]


def read_file(path: Path, columns: tuple[str, ...]) -> SourceFile:
    """The file at `path`, which has at least `columns`."""
    if not path.is_file():
        raise BrokenSource(f"{path} is no file; allowed is one that ends in {', '.join(ENDINGS)}")
    ragged: list[Any] = []

    def note(row: Any) -> str:  # noqa: ANN401 - Arrow's InvalidRow has no types
        ragged.append(row)
        return "skip"

    # One thread, because only then does Arrow number the lines that it cannot split.
    read = pv.ReadOptions(use_threads=False)
    parse = pv.ParseOptions(delimiter=";", ignore_empty_lines=False, invalid_row_handler=note)
    try:
        with pv.open_csv(path, read_options=read, parse_options=parse) as reader:
            names = reader.schema.names
        as_text = pv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        ragged.clear()
        rows = pv.read_csv(path, read, parse, as_text)
    except (pa.ArrowInvalid, OSError) as error:
        raise BrokenSource(f"{path} does not read as `;`-separated UTF-8 text: {error}") from error
    if ragged:
        raise BrokenSource(
            f"{path}, line {ragged[0].number}: {ragged[0].text!r} has {ragged[0].actual_columns} "
            f"values; allowed are {ragged[0].expected_columns}, one for each column of the header"
        )
    if rows.num_rows == 0:
        raise BrokenSource(f"{path} has a header and no line; at least one is needed")
    file = SourceFile(path, rows)
    file.require(*columns)
    return file


def repeats(values: pa.Array) -> pa.Array:
    """Which places of `values` hold what an earlier place holds; a null repeats nothing."""
    places = pa.array(np.arange(len(values), dtype=np.int32))
    return pc.and_(values.is_valid(), pc.less(pc.index_in(values, value_set=values), places))


def parse_days(text: pa.Array) -> pa.Array:
    """Days of the twentieth century written YYMMDD; null where there is no such day."""
    full = pc.binary_join_element_wise("19", text, "")
    days = pc.strptime(full, format="%Y%m%d", unit="s", error_is_null=True)
    # strptime carries the 31st of a short month over into the next.
    same = pc.equal(pc.strftime(days, format="%Y%m%d"), full)
    return pc.if_else(same, days, pa.scalar(None, days.type)).cast(pa.date32())
