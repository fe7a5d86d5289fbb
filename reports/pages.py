"""A report as tables with notes, in words for people and as JSON for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from goodcall.language import Language, Text
from goodcall.money import format_money
from outreach.replay import Gain

Kind = Literal["text", "count", "number", "share", "money"]


@dataclass(frozen=True, slots=True)
class Named:
    """What has a code for programs, None of everything together, and words for people."""

    code: str | None
    words: Text


# The first cell of a table's row of everything together.
ALL = Named(None, Text("all", "合计"))

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
    """A report: its tables, what must be known to read them, and the facts that it rests on."""

    title: Text
    currency: str
    sheets: Sequence[Sheet]
    notes: Sequence[Text] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


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
                _figure(each, kind, currency, language)
                for each in (cell.value, cell.low, cell.high)
            )
            return f"{value} [{low}, {high}]"
        case int() | float():
            return _figure(cell, kind, currency, language)
        case _:
            return str(cell) if isinstance(cell, str | date) else ", ".join(map(str, cell))


def _figure(figure: float, kind: Kind, currency: str, language: Language) -> str:
    match kind:
        case "money":
            return format_money(round(figure), currency, language)
        case "share":
            return f"{figure:z.1%}"
        case "number":
            return f"{figure:z,.4f}"
        case "count":
            return f"{figure:z,.0f}"
        case "text":
            return str(figure)


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
