"""`goodcall report satisfaction`: moods and complaints, by branch and by month."""

from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of, ledger_of
from cli.reporting import From, Html, To, Xlsx, exported, give, window_of
from features import cohort_at
from reports import (
    cases_of,
    satisfaction_by_branch,
    satisfaction_by_month,
    satisfaction_page,
    standings,
)


def satisfaction_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """The moods that staff noted with cases, complaint cases, and complaints about contacts.

    By branch, as customers stood on the first day, and month by month.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    since, until = window_of(opened, first, last, before=0)
    files = exported(html, xlsx)
    audit_of(place).record(
        "command line", "read report", f"satisfaction, {since} to {until}", files=files
    )
    with ledger_of(place) as ledger:
        span = ledger.span(since, until, opened.manifest.zone)
    people = standings(opened, cohort_at(opened, [since]))
    branch_of = dict(zip(people.customer.tolist(), people.branch.tolist(), strict=True))
    cases = cases_of(opened, since, until)
    branches, months = (
        satisfaction_by_branch(cases, span, branch_of),
        satisfaction_by_month(cases, span),
    )
    page = satisfaction_page(branches, months, span, opened.manifest.currency)
    give(speak, page, html, xlsx)
