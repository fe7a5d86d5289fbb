"""Many processes that ask one ledger at once, and what each was told, in a file of its own.

Processes are forked after everything is imported, with no connection open. Each hands what it was
told to the system before it asks for more, so whatever a killed one was told is known.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.ledger_bare import Bare
from benchmarks.ledger_world import HOUSE, Attempt, World, kept
from goodcall.profile import Profile
from outreach import Decision, Ledger, LedgerError, Policy

_FORK = multiprocessing.get_context("fork")
_PATIENCE_SECONDS = 600
_EACH_SECONDS = 0.01
# A line such as `r4711 block 0.012345` and its end; shorter than most, so that all harm is done.
_LINE_BYTES = 20

T = TypeVar("T")
Answer = Callable[[str, str, float], None]
Decide = Callable[..., Decision]


@dataclass(frozen=True, slots=True)
class Run:
    """How long all took, how long each answer took, and the verdict that each request was told.

    `seconds` are of the whole run, `latencies` of the answers; `differing` are the requests that
    were told two verdicts.
    """

    seconds: float
    latencies: np.ndarray
    told: dict[str, str]
    differing: frozenset[str]
    killed: int

    @property
    def allowed(self) -> frozenset[str]:
        """The requests whose worker was told that it may contact."""
        return frozenset(name for name, verdict in self.told.items() if verdict == "allow")

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def within(self, share: float) -> float:
        """The seconds in which such a share of the answers came."""
        return float(np.quantile(self.latencies, share))


@dataclass(frozen=True, slots=True)
class Harm:
    """What happens to a run: `kills` workers are killed, and `hurt` is called `hurts` times."""

    kills: int = 0
    hurts: int = 0
    hurt: Callable[[], None] = lambda: None

    def due(self) -> list[tuple[float, bool]]:
        """After which share of the attempts what happens: True where a worker is killed."""
        kills = [((number + 1) / (self.kills + 1), True) for number in range(self.kills)]
        hurts = [((number + 1) / (self.hurts + 1), False) for number in range(self.hurts)]
        return sorted(kills + hurts)


@dataclass(frozen=True, slots=True)
class Crew:
    """So many processes that share the attempts of a world among them, and where they write."""

    world: World
    url: str
    processes: int
    folder: Path

    def asks(self, harm: Harm | None = None) -> Run:
        """Every attempt answered by the ledger.

        A worker that is killed is replaced; its successor goes on after the last answer in the
        file, and asks once more what the killed one may or may not have been about to be told.
        """
        people, policy = self.world.people(), self.world.policy()
        with Ledger.open(self.url) as ledger:
            # What a process learns about its statements, those forked from it know.
            ask(ledger.explain, next(self.world.asked()), people, policy)
        return self._run(partial(self._ask, ledger.reserve, people, policy), harm or Harm())

    def inserts(self) -> Run:
        """As many rows inserted by the bare driver, a transaction a row."""
        with Bare(self.url) as bare:
            bare.create()
        return self._run(self._insert, Harm())

    def _run(self, work: Callable[[int], None], harm: Harm) -> Run:
        self.folder.mkdir()
        rng = random.Random(self.world.seed)  # noqa: S311 - whom to kill is no secret
        due, killed = harm.due(), 0
        began = time.perf_counter()
        crew = {number: _started(work, number) for number in range(self.processes)}
        while crew := {number: one for number, one in crew.items() if not _done(one, number)}:
            time.sleep(_EACH_SECONDS)
            while due and self._progress() >= due[0][0]:
                _, kills = due.pop(0)
                if not kills:
                    harm.hurt()
                    continue
                # To start a process is to hear of those that have ended meanwhile.
                number = rng.choice(sorted(n for n, one in crew.items() if one.is_alive()))
                crew[number].kill()
                crew[number].join()
                crew[number] = _started(work, number)
                killed += 1
        return self._told(time.perf_counter() - began, killed)

    def _progress(self) -> float:
        """About which share of the attempts is answered, by what the files hold."""
        files = (self._file(number) for number in range(self.processes))
        held = sum(file.stat().st_size for file in files if file.exists())
        return held / (self.world.attempts * _LINE_BYTES)

    def _told(self, seconds: float, killed: int) -> Run:
        told: dict[str, str] = {}
        differing, latencies = set(), []
        for number in range(self.processes):
            for name, verdict, took in _lines(self._file(number)):
                if told.setdefault(name, verdict) != verdict:
                    differing.add(name)
                latencies.append(took)
        return Run(seconds, np.array(latencies), told, frozenset(differing), killed)

    def _ask(
        self, reserve: Decide, people: Mapping[int, Profile], policy: Policy, number: int
    ) -> None:
        with self._answers(number) as (done, answer):
            for attempt in islice(self.world.asked(number, self.processes), done, None):
                began = time.perf_counter()
                verdict = _patiently(partial(ask, reserve, attempt, people, policy))
                answer(attempt.request.request_id, verdict, time.perf_counter() - began)

    def _insert(self, number: int) -> None:
        with self._answers(number) as (_, answer), Bare(self.url) as bare:
            for place in range(number, self.world.attempts, self.processes):
                began = time.perf_counter()
                bare.insert(f"r{place}")
                answer(f"r{place}", "insert", time.perf_counter() - began)

    @contextmanager
    def _answers(self, number: int) -> Iterator[tuple[int, Answer]]:
        """How many attempts of a worker are answered, and how to note the next."""
        done = len(_lines(self._file(number)))
        handle = os.open(self._file(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def answer(name: str, verdict: str, seconds: float) -> None:
            os.write(handle, f"{name} {verdict} {seconds:.6f}\n".encode())

        yield done, answer
        os.close(handle)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number}.txt"


def ask(decide: Decide, attempt: Attempt, people: Mapping[int, Profile], policy: Policy) -> str:
    """A ledger's verdict on an attempt, with the household of its customer."""
    who = attempt.request.customer_id
    home = who // HOUSE * HOUSE
    return decide(
        *(attempt.request, people[who]),
        offers=(),
        policy=policy,
        now=attempt.now,
        holdout=False,
        relatives=[people[one] for one in range(home, home + HOUSE) if one in people],
    ).verdict


