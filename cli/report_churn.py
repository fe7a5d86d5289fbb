"""`goodcall report churn-causes`: where more customers leave, and what explains it."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of
from cli.reporting import From, Html, To, Xlsx, exported, give, window_of
from features import monthly
from goodcall import Text
from reports import churn_causes, churn_page
from training.definitions.definition import ChurnLabel
from training.labels import label


class PlaceName(StrEnum):
    """What customers are parted by."""

    REGION = "region"
    BRANCH = "branch"


def churn_causes_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    by: Annotated[PlaceName, typer.Option(help="The places to compare.")] = PlaceName.REGION,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Leaving by region or branch; where it is above the rest, the causes that explain it.

    Complaints and service cases, products held, channels, staff and fees are compared; a cause
    whose interval holds zero is not shown. Intervals allow for all that is looked at together.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    files = exported(html, xlsx)
    audit_of(place).record(
        "command line",
        "read churn causes",
        opened.manifest.name,
        by=by.value,
        files=files,
    )
    asked = ChurnLabel()
    since, until = window_of(opened, first, last, before=asked.baseline_days)
    with speak.progress(Text("comparing", "比较中")):
        cohort = monthly(opened, since, until - timedelta(asked.horizon_days - 1))
        outcomes = label(opened, cohort, asked).rows if cohort.num_rows else cohort
        if not outcomes.num_rows:
            raise BadOption(
                f"from {since} to {until} there is no first of a month with "
                f"{asked.horizon_days} days of balances after it; choose a longer window"
            )
        found = churn_causes(opened, outcomes, by=by.value)
    page = churn_page(found, opened.manifest, {"from": since, "to": until})
    give(speak, page, html, xlsx)
