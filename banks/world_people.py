"""Who the simulated customers are, as far as the bank can see."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from banks.world import REGIONS, World
from banks.world_arrays import Flags, Floats, Ints, pick
from banks.world_calendar import Calendar
from banks.world_places import CITIES, Places
from goodcall.vocabulary import KINDS

OCCUPATIONS = (
    *("企业职员", "公务员", "教师", "医生", "工人", "自由职业", "学生", "退休", "企业主", "其他"),
)
EDUCATIONS = ("初中及以下", "高中", "大专", "本科", "硕士及以上")
MARITALS = ("未婚", "已婚", "离异", "丧偶")
FIRST_CUSTOMER = 100_001
_RETIRED, _OWNER, _STUDENT = 7, 8, 6
_PENSION_AGE = 60
_NO_HOUSEHOLD = -1
_LIVES_AWAY = 0.03
_NEVER_BORN = -(10**6)  # a firm has no date of birth
_OF_AGE = 5844  # days of sixteen years
_EARLIEST = -9000


@dataclass(frozen=True, slots=True)
class People:
    """The customers, a place in every array each; money in cents, days from the first day.

    `household` is -1 for those who share none; `logins`, `cards` and `views` are monthly rates.
    """

    customer_id: Ints
    kind: Ints
    age: Floats
    birth: Ints
    female: Flags
    household: Ints
    branch: Ints
    region: Ints
    city: Ints
    manager: Ints
    occupation: Ints
    education: Ints
    marital: Ints
    opened: Ints
    assets: Floats
    income: Floats
    paid_here: Flags
    pensioner: Flags
    payday: Ints
    digital: Flags
    logins: Floats
    cards: Floats
    views: Floats

    @property
    def count(self) -> int:
        """How many customers there are."""
        return len(self.customer_id)

    @property
    def firm(self) -> Flags:
        """Whether a customer is a business."""
        return self.kind >= KINDS.index("small_business")

    def part(self, rows: slice) -> Self:
        """A run of these customers."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def observed(self) -> Floats:
        """Wealth, income, age and digital habit (n, 4), each in standard units by kind."""
        columns = [np.log(self.assets), np.log(self.income), self.age, np.log(self.logins)]
        table = np.column_stack(columns)
        for kind in range(len(KINDS)):
            rows = self.kind == kind
            if rows.any():
                part = table[rows]
                table[rows] = (part - part.mean(axis=0)) / (part.std(axis=0) + 1e-9)
        return table


def draw_people(
    world: World, calendar: Calendar, places: Places, count: int, rng: np.random.Generator
) -> People:
    """So many customers of a world; the oldest id is no older a customer than the newest."""
    kind = _kinds(world, count, rng)
    firm = kind >= KINDS.index("small_business")
    age = np.clip(18 + rng.gamma(3.2, 8.5, count), 18, 92)
    household = _households(world, firm, rng)
    branch = _shared(household, rng.integers(0, len(places.region), count))
    income = _log_normal(rng, world.money.income_yuan, world.money.income_spread, kind)
    income *= np.where(firm, 1, np.clip(1.25 - ((age - 46) / 45) ** 2, 0.45, 1.25))
    ease = (np.log(income) - np.log(income).mean()) * 0.5 * ~firm + (age - 44) / 60 * ~firm
    assets = np.exp(ease) * _log_normal(
        rng, world.money.assets_yuan, world.money.assets_spread, kind
    )
    digital = rng.random(count) < world.people.digital + 0.18 - 0.006 * np.maximum(age - 25, 0)
    logins = np.where(digital, rng.gamma(1.6, 5.5, count) + 0.6, rng.gamma(1.0, 0.15, count) + 0.02)
    occupation = _occupations(age, firm, rng)
    birth = calendar.date_number(np.full(count, calendar.days)) - (age * 365.25).astype(np.int64)
    return People(
        customer_id=FIRST_CUSTOMER + np.arange(count, dtype=np.int64),
        kind=kind,
        age=age,
        birth=birth,
        female=rng.integers(0, 2, count) == 1,
        household=household,
        branch=branch,
        region=places.region[branch],
        city=_cities(places.region[branch], household, rng),
        manager=_managers(places, branch, rng),
        occupation=occupation,
        education=np.clip(rng.normal(2.6 - (age - 40) / 40, 1.0, count), 0, 4).astype(np.int64),
        marital=_maritals(age, rng),
        opened=_opened(world, calendar, np.where(firm, _NEVER_BORN, birth), rng),
        assets=np.maximum(assets, 300) * 100,
        income=income * 100,
        paid_here=(rng.random(count) < world.money.salary_here) & ~firm & (occupation != _STUDENT),
        pensioner=age >= _PENSION_AGE,
        payday=rng.integers(5, 26, count),
        digital=digital,
        logins=logins,
        cards=rng.gamma(2.0, 2.4, count) * np.where(age > _PENSION_AGE, 0.5, 1.0) + 0.3,
        views=0.25 + 0.09 * logins,
    )


