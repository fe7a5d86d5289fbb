"""What is possible, and what Goodcall reaches, where effects, minutes or noise differ.

Oracles and Goodcall are held against product push.
"""

import copy
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Literal

from banks import Simulation, World, found, live_by_habit, scaled, world_named
from cli.errors import BadOption
from cli.loop.comparison import Outcome, Run
from cli.loop.course import (
    AFTER_MONTHS,
    QUIET_DAYS,
    Setup,
    labels_of,
    mark_of_labels,
    played,
)
from cli.loop.desk import Terms, refuse_other_channels, terms_of
from cli.loop.judging import Judge, Told, middle_of
from cli.loop.oracles import (
    BY_CHURN,
    BY_PURCHASES,
    LESS_CHURN,
    MORE_SOLD,
    ORACLE_WORDS,
    oracles_against,
)
from cli.loop.players import PUSH, SHIPPED, Rival, player_of
from cli.loop.rivals import RIVALS
from cli.policies import install_policy
from features import open_bank
from goodcall import Workspace
from outreach import default_policy_text, parse_policy
from outreach.replay import Gain

# Whether a hope comes true: shown by the interval, on average alone, or not.
Met = Literal["yes", "unsure", "no"]
_METS: tuple[Met, ...] = ("no", "unsure", "yes")


@dataclass(frozen=True, slots=True)
class Grid:
    """Where to look: factors on what contacts change and on minutes, shares of needs that show.

    With `goodcall` Goodcall works at every place, too, by models of `labels`. `rules` is the text
    of the contact policy.
    """

    world: str = "default"
    effects: tuple[float, ...] = (0.33, 1.0, 2.0, 3.0)
    minutes: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    observed: tuple[float, ...] = (0.08, 0.22)
    seeds: tuple[int, ...] = (1, 2, 3)
    customers: int = 2_000
    past: int = 6
    months: int = 12
    goodcall: bool = False
    labels: Path | None = None
    rules: str = field(default_factory=default_policy_text)

    def __post_init__(self) -> None:
        """Refuse a place that is no world (BankError) or there twice, and rules that do not fit."""
        if self.labels and not self.goodcall:
            raise BadOption("labels are what Goodcall learns; add --goodcall, or leave them out")
        for name in ("effects", "minutes", "observed", "seeds"):
            asked = getattr(self, name)
            if len(set(asked)) < len(asked):
                raise BadOption(f"{name}: a value is given twice; give each once")
        refuse_other_channels(parse_policy(self.rules))
        world = world_named(self.world)
        for effect, minutes, observed in product(self.effects, self.minutes, self.observed):
            scaled(world, effect=effect, minutes=minutes, observed=observed)

    @property
    def tasks(self) -> tuple["Task", ...]:
        """The parts that can be done apart, in order."""
        return tuple(
            Task(self, *place) for place in product(self.effects, self.observed, self.seeds)
        )

    @property
    def lived(self) -> int:
        """The months that a bank lives in all."""
        return self.past + self.months + AFTER_MONTHS


@dataclass(frozen=True, slots=True)
class Task:
    """One strength of effects, one noise and one seed, with whatever minutes."""

    grid: Grid
    effect: float
    observed: float
    seed: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Goodcall's turn at a place under a seed; `most` are product push's contacts of each month."""

    task: Task
    minutes: float
    most: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """What a policy reached at product push's contacts: shares above product push's."""

    sold: Told
    churn: Told

    @property
    def sells(self) -> Met:
        """Whether as many more purchases are made as is hoped for."""
        return _met(self.sold, MORE_SOLD, 1)

    @property
    def keeps(self) -> Met:
        """Whether as many fewer leave as is hoped for."""
        return _met(self.churn, LESS_CHURN, -1)

    @property
    def both(self) -> Met:
        """Whether both hopes come true."""
        return min(self.sells, self.keeps, key=_METS.index)

    @property
    def far(self) -> float:
        """How far the hope that is further away came true, 1 being wholly."""
        if self.sold is None or self.churn is None:
            return float("-inf")
        return min(middle_of(self.sold) / MORE_SOLD, -middle_of(self.churn) / LESS_CHURN)


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the grid, and what oracles reached there, and Goodcall where it took its turn.

    `contacts` are product push's, a customer and month; `oracles` by their name.
    """

    effect: float
    minutes: float
    observed: float
    seeds: int
    contacts: float
    oracles: Mapping[str, Reached]
    goodcall: Reached | None = None

    @property
    def apart(self) -> Reached:
        """The most purchases and the least churn, each by an oracle that is after it alone."""
        return Reached(self.oracles[BY_PURCHASES].sold, self.oracles[BY_CHURN].churn)

    @property
    def nearest(self) -> str:
        """The oracle that comes nearest to both hopes at once."""
        return max(
            self.oracles,
            key=lambda name: (_METS.index(self.oracles[name].both), self.oracles[name].far),
        )


