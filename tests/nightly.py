"""Nights for tests: a small trained workspace, runs of its work, and processes killed in it."""

import os
import shutil
import signal
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from multiprocessing import forkserver, get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from served import KEY, LABELS, a_model, make_bank, promote
from typer.testing import CliRunner

from cli.app import app
from cli.night import Telling, work_through
from cli.night_steps import STEPS
from cli.night_work import Demands
from cli.options import bank_in
from cli.planning import Night
from cli.policies import install_policy, policy_of
from features import CATALOG, TABLES, Bank, as_of, cohort_at, profiles
from goodcall import Workspace
from governance import AuditLog, vault_of
from outreach import Ledger, Request, default_policy_text, in_holdout, load_offers

FIRST, SECOND = date(2026, 6, 1), date(2026, 6, 2)
# 02:00 in Shanghai before the second day.
TONIGHT = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
MANAGER = 7
PEOPLE = range(21, 61)


def a_home(root: Path) -> Workspace:
    """A workspace with a bank of 40, champions of that bank, a policy and a hold-out key."""
    place = Workspace(root)
    bank = make_bank(place.bank)
    features = as_of(bank, cohort_at(bank, [FIRST]), CATALOG)
    for label in LABELS:
        promote(place, a_model(features, label))
    install_policy(place, default_policy_text())
    place.holdout_key.write_bytes(KEY)
    _keep_some(bank)
    return place


def _keep_some(bank: Bank) -> None:
    """Leave the bank some of its customers, under names as the shipped gates want them."""
    for name in bank.tables:
        rows = bank.read(name)
        if "customer_id" in rows.column_names:
            rows = rows.filter(pc.is_in(rows["customer_id"], pa.array(PEOPLE)))
        if name == "customers":
            place = rows.column_names.index("name")
            rows = rows.set_column(place, "name", [["王明"] * len(rows)])
        pq.write_table(rows.cast(TABLES[name].schema), bank.file(name))


def copied(place: Workspace, root: Path) -> Workspace:
    """A workspace of its own with all that another holds."""
    return Workspace(shutil.copytree(place.root, root))


def ledger_of(place: Workspace) -> Ledger:
    return Ledger.open(f"sqlite:///{place.ledger}", vault_of(place, os.environ))


def asked(place, *words, code=0):
    """What the command says on standard output and standard error."""
    done = CliRunner().invoke(app, [*map(str, words), "--home", str(place.root)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def night_of(place: Workspace, day: date = SECOND, now: datetime = TONIGHT, **more) -> Night:
    bank = bank_in(place, more.pop("bank", place.bank))
    policy = policy_of(place, currency="CNY")
    audit = more.pop("audit", None) or AuditLog(place.audit, lambda: now)
    return Night(place, bank, policy, day, now, audit, **more)


def run(place: Workspace, day: date = SECOND, *, demands: Demands | None = None, **more):
    """The night's record, whether anything was done, and what was told on the way."""
    told = []
    to = Telling(lambda event, facts: told.append((event, dict(facts))), _quiet, lambda: TONIGHT)
    record, anew = work_through(night_of(place, day, **more), demands or Demands(), to)
    return record, anew, told


def steps_of(told, event: str) -> list[str]:
    """The steps of which an event was told, in order."""
    return [facts["step"] for name, facts in told if name == event]


def calls(place: Workspace, outcomes, at: datetime) -> list[int]:
    """Call the first customers of the first day's list, and note an outcome of each."""
    made = []
    with ledger_of(place) as ledger:
        rows = [each.row for each in ledger.list_rows(FIRST, MANAGER)]
        people = {each.customer_id: each for each in profiles(bank_in(place, place.bank), FIRST)}
        policy, offers = policy_of(place, currency="CNY"), load_offers(place.offers)
        for row, outcome in zip(rows, outcomes, strict=False):
            request = Request(
                row.request_id,
                row.customer_id,
                row.channel,
                purpose=None if row.offer_code else row.purpose,
                offer_code=row.offer_code,
                point_id=row.point_id,
            )
            profile = people[row.customer_id]
            holdout = in_holdout(profile, KEY, ledger.draw([profile]) or policy.undrawn)
            decision = ledger.reserve(
                request, profile, offers=offers, policy=policy, now=at, holdout=holdout
            )
            assert decision.verdict == "allow", decision.failing
            if outcome is not None:
                ledger.record_outcome(ledger.contact_id(row.request_id), outcome, now=at, agent=7)
            made.append(row.customer_id)
    return made


def killed(root: Path, die: tuple[str, str] | None) -> int:
    """The exit code of a real process that does the second day's night and dies at a moment.

    Moments are (event, step) as told, (`made`, step) when a step's work is done and not recorded
    yet, (`during`, step) at a step's own progress, and (`audit`, action) before an audit line.
    """
    child = processes().Process(target=work, args=(str(root), die))
    child.start()
    child.join(600)
    assert child.exitcode is not None
    return child.exitcode


@cache
def processes():
    """Processes forked from one that has imported everything and started nothing."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["nightly"])
    # Python 3.11 looks for what to import first where the environment says, not in our path.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(each for each in sys.path if each)
    forkserver.ensure_running()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
    return context


def work(root: str, die: tuple[str, str] | None) -> None:
    """The second day's night, in a process of its own that dies at a moment."""

    def perhaps(event: str, what: str) -> None:
        if (event, what) == die:
            os.kill(os.getpid(), signal.SIGKILL)

    names = {step.words.en: step.name for step in STEPS}

    @contextmanager
    def watch(words):
        yield lambda _done, _total: perhaps("during", names[words.en])
        perhaps("made", names[words.en])

    class Audit(AuditLog):
        def record(self, actor, action, subject, **facts):
            perhaps("audit", action)
            super().record(actor, action, subject, **facts)

    place = Workspace(Path(root))
    to = Telling(lambda e, f: perhaps(e, f.get("step", "")), watch, lambda: TONIGHT)
    work_through(night_of(place, audit=Audit(place.audit, lambda: TONIGHT)), Demands(), to)


@contextmanager
def _quiet(_words):
    yield lambda _done, _total: None
