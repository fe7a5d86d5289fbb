"""What the raw tables say about assets, transactions and margin, month by month, as it was known.

Months are numbered from the bank's first; review r is the day in month r on which the tier of that
month is set from the months before it. Every fact carries the first review that knew it and, where
a later version of it exists, the first review that knew better.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.asof import connect, known_before, known_rows
from features.bank import Bank
from features.contract import Table
from features.local_day import local_days
from features.tables import ACCOUNTS, BALANCES, CUSTOMERS, HOLDINGS, OFFERS, TRANSACTIONS
from goodcall.calendar import start_of_day

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

SOURCES = (CUSTOMERS, ACCOUNTS, BALANCES, TRANSACTIONS, HOLDINGS, OFFERS)
_EPOCH = date(1970, 1, 1)
_YEAR = 12
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class Grid:
    """The months that can be judged, from `first` on, and the day of each month's review."""

    first: date
    months: int
    review_day: int

    def month(self, index: int) -> date:
        """The first day of a month, given its number."""
        years, month = divmod(self.first.month - 1 + index, _YEAR)
        return date(self.first.year + years, month + 1, 1)

    def review(self, index: int) -> date:
        """The day on which the tier of a month is set."""
        return self.month(index).replace(day=self.review_day)

    def day(self, index: int) -> int:
        """The first day of a month, in days since 1970."""
        return (self.month(index) - _EPOCH).days


def grid_of(bank: Bank, as_of: date, review_day: int) -> Grid:
    """The months of a bank that were reviewed on or before `as_of` begins."""
    first, last = bank.manifest.first_day.replace(day=1), bank.manifest.last_day
    endless = Grid(first, 0, review_day)
    months = 0
    while endless.month(months) <= last and endless.review(months + 1) <= as_of:
        months += 1
    return Grid(first, months, review_day)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about some customers; `who` in every part is a place in `customers`.

    `balances` and `transactions` are changes of a month's sums, in the order of the review that
    learned of them; the others are versions of rows. A table that the bank lacks is None.
    """

    customers: Ints
    status: Columns
    accounts: Columns | None
    balances: Columns | None
    transactions: Columns | None
    holdings: Columns | None


class FactReader:
    """Reads the facts of a bank that were known before the last review of a grid."""

    def __init__(self, bank: Bank, grid: Grid) -> None:
        self._bank, self._grid = bank, grid
        self._backend = connect()
        self._backend.create_table("calendar", _calendar(grid), temp=True)
        for macro in _macros(bank, grid):
            self._backend.con.execute(f"CREATE TEMP MACRO {macro}")
        for table in SOURCES:
            if table.name in bank.tables:
                self._define(table)
        if BALANCES.name in bank.tables:
            self._backend.con.execute(_PARTS)

    def covered_days(self) -> Ints:
        """(review, month): how many days of each month some balance covers, as known by then."""
        size = self._grid.months
        masks = np.zeros((size + 1, size), np.int64)
        if BALANCES.name in self._bank.tables:
            found = self._rows(_COVERED, [size])
            days = ((1 << found["days"]) - 1) << found["skipped"]
            np.bitwise_or.at(masks, (found["review"], found["month"]), days)
        return np.bitwise_count(np.bitwise_or.accumulate(masks, axis=0)).astype(np.int64)

    def blocks(
        self, customers: int, only: tuple[int, ...] | None
    ) -> Iterator[tuple[Facts, int, int]]:
        """The facts of everyone, or of those asked for, some customers at a time.

        Beside them stand how many customers are done with, and of how many.
        """
        found = self._rows("SELECT DISTINCT customer_id FROM customers_known ORDER BY 1", [])
        ids = found["customer_id"]
        if only is not None:
            ids = ids[np.isin(ids, np.array(only, np.int64))]
        for first in range(0, len(ids), customers):
            block = ids[first : first + customers]
            yield self._facts(block), first + len(block), len(ids)

    def margins(self) -> Columns:
        """Versions of what a product earns in twelve months, as `offers` gives it."""
        if OFFERS.name not in self._bank.tables:
            return {name: np.zeros(0, np.int64) for name in ("product_id", "cents", *_SPAN)}
        return self._rows(_MARGINS, [])

    def _facts(self, ids: Ints) -> Facts:
        span = [int(ids[0]), int(ids[-1])]
        changes = [*span, self._grid.months]

        def read(table: Table, query: str, parameters: list[int]) -> Columns | None:
            if table.name not in self._bank.tables:
                return None
            return _placed(self._rows(query, parameters), ids)

        return Facts(
            ids,
            _placed(self._rows(_STATUS, span), ids),
            read(ACCOUNTS, _ACCOUNTS, span),
            read(BALANCES, _BALANCES, changes),
            read(TRANSACTIONS, _TRANSACTIONS, changes),
            read(HOLDINGS, _HOLDINGS, span),
        )

    def _define(self, table: Table) -> None:
        """`<table>_known`: the rows with `superseded_at`, as the engine defines it."""
        rows, name = known_rows(self._bank, self._backend, table), f"{table.name}_known"
        # Versions are told apart over the whole table; that work must not be done per block.
        if table.name in self._bank.manifest.versioned:
            self._backend.create_table(name, rows, temp=True)
        else:
            self._backend.create_view(name, rows)

    def _rows(self, query: str, parameters: list[int]) -> Columns:
        found: Columns = self._backend.con.execute(query, parameters).fetchnumpy()
        return found


def members(bank: Bank, day: date) -> Ints:
    """The customers known before a day begins to be active, in ascending order."""
    rows = known_before(bank, connect(), CUSTOMERS, start_of_day(day, bank.manifest.zone))
    active = rows.filter(rows.status == "active").order_by("customer_id")
    ids: Ints = active.customer_id.to_pyarrow().to_numpy().astype(np.int64)
    return ids


def _placed(rows: Columns, ids: Ints) -> Columns:
    """The rows of the customers in `ids`, with `who`, each one's place among them."""
    place = np.minimum(np.searchsorted(ids, rows["customer_id"]), len(ids) - 1)
    mine = ids[place] == rows["customer_id"]
    kept = {name: column[mine] for name, column in rows.items() if name != "customer_id"}
    return kept | {"who": place[mine]}


