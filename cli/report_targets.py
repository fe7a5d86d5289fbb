"""`goodcall report targets`: how far what is aimed at has come, and at what pace."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.policies import policy_of
from cli.records import audit_of, ledger_of
from cli.report_span import branches_of
from cli.reporting import Html, On, Xlsx, day_of, exported, give
from features import Bank
from outreach import Ledger, Policy
from reports import (
    Attribution,
    Scope,
    Target,
    credits_of,
    progress_of,
    purchases_of,
    read_targets,
    report_settings,
    saves_of,
    scope_of,
    targets_page,
)

TargetsFile = Annotated[Path, typer.Argument(metavar="TARGETS", help="What is aimed at, as TOML.")]


def targets_command(
    bank: BankFolder,
    targets: TargetsFile,
    on: On = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Each target's value so far, what would be enough by now, and where its pace leads.

    The file has a table `target` each, with `measure`, `goal`, `from`, `by`, and `branch` or
    `manager`, or neither for the whole bank; docs/reports.md shows one. Nothing counts that was
    recorded later than the day. Purchases count for contacts that began within the target's days,
    as in the campaign.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    audit_of(place).record(
        "command line", "read report", f"targets of {targets.name}", files=exported(html, xlsx)
    )
    aimed, opened = read_targets(targets), bank_in(place, bank)
    currency = opened.manifest.currency
    policy = policy_of(place, currency=currency)
    settings, day = report_settings(place.reports), day_of(opened, on)
    counts = settings.attribution
    with ledger_of(place) as ledger:
        progress = [
            progress_of(each, _scope(each, day, opened, ledger, policy, counts), day, counts)
            for each in aimed
        ]
    give(speak, targets_page(progress, day, settings, currency), html, xlsx)


def _scope(
    target: Target,
    on: date,
    bank: Bank,
    ledger: Ledger,
    policy: Policy,
    counts: Attribution,
) -> Scope:
    """What of the ledger and the bank concerns a target, by what was known of it on a day."""
    first, last = target.first, min(target.by, on)
    if last < first:
        return Scope()
    span = ledger.span(first, last, bank.manifest.zone, after=counts.days, known_by=on)
    ends = min(last + timedelta(counts.days), on)
    bought = credits_of(span, purchases_of(bank, first, ends, known_by=on), counts)
    saved = saves_of(span, counts.days)
    return scope_of(target, span, bought, saved, branches_of(bank, policy, span))
