"""Who customers were, and where, when they are looked at: kind, age, years here, branch, region."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import TABLES, Bank
from features.asof import connect, known_before
from goodcall.calendar import start_of_day
from goodcall.vocabulary import KINDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

NOBODY = -1
_YEAR_DAYS = 365.25
_COLUMNS = (
    *("customer_id", "happened_at", "kind", "birth_date", "stated_age", "household_id"),
    *("branch_id", "manager_id", "opened_on"),
)


@dataclass(frozen=True, slots=True)
class Standings:
    """What the bank knew of each row's customer before as_of, [rows] in the cohort's order.

    `age` and `years` (as a customer) are NaN, `branch`, `region` "" and `manager` NOBODY where
    unknown. `home` is the household, a number of its own for who has none.
    """

    customer: Ints
    day: NDArray[np.datetime64]
    kind: Words
    age: Floats
    years: Floats
    home: Ints
    branch: Words
    region: Words
    manager: Ints

    def of_day(self) -> Iterator[tuple[date, Ints]]:
        """Each day with the places of its rows."""
        for day in np.unique(self.day):
            yield day.item(), np.flatnonzero(self.day == day)

    def of_kinds(self, kinds: Sequence[str]) -> Flags:
        """Which rows are of these kinds of customers."""
        return np.isin(self.kind, kinds)

    @property
    def stratum(self) -> Ints:
        """The kind of customer as a number."""
        return np.searchsorted(np.sort(KINDS), self.kind)


def standings(bank: Bank, cohort: pa.Table) -> Standings:
    """Who the customers of each (customer_id, as_of) row were, as known before as_of."""
    days = pc.unique(cohort["as_of"]).to_pylist() or [bank.manifest.last_day]
    of_days = [pc.equal(cohort["as_of"], pa.scalar(day)) for day in days]
    parts = [
        _of_day(bank, day, cohort.filter(mine)) for day, mine in zip(days, of_days, strict=True)
    ]
    order = np.argsort(np.concatenate([np.flatnonzero(mine) for mine in of_days]))
    return Standings(
        *(np.concatenate([part[name] for part in parts])[order] for name in Standings.__slots__)
    )


def _of_day(bank: Bank, day: date, rows: pa.Table) -> dict[str, NDArray[Any]]:
    at, backend = start_of_day(day, bank.manifest.zone), connect()
    known = known_before(bank, backend, TABLES["customers"], at).select(*_COLUMNS).to_pyarrow()
    who = rows["customer_id"].to_numpy()
    found = known.take(pc.index_in(rows["customer_id"], known["customer_id"]))
    branch = _ids(found["branch_id"])
    home = _ids(found["household_id"])
    return {
        "customer": who,
        "day": np.full(len(who), np.datetime64(day, "D")),
        "kind": found["kind"].to_numpy().astype(str),
        "age": _ages(found, day),
        "years": _years(found["opened_on"], day),
        "home": np.where(home == NOBODY, -2 - who, home),
        "branch": np.where(branch == NOBODY, "", branch.astype(str)),
        "region": _regions(bank, day, branch),
        "manager": _ids(found["manager_id"]),
    }


def _regions(bank: Bank, day: date, branch: Ints) -> Words:
    if "branches" not in bank.tables:
        return np.full(len(branch), "")
    at = start_of_day(day, bank.manifest.zone)
    known = known_before(bank, connect(), TABLES["branches"], at)
    said = known.select("branch_id", "region").to_pyarrow().to_pydict()
    regions = dict(zip(said["branch_id"], said["region"], strict=True))
    ids, place = np.unique(branch, return_inverse=True)
    return np.array([regions.get(each) or "" for each in ids.tolist()])[place]


def _ids(column: pa.ChunkedArray) -> Ints:
    ids: Ints = column.fill_null(NOBODY).to_numpy().astype(np.int64)
    return ids


def _ages(found: pa.Table, day: date) -> Floats:
    """Years of age: from the birth date, else from what was stated and when."""
    stated = found["stated_age"].cast(pa.float64()).fill_null(np.nan).to_numpy()
    since = _years(found["happened_at"].cast(pa.date32(), safe=False), day)
    born = _years(found["birth_date"], day)
    return np.where(np.isnan(born), stated + since, born)


def _years(days: pa.ChunkedArray, day: date) -> Floats:
    """Years from each day until `day`, NaN where there is none."""
    numbers = days.cast(pa.int32()).cast(pa.float64()).fill_null(np.nan).to_numpy()
    until = (day - date(1970, 1, 1)).days
    years: Floats = (until - numbers) / _YEAR_DAYS
    return years
