"""Mean balances before and after a date, and announced outflows: what the churn label rests on.

It looks after as_of on behalf of labels.py, and nothing else may ask it to.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from goodcall.calendar import local_date, start_of_day
from training.definition import ChurnLabel

_CUSTOMERS_AT_ONCE = 2_000
_DAY = 86_400_000_000
_FOR_EVER = 253_370_764_800_000_000  # the year 9999

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeanBalances:
    """Means of customers' total balances in cents, one value a row.

    `before` is the baseline before as_of, `recent` its last stretch, `after` the label's window.
    """

    before: NDArray[np.float64]
    recent: NDArray[np.float64]
    after: NDArray[np.float64]


def mean_balances(
    bank: Bank,
    customer_id: Ints,
    as_of: NDArray[np.datetime64],
    definition: ChurnLabel,
) -> MeanBalances:
    """The mean balances of each (customer_id, as_of) row; zero where there are none.

    Before as_of counts what was known before it, over the days from a customer's first balance in
    the window to the last day that the bank knew; days without a balance count as zero, as an
    account that was closed does. After it counts what is known today.
    """
    means = MeanBalances(*(np.zeros(len(customer_id)) for _ in range(3)))
    with _connection(bank, "balances") as connection:
        windows = list(_windows(bank, as_of, definition, connection))
        for rows in _chunks(customer_id):
            customers, which = np.unique(customer_id[rows], return_inverse=True)
            facts = _facts(connection, customers)
            for window in windows:
                here = as_of[rows] == np.datetime64(window.as_of)
                found = _mean(facts, window, len(customers))
                getattr(means, window.part)[rows[here]] = found[which[here]]
    return means


def observed_until(bank: Bank) -> date | None:
    """The first date that no balance covers any more; None where there are no balances."""
    with _connection(bank, "balances") as connection:
        rows = connection.execute(
            "SELECT epoch_us(max(happened_at)), period_days FROM balances GROUP BY period_days"
        ).fetchall()
    return max((_end(bank, *row) for row in rows), default=None)


def planned_outflows(
    bank: Bank, customer_id: Ints, as_of: NDArray[np.datetime64], days: int
) -> NDArray[np.float64]:
    """What leaves each row's customer within `days` as announced beforehand, in cents."""
    dates: list[date] = np.unique(as_of).tolist()
    zone = bank.manifest.zone
    windows = pa.table(
        {
            "as_of": pa.array(dates, pa.date32()),
            "begins": [_micros(day, zone) for day in dates],
            "ends": [_micros(day + timedelta(days=days), zone) for day in dates],
        }
    )
    position = np.arange(len(as_of))
    asked = {"customer_id": customer_id, "as_of": pa.array(as_of), "position": position}
    with _connection(bank, "transactions") as connection:
        connection.register("windows", windows)
        connection.register("cohort", pa.table(asked))
        found = connection.execute(_PLANNED).fetchnumpy()
    outflow = np.zeros(len(as_of))
    outflow[found["position"]] = found["outflow"]
    return outflow


