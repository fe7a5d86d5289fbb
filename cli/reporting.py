"""How every report is given: on the terminal, as JSON, as one HTML page, as a workbook."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from cli.show import Show
from goodcall import Text
from goodcall.atomic import write_file
from reports.pages import Page, cells_of, page_facts, page_html, page_xlsx

Html = Annotated[Path | None, typer.Option(help="Write the report as one HTML page.")]
Xlsx = Annotated[Path | None, typer.Option(help="Write the report as a workbook.")]


def give(
    speak: Show, page: Page, html: Path | None, xlsx: Path | None, *, brief: Collection[str] = ()
) -> None:
    """Say a report, hand it over where JSON was asked for, and write the files.

    Of the tables those named in `brief` are said; all of them where none is named.
    """
    speak.heading(page.title)
    for note in page.notes:
        speak.say(note)
    for sheet in page.sheets:
        if sheet.rows and (not brief or sheet.name in brief):
            speak.heading(sheet.title)
            speak.table(
                [column.title for column in sheet.columns.values()],
                list(cells_of(page, sheet, speak.language)),
                right=sheet.numbers,
            )
    if html:
        write_file(html, page_html(page, speak.language))
    if xlsx:
        write_file(xlsx, page_xlsx(page, speak.language))
    for path in filter(None, (html, xlsx)):
        speak.say(Text(f"written: {path}", f"已写入:{path}"))
    speak.hand_over(page_facts(page))
