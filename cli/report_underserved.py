"""`goodcall report underserved`: for whom a day's plan found nothing to do, and why, or little."""

from typing import Annotated

import typer

from cli.errors import BadOption
from cli.options import BankFolder, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.records import audit_of, ledger_of
from cli.reporting import Html, Xlsx, exported, give
from cli.words import STEPS, rule_words
from reports import underserved_page, underserved_report

On = Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the plan.")]
Share = Annotated[
    float,
    typer.Option(
        help="Who has an action counts as under-served where the best is among so large a share of "
        "the least probable."
    ),
]
# Customers one by one are for files and programs.
_BRIEF = ("none",)


def underserved_command(
    bank: BankFolder,
    on: On,
    share: Share = 0.05,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Customers for whom a day's plan found no action, by what stood against it.

    And those whose best action is among the least probable. The hold-out is left aside.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened, day = bank_in(place, bank), parse_day(on)
    audit_of(place).record(
        "command line", "read report", f"underserved, {day}", files=exported(html, xlsx)
    )
    if not 0 <= share <= 1:
        raise BadOption(f"--share {share} is no share; write a number from 0 to 1, such as 0.05")
    with ledger_of(place) as ledger:
        trails = ledger.trails(day)
    report = underserved_report(trails, day, share)
    page = underserved_page(report, opened.manifest.currency, STEPS, rule_words)
    give(speak, page, html, xlsx, brief=_BRIEF)