def _calendar(grid: Grid) -> pa.Table:
    """Each local day from the first month to the last review: month, place in it, next review."""
    rows = []
    for month in range(grid.months + 2):
        first, after = grid.day(month), grid.day(month + 1)
        for day in range(first, after):
            # Known before a review begins means on an earlier day: a tie belongs to the future.
            review = month + (day - first + 1 >= grid.review_day)
            rows.append((day, month, day - first, after - day, review))
    names = ("day", "month", "skipped", "remaining", "review")
    return pa.table(dict(zip(names, np.array(rows, np.int64).T, strict=True)))


def _macros(bank: Bank, grid: Grid) -> Iterator[str]:
    """The local day of an instant, and the first review that it lies before, in SQL.

    Neither depends on the session's time zone.
    """
    zone = local_days(bank.manifest.zone, bank.manifest.first_day, grid.month(grid.months + 2))
    cases = "".join(
        f"WHEN epoch_us(moment) < {change * _SECOND} THEN {offset * _SECOND} "
        for change, offset in zip(zone.changes, zone.offsets, strict=False)
    )
    last = zone.offsets[-1] * _SECOND
    shift = f"CASE {cases}ELSE {last} END" if cases else str(last)
    yield f"local_day(moment) AS (epoch_us(moment) + {shift}) // {_DAY}"
    yield "local_date(moment) AS DATE '1970-01-01' + local_day(moment)::INTEGER"
    yield (
        f"review_at(moment) AS date_diff('month', DATE '{grid.first}', local_date(moment)) "
        f"+ (day(local_date(moment)) >= {grid.review_day})::INTEGER"
    )


_SPAN = ("known", "gone")

