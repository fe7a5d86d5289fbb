"""`goodcall report funnel`: from everyone known to a day's lists, to contacts and to a yes."""

from typing import Annotated

import typer

from cli.options import BankFolder, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.records import audit_of, ledger_of
from cli.reporting import Html, Xlsx, exported, give
from cli.words import STEPS, rule_words
from reports import followed, funnel_page, funnel_report, report_settings

On = Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the plan.")]


def funnel_command(
    bank: BankFolder,
    on: On,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """How many customers each step of a day's plan let through, who was contacted, who accepted.

    Every step begins with those whom the one before let through, and says why the others were left
    out; the lists are those of the ledger.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened, day = bank_in(place, bank), parse_day(on)
    audit_of(place).record(
        "command line", "read report", f"funnel, {day}", files=exported(html, xlsx)
    )
    window, manifest = report_settings(place.reports).attribution.days, opened.manifest
    with ledger_of(place) as ledger:
        report = funnel_report(ledger, day)
        after = followed(ledger.span(day, day, manifest.zone, after=window))
    give(speak, funnel_page(report, after, manifest.currency, STEPS, rule_words), html, xlsx)
