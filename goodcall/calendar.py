"""Dates of a bank turned into instants, and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The holidays of a country, and the days at weekends that are worked to make up for them.

    >>> golden = WorkingDays(frozenset({date(2026, 10, 1)}), frozenset({date(2026, 9, 27)}))
    >>> golden.weekday(date(2026, 9, 27)), golden.is_holiday(date(2026, 10, 1))
    (0, True)
    """

    holidays: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a holiday; that wins where a day is named as both."""
        return day in self.holidays

    def weekday(self, day: date) -> int:
        """The weekday whose hours a day keeps, 0 for Monday: a make-up day keeps a Monday's."""
        return 0 if day in self.make_up and day not in self.holidays else day.weekday()


@lru_cache(maxsize=1024)
def is_zone(zone: str) -> bool:
    """Whether a name is one that the IANA time-zone database knows."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def start_of_day(day: date, zone: str) -> datetime:
    """The UTC instant at which a local day begins.

    A midnight that daylight saving skips begins at the first instant after the gap; one that is
    shown twice begins at its first showing.

    >>> start_of_day(date(2026, 6, 1), "Asia/Shanghai")
    datetime.datetime(2026, 5, 31, 16, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """The date that a wall calendar in `zone` shows at an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def month_starts(first: date, last: date) -> Iterator[date]:
    """Every first of a month from `first` to `last`, both included.

    >>> [str(day) for day in month_starts(date(2025, 11, 15), date(2026, 1, 1))]
    ['2025-12-01', '2026-01-01']
    """
    day = first if first.day == 1 else _next_month(first)
    while day <= last:
        yield day
        day = _next_month(day)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
