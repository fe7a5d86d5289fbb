"""A report as tables with notes: for the terminal, as JSON, as an HTML page and as a workbook."""

import html
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from goodcall.cells import inert
from goodcall.language import Language, Text
from outreach.replay import Gain
from reports.pictures import Picture
from reports.said import Kind, figure

_STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;margin:0 0 1.5em}"
    "th,td{border-bottom:1px solid #ccc;padding:.25em .8em;text-align:left;vertical-align:top}"
    ".n{text-align:right;white-space:nowrap}"
    ".panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(20em,1fr));gap:1em 2em}"
    "figure{margin:0;max-width:34em}figcaption{font-weight:bold}svg{width:100%;height:auto}"
)
_FORMATS = {"count": "#,##0", "number": "#,##0.0000", "share": "0.0%", "money": "#,##0.00"}
# The longest name that a workbook takes for a sheet, and the width of a column in characters.
_LONGEST_NAME, _WIDTH = 31, 18
# What a workbook takes in no name of a sheet.
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True, slots=True)
class Named:
    """What has a code for programs, None of everything together, and words for people."""

    code: str | None
    words: Text


Cell = str | Text | Named | int | float | date | Gain | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and what its cells are: `money` is in cents, `share` between 0 and 1."""

    title: Text
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a report: a row has a cell a column; None stands for what is not known."""

    name: str
    title: Text
    columns: Mapping[str, Column]
    rows: Sequence[Sequence[Cell]]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The places of the columns that hold figures."""
        return tuple(
            place for place, each in enumerate(self.columns.values()) if each.kind != "text"
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A report: its tables, what must be known to read them, and the facts that it rests on.

    `pictures` stand in the HTML page alone, between notes and tables.
    """

    title: Text
    currency: str
    sheets: Sequence[Sheet]
    notes: Sequence[Text] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()


def page_facts(page: Page) -> dict[str, Any]:
    """A report as JSON values: codes, money in cents, intervals as value, low, high and `shown`."""
    return {
        **page.facts,
        "currency": page.currency,
        "notes": [{"en": note.en, "zh": note.zh} for note in page.notes],
        **{
            sheet.name: [
                dict(zip(sheet.columns, map(_plain, row), strict=True)) for row in sheet.rows
            ]
            for sheet in page.sheets
        },
    }


def cells_of(page: Page, sheet: Sheet, language: Language) -> Iterator[tuple[str, ...]]:
    """The rows of a table in words."""
    kinds = [column.kind for column in sheet.columns.values()]
    for row in sheet.rows:
        yield tuple(
            _said(cell, kind, page.currency, language)
            for cell, kind in zip(row, kinds, strict=True)
        )


def page_html(page: Page, language: Language) -> bytes:
    """A report as one HTML page that loads nothing from elsewhere."""
    title = html.escape(page.title.to(language))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    parts = [
        f'<!doctype html><html lang="{language}"><head>{head}</head><body><h1>{title}</h1>',
        *(f"<p>{html.escape(note.to(language))}</p>" for note in page.notes),
        *(_picture_html(picture, page.currency, language) for picture in page.pictures),
    ]
    for sheet in page.sheets:
        titles = [each.title.to(language) for each in sheet.columns.values()]
        parts += [f"<h2>{html.escape(sheet.title.to(language))}</h2><table>"]
        parts += [_row_html(titles, sheet, "th")]
        parts += [_row_html(row, sheet, "td") for row in cells_of(page, sheet, language)]
        parts += ["</table>"]
    return "\n".join([*parts, "</body></html>", ""]).encode()


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
    name = sheet.title.to(language).translate(_NOT_IN_NAMES)
    paper = book.add_worksheet(name[:_LONGEST_NAME])
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


def _picture_html(picture: Picture, currency: str, language: Language) -> str:
    panels = (
        f"<figure><figcaption>{html.escape(panel.title.to(language))}</figcaption>"
        f"{panel.svg(currency, language)}</figure>"
        for panel in picture.panels
        if panel.drawn
    )
    title = html.escape(picture.title.to(language))
    return f'<h2>{title}</h2><div class="panels">{"".join(panels)}</div>'


def _row_html(cells: Sequence[str], sheet: Sheet, tag: str) -> str:
    said = (
        f"<{tag}{' class=n' if place in sheet.numbers else ''}>{html.escape(cell)}</{tag}>"
        for place, cell in enumerate(cells)
    )
    return f"<tr>{''.join(said)}</tr>"


def _said(cell: Cell, kind: Kind, currency: str, language: Language) -> str:
    match cell:
        case None:
            return "–"
        case Text():
            return cell.to(language)
        case Named():
            return cell.words.to(language)
        case Gain():
            value, low, high = (
                figure(each, kind, currency, language) for each in (cell.value, cell.low, cell.high)
            )
            return f"{value} [{low}, {high}]"
        case int() | float():
            return figure(cell, kind, currency, language)
        case _:
            return str(cell) if isinstance(cell, str | date) else ", ".join(map(str, cell))


def _plain(cell: Cell) -> Any:  # noqa: ANN401 - JSON
    match cell:
        case Text():
            return {"en": cell.en, "zh": cell.zh}
        case Named():
            return cell.code
        case Gain():
            return {
                "value": cell.value,
                "low": cell.low,
                "high": cell.high,
                "shown": cell.shown,
            }
        case None | str() | int() | float() | date():
            return cell
        case _:
            return list(cell)
