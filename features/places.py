"""Places: who is asked about, as of when, and where each window begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.local_day import LocalDays, local_days
from goodcall.calendar import start_of_day

Numbers = npt.NDArray[np.int64]
INSTANT = pa.timestamp("us", tz="UTC")
_EPOCH = date(1970, 1, 1)
_BEGINNING = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Places:
    """A cohort in the order of customers and dates.

    `order` leads from this order back to the cohort's rows; `asks` is, for each place, the number
    of its moment among `moments`, which are (as_of, the instant before which things count).
    """

    zone: str
    customers: Numbers
    asks: Numbers
    order: Numbers
    moments: tuple[tuple[date, int], ...]

    @cached_property
    def ranks(self) -> Numbers:
        """For each of the cohort's rows, its place."""
        ranks = np.empty_like(self.order)
        ranks[self.order] = np.arange(len(self.order))
        return ranks

    @cached_property
    def until(self) -> Numbers:
        """For each moment, the instant before which things count, in microseconds since 1970."""
        return np.array([at for _, at in self.moments], np.int64)

    def left(self, windows: Iterable[int | None]) -> Numbers:
        """(windows, moments): the instant at which each window of each moment begins."""
        edges = [
            [
                _BEGINNING if days is None else _micros(day - timedelta(days), self.zone)
                for day, _ in self.moments
            ]
            for days in windows
        ]
        return np.array(edges, np.int64).reshape(len(edges), len(self.moments))

    @cached_property
    def days(self) -> LocalDays:
        """The bank's calendar, up to the last moment."""
        last = max((day for day, _ in self.moments), default=_EPOCH)
        return local_days(self.zone, _EPOCH, last + timedelta(days=366))

    @cached_property
    def last_days(self) -> Numbers:
        """For each moment, the last local day that it may look at."""
        return self.days.of(self.until - 1)


def places_of(cohort: pa.Table, zone: str) -> Places:
    """The places of a cohort: customer_id int64, as_of date32 and, where given, `until`.

    `until` is the instant before which things count; without it that is the midnight in `zone` at
    which as_of begins.
    """
    customers = cohort["customer_id"].to_numpy()
    dates, coded = _coded(cohort["as_of"])
    moments = tuple((day, _micros(day, zone)) for day in dates)
    asks = coded
    if "until" in cohort.column_names:
        until = cohort["until"].cast(INSTANT).cast(pa.int64()).to_numpy()
        found, asks = np.unique(np.stack([coded, until]), axis=1, return_inverse=True)
        asks = asks.reshape(-1)
        moments = tuple((dates[int(day)], int(at)) for day, at in found.T)
    order = np.lexsort((asks, customers))
    return Places(zone, customers[order], asks[order], order, moments)


def _coded(dates: pa.ChunkedArray) -> tuple[list[date], Numbers]:
    """The different dates in ascending order, and each row's place among them."""
    found = sorted(pc.unique(dates).to_pylist())
    coded = pc.index_in(dates, pa.array(found, pa.date32())).to_numpy().astype(np.int64)
    return found, coded


def _micros(day: date, zone: str) -> int:
    return int(start_of_day(day, zone).timestamp()) * 1_000_000
