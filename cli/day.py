"""The day of the lists: published in the morning, summed up at any time, closed in the evening."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import words
from cli.clock import now, when
from cli.doer import NOBODY, Doer
from cli.options import Agent, Day, Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of, ledger_of
from cli.show import Show
from goodcall import Text, Workspace
from goodcall.atomic import write_file
from goodcall.outcome_words import OUTCOME_GROUPS, OUTCOME_WORDS
from outreach import LedgerError, StoredPlan, ledger_mark, load_policy
from reports import DAY_COLUMNS, DayReport, day_csv, day_facts, day_report

Managers = Annotated[
    list[int] | None,
    typer.Option("--manager", metavar="ID", help="Only this list; give it again for each."),
]
Csv = Annotated[Path | None, typer.Option(help="Write the summary to this CSV file.")]


def publish_command(day: Day, home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Publish the lists of a day: from then on they change neither their rows nor their order.

    A day is published once; published again, nothing changes.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    plan = publish(place, parse_day(day))
    speak.say(published_words(plan, load_policy(place.policy).zone))
    speak.hand_over(
        {"day": plan.day, "plan": plan.digest, "plan_id": plan.plan_id}
        | {"published_at": plan.published_at}
    )


def summary_command(
    day: Day,
    manager: Managers = None,
    csv: Csv = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    doer: Doer = NOBODY,
) -> None:
    """What became of a day's lists so far: rows, outcomes, refusals, promises, what is to do.

    Rates, sales and amounts by branch, manager, tier and offer are told by `goodcall report day`.
    """
    speak, place, of = show(lang, as_json=as_json), workspace(home), parse_day(day)
    doer.record(place, "read summary", f"lists of {of}")
    _summarise(speak, place, of, manager, csv)


def close_command(
    day: Day,
    agent: Agent,
    manager: Managers = None,
    csv: Csv = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Close a day: rows that nobody worked are left over to the next day, and all is summed up.

    Set rows aside with a reason first (`goodcall outreach skip`) that should not come again.
    Reservations that ran out are noted as expired. Closed again, nothing changes. The audit log is
    signed up to here.
    """
    speak = show(lang, as_json=as_json)
    place, closed = workspace(home), parse_day(day)
    which = "all lists" if manager is None else f"lists {', '.join(map(str, sorted(manager)))}"
    audit_of(place).record(f"staff {agent}", "close day", f"{which} of {closed}")
    with ledger_of(place) as ledger:
        left = ledger.close_day(closed, now=now(), agent=agent, list_ids=manager)
    speak.say(Text(f"left over to the next day: {left} rows", f"顺延至次日:{left}行"))
    audit_of(place).record(f"staff {agent}", "read summary", f"lists of {closed}")
    _summarise(speak, place, closed, manager, csv)
    audit_of(place).checkpoint()


def publish(place: Workspace, day: date) -> StoredPlan:
    """The day's plan, published now if it was not before; audited."""
    with ledger_of(place) as ledger:
        digest = ledger.plan(day).digest
        audit_of(place).record("command line", "publish", f"lists of {day}", digest=digest)
        return ledger.publish_plan(day, now())


def published(place: Workspace, day: date) -> StoredPlan | None:
    """The day's plan where it is published; None of a day that may still be planned."""
    if not ledger_mark(place.ledger_url):
        return None
    with ledger_of(place) as ledger:
        try:
            plan = ledger.plan(day)
        except LedgerError:
            return None
    return None if plan.published_at is None else plan


def published_words(plan: StoredPlan, zone: str) -> Text:
    """That a day's lists stand for good, and since when."""
    since = "" if plan.published_at is None else when(plan.published_at, ZoneInfo(zone))
    return Text(
        f"the lists of {plan.day} were published at {since} (plan {plan.plan_id}) and stay as they "
        "are",
        f"{plan.day}的名单已于{since}发布(计划{plan.plan_id}),不再变更",
    )


def _summarise(
    speak: Show, place: Workspace, day: date, managers: Sequence[int] | None, csv: Path | None
) -> None:
    with ledger_of(place) as ledger:
        report = day_report(ledger, day, at=now(), list_ids=managers)
    if csv:
        write_file(csv, day_csv(report, speak.language))
        speak.say(Text(f"written: {csv}", f"已写入:{csv}"))
    _print(speak, report)
    speak.hand_over(day_facts(report))


def _print(speak: Show, report: DayReport) -> None:
    speak.heading(Text(f"Lists of {report.day}", f"{report.day}名单汇总"))
    total = Text("all", "合计")
    speak.table(
        tuple(DAY_COLUMNS.values()),
        [
            (
                total if each.list_id is None else each.list_id,
                *(getattr(each, column) for column in [*DAY_COLUMNS][1:]),
            )
            for each in (*report.lists, report.total)
        ],
        right=tuple(range(1, len(DAY_COLUMNS))),
    )
    whole = report.total
    if whole.outcomes:
        speak.heading(Text("Outcomes", "结果"))
        speak.table(
            (Text("group", "类别"), Text("rows", "行数"), Text("of which", "其中")),
            [
                (OUTCOME_GROUPS[group], rows, _of_group(speak, report, group))
                for group, rows in whole.groups.items()
            ],
            right=(1,),
        )
    if whole.reasons:
        speak.heading(Text("Set aside", "搁置"))
        speak.table(
            (Text("word", "判断"), Text("reason", "原因"), Text("rows", "行数")),
            [
                (words.said(code), reason, rows)
                for (code, reason), rows in sorted(whole.reasons.items())
            ],
            right=(2,),
        )


def _of_group(speak: Show, report: DayReport, group: str) -> str:
    return ", ".join(
        f"{words.said(code).to(speak.language)} {rows}"
        for code, rows in report.total.outcomes.items()
        if OUTCOME_WORDS[code][0] == group
    )
