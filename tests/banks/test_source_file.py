"""Laws of reading one delimited file."""

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banks.errors import BrokenSource
from banks.source_file import find_file, parse_days, read_file, repeats


def a_file(folder: Path, text: str) -> Path:
    """A file of that text."""
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)))
def test_every_day_of_the_century_reads(day: date) -> None:
    """A day written YYMMDD is the day it was written from."""
    assert parse_days(pa.array([f"{day:%y%m%d}"])).to_pylist() == [day]


@given(st.text("0123456789 -+a", max_size=8))
def test_only_days_read(text: str) -> None:
    """What the calendar does not hold is null, never the next day that it holds."""
    try:
        day = datetime.strptime(f"19{text}", "%Y%m%d").date() if text.isdigit() else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        day = None
    expected = day if len(text) == 6 else None
    assert parse_days(pa.array([text])).to_pylist() == [expected]


@given(st.lists(st.one_of(st.none(), st.integers(0, 5))))
def test_repeats_are_what_stood_before(values: list[int | None]) -> None:
    """A place repeats where its value stands at an earlier place."""
    expected = [value is not None and value in values[:n] for n, value in enumerate(values)]
    assert repeats(pa.array(values, pa.int64())).to_pylist() == expected


@given(cents=st.integers(-(10**13), 10**13))
def test_cents_are_exact(cents: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An amount with two decimals is that many cents, whatever its size."""
    sign, whole, rest = "-" * (cents < 0), *divmod(abs(cents), 100)
    path = a_file(tmp_path_factory.mktemp("cents"), f"id;amount\n1;{sign}{whole}.{rest:02}\n")
    assert read_file(path, ("amount",)).cents("amount").to_pylist() == [cents]


def test_first_lines_are_named(tmp_path: Path) -> None:
    """Five broken lines are named by number and the rest are counted."""
    path = a_file(tmp_path, "id;age\n" + "".join(f"{n};{'x' if n > 1 else 7}\n" for n in range(9)))
    with pytest.raises(BrokenSource) as refused:
        read_file(path, ("age",)).integers("age")
    assert str(refused.value) == (
        f"{path}, line 4: age is 'x', which is refused; so are lines 5, 6, 7, 8 and 2 more; "
        "allowed is a whole number"
    )


def test_lines_keep_their_numbers_past_empty_ones(tmp_path: Path) -> None:
    """An empty line is a line: it is refused, and what follows keeps its number."""
    path = a_file(tmp_path, "id;age\n1;7\n\n2;x\n")
    with pytest.raises(BrokenSource, match=r"line 3: age is '', .*so are lines 4"):
        read_file(path, ("age",)).integers("age")


@pytest.mark.parametrize("path", ["absent.csv", "."])
def test_absent_file_is_refused(tmp_path: Path, path: str) -> None:
    """What is not there, or is a folder, is no file."""
    with pytest.raises(BrokenSource, match="is no file"):
        read_file(tmp_path / path, ("id",))


def test_the_one_file_is_found(tmp_path: Path) -> None:
    """A file is found under any of its names, and one with another ending is not."""
    (tmp_path / "bank.csv.bak").touch()
    (tmp_path / "bank_2.asc.gz").touch()
    assert find_file(tmp_path, "bank", "bank_*") == tmp_path / "bank_2.asc.gz"