def _kinds(world: World, count: int, rng: np.random.Generator) -> Ints:
    chances = np.array([world.people.kinds[kind] for kind in KINDS])
    return pick(rng, np.broadcast_to(chances, (count, len(KINDS))))


def _log_normal(
    rng: np.random.Generator, medians: dict[str, float], spread: float, kind: Ints
) -> Floats:
    middle = np.log([medians[name] for name in KINDS])[kind]
    drawn: Floats = np.exp(middle + spread * rng.normal(size=len(kind)))
    return drawn


def _households(world: World, firm: Flags, rng: np.random.Generator) -> Ints:
    people = np.flatnonzero(~firm)
    sharing = rng.permutation(people)[: int(len(people) * world.people.shared_household)]
    sizes = rng.choice([2, 2, 2, 3, 3, 4], size=len(sharing) // 2 + 1)
    numbers = np.repeat(np.arange(len(sizes)), sizes)[: len(sharing)]
    household = np.full(len(firm), _NO_HOUSEHOLD, dtype=np.int64)
    alone = np.bincount(numbers, minlength=len(sizes))[numbers] < 2  # noqa: PLR2004 - a couple is two
    household[sharing] = np.where(alone, _NO_HOUSEHOLD, numbers)
    return household


def _shared(household: Ints, drawn: Ints) -> Ints:
    """What was drawn, and for a household what its first member drew."""
    numbers, first = np.unique(household, return_index=True)
    of_household = drawn[first][np.searchsorted(numbers, household)]
    return np.where(household >= 0, of_household, drawn)


def _cities(region: Ints, household: Ints, rng: np.random.Generator) -> Ints:
    per_region = len(CITIES[0])
    away = rng.random(len(region)) < _LIVES_AWAY
    home = np.where(away, rng.integers(0, len(REGIONS), len(region)), region)
    return _shared(household, home * per_region + rng.integers(0, per_region, len(region)))


def _managers(places: Places, branch: Ints, rng: np.random.Generator) -> Ints:
    managers, branches = places.managers, len(places.region)
    of_branch = np.bincount(places.staff_branch[managers], minlength=branches)[branch]
    chosen: Ints = managers[branch + branches * rng.integers(0, of_branch)]
    return chosen


def _occupations(age: Floats, firm: Flags, rng: np.random.Generator) -> Ints:
    drawn = rng.choice(
        [0, 1, 2, 3, 4, 5, 9], p=[0.4, 0.08, 0.08, 0.04, 0.2, 0.12, 0.08], size=len(age)
    )
    young = (age < 23) & (rng.integers(0, 2, len(age)) == 1)  # noqa: PLR2004 - the age of studies
    drawn = np.where(young, _STUDENT, drawn)
    return np.where(firm, _OWNER, np.where(age >= _PENSION_AGE, _RETIRED, drawn))


def _maritals(age: Floats, rng: np.random.Generator) -> Ints:
    single = np.clip((36 - age) / 14, 0.06, 0.97)
    widowed = np.clip((age - 58) / 90, 0.01, 0.3)
    divorced = np.full(len(age), 0.06)
    married = np.maximum(1 - single - widowed - divorced, 0.0)
    return pick(rng, np.column_stack([single, married, divorced, widowed]))


def _opened(world: World, calendar: Calendar, birth: Ints, rng: np.random.Generator) -> Ints:
    """The first day as a customer: nobody becomes one before the age of 16."""
    count = len(birth)
    arriving = rng.random(count) < world.people.arriving
    before = -1 - rng.gamma(1.3, 1100, count).astype(np.int64)
    inside = rng.integers(0, max(calendar.days - 30, 1), count)
    of_age = birth + _OF_AGE - calendar.date_number(np.zeros(count, dtype=np.int64))
    drawn = np.where(arriving, inside, np.maximum(before, _EARLIEST))
    return np.asarray(np.maximum(drawn, of_age))
