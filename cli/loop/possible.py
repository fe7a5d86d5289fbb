"""What is possible: an oracle against product push where effects, minutes or noise differ."""

import copy
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from banks import Simulation, found, scaled, world_named
from cli.errors import BadOption
from cli.loop.comparison import Outcome, Run
from cli.loop.course import AFTER_MONTHS, played
from cli.loop.desk import terms_of
from cli.loop.judging import Judge, Told, middle_of
from cli.loop.players import ORACLE, PUSH, Rival
from cli.loop.rivals import RIVALS
from features import open_bank
from outreach import default_policy_text, parse_policy

# How many more purchases, and how much less churn, than under product push are hoped for.
MORE_SOLD, LESS_CHURN = 0.30, 0.15


@dataclass(frozen=True, slots=True)
class Grid:
    """Where to look: factors on what contacts change and on minutes, shares of needs that show."""

    world: str = "default"
    effects: tuple[float, ...] = (0.33, 1.0, 2.0, 3.0)
    minutes: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    observed: tuple[float, ...] = (0.08, 0.22)
    seeds: tuple[int, ...] = (1, 2, 3)
    customers: int = 2_000
    past: int = 6
    months: int = 12

    def __post_init__(self) -> None:
        """Refuse a place on the grid that is no world (BankError), or is there twice."""
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


@dataclass(frozen=True, slots=True)
class Task:
    """One strength of effects, one noise and one seed, with whatever minutes."""

    grid: Grid
    effect: float
    observed: float
    seed: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the grid, and what the oracle reached there at product push's contacts.

    `sold` and `churn` are shares above product push's; `contacts` are push's, a customer and month.
    """

    effect: float
    minutes: float
    observed: float
    seeds: int
    contacts: float
    sold: Told
    churn: Told

    @property
    def possible(self) -> bool:
        """Whether both hopes come true, on average over the seeds."""
        if self.sold is None or self.churn is None:
            return False
        return middle_of(self.sold) >= MORE_SOLD and middle_of(self.churn) <= -LESS_CHURN


def looked(task: Task) -> list[Outcome]:
    """Product push, then the oracle with as many contacts each month, for each number of minutes.

    Minutes change nothing before a policy contacts: by the law the same suits the same.
    """
    grid, policy = task.grid, parse_policy(default_policy_text())
    plain = scaled(world_named(grid.world), effect=task.effect, observed=task.observed)
    customers, seed = grid.customers, task.seed
    months = grid.past + grid.months + AFTER_MONTHS
    with tempfile.TemporaryDirectory() as folder:
        bank = found(
            Path(folder) / "bank",
            customers=customers,
            months=months,
            lived=grid.past,
            seed=seed,
            world=plain,
        )
        day = bank.setting.calendar.first_of(grid.past)
        terms = terms_of(bank, open_bank(Path(folder) / "bank"), policy, day)
    outcomes = []
    for minutes in grid.minutes:
        world = scaled(plain, minutes=minutes)
        bank = Simulation(world, customers=customers, months=months, seed=seed)
        for _ in range(grid.past):
            bank.live(bank.plan())
        most = None
        for name in (PUSH, ORACLE):
            player = Rival(RIVALS[name])
            result, made = played(copy.deepcopy(bank), terms, player, grid.months, most)
            run = Run(_place(task.effect, minutes, task.observed), task.seed, name)
            outcomes.append(Outcome(run, asdict(task), result, made))
            most = made
    return outcomes


def cells_of(grid: Grid, outcomes: Iterable[Outcome]) -> tuple[Cell, ...]:
    """What was found at each place on the grid, in the grid's order."""
    return tuple(_cells(grid, Judge(outcomes)))


def _cells(grid: Grid, judge: Judge) -> Iterator[Cell]:
    for effect, minutes, observed in product(grid.effects, grid.minutes, grid.observed):
        place = _place(effect, minutes, observed)
        contacts = judge.level(place, PUSH, "contacts", equal=False)
        sold, churn = (
            judge.relative(place, ORACLE, PUSH, name, equal=False)
            for name in ("purchases", "churn")
        )
        yield Cell(
            effect=effect,
            minutes=minutes,
            observed=observed,
            seeds=len(judge.seeds(place, ORACLE, PUSH, equal=False)),
            contacts=0.0 if contacts is None else middle_of(contacts) / 1000 / grid.months,
            sold=sold,
            churn=churn,
        )


def _place(effect: float, minutes: float, observed: float) -> str:
    return f"{effect:g} {minutes:g} {observed:g}"
