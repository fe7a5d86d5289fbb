"""What is possible, and what Goodcall reaches, where effects, minutes or noise differ.

Both an oracle and Goodcall are held against product push.
"""

import copy
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

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
from cli.loop.desk import Terms, terms_of
from cli.loop.judging import Judge, Told, middle_of
from cli.loop.players import ORACLE, PUSH, SHIPPED, Rival, player_of
from cli.loop.rivals import RIVALS
from cli.policies import install_policy
from features import open_bank
from goodcall import Workspace
from outreach import default_policy_text, parse_policy

# How many more purchases, and how much less churn, than under product push are hoped for.
MORE_SOLD, LESS_CHURN = 0.30, 0.15


@dataclass(frozen=True, slots=True)
class Grid:
    """Where to look: factors on what contacts change and on minutes, shares of needs that show.

    With `goodcall` Goodcall works at every place, too, by models of `labels`.
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

    def __post_init__(self) -> None:
        """Refuse a place on the grid that is no world (BankError), or is there twice."""
        if self.labels and not self.goodcall:
            raise BadOption("labels are what Goodcall learns; add --goodcall, or leave them out")
        for name in ("effects", "minutes", "observed", "seeds"):
            asked = getattr(self, name)
            if len(set(asked)) < len(asked):
                raise BadOption(f"{name}: a value is given twice; give each once")
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
    def both(self) -> bool:
        """Whether both hopes come true, on average over the seeds."""
        if self.sold is None or self.churn is None:
            return False
        return middle_of(self.sold) >= MORE_SOLD and middle_of(self.churn) <= -LESS_CHURN


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the grid, and what an oracle reached there, and Goodcall where it took its turn.

    `contacts` are product push's, a customer and month.
    """

    effect: float
    minutes: float
    observed: float
    seeds: int
    contacts: float
    oracle: Reached
    goodcall: Reached | None = None


def looked(task: Task) -> list[Outcome]:
    """Product push, then the oracle with as many contacts each month, for each number of minutes.

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
        most = None
        for name in (PUSH, ORACLE):
            player = Rival(RIVALS[name])
            result, made = played(copy.deepcopy(bank), terms, player, grid.months, most)
            outcomes.append(Outcome(_run(task, minutes, name), asdict(task), result, made))
            most = made
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
            seeds=len(judge.seeds(place, ORACLE, PUSH, equal=False)),
            contacts=0.0 if contacts is None else middle_of(contacts) / 1000 / grid.months,
            oracle=_reached(judge, place, ORACLE),
            goodcall=_reached(judge, place, SHIPPED) if grid.goodcall else None,
        )


def _reached(judge: Judge, place: str, policy: str) -> Reached:
    sold, churn = (
        judge.relative(place, policy, PUSH, name, equal=False) for name in ("purchases", "churn")
    )
    return Reached(sold, churn)


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
    return bank, terms_of(bank, open_bank(path), parse_policy(default_policy_text()), day)


def _world(task: Task, minutes: float) -> World:
    world = world_named(task.grid.world)
    return scaled(world, effect=task.effect, observed=task.observed, minutes=minutes)


def _run(task: Task, minutes: float, policy: str) -> Run:
    return Run(_place(task.effect, minutes, task.observed), task.seed, policy)


def _place(effect: float, minutes: float, observed: float) -> str:
    return f"{effect:g} {minutes:g} {observed:g}"


def _unheard(_said: str) -> None:
    """Nobody listens to one turn among many."""