# A period that reaches into later months gives each of them its own days.
_PARTS = """
CREATE TEMP VIEW balance_parts AS
WITH told AS NOT MATERIALIZED (
    SELECT customer_id, family, balance_cents AS cents, period_days AS length,
           local_day(happened_at) AS day, local_day(known_at) AS learned, 1 AS sign
    FROM balances_known
    UNION ALL
    SELECT customer_id, family, balance_cents, period_days,
           local_day(happened_at), local_day(superseded_at), -1
    FROM balances_known WHERE superseded_at IS NOT NULL
)
SELECT customer_id, family, cents, sign, began.month,
       greatest(learned.review, began.month + 1) AS review,
       least(length, began.remaining) AS days, began.skipped
FROM told
JOIN calendar AS began ON told.day = began.day
JOIN calendar AS learned ON told.learned = learned.day
UNION ALL
SELECT customer_id, family, cents, sign, later.month,
       greatest(learned.review, later.month + 1),
       least(told.day + length - later.day, later.remaining), 0
FROM told
JOIN calendar AS began ON told.day = began.day AND length > began.remaining
JOIN calendar AS later
  ON later.skipped = 0 AND later.day > told.day AND later.day < told.day + length
JOIN calendar AS learned ON told.learned = learned.day
"""
_COVERED = """
SELECT DISTINCT review, month, days, skipped
FROM balance_parts WHERE sign > 0 AND review <= ?
"""
_BALANCES = """
SELECT customer_id, month, review,
       sum(CASE WHEN family = 'deposit' THEN sign * cents * days ELSE 0 END)::BIGINT AS deposit,
       sum(CASE WHEN family = 'wealth' THEN sign * cents * days ELSE 0 END)::BIGINT AS wealth,
       sum(sign * days)::BIGINT AS days
FROM balance_parts
WHERE customer_id BETWEEN ? AND ? AND review <= ?
GROUP BY customer_id, month, review ORDER BY review
"""
_TRANSACTIONS = """
WITH told AS NOT MATERIALIZED (
    SELECT customer_id, amount_cents, kind, initiated_by,
           local_day(happened_at) AS day, local_day(known_at) AS learned, 1 AS sign
    FROM transactions_known
    UNION ALL
    SELECT customer_id, amount_cents, kind, initiated_by,
           local_day(happened_at), local_day(superseded_at), -1
    FROM transactions_known WHERE superseded_at IS NOT NULL
), dated AS NOT MATERIALIZED (
    SELECT told.*, made.month, greatest(learned.review, made.month + 1) AS review
    FROM told
    JOIN calendar AS made ON told.day = made.day
    JOIN calendar AS learned ON told.learned = learned.day
)
SELECT customer_id, month, review,
       sum(CASE WHEN initiated_by = 'customer' THEN sign ELSE 0 END)::BIGINT AS own,
       sum(CASE WHEN kind = 'fee' THEN -sign * amount_cents ELSE 0 END)::BIGINT AS fees
FROM dated
WHERE customer_id BETWEEN ? AND ? AND review <= ?
GROUP BY customer_id, month, review ORDER BY review
"""
_STATUS = """
SELECT customer_id, status = 'active' AS active,
       review_at(known_at) AS known, coalesce(review_at(superseded_at), 2147483648) AS gone
FROM customers_known WHERE customer_id BETWEEN ? AND ?
"""
_ACCOUNTS = """
SELECT customer_id, opened_on - DATE '1970-01-01' AS opened,
       coalesce(closed_on - DATE '1970-01-01', 2147483648) AS closed,
       review_at(known_at) AS known, coalesce(review_at(superseded_at), 2147483648) AS gone
FROM accounts_known
WHERE kind IN ('current', 'savings', 'wealth') AND customer_id BETWEEN ? AND ?
"""
_HOLDINGS = """
SELECT customer_id, product_id, opened_on - DATE '1970-01-01' AS opened,
       coalesce(closed_on - DATE '1970-01-01', 2147483648) AS closed,
       review_at(known_at) AS known, coalesce(review_at(superseded_at), 2147483648) AS gone
FROM holdings_known
WHERE family NOT IN ('deposit', 'wealth') AND customer_id BETWEEN ? AND ?
"""
_MARGINS = """
SELECT product_id, margin_cents AS cents,
       review_at(known_at) AS known, coalesce(review_at(superseded_at), 2147483648) AS gone
FROM offers_known
"""