def looked(task: Task) -> list[Outcome]:
    """Product push, then oracles with as many contacts each month, for each number of minutes.

    Minutes change nothing before a policy contacts: by the law the same suits the same.
    """
    grid = task.grid
    with tempfile.TemporaryDirectory() as folder:
        _, terms = _founded(Path(folder) / "bank", task)
    outcomes = []
    for minutes in grid.minutes:
        world = _world(task, minutes)
        bank = Simulation(world, customers=grid.customers, months=grid.lived, seed=task.seed)
        live_by_habit(bank, grid.past, QUIET_DAYS)
        player = Rival(RIVALS[PUSH])
        pushed, most = played(copy.deepcopy(bank), terms, player, grid.months, None)
        outcomes.append(Outcome(_run(task, minutes, PUSH), asdict(task), pushed, most))
        for name, chooser in oracles_against(pushed).items():
            player = Rival(chooser)
            result, made = played(copy.deepcopy(bank), terms, player, grid.months, most)
            outcomes.append(Outcome(_run(task, minutes, name), asdict(task), result, made))
    return outcomes


def turns_of(grid: Grid, outcomes: Iterable[Outcome]) -> tuple[Turn, ...]:
    """Goodcall's turns on a grid that it works on, for what product push came to there."""
    pushed = {each.run: each.months for each in outcomes}
    return tuple(
        Turn(task, minutes, pushed[_run(task, minutes, PUSH)])
        for task, minutes in product(grid.tasks, grid.minutes)
        if grid.goodcall
    )


def worked(turn: Turn) -> Outcome:
    """Goodcall at work with as many contacts each month as product push made, at most."""
    task, grid = turn.task, turn.task.grid
    setup = Setup(
        world=grid.world,
        policy=SHIPPED,
        customers=grid.customers,
        past=grid.past,
        months=grid.months,
        seed=task.seed,
        every=grid.months,
        labels=mark_of_labels(grid.labels),
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Workspace(Path(folder))
        bank, terms = _founded(place.bank, task, turn.minutes)
        install_policy(place, terms.policy.text)
        player = player_of(place, setup, labels_of(grid.labels), _unheard)
        result, made = played(bank, terms, player, grid.months, turn.most)
    return Outcome(_run(task, turn.minutes, SHIPPED), asdict(turn), result, made)


def cells_of(grid: Grid, outcomes: Iterable[Outcome]) -> tuple[Cell, ...]:
    """What was found at each place on the grid, in the grid's order."""
    return tuple(_cells(grid, Judge(outcomes)))


def _cells(grid: Grid, judge: Judge) -> Iterator[Cell]:
    for effect, minutes, observed in product(grid.effects, grid.minutes, grid.observed):
        place = _place(effect, minutes, observed)
        contacts = judge.level(place, PUSH, "contacts", equal=False)
        yield Cell(
            effect=effect,
            minutes=minutes,
            observed=observed,
            seeds=len(judge.seeds(place, *ORACLE_WORDS, PUSH, equal=False)),
            contacts=0.0 if contacts is None else middle_of(contacts) / 1000 / grid.months,
            oracles={name: _reached(judge, place, name) for name in ORACLE_WORDS},
            goodcall=_reached(judge, place, SHIPPED) if grid.goodcall else None,
        )


def _reached(judge: Judge, place: str, policy: str) -> Reached:
    sold, churn = (
        judge.relative(place, policy, PUSH, name, equal=False) for name in ("purchases", "churn")
    )
    return Reached(sold, churn)


def _met(told: Told, hoped: float, sign: int) -> Met:
    """Whether a change reaches what is hoped for; of one seed nothing is shown."""
    if told is None or sign * middle_of(told) < hoped:
        return "no"
    if not isinstance(told, Gain):
        return "unsure"
    return "yes" if min(sign * told.low, sign * told.high) >= hoped else "unsure"


def _founded(path: Path, task: Task, minutes: float = 1.0) -> tuple[Simulation, Terms]:
    """A bank that has lived its past, with its tables at a path, and the terms of a run in it."""
    grid = task.grid
    bank = found(
        path,
        customers=grid.customers,
        months=grid.lived,
        lived=grid.past,
        seed=task.seed,
        world=_world(task, minutes),
        quiet_days=QUIET_DAYS,
    )
    day = bank.setting.calendar.first_of(grid.past)
    return bank, terms_of(bank, open_bank(path), parse_policy(grid.rules), day)


def _world(task: Task, minutes: float) -> World:
    world = world_named(task.grid.world)
    return scaled(world, effect=task.effect, observed=task.observed, minutes=minutes)


def _run(task: Task, minutes: float, policy: str) -> Run:
    return Run(_place(task.effect, minutes, task.observed), task.seed, policy)


def _place(effect: float, minutes: float, observed: float) -> str:
    return f"{effect:g} {minutes:g} {observed:g}"


def _unheard(_said: str) -> None:
    """Nobody listens to one turn among many."""
