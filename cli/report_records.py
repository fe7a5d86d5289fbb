"""`goodcall report records`: how well the bank's records are kept, branch by branch."""

from datetime import timedelta
from typing import Annotated

import typer

from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of, ledger_of
from cli.reporting import Html, On, Xlsx, day_of, exported, give
from features import profiles
from goodcall.calendar import local_date
from reports import records_of, records_page

Fresh = Annotated[
    int, typer.Option(min=1, help="A number is fresh that was verified in the last so many days.")
]


def records_command(
    bank: BankFolder,
    on: On = None,
    fresh_days: Fresh = 365,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Complete records, duplicates, valid, fresh and wrong numbers by branch.

    Wrong are those that contacts found dead or another's, and that nobody put right since. Breaches
    of the tables' contracts are told by `goodcall bank check`.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    day = day_of(opened, on)
    audit_of(place).record(
        "command line", "read report", f"records, {day}", files=exported(html, xlsx)
    )
    people = profiles(opened, day + timedelta(1))
    with ledger_of(place) as ledger:
        fixes = ledger.data_fixes()
    zone = opened.manifest.zone
    wrong = {each.point_id for each in fixes if local_date(each.found_at, zone) <= day}
    records = records_of(people, wrong, day, fresh_days)
    give(speak, records_page(records, day, fresh_days, opened.manifest.currency), html, xlsx)