_PLANNED = """
WITH latest AS (
    SELECT customer_id, transaction_id, arg_max(epoch_us(happened_at), known_at) AS happened,
           arg_max(amount_cents, known_at) AS cents,
           arg_max(coalesce(planned, false), known_at) AS announced
    FROM transactions
    WHERE transaction_id IN (SELECT transaction_id FROM transactions WHERE planned)
    GROUP BY ALL
)
SELECT position, sum(-cents)::DOUBLE AS outflow
FROM cohort JOIN windows USING (as_of) JOIN latest USING (customer_id)
WHERE announced AND cents < 0 AND happened >= begins AND happened < ends
GROUP BY position
"""


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of time before or after a date, in microseconds, and until when facts count."""

    as_of: date
    part: Literal["before", "recent", "after"]
    begins: int
    ends: int
    known_before: int


@dataclass(frozen=True, slots=True)
class _Facts:
    """Balances of some customers in ascending order of start, account and moment of knowledge."""

    customer: Ints
    account: Ints
    starts: Ints
    known: Ints
    cents: Ints
    days: Ints


def _windows(
    bank: Bank,
    as_of: NDArray[np.datetime64],
    definition: ChurnLabel,
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[_Window]:
    zone = bank.manifest.zone
    for day in np.unique(as_of).tolist():
        cut = _micros(day, zone)
        known = _known_until(bank, day, connection)
        end = _micros(known, zone)
        long = _micros(day - timedelta(days=definition.baseline_days), zone)
        short = _micros(known - timedelta(days=definition.recent_days), zone)
        yield _Window(day, "before", long, end, cut)
        yield _Window(day, "recent", short, end, cut)
        first = _micros(day + timedelta(days=definition.gap_days), zone)
        last = _micros(day + timedelta(days=definition.horizon_days), zone)
        yield _Window(day, "after", first, last, _FOR_EVER)


def _facts(connection: duckdb.DuckDBPyConnection, customers: Ints) -> _Facts:
    found = connection.execute(
        "SELECT customer_id, account_id, epoch_us(happened_at) AS starts, "
        "epoch_us(known_at) AS known, balance_cents AS cents, period_days AS days "
        "FROM balances WHERE customer_id BETWEEN ? AND ? "
        "ORDER BY starts, account_id, known",
        [int(customers[0]), int(customers[-1])],
    ).fetchnumpy()
    place = np.searchsorted(customers, found["customer_id"])
    asked = customers[np.minimum(place, len(customers) - 1)] == found["customer_id"]
    rest = [found[name][asked] for name in ("account_id", "starts", "known", "cents", "days")]
    return _Facts(place[asked], *rest)


def _mean(facts: _Facts, window: _Window, customers: int) -> NDArray[np.float64]:
    """Each customer's mean total over the days of a window."""
    reach = int(facts.days.max(initial=1)) * _DAY
    near = np.arange(*np.searchsorted(facts.starts, [window.begins - reach, window.ends]))
    near = near[facts.known[near] < window.known_before]
    later = near[1:]
    outdated = (facts.starts[near[:-1]] == facts.starts[later]) & (
        facts.account[near[:-1]] == facts.account[later]
    )
    near = near[~np.append(outdated, np.zeros(min(1, len(near)), bool))]
    inside = _days_inside(facts.starts[near], facts.days[near], window)
    near, inside = near[inside > 0], inside[inside > 0]
    who = facts.customer[near]
    total = np.bincount(who, weights=facts.cents[near] * inside, minlength=customers)
    first = np.full(customers, window.begins)
    if window.part != "after":
        seen, earliest = np.unique(who, return_index=True)
        first[seen] = np.maximum(window.begins, facts.starts[near[earliest]])
    return total / np.maximum(1, np.rint((window.ends - first) / _DAY))


def _days_inside(starts: Ints, days: Ints, window: _Window) -> Ints:
    """How many days of each period lie in a window.

    A single day's balance belongs to the window it begins in. Of a longer period the whole days
    count; rounding keeps a clock change from cutting one.
    """
    overlap = np.minimum(starts + days * _DAY, window.ends) - np.maximum(starts, window.begins)
    whole = np.rint(np.maximum(overlap, 0) / _DAY).astype(np.int64)
    return np.where(days == 1, (starts >= window.begins).astype(np.int64), whole)


def _known_until(bank: Bank, day: date, connection: duckdb.DuckDBPyConnection) -> date:
    """The first date whose balances nobody knew yet at as_of: at most as_of itself."""
    rows = connection.execute(
        "SELECT epoch_us(max(happened_at)), period_days FROM balances "
        "WHERE known_at < ?::TIMESTAMPTZ GROUP BY period_days",
        [start_of_day(day, bank.manifest.zone)],
    ).fetchall()
    return min(day, max((_end(bank, *row) for row in rows), default=day))


def _end(bank: Bank, micros: int, period_days: int) -> date:
    began = datetime.fromtimestamp(micros / 1_000_000, tz=UTC)
    return local_date(began, bank.manifest.zone) + timedelta(days=period_days)


def _micros(day: date, zone: str) -> int:
    return round(start_of_day(day, zone).timestamp()) * 1_000_000


def _chunks(customer_id: Ints) -> Iterator[Ints]:
    """Positions of rows in blocks of neighbouring customers, as the files are sorted."""
    customers = np.unique(customer_id)
    for first in range(0, len(customers), _CUSTOMERS_AT_ONCE):
        block = customers[first : first + _CUSTOMERS_AT_ONCE]
        yield np.flatnonzero((customer_id >= block[0]) & (customer_id <= block[-1]))


@contextmanager
def _connection(bank: Bank, table: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if bank.file(table).exists():
            connection.from_parquet(str(bank.file(table))).create_view(table)
        else:
            connection.register(table, bank.read(table))
        yield connection
