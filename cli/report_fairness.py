"""`goodcall report fairness`: who is contacted, how requests are met, whose access was refused."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from cli.clock import now
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of, ledger_of
from cli.reporting import From, Html, To, Xlsx, exported, give, window_of
from cli.rights_handling import rights_store
from features import cohort_at
from goodcall import Workspace
from goodcall.calendar import local_date
from governance.audit_lines import Sought, audit_lines
from outreach import Span
from reports import FairnessReport, Right, fairness_page, standings, treatment

# Who could not prove who he is; other refusals stand in the facts of the line of what was asked.
_NO_SIGN_IN = "sign-in refused"


def fairness_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Contacts by age, sex and region beyond chance, customers' requests, and refused access.

    Requests count by the day on which they were asked, refusals by the day of their line in the
    audit log, in UTC.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    since, until = window_of(opened, first, last, before=0)
    audit_of(place).record(
        "command line", "read report", f"fairness, {since} to {until}", files=exported(html, xlsx)
    )
    with ledger_of(place) as ledger:
        span = ledger.span(since, until, opened.manifest.zone)
    people = standings(opened, cohort_at(opened, [since]))
    lines = audit_lines(place.audit, Sought(first=since, last=until))
    refused = Counter(
        (line.action, line.actor)
        for line in lines
        if line.action == _NO_SIGN_IN or line.facts.get("refused")
    )
    report = FairnessReport(
        *(since, until, treatment(opened, people, span)),
        tuple(_rights(place, span, now())),
        refused,
    )
    give(speak, fairness_page(report, opened.manifest.currency), html, xlsx)


def _rights(place: Workspace, span: Span, moment: datetime) -> Iterator[Right]:
    """The requests that customers made on the span's days, with the days that each took."""
    with rights_store(place) as store:
        for each in store.every():
            if span.first <= local_date(each.asked_at, span.zone) <= span.last:
                ended = each.handled_at
                took = None if ended is None else (ended - each.asked_at) / timedelta(1)
                yield Right(each.kind, took, late=(ended or moment) > each.due_at)
