"""Cohorts: which customers are looked at, as of which dates."""

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from features.asof import connect, known_before
from features.bank import Bank
from features.tables import CUSTOMERS
from goodcall.calendar import month_starts, start_of_day


def cohort_at(bank: Bank, dates: Iterable[date]) -> pa.Table:
    """Every customer known to be active as of each date: customer_id int64, as_of date32.

    Rows stand in the order of as_of, then customer_id.
    """
    backend = connect()
    parts = []
    for day in sorted(set(dates)):
        at = start_of_day(day, bank.manifest.zone)
        known = known_before(bank, backend, CUSTOMERS, at)
        known = known.filter(known.status == "active")
        ids = known.order_by("customer_id").customer_id.to_pyarrow()
        parts.append(
            pa.table({"customer_id": ids, "as_of": pa.array([day] * len(ids), pa.date32())})
        )
    if not parts:
        empty = pa.schema([("customer_id", pa.int64()), ("as_of", pa.date32())])
        return empty.empty_table()
    return pa.concat_tables(parts).combine_chunks()


def monthly(bank: Bank, first: date, last: date) -> pa.Table:
    """The active customers as of every first of a month from `first` to `last`, both included."""
    return cohort_at(bank, month_starts(first, last))
