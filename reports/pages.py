"""A report as tables with notes, in words for people and as JSON for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from goodcall.language import Language, Text
from outreach.replay import Gain
from reports.pictures import Picture
from reports.said import Kind, figure

_SHORT = {None: Text("–", "–"), True: Text("yes", "是"), False: Text("no", "否")}


@dataclass(frozen=True, slots=True)
class Named:
    """What has a code for programs, None of everything together, and words for people."""

    code: str | None
    words: Text


# The first cell of a table's row of everything together.
ALL = Named(None, Text("all", "合计"))
# What stands in the place of a table's rows where there are none.
NONE = Text("Nothing to show.", "无可显示的内容。")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that says itself what it is, in a column whose rows measure different things."""

    amount: float | Gain | None
    kind: Kind


Cell = str | Text | Named | Figure | int | float | date | Gain | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and what its cells are.

    A `share` lies between 0 and 1; a `number` is told with two decimals, a `fine` one with four.
    `money` and `price` are in cents: what is summed up, told in whole units, and what is small.
    """

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
            words_of(cell, kind, page.currency, language)
            for cell, kind in zip(row, kinds, strict=True)
        )


def words_of(cell: Cell, kind: Kind, currency: str, language: Language) -> str:
    """A cell for a person."""
    match cell:
        case None | bool():
            return _SHORT[cell].to(language)
        case Text() | Named():
            return (cell.words if isinstance(cell, Named) else cell).to(language)
        case Figure():
            return words_of(cell.amount, cell.kind, currency, language)
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
        case Figure():
            return _plain(cell.amount)
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
