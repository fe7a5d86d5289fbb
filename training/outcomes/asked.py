"""Which customers are asked about, as of when, and how far the bank's tables can tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from features.local_day import local_days
from goodcall.calendar import local_date, start_of_day
from models.matrix import keys_of
from training.definitions.horizon import Horizon
from training.errors import BadLabel

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
FOR_EVER = 253_370_764_800_000_000  # the year 9999, in microseconds
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows of a cohort: `customers[who]` as of `days[when]`, both without repeats and ascending."""

    customer_id: Ints
    as_of: NDArray[np.datetime64]
    customers: Ints
    who: Ints
    days: tuple[date, ...]
    when: Ints

    def blocks(self, size: int) -> Iterator[tuple[Ints, Ints]]:
        """Customers in ascending blocks of a size, with the positions of each block's rows."""
        order = np.argsort(self.who, kind="stable")
        ordered = self.who[order]
        for first in range(0, len(self.customers), size):
            edges = np.searchsorted(ordered, [first, first + size])
            yield self.customers[first : first + size], order[edges[0] : edges[1]]

    def by_day(self, values: list[int]) -> Ints:
        """One number a date, as one a row."""
        return np.array(values, np.int64)[self.when]


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from `begins` until before `ends`, counted from as_of; negative ones before it.

    A span that ends at as_of or earlier sees what was known before as_of; any other one sees what
    is known today.
    """

    begins: int
    ends: int | Horizon

    @property
    def past(self) -> bool:
        """Whether it sees only what was known before as_of."""
        return isinstance(self.ends, int) and self.ends <= 0

    def dates(self, as_of: date) -> tuple[date, date]:
        """The first date, and the first one beyond the last."""
        ends = self.ends
        last = ends.after(as_of) if isinstance(ends, Horizon) else as_of + timedelta(days=ends)
        return as_of + timedelta(days=self.begins), last


def asked_of(cohort: pa.Table) -> Asked:
    """The rows of a cohort; BadLabel when one stands twice."""
    customer_id, as_of = keys_of(cohort)
    customers, who = np.unique(customer_id, return_inverse=True)
    days, when = np.unique(as_of, return_inverse=True)
    if len(np.unique(who * max(1, len(days)) + when)) < len(customer_id):
        raise BadLabel("the cohort has a (customer_id, as_of) row twice; give each row once")
    return Asked(customer_id, as_of, customers, who, tuple(days.tolist()), when)


def micros(day: date, zone: str) -> int:
    """The instant at which a local day begins, in microseconds since 1970."""
    return round(start_of_day(day, zone).timestamp()) * 1_000_000


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def date_of(instant: int, zone: str) -> date:
    """The local date of an instant in microseconds since 1970."""
    return local_date(datetime.fromtimestamp(instant / 1_000_000, tz=UTC), zone)


def local_days_of(instants: Ints, zone: str) -> Ints:
    """The local day of each instant in microseconds since 1970, as days since then."""
    if not len(instants):
        return instants
    edges = (date_of(int(each), zone) for each in (instants.min(), instants.max()))
    return local_days(zone, *edges).of(instants)


def told_until(bank: Bank) -> date:
    """The first date of which the bank's manifest says nothing any more."""
    return bank.manifest.last_day + timedelta(days=1)


def censored(asked: Asked, horizon: Horizon, until: date | None) -> Flags:
    """Whether each row's horizon passes the first unobserved date."""
    over = [until is None or horizon.after(day) > until for day in asked.days]
    return asked.by_day([int(each) for each in over]) > 0


def periods_observed(asked: Asked, days: int, periods: int, until: date | None) -> Ints:
    """How many whole periods of some days each row's customer is watched for, `periods` at most."""
    watched = [0 if until is None else (until - day).days // days for day in asked.days]
    return asked.by_day([min(periods, max(0, each)) for each in watched])
