"""Turns the local days of a source that knows no hours into instants."""

from datetime import date, timedelta

import pyarrow as pa

from goodcall.calendar import start_of_day

_INSTANT = pa.timestamp("us", tz="UTC")


def day_table(first: date, last: date, zone: str) -> pa.Table:
    """Every local day from `first` to `last` as `day`, the instant it `begins` and its `ends`.

    `ends` is the last second of the day: what is known then counts from the next day on.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    begins = [start_of_day(day, zone) for day in (*days, last + timedelta(days=1))]
    ends = [instant - timedelta(seconds=1) for instant in begins[1:]]
    return pa.table(
        {
            "day": pa.array(days, pa.date32()),
            "begins": pa.array(begins[:-1], _INSTANT),
            "ends": pa.array(ends, _INSTANT),
        }
    )
