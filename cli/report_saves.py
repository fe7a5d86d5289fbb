"""`goodcall report saves`: assets before and after a contact that was to keep a customer."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from cli.errors import BadOption
from cli.night_files import SCORES
from cli.options import BankFolder, Home, Json, Lang, show
from cli.report_span import Given, given
from cli.reporting import From, Html, To, Xlsx, exported, give
from goodcall import Text
from goodcall.night_record import working_folder
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
    path = scores or _scores_of(found)
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


def read_leaving(path: Path) -> tuple[Mapping[int, float], date]:
    """Each customer's score for leaving, of the one day that a file of scores is of."""
    if path.suffix != ".parquet" or not path.exists():
        raise BadOption(f"--scores {path} must be a .parquet file; `goodcall score` writes one")
    wanted = ("customer_id", "as_of", "churn")
    try:
        lacking = [name for name in wanted if name not in pq.read_schema(path).names]
        if lacking:
            raise BadOption(
                f"--scores {path} lacks {', '.join(lacking)}; give scores of a champion for churn"
            )
        rows = pq.read_table(path, columns=[*wanted])
    except (pa.ArrowInvalid, OSError) as error:
        raise BadOption(
            f"--scores {path} cannot be read as Parquet; `goodcall score` writes one"
        ) from error
    days = rows["as_of"].unique().to_pylist()
    if len(days) != 1:
        raise BadOption(f"--scores {path} has {len(days)} days; give scores of one")
    people, leaving = rows["customer_id"].to_pylist(), rows["churn"].to_pylist()
    return dict(zip(people, leaving, strict=True)), days[0]


def _scores_of(found: Given) -> Path | None:
    """Where the workspace keeps scores of the first day, if anywhere."""
    day = found.span.first
    places = (
        found.place.root / "scores" / f"as_of={day}.parquet",
        working_folder(found.place, day) / SCORES,
    )
    return next((path for path in places if path.exists()), None)
