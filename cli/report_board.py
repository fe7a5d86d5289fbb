"""`goodcall report churn`: whom scores warned of, who worked it, and what came of it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.leaving_scores import kept_scores, read_leaving
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of, ledger_of
from cli.report_churn import PlaceName
from cli.reporting import Html, Xlsx, day_of, exported, give
from features import cohort_at
from reports import (
    Assets,
    churn_board,
    churn_board_page,
    likeliest,
    report_settings,
    standings,
)

On = Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the warnings.")]
Scores = Annotated[
    Path | None,
    typer.Option(
        "--scores",
        help="Scores of that day, Parquet. Default: the workspace's, by `goodcall score` or the "
        "night.",
    ),
]
# Customers one by one are for files and programs.
_BRIEF = ("places",)


def churn_command(
    bank: BankFolder,
    on: On,
    scores: Scores = None,
    by: Annotated[PlaceName, typer.Option(help="The places to compare.")] = PlaceName.REGION,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Warnings of a day by region or branch: assets at risk, worked in 48 hours, saved, lost.

    With net flow, false alarms among those left alone, and how many days before the money left the
    warning came. Days and shares stand in reports.toml of the workspace, else in the shipped
    settings.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    day = day_of(opened, on)
    audit_of(place).record(
        "command line", "read report", f"churn, {day}", files=exported(html, xlsx)
    )
    manifest, settings = opened.manifest, report_settings(place.reports)
    path = scores or kept_scores(place, day)
    if path is None:
        raise BadOption(
            f"there are no scores of {day}; give --scores, or write them by `goodcall score "
            f"--as-of {day}`"
        )
    leaving, scored_on = read_leaving(path)
    if scored_on != day:
        raise BadOption(f"--scores {path} are of {scored_on}; give those of {day}, or another --on")
    ends = min(day + timedelta(settings.saving.after_days[-1]), manifest.last_day)
    with ledger_of(place) as ledger:
        span = ledger.span(day, ends, manifest.zone, after=settings.attribution.days)
    people = standings(opened, cohort_at(opened, [day]))
    places = people.region if by is PlaceName.REGION else people.branch
    place_of = dict(zip(people.customer.tolist(), places.tolist(), strict=True))
    assets = Assets(opened, likeliest(leaving, settings.saving.flagged_share))
    board = churn_board(leaving, place_of, span, assets, settings, by=by.value)
    give(speak, churn_board_page(board, manifest.currency), html, xlsx, brief=_BRIEF)
