"""`goodcall report levers`: what levers gave up, against lists without any."""

from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of, ledger_of
from cli.reporting import From, Html, To, Xlsx, exported, give, window_of
from reports import levers_page


def levers_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Value given up because of levers, by lever and by day, as the days' plans reckoned it.

    Rows that each moved, those beyond its caps, and what all of them together gave up of the value
    of lists without any.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    since, until = window_of(opened, first, last, before=0)
    audit_of(place).record(
        "command line", "read report", f"levers, {since} to {until}", files=exported(html, xlsx)
    )
    with ledger_of(place) as ledger:
        plans = ledger.plans(since, until)
    give(speak, levers_page(plans, since, until, opened.manifest.currency), html, xlsx)
