"""What customers did and on which local day, counted and added up within spans of days.

Facts are read in blocks of customers, each version with the instants between which it was the
latest known: (known, superseded]. A view at an instant takes the versions in force then; a tie
belongs to the future.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.bank import Bank
from features.embedded import embedded
from features.tables import TABLES
from training.outcomes.asked import (
    FOR_EVER,
    Asked,
    Ints,
    Span,
    date_of,
    day_number,
    local_days_of,
    micros,
)

_CUSTOMERS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Source:
    """The facts of a raw table that count, by an SQL condition, and what each adds up, in cents."""

    table: str
    where: str
    cents: str = "0"


@dataclass(frozen=True, slots=True)
class Moments:
    """Facts of some customers in ascending order of local day; `who` is a place among them."""

    customers: int
    who: Ints
    day: Ints
    known: Ints
    superseded: Ints
    cents: Ints

    def within(self, first: date, last: date, at: int) -> Ints:
        """Places of the facts of [first, last) that are in force at an instant."""
        edges = np.searchsorted(self.day, [day_number(first), day_number(last)])
        near = slice(*edges.tolist())
        seen = (self.known[near] < at) & (self.superseded[near] >= at)
        places: Ints = np.flatnonzero(seen) + edges[0]
        return places


def counts(
    bank: Bank, sources: Sequence[Source], asked: Asked, spans: Sequence[Span]
) -> NDArray[np.int64]:
    """How many facts of any of the sources each row's customer has in each span: [rows, spans]."""
    return _over_spans(bank, sources, asked, spans, summed=False)


def sums(
    bank: Bank, sources: Sequence[Source], asked: Asked, spans: Sequence[Span]
) -> NDArray[np.int64]:
    """The cents of the facts of any of the sources in each span: [rows, spans]."""
    return _over_spans(bank, sources, asked, spans, summed=True)


def first_periods(bank: Bank, source: Source, asked: Asked, days: int, periods: int) -> Ints:
    """The first period of some days after as_of in which each row's customer has a fact.

    Counted from 1; 0 where there is none in `periods`.
    """
    found = np.zeros(len(asked.who), np.int64)
    ahead = timedelta(days=days * periods)
    for moments, rows, who in _read(bank, source, asked):
        for number, as_of in enumerate(asked.days):
            # Of repeated places the last assignment stands, so the earliest fact goes last.
            near = moments.within(as_of, as_of + ahead, FOR_EVER)[::-1]
            period = np.zeros(moments.customers, np.int64)
            period[moments.who[near]] = 1 + (moments.day[near] - day_number(as_of)) // days
            here = asked.when[rows] == number
            found[rows[here]] = period[who[here]]
    return found


def observed_until(bank: Bank, table: str) -> date | None:
    """The first date after the last on which anyone has a fact of a table; None without any.

    What a manifest says of the bank's last day bounds it.
    """
    with opened(bank, table) as connection:
        ((newest,),) = connection.execute("SELECT epoch_us(max(happened_at)) FROM raw").fetchall()
    if newest is None:
        return None
    last = date_of(newest, bank.manifest.zone)
    return min(last, bank.manifest.last_day) + timedelta(days=1)


@contextmanager
def opened(bank: Bank, table: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees one raw table as `raw`, whatever the session's time zone."""
    with closing(embedded()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if len(bank.files(table)) == 1:
            connection.from_parquet(str(bank.files(table)[0])).create_view("raw")
        else:
            connection.register("raw", bank.read(table))
        yield connection


def _over_spans(
    bank: Bank, sources: Sequence[Source], asked: Asked, spans: Sequence[Span], *, summed: bool
) -> NDArray[np.int64]:
    found = np.zeros((len(asked.who), len(spans)), np.int64)
    for source in sources:
        for moments, rows, who in _read(bank, source, asked):
            for number, as_of in enumerate(asked.days):
                here = asked.when[rows] == number
                for place, span in enumerate(spans):
                    at = micros(as_of, bank.manifest.zone) if span.past else FOR_EVER
                    near = moments.within(*span.dates(as_of), at)
                    total = np.zeros(moments.customers, np.int64)
                    np.add.at(total, moments.who[near], moments.cents[near] if summed else 1)
                    found[rows[here], place] += total[who[here]]
    return found


def _read(bank: Bank, source: Source, asked: Asked) -> Iterator[tuple[Moments, Ints, Ints]]:
    """Blocks of customers: their facts, their rows' positions, and each row's customer's place."""
    with opened(bank, source.table) as connection:
        _prepare(bank, source, connection)
        for customers, rows in asked.blocks(_CUSTOMERS_AT_ONCE):
            moments = _moments(connection, customers, bank.manifest.zone)
            yield moments, rows, np.searchsorted(customers, asked.customer_id[rows])


def _prepare(bank: Bank, source: Source, connection: duckdb.DuckDBPyConnection) -> None:
    """Lay out `facts` with what counts, and `later` with when versions were superseded."""
    key, versioned = TABLES[source.table].key[0], source.table in bank.versioned
    connection.table("raw").project(
        f"{key} AS key, customer_id, happened_at, known_at, "
        f"coalesce({source.where}, false) AS counts, {source.cents} AS cents"
    ).create_view("facts")
    connection.execute(_LATER if versioned else _NONE_LATER)


_LATER = """
CREATE TEMP TABLE later AS
SELECT key, known_at, lead(known_at) OVER (PARTITION BY key ORDER BY known_at) AS superseded_at
FROM facts
WHERE key IN (SELECT key FROM facts GROUP BY key HAVING count(*) > 1)
"""
_NONE_LATER = """
CREATE TEMP TABLE later AS
SELECT key, known_at, known_at AS superseded_at FROM facts LIMIT 0
"""
_FACTS = """
SELECT customer_id, epoch_us(happened_at) AS happened, epoch_us(known_at) AS known,
       coalesce(epoch_us(superseded_at), ?) AS superseded, cents::BIGINT AS cents
FROM facts LEFT JOIN later USING (key, known_at)
WHERE counts AND customer_id BETWEEN ? AND ?
"""


def _moments(connection: duckdb.DuckDBPyConnection, customers: Ints, zone: str) -> Moments:
    asked = [FOR_EVER, int(customers[0]), int(customers[-1])]
    found = connection.execute(_FACTS, asked).fetchnumpy()
    place = np.searchsorted(customers, found["customer_id"])
    ours = customers[np.minimum(place, len(customers) - 1)] == found["customer_id"]
    day = local_days_of(found["happened"][ours], zone)
    order = np.argsort(day, kind="stable")
    rest = (found[name][ours][order] for name in ("known", "superseded", "cents"))
    return Moments(len(customers), place[ours][order], day[order], *rest)
