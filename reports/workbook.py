"""A report as a workbook: a sheet a table, figures and days as what they are."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

from goodcall.cells import inert
from goodcall.language import Language, Text
from goodcall.money import unit_of
from outreach.replay import Gain
from reports.pages import ALL, NONE, Cell, Column, Figure, Page, Sheet, words_of
from reports.said import Kind

_FORMATS = {"count": "#,##0", "number": "#,##0.00", "fine": "#,##0.0000", "share": "0.0%"}
_FORMATS |= {"money": "#,##0.00", "price": "#,##0.00##"}
# What is in cents, and how much wider it is here than in words of whole units.
_IN_CENTS, _CENTS = ("money", "price"), 3
# The longest name that a workbook takes for a sheet, the first year of its days, and what a name
# cannot hold.
_LONGEST_NAME, _FIRST_YEAR = 31, 1900
_NARROW, _WIDE, _NOTES_WIDTH, _A4 = 10, 40, 110, 9
# Letters from here on are twice as wide.
_CHINESE = 0x2E80
_NO_NAME = str.maketrans("[]:*?/\\", "       ")
_ENDS = (Text("", ""), Text(": low", ":下限"), Text(": high", ":上限"))


@dataclass(frozen=True, slots=True)
class _Strip:
    """A column as it stands on paper: its head, and each row's cell with what it is."""

    head: str
    cells: tuple[tuple[Cell, Kind], ...]


def page_xlsx(page: Page, language: Language) -> bytes:
    """A report as a workbook, an interval in three columns; no cell runs as a formula."""
    import xlsxwriter  # noqa: PLC0415 - the service is installed without it and writes no workbook

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for sheet in page.sheets:
            _write(book, page, sheet, language)
        notes = book.add_worksheet(Text("notes", "说明").to(language))
        notes.set_column(0, 0, _NOTES_WIDTH, book.add_format({"text_wrap": True}))
        for line, note in enumerate((page.title, *page.notes)):
            notes.write_string(line, 0, str(inert(note.to(language))))
    return buffer.getvalue()


def _write(book: Any, page: Page, sheet: Sheet, language: Language) -> None:  # noqa: ANN401 - untyped
    """One table, its heads and its first column always in sight, on paper as wide as a page."""
    paper = book.add_worksheet(_name(sheet.title.to(language)))
    paper.freeze_panes(1, 1)
    paper.repeat_rows(0)
    paper.set_landscape()
    paper.set_paper(_A4)
    paper.fit_to_pages(1, 0)
    paper.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    unit = unit_of(page.currency, language).replace('"', "")

    @cache
    def shape(kind: str, *, whole: bool) -> Any:  # noqa: ANN401 - untyped
        said = "yyyy-mm-dd" if kind == "day" else _FORMATS.get(kind, "General")
        if kind in _IN_CENTS:
            said = f'{said}"{unit}"' if language == "zh" else f'"{unit}" {said}'
        return book.add_format(
            {"num_format": said, "bold": whole, "align": "left" if kind in ("text", "day") else ""}
        )

    if not sheet.rows:
        paper.write_string(1, 0, NONE.to(language))
    for place, strip in enumerate(_strips(sheet, language)):
        words = [words_of(cell, kind, page.currency, language) for cell, kind in strip.cells]
        cents = _CENTS if any(kind in _IN_CENTS for _, kind in strip.cells) else 0
        paper.set_column(place, place, _width(strip.head, words) + cents)
        paper.write_string(0, place, strip.head, head)
        rows = zip(sheet.rows, strip.cells, words, strict=True)
        for line, (row, (cell, kind), word) in enumerate(rows, start=1):
            whole = row[0] == ALL
            if isinstance(cell, int | float) and kind != "text":
                figure = cell / 100 if kind in _IN_CENTS else cell
                paper.write_number(line, place, figure, shape(kind, whole=whole))
            elif isinstance(cell, date) and cell.year >= _FIRST_YEAR:
                paper.write_datetime(line, place, cell, shape("day", whole=whole))
            else:
                paper.write_string(line, place, str(inert(word)), shape(kind, whole=whole))


def _name(title: str) -> str:
    """A title as the name of a sheet, which takes few letters and not every one."""
    return title.translate(_NO_NAME)[:_LONGEST_NAME]


def _strips(sheet: Sheet, language: Language) -> Iterator[_Strip]:
    """The columns, those that hold intervals as three: the value and both ends."""
    for place, column in enumerate(sheet.columns.values()):
        cells = [_plain(row[place], column) for row in sheet.rows]
        ends = _ENDS if any(isinstance(cell, Gain) for cell, _ in cells) else _ENDS[:1]
        for end, words in enumerate(ends):
            title = column.title.to(language) + words.to(language)
            yield _Strip(title, tuple((_end(cell, end), kind) for cell, kind in cells))


def _plain(cell: Cell, column: Column) -> tuple[Cell, Kind]:
    return (cell.amount, cell.kind) if isinstance(cell, Figure) else (cell, column.kind)


def _end(cell: Cell, end: int) -> Cell:
    """The value of an interval, or its lower or upper end; what is none has no ends."""
    if isinstance(cell, Gain):
        return (cell.value, cell.low, cell.high)[end]
    return None if end else cell


def _width(head: str, words: Sequence[str]) -> int:
    """Wide enough for every cell and for the longest word of the head, within bounds."""
    longest = max(chain(map(_length, words), map(_length, head.split())), default=0)
    return min(max(longest + 2, _NARROW), _WIDE)


def _length(words: str) -> int:
    """How many letters wide words are; a Chinese one is as wide as two."""
    return sum(2 if ord(letter) >= _CHINESE else 1 for letter in words)
