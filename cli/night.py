"""The night's work: its steps in order, from where an earlier start left off, or one day's plan.

A step whose inputs are what they were is left alone; one whose inputs changed is done again, and
all that follow it, and it is said which inputs those were.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from cli.errors import NightFailed
from cli.night_lock import alone
from cli.night_steps import PLANNING, STEPS, Step
from cli.night_work import Demands, Progress, Work
from cli.options import bank_in
from cli.planning import Night
from cli.policies import policy_of
from features import Bank
from goodcall import GoodcallError, Text, Workspace
from goodcall.night_record import (
    Done,
    Facts,
    Failed,
    NightRecord,
    instant,
    read_record,
    write_record,
)
from governance import PolicyUnapproved
from outreach import Plan, Policy

Tell = Callable[[str, Facts], None]
Watch = Callable[[Text], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class Telling:
    """To whom a night tells its progress: an event with its facts, and a bar for each step.

    `clock` is the time that records and logs show; nothing is decided by it.
    """

    tell: Tell
    watch: Watch
    clock: Callable[[], datetime]


def work_through(night: Night, demands: Demands, to: Telling) -> tuple[NightRecord, bool]:
    """Do what is left of a night's work; its record, and whether anything was left to do.

    NightFailed where a gate fails or a step cannot be done, NightBusy where another process is at
    work. What was in force stays in force until the last step is done.
    """
    with alone(night.workspace, to.clock()):
        record = _record_of(night)
        night = replace(night, absent=frozenset(record.absent))
        return _through(Work(night, demands), record, to, skip=())


def opened_for(place: Workspace, folder: Path, day: date, to: Telling) -> tuple[Bank, Policy]:
    """The bank in a folder and the policy in force.

    NightFailed, kept in the day's record, where either does not read; NightBusy where another
    process is at work.
    """
    with alone(place, to.clock()):
        before = read_record(place, day) or NightRecord(day, str(folder.resolve()))
        with _failing(STEPS[0].name, place, before, to):
            bank = bank_in(place, folder)
            return bank, policy_of(place, currency=bank.manifest.currency)


def plan_night(night: Night, *, step: Progress) -> Plan:
    """Plan a day's lists from what was known before it, and put them into the ledger.

    The same date planned twice from the same inputs gives the same rows. The snapshot, the online
    store and the offers on sale are written too, so that the service answers as of that day. The
    bank is not judged and nothing is closed: that is the whole night's work.
    """
    quiet = Telling(_silent, lambda _: nullcontext(step), _now)
    with alone(night.workspace, quiet.clock()):
        record = replace(_record_of(night), absent=tuple(sorted(night.absent)))
        record = record.without(PLANNING)
        work = Work(night, Demands(least_share=0))
        unplanned = tuple(each.name for each in STEPS if each.name not in PLANNING)
        _through(work, record, quiet, skip=unplanned)
    if work.plan is None:
        raise AssertionError("the step that plans was just done")
    return work.plan


def next_day(bank: Bank) -> date:
    """The day after the last of which the bank knows everything."""
    return bank.manifest.last_day + timedelta(days=1)


def _record_of(night: Night) -> NightRecord:
    """The night's record so far; who is absent is kept until it is said otherwise."""
    bank, absent = str(night.bank.path.resolve()), tuple(sorted(night.absent))
    found = read_record(night.workspace, night.day)
    if found is None:
        return NightRecord(night.day, bank, absent)
    return replace(found, bank=bank, absent=absent or found.absent)


def _through(
    work: Work, record: NightRecord, to: Telling, *, skip: Collection[str]
) -> tuple[NightRecord, bool]:
    """Do every step that does not stand; of those to skip only the inputs are looked at."""
    place, day = work.night.workspace, work.night.day
    if read_record(place, day) is None:
        write_record(place, record)
    inputs: dict[str, str] = {}
    names = [step.name for step in STEPS]
    worked = False
    for number, step in enumerate(STEPS):
        with _failing(step.name, place, record, to):
            inputs |= step.inputs(work)
        if step.name in skip:
            continue
        because = _why_again(step, work, record, inputs)
        if because is None:
            to.tell("kept", {"step": step.name, "done_at": record.steps[step.name].at})
            continue
        if step.name in record.steps:
            to.tell("again", {"step": step.name, "because": because})
        record, worked = record.without(tuple(names[number:])), True
        write_record(place, record)
        record = _carried_out(step, work, record, inputs, to)
    if worked or record.failed or record.finished_at is None:
        record = replace(record, finished_at=instant(to.clock()), failed=None)
        write_record(place, record)
    to.tell("finished", {"anew": worked, "finished_at": record.finished_at})
    return record, worked


def _why_again(
    step: Step, work: Work, record: NightRecord, inputs: Mapping[str, str]
) -> list[str] | None:
    """The inputs by which a step must be done; None where it stands."""
    done = record.steps.get(step.name)
    if done is None:
        return []
    changed = sorted(
        name
        for name in done.inputs.keys() | inputs.keys()
        if done.inputs.get(name) != inputs.get(name)
    )
    if changed:
        return changed
    return None if step.stands(work, done.facts) else ["what it had made is gone"]


def _carried_out(
    step: Step, work: Work, record: NightRecord, inputs: Mapping[str, str], to: Telling
) -> NightRecord:
    place, began = work.night.workspace, perf_counter()
    to.tell("begun", {"step": step.name})
    with _failing(step.name, place, record, to), to.watch(step.words) as work.progress:
        facts = step.work(work)
    record = record.with_done(step.name, Done(dict(inputs), instant(to.clock()), facts))
    write_record(place, record)
    seconds = round(perf_counter() - began, 2)
    to.tell("done", {"step": step.name, "seconds": seconds, **facts})
    return record


@contextmanager
def _failing(step: str, place: Workspace, record: NightRecord, to: Telling) -> Iterator[None]:
    """Whatever was foreseen and stops the block stops the night, and is kept in its record."""
    try:
        yield
    except (GoodcallError, OSError) as error:
        why = Text(str(error), str(error))
        if isinstance(error, NightFailed | PolicyUnapproved):
            why = error.why
        write_record(place, replace(record, failed=Failed(step, why, instant(to.clock()))))
        to.tell("failed", {"step": step, "because": why.en})
        raise NightFailed(why) from error


def _now() -> datetime:
    return datetime.now(UTC)


def _silent(_event: str, _facts: Facts) -> None:
    """Nobody is told."""
