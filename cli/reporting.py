"""How every report is given: on the terminal, as JSON, as one HTML page, as a workbook."""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import BadOption
from cli.options import parse_day
from cli.show import Show
from goodcall import Text
from goodcall.atomic import write_file
from reports.pages import Page, cells_of, page_facts
from reports.web_page import page_html
from reports.workbook import page_xlsx

if TYPE_CHECKING:
    from features import Bank

Html = Annotated[Path | None, typer.Option(help="Write the report as one HTML page.")]
Xlsx = Annotated[Path | None, typer.Option(help="Write the report as a workbook.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="First day. Default: a year before the last."),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="DATE", help="Last day. Default: the last that the bank knows."),
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="DATE", help="As of which day. Default: the bank's last day."),
]
_YEAR_DAYS = 365
# Rows of a table that a person reads on a terminal.
_SHOWN = 12


def window_of(
    bank: "Bank", first: str | None, last: str | None, *, before: int
) -> tuple[date, date]:
    """The days from the first to the last that were asked for, both included.

    The first day is left at least `before` days of the bank's own behind it; BadOption where the
    days are none of the bank's, or the wrong way round.
    """
    until = parse_day(last) if last else bank.manifest.last_day
    earliest = bank.manifest.first_day + timedelta(before)
    since = parse_day(first) if first else max(earliest, until - timedelta(_YEAR_DAYS - 1))
    if not earliest <= since <= until <= bank.manifest.last_day:
        raise BadOption(
            f"{since} to {until} is no window of this bank; choose days from {earliest} to "
            f"{bank.manifest.last_day}, the first before the last"
        )
    return since, until


def day_of(bank: "Bank", on: str | None) -> date:
    """The day that was asked for, else the bank's last; BadOption where the bank tells of none."""
    first, last = bank.manifest.first_day, bank.manifest.last_day
    day = last if on is None else parse_day(on)
    if not first <= day <= last:
        raise BadOption(f"--on {day} is no day of this bank; choose one from {first} to {last}")
    return day


def exported(html: Path | None, xlsx: Path | None) -> list[str]:
    """The names of the files that a report is written to, for its line in the audit log."""
    return [path.name for path in (html, xlsx) if path]


def give(
    speak: Show, page: Page, html: Path | None, xlsx: Path | None, *, brief: Collection[str] = ()
) -> None:
    """Say a report, hand it over where JSON was asked for, and write the files.

    Of the tables those named in `brief` are said, all of them where none is named; and of each the
    first rows.
    """
    speak.heading(page.title)
    for note in page.notes:
        speak.say(note)
    for sheet in page.sheets:
        if sheet.rows and (not brief or sheet.name in brief):
            speak.heading(sheet.title)
            speak.table(
                [column.title for column in sheet.columns.values()],
                list(islice(cells_of(page, sheet, speak.language), _SHOWN)),
                right=sheet.numbers,
            )
            _say_more(speak, len(sheet.rows) - _SHOWN)
    if html:
        write_file(html, page_html(page, speak.language))
    if xlsx:
        write_file(xlsx, page_xlsx(page, speak.language))
    for path in filter(None, (html, xlsx)):
        speak.say(Text(f"written: {path}", f"已写入:{path}"))
    speak.hand_over(page_facts(page))


def _say_more(speak: Show, rows: int) -> None:
    """Say how many rows are left out, where some are."""
    if rows > 0:
        speak.say(
            Text(
                f"rows left out here: {rows}; --html, --xlsx and --json have all",
                f"另有{rows}行,见--html、--xlsx或--json",
            )
        )
