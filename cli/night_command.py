"""`goodcall night`: the whole night's work, and the timers that start it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clock import now
from cli.errors import NightBusy, NightFailed
from cli.night import opened_for, work_through
from cli.night_lock import AT_WORK
from cli.night_log import telling
from cli.night_work import Demands
from cli.options import Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.plan_words import print_balance, print_funnel
from cli.planning import Night
from cli.records import audit_of, ledger_of
from cli.show import Show, say_error
from cli.timers import Timers
from goodcall import GoodcallError, Text, Workspace
from goodcall.calendar import local_date
from goodcall.night_record import NightRecord, read_record
from outreach import NotFound, in_force, load_policy
from reports import funnel_facts, funnel_report

GATE_FAILED = 3


def night_command(
    bank: Annotated[Path, typer.Argument(metavar="BANK", help="The folder of a bank.")],
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DATE", help="The lists' day. Default: today in the bank's zone."
        ),
    ] = None,
    absent: Annotated[
        list[int] | None,
        typer.Option("--absent", metavar="ID", help="A manager who is away; once for each."),
    ] = None,
    late_days: Annotated[
        int,
        typer.Option(
            min=0,
            max=366,
            help="How many days the bank's tables may be late, before it fails.",
        ),
    ] = 0,
    least_share: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="The fewest rows, as a share of the last plan's, before it fails."
        ),
    ] = 0.1,
    gates: Annotated[
        Path | None,
        typer.Option(help="The bank's own quality gates. Default: those of `goodcall bank gates`."),
    ] = None,
    print_systemd: Annotated[
        bool, typer.Option(help="Print a systemd service and its timer, and do nothing else.")
    ] = False,
    print_cron: Annotated[
        bool, typer.Option(help="Print a line for cron, and do nothing else.")
    ] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Do the whole night's work: check the bank, close the day before, and make today's lists.

    The steps: check, close, features, scores, plan, online, publish. Killed at any moment and
    started again, it goes on after the last finished step; finished, it says so and changes
    nothing. A step whose inputs changed (bank, policy, champions, gates) is done again
    with all after it.

    Exit 0: finished. 3: a gate failed; the last list stays in force with a banner that says why.
    4: another night is at work in this workspace. 1: anything else that was foreseen.
    """
    place = workspace(home)
    if print_systemd or print_cron:
        timers = Timers(bank.resolve(), place, bank_in(place, bank).manifest.zone)
        parts = (timers.service, timers.timer) if print_systemd else ()
        typer.echo("\n".join((*parts, *((timers.cron,) if print_cron else ()))), nl=False)
        return
    speak = show(lang, as_json=as_json)
    today = parse_day(day) if day else local_date(datetime.now(UTC), _zone(place, bank))
    to = telling(speak, today, lambda: datetime.now(UTC))
    try:
        opened, policy = opened_for(place, bank, today, to)
        night = Night(
            workspace=place,
            bank=opened,
            policy=policy,
            day=today,
            now=now(),
            audit=audit_of(place),
            absent=frozenset(absent or ()),
        )
        record, anew = work_through(night, Demands(late_days, least_share, gates), to)
    except NightBusy as error:
        say_error(str(error))
        raise typer.Exit(AT_WORK) from error
    except NightFailed as error:
        _say_failed(speak, place, today, error)
        raise typer.Exit(GATE_FAILED) from error
    if anew:
        audit_of(place).checkpoint()
    _say_finished(speak, night, record, anew=anew)


def _say_finished(speak: Show, night: Night, record: NightRecord, *, anew: bool) -> None:
    """What the night came to; of one that had finished before, that nothing was changed."""
    with ledger_of(night.workspace) as ledger:
        report = funnel_report(ledger, night.day)
    if anew:
        print_funnel(speak, report)
        print_balance(speak, report.balance, night.policy.currency)
        speak.say(Text(f"the night of {night.day} is done", f"{night.day}夜间任务完成"))
    else:
        speak.say(
            Text(
                f"the night of {night.day} was done at {record.finished_at}; nothing was changed",
                f"{night.day}夜间任务已于{record.finished_at}完成,未作任何改动",
            )
        )
    speak.hand_over(_facts(record, anew=anew) | {"funnel": funnel_facts(report)})


def _say_failed(speak: Show, place: Workspace, day: date, error: NightFailed) -> None:
    """Why the night failed, and which list stays in force."""
    say_error(error.why.to(speak.language))
    banner = _banner(place, day)
    speak.aside(banner)
    record = read_record(place, day)
    if record is not None:
        speak.hand_over(_facts(record, anew=True) | {"banner": banner})


def _banner(place: Workspace, day: date) -> Text:
    """What today's lists say, or that there are none."""
    try:
        with ledger_of(place) as ledger:
            found = in_force(place, ledger, day).banner
    except NotFound as nothing:
        return Text(str(nothing), str(nothing))
    return found or Text(f"the earlier lists of {day} stay in force", f"{day}此前的名单继续有效")


def _zone(place: Workspace, bank: Path) -> str:
    """The bank's zone; the policy's where the bank cannot be opened, else UTC."""
    try:
        return bank_in(place, bank).manifest.zone
    except GoodcallError:
        return load_policy(place.policy).zone if place.policy.exists() else "UTC"


def _facts(record: NightRecord, *, anew: bool) -> dict[str, Any]:
    failed = record.failed
    return {
        "day": record.day,
        "bank": record.bank,
        "changed": anew,
        "finished_at": record.finished_at,
        "failed": failed and {"step": failed.step, "because": failed.why},
        "steps": {name: {"at": done.at, **dict(done.facts)} for name, done in record.steps.items()},
    }
