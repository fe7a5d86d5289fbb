"""One run of a comparison: its world's bank founded once, the policy at work, the result kept."""

import copy
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from banks import Simulation
from cli.errors import NothingFound
from cli.loop.ceiling import lessons_in
from cli.loop.comparison import Comparison, Outcome, Run, Store
from cli.loop.course import (
    Course,
    Setup,
    found_base,
    labels_of,
    lives_file,
    month_file,
    played,
)
from cli.loop.crew import Job
from cli.loop.desk import Terms, channels_of, terms_of
from cli.loop.learned import LEARNED, taught
from cli.loop.players import CEILING, SHIPPED, player_of
from cli.loop.rivals import RIVALS
from cli.loop.workshop import Workshop
from cli.loop.worth import Result
from features import open_bank
from goodcall import Workspace
from goodcall.calendar import start_of_day
from outreach import parse_policy

# What a policy that learns tells of a month.
_TOLD = ("trained", "champions")


def jobs_of(store: Store, comparison: Comparison, pairs: Sequence[tuple[str, int]]) -> list[Job]:
    """What is to be done for some pairs, but for what is finished.

    Policies wait for the bank of their pair, those with equal contacts for goodcall.
    """
    return [job for pair in pairs for job in _of_pair(store, comparison, pair)]


def _of_pair(store: Store, comparison: Comparison, pair: tuple[str, int]) -> Iterator[Job]:
    left = [run for run in comparison.runs([pair]) if not store.result(run).exists()]
    if not left:
        return
    founding = f"{pair[0]}-{pair[1]}-base"
    yield Job(founding, "base", partial(found_once, store, comparison, left))
    first = Run(*pair, SHIPPED)
    for run in left:
        after = first.name if run.equal and first in left else founding
        yield Job(run.name, run.policy, partial(do, store, comparison, run), after)


def found_once(store: Store, comparison: Comparison, left: Sequence[Run]) -> None:
    """Found the bank of a pair, and train what those of its runs begin with that are `left`.

    What a process did before stands.
    """
    first, policies = left[0], {run.policy for run in left}
    base, setup = store.base(first.pair), comparison.setup(first)
    if not lives_file(base).exists():
        found_base(base, setup, _unseen)
    if policies & {SHIPPED, *LEARNED}:
        train_first(base, comparison, setup)
    if CEILING in policies:
        policy = parse_policy(store.policy_text)
        lessons_in(_lessons(store, first), first.world, setup.past, channels_of(policy))


def train_first(base: Workspace, comparison: Comparison, setup: Setup) -> None:
    """Train in a base what its policies with models have in common when they set to work.

    The features of their first month are built there, too.
    """
    workshop = Workshop(
        base, taught(labels_of(comparison.labels)), setup.seed, setup.every, _unheard
    )
    day = Simulation.load(lives_file(base)).setting.calendar.first_of(setup.past)
    workshop.learn(workshop.bank, day, start_of_day(day, workshop.bank.manifest.zone))
    workshop.features(day)


def do(store: Store, comparison: Comparison, run: Run) -> None:
    """Do a run, and keep what it came to; its workspace goes then."""
    setup = comparison.setup(run, _most(store, run)).under(store.rules)
    if run.policy in RIVALS:
        outcome = Outcome(run, asdict(setup), *_in_memory(store, run, setup))
    else:
        outcome = _in_workspace(store, comparison, run, setup)
    store.keep(outcome)
    if store.place(run).root.exists():
        shutil.rmtree(store.place(run).root)


def _most(store: Store, run: Run) -> tuple[int, ...] | None:
    """The contacts that a run at equal contacts may make in each month: goodcall's."""
    if not run.equal:
        return None
    first = store.outcome(Run(*run.pair, SHIPPED))
    if first is None:
        raise NothingFound(f"{SHIPPED} has no run in {run.world} under {run.seed}; run it first")
    return first.months


def _in_memory(store: Store, run: Run, setup: Setup) -> tuple[Result, tuple[int, ...]]:
    """A policy without tables."""
    bank, terms = _ground(store.base(run.pair).root, store.policy_text, setup.past)
    player = player_of(store.place(run), setup, (), _unheard)
    return played(copy.deepcopy(bank), terms, player, setup.months, setup.most)


@lru_cache(maxsize=1)
def _ground(root: Path, policy_text: str, past: int) -> tuple[Simulation, Terms]:
    """The bank that all policies of a pair begin with, and its terms; a process keeps the last."""
    base = Workspace(root)
    bank = Simulation.load(lives_file(base))
    policy = parse_policy(policy_text)
    day = bank.setting.calendar.first_of(past)
    return bank, terms_of(bank, open_bank(base.bank), policy, day)


def _in_workspace(store: Store, comparison: Comparison, run: Run, setup: Setup) -> Outcome:
    """A policy with tables, which goes on where it was when it was killed."""
    place = store.place(run)
    course = Course.open(place, setup, store.policy_text, _unseen, store.base(run.pair))
    player = player_of(place, setup, labels_of(comparison.labels), _unheard, _lessons(store, run))
    result = course.run(player, _unheard)
    files = (month_file(place, number) for number in range(setup.months))
    facts = [json.loads(each.read_text(encoding="utf-8")) for each in files]
    own = player.own(course.bank)
    if own is not None:
        own = replace(own, months=tuple(_told(each) for each in facts))
    made = tuple(each["contacts"] for each in facts)
    return Outcome(run, asdict(setup), result, made, own)


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a policy told of its own work in a month; who began before that was told says less."""
    return {name: facts[name] for name in _TOLD if name in facts}


def _lessons(store: Store, run: Run) -> Path:
    """Where what the ceiling learned of a run's world is kept."""
    return store.root / "lessons" / f"{run.world}.json"


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches the bar."""


def _unheard(*_told: Any) -> None:  # noqa: ANN401 - whatever a course tells
    """Nobody listens to one course among many."""