def broken_promises(crew: Crew, run: Run) -> tuple[str, ...]:
    """What a run promised and the database does not hold, or holds and was never promised."""
    found = kept(crew.url)
    asked = {attempt.request.request_id for attempt in crew.world.asked()}
    promises = {
        f"{found.contacts} contacts where {crew.world.allowed} may happen": (
            found.contacts != crew.world.allowed
        ),
        f"{found.violations} contacts too many": found.violations > 0,
        "a request was told two verdicts": bool(run.differing),
        "an acknowledged contact is lost": bool(run.allowed - found.requests),
        "a contact that nobody was told of": bool(found.requests - run.allowed),
        "a verdict is not as it was told": found.decisions != run.told,
        "an attempt was not answered": run.told.keys() != asked,
    }
    return tuple(words for words, broken in promises.items() if broken)


def _started(work: Callable[[int], None], number: int) -> BaseProcess:
    started = _FORK.Process(target=work, args=(number,), daemon=True)
    started.start()
    return started


def _done(one: BaseProcess, number: int) -> bool:
    if one.is_alive():
        return False
    one.join()
    if one.exitcode:
        raise RuntimeError(f"worker {number} ended with exit code {one.exitcode}; see what it said")
    return True


def _lines(file: Path) -> list[tuple[str, str, float]]:
    """What a worker was told: request, verdict, seconds."""
    if not file.exists():
        return []
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        name, verdict, seconds = line.split()
        found.append((name, verdict, float(seconds)))
    return found


def _patiently(work: Callable[[], T]) -> T:
    """What comes of something that is asked again while the database is busy or starts again."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return work()
        except LedgerError:
            if time.monotonic() > until:
                raise
