"""Cohorts: which customers are looked at, as of which dates."""

from collections.abc import Iterable
from datetime import date

import ibis
import pyarrow as pa

from features.asof import connect, known_before
from features.bank import Bank
from features.tables import ACCOUNTS, CUSTOMERS
from goodcall.calendar import month_starts, start_of_day


def cohort_at(bank: Bank, dates: Iterable[date]) -> pa.Table:
    """The customers of each date: customer_id int64, as_of date32, by as_of, then customer_id.

    A customer belongs to a date when known before it to be active and to hold an open account;
    where the bank has no table of accounts, being active is enough. Who objected to profiling by
    then is not looked at, and neither is anyone whose data were erased.
    """
    backend = connect()
    parts = [_members(bank, backend, day) for day in sorted(set(dates))]
    return pa.concat_tables([_NOBODY, *parts]).combine_chunks()


def monthly(bank: Bank, first: date, last: date) -> pa.Table:
    """The active customers as of every first of a month from `first` to `last`, both included."""
    return cohort_at(bank, month_starts(first, last))


_NOBODY = pa.schema([("customer_id", pa.int64()), ("as_of", pa.date32())]).empty_table()


def _members(bank: Bank, backend: ibis.BaseBackend, day: date) -> pa.Table:
    at = start_of_day(day, bank.manifest.zone)
    customers = known_before(bank, backend, CUSTOMERS, at)
    members = customers.filter(
        (customers.status == "active") & ~customers.profiling_opt_out.fill_null(False)  # noqa: FBT003 - Ibis takes a value
    )
    if bank.gone:
        members = members.filter(~members.customer_id.isin(sorted(bank.gone)))
    if ACCOUNTS.name in bank.tables:
        accounts = known_before(bank, backend, ACCOUNTS, at)
        still_open = accounts.filter(accounts.closed_on.isnull() | (accounts.closed_on >= day))
        members = members.semi_join(still_open, "customer_id")
    ids = members.order_by("customer_id").customer_id.to_pyarrow()
    return pa.table({"customer_id": ids, "as_of": pa.array([day] * len(ids), pa.date32())})
