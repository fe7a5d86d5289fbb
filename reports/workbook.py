"""A report as a workbook, a sheet a table, figures as numbers."""

import io
from typing import Any

from goodcall.cells import inert
from goodcall.language import Language, Text
from reports.pages import Page, Sheet, cells_of

_FORMATS = {"count": "#,##0", "number": "#,##0.0000", "share": "0.0%", "money": "#,##0.00"}
# The longest name that a workbook takes for a sheet, and the width of a column in characters.
_LONGEST_NAME, _WIDTH = 31, 18


def page_xlsx(page: Page, language: Language) -> bytes:
    """A report as a workbook, a sheet a table, figures as numbers; no cell runs as a formula."""
    import xlsxwriter  # noqa: PLC0415 - the service is installed without it and writes no workbook

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for sheet in page.sheets:
            _write(book, page, sheet, language)
        notes = book.add_worksheet(Text("notes", "说明").to(language))
        for line, note in enumerate((page.title, *page.notes)):
            notes.write_string(line, 0, str(inert(note.to(language))))
    return buffer.getvalue()


def _write(book: Any, page: Page, sheet: Sheet, language: Language) -> None:  # noqa: ANN401 - untyped
    """One table as a sheet of a workbook, its header frozen."""
    paper = book.add_worksheet(sheet.title.to(language)[:_LONGEST_NAME])
    paper.freeze_panes(1, 0)
    paper.set_column(0, len(sheet.columns) - 1, _WIDTH)
    bold = book.add_format({"bold": True})
    columns = [*sheet.columns.values()]
    for place, column in enumerate(columns):
        paper.write_string(0, place, column.title.to(language), bold)
    formats = {kind: book.add_format({"num_format": said}) for kind, said in _FORMATS.items()}
    words = cells_of(page, sheet, language)
    for line, (row, said) in enumerate(zip(sheet.rows, words, strict=True), start=1):
        for place, (cell, word) in enumerate(zip(row, said, strict=True)):
            kind = columns[place].kind
            if isinstance(cell, int | float) and kind != "text":
                figure = cell / 100 if kind == "money" else cell
                paper.write_number(line, place, figure, formats[kind])
            else:
                paper.write_string(line, place, str(inert(word)))
