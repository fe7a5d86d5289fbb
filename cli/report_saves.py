"""`goodcall report saves`: assets before and after a contact that was to keep a customer."""

from pathlib import Path
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.leaving_scores import kept_scores, read_leaving
from cli.options import BankFolder, Home, Json, Lang, show
from cli.report_span import given
from cli.reporting import From, Html, To, Xlsx, exported, give
from goodcall import Text
from reports import Assets, flagged_of, retained, saves_page, saves_report

Scores = Annotated[
    Path | None,
    typer.Option(
        "--scores",
        help="Scores of the first day or of the day of the draw, Parquet, by which customers were "
        "flagged. Default: the workspace's scores of the first day, by `goodcall score` or the "
        "night.",
    ),
]
# Customers one by one are for files and programs.
_BRIEF = ("fates", "effects")
_NO_SCORES = Text(
    "there are no scores of the first day, by which customers of both sides were flagged: give "
    "--scores; `goodcall score --as-of DATE` writes them",
    "缺少首日评分,无法比较两组预警客户:请指定--scores(可用goodcall score --as-of DATE生成)",
)
_TOO_FEW = Text(
    "too few households were flagged on a side of the hold-out: no effect can be told",
    "对照组或联系组的预警家庭过少,无法评估效果",
)


def saves_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    scores: Scores = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Whom retention contacts kept: assets before, at and after the contact, and net flow.

    What contacting changed is told by the flagged of either side of the hold-out, contacted or not.
    Days and shares stand in reports.toml of the workspace, else in the shipped settings.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "saves", exported(html, xlsx))
    missing, flagged = [*found.missing], None
    path = scores or kept_scores(found.place, found.span.first)
    if path is None:
        missing.append(_NO_SCORES)
    elif found.base is not None:
        leaving, day = read_leaving(path)
        if day not in (allowed := (found.span.first, found.base.draw.day)):
            raise BadOption(
                f"--scores {path} are of {day}; give scores of the first day, {allowed[0]}, or of "
                f"the day of the draw, {allowed[1]}: contacts may have changed later ones"
            )
        share = found.settings.saving.flagged_share
        flagged = flagged_of(found.base, leaving, day, share)
        missing += [] if flagged.base.comparable else [_TOO_FEW]
    people = {each.customer_id for each in retained(found.span)}
    people |= set() if flagged is None else flagged.base.held.keys()
    assets = Assets(found.bank, people)
    report = saves_report(found.span, assets, found.settings, flagged, missing)
    give(speak, saves_page(report, found.bank.manifest.currency), html, xlsx, brief=_BRIEF)
