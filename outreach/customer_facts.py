"""What a condition may ask about a customer: each fact, what it may be, and where it is read.

A fact of the profile is read from there; every other one is a column of the day's features. What
the bank does not know is None: unknown, which is not no.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from goodcall.profile import Profile
from goodcall.vocabulary import FAMILIES, KINDS
from outreach.fact_columns import COLUMNS
from outreach.offer import age_on, birthday

if TYPE_CHECKING:
    import pyarrow as pa

Known = float | str
_OLDEST = 150
_LONGEST_DAYS = _OLDEST * 366


class Row(Protocol):
    """A customer's features of a day by name; None or NaN where one is not known."""

    def get(self, name: str, /) -> float | None:
        """The value of a feature."""
        ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be known of a customer: a number, a flag or a word.

    `read` takes it from the profile on a local day, None where it is a column of the features;
    `turns` gives the days on which time alone carries it to or past a bound.
    """

    name: str
    sort: Literal["number", "flag", "word"]
    least: float = -math.inf
    most: float = math.inf
    words: tuple[str, ...] = ()
    read: Callable[[Profile, date], Known | None] | None = field(default=None, compare=False)
    turns: Callable[[Profile, float], Iterable[date]] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer on a local day; `row` is None where the day's features are not at hand."""

    profile: Profile
    day: date
    row: Row | None = None

    def known(self, fact: Fact) -> Known | None:
        """What is known of a fact, None where it is not."""
        if fact.read is not None:
            return fact.read(self.profile, self.day)
        if self.row is None:
            return None
        value = self.row.get(fact.name)
        return None if value is None or math.isnan(value) else float(value)


class FactTable:
    """The features of many customers of one day, column by column; NaN is not known."""

    def __init__(self, columns: "pa.Table") -> None:
        """Take a table whose columns are read when they are first asked for."""
        self._table = columns
        self._columns: dict[str, npt.NDArray[np.float64]] = {}
        # Answers to whole conditions that other modules worked out for every row at once.
        self.answers: dict[int, tuple[object, npt.NDArray[np.int8]]] = {}

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """A column's values; all unknown where the table has none of that name."""
        found = self._columns.get(name)
        if found is None:
            if name in self._table.column_names:
                found = self._table[name].to_numpy().astype(np.float64)
            else:
                found = np.full(self._table.num_rows, np.nan)
            self._columns[name] = found
        return found

    def row(self, place: int) -> "TableRow":
        """One customer's features, read when they are asked for."""
        return TableRow(self, place)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table of features."""

    table: FactTable
    place: int

    def get(self, name: str, /) -> float | None:
        """The value of a feature."""
        return float(self.table.column(name)[self.place])


def _kind(profile: Profile, _day: date) -> str:
    return profile.kind


def _age(profile: Profile, day: date) -> float | None:
    return age_on(profile, day)


def _tenure(profile: Profile, day: date) -> float | None:
    return None if profile.opened_on is None else (day - profile.opened_on).days


def _overdue(profile: Profile, day: date) -> float:
    """Days since the first unpaid due date; 0 where nothing is overdue."""
    return 0 if profile.overdue_since is None else max(0, (day - profile.overdue_since).days)


def _tolerance(profile: Profile, day: date) -> float | None:
    """The assessed tolerance while the assessment holds."""
    assessed = profile.assessment
    return None if assessed is None or day > assessed.expires_on else int(assessed.tolerance[1])


def _branch(profile: Profile, _day: date) -> float | None:
    return profile.branch_id


def _manager(profile: Profile, _day: date) -> float | None:
    return profile.manager_id


def _in_household(profile: Profile, _day: date) -> float:
    return float(profile.household_id is not None)


def _holds(profile: Profile, day: date, *, family: str) -> float:
    open_ones = (h for h in profile.holdings if h.closed_on is None or h.closed_on > day)
    return float(any(h.family == family and h.opened_on <= day for h in open_ones))


def _birthdays(profile: Profile, bound: float) -> Iterable[date]:
    if profile.birth_date is None:
        return ()
    years = {max(0, math.ceil(bound)), max(0, math.floor(bound) + 1)}
    return [birthday(profile.birth_date, each) for each in years if each <= _OLDEST]


def _after(start: date | None, bound: float) -> Iterable[date]:
    """The days on which so many days since `start` are reached, and passed."""
    if start is None:
        return ()
    return [
        start + timedelta(days=max(0, n))
        for n in {math.ceil(bound), math.floor(bound) + 1}
        if n <= _LONGEST_DAYS
    ]


def _tenures(profile: Profile, bound: float) -> Iterable[date]:
    return _after(profile.opened_on, bound)


def _overdues(profile: Profile, bound: float) -> Iterable[date]:
    return _after(profile.overdue_since, bound)


def _closings(profile: Profile, _bound: float, *, family: str) -> Iterable[date]:
    held = [h for h in profile.holdings if h.family == family]
    return [day for h in held for day in (h.opened_on, h.closed_on) if day is not None]


_OF_THE_PROFILE = (
    Fact("kind", "word", words=KINDS, read=_kind),
    Fact("age", "number", 0, _OLDEST, read=_age, turns=_birthdays),
    Fact("tenure_days", "number", 0, _LONGEST_DAYS, read=_tenure, turns=_tenures),
    Fact("days_overdue", "number", 0, _LONGEST_DAYS, read=_overdue, turns=_overdues),
    Fact("risk_tolerance", "number", 1, 5, read=_tolerance),
    Fact("branch", "number", 0, read=_branch),
    Fact("manager", "number", 0, read=_manager),
    Fact("in_household", "flag", 0, 1, read=_in_household),
    *(
        Fact(
            *(f"holds_{family}", "flag", 0, 1),
            read=partial(_holds, family=family),
            turns=partial(_closings, family=family),
        )
        for family in FAMILIES
    ),
)


def _column(name: str, unit: str) -> Fact:
    if unit == "flag":
        return Fact(name, "flag", 0, 1)
    if unit not in {"count", "days"}:
        return Fact(name, "number")
    window = name.rpartition("_")[2].removesuffix("d")
    # Days within a window, or since something in it, are no more than the window has.
    within = name.startswith("days_since_") or "_days_" in name
    return Fact(name, "number", 0, float(window) if within and window.isdecimal() else math.inf)


FACTS: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        *_OF_THE_PROFILE,
        *(_column(name, unit) for unit, names in COLUMNS.items() for name in names.split()),
    )
}
# What a price may depend on: what the customer has with the bank, never who the customer is, what
# a model expects of them, or how they reach the bank.
PRICE_FACTS = (
    *("kind", "tenure_days", "days_overdue", "in_household"),
    *(f"holds_{family}" for family in FAMILIES),
    *("products_held", "families_held", "accounts_open"),
    *("assets_mean_90d", "assets_mean_365d", "deposits_mean_90d", "latest_balance_30d"),
    *("salary_in_90d", "salary_payments_365d", "loan_payments_90d", "overdue_amount"),
)
