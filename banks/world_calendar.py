"""The days and months that a simulated bank lives through."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from banks.errors import BankError
from banks.world_arrays import Flags, Ints
from goodcall.calendar import month_starts, start_of_day

ZONE = "Asia/Shanghai"
CURRENCY = "CNY"
LAST_DAY = date(2026, 6, 30)
SECOND = 1_000_000
DAY = 86_400 * SECOND
NEVER = 1_000_000  # the day of what is not to be
BEFORE = -1  # the month that stands for all days before the window
_MOST_BLOCKS = 10_000
_MOST_ROWS = 1_000_000
_SHORTEST = 7
_LONGEST = 120
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days counted from the first day of the window: 0 is `first_day`, `days` is just past the end.

    `bounds` are the day numbers at which the months begin, with `days` as the last.
    """

    first_day: date
    days: int
    bounds: Ints
    first_midnight: int

    @property
    def months(self) -> int:
        """How many months the window has."""
        return len(self.bounds) - 1

    def month(self, number: int) -> tuple[int, int]:
        """The first day of a month and the day after its last."""
        return int(self.bounds[number]), int(self.bounds[number + 1])

    def first_of(self, month: int) -> date:
        """The first date of a month of the window."""
        return self.first_day + timedelta(int(self.bounds[month]))

    def instant(self, day: Ints, second: Ints | int = 0) -> Ints:
        """Microseconds since 1970 at a second of a local day; this zone has no daylight saving."""
        return self.first_midnight + day * DAY + np.int64(1) * second * SECOND

    def day_of(self, instant: Ints) -> Ints:
        """The day of the window on which instants are, NEVER for one beyond every window."""
        return np.minimum((instant - self.first_midnight) // DAY, NEVER)

    def date_number(self, day: Ints) -> Ints:
        """Days since 1970 of a day of the window."""
        return day + (self.first_day - _EPOCH.date()).days

    def workday(self, day: Ints) -> Flags:
        """Whether a day is neither a Saturday nor a Sunday."""
        return (day + self.first_day.weekday()) % 7 < _SATURDAY


@dataclass(frozen=True, slots=True)
class Desk:
    """What a month of a block's raw tables is written with: its days, its ids, its random draws."""

    calendar: Calendar
    month: int
    block: int
    rng: np.random.Generator

    @property
    def days(self) -> tuple[int, int]:
        """The first day of the month and the day after its last."""
        return (-NEVER, 0) if self.month == BEFORE else self.calendar.month(self.month)

    def covers(self, day: Ints) -> Flags:
        """Which days are in the month."""
        start, end = self.days
        return np.asarray((day >= start) & (day < end))

    def ids(self, count: int) -> Ints:
        """Ids for so many rows of a table, such as no other month and no other block gives."""
        first = ((self.month - BEFORE) * _MOST_BLOCKS + self.block) * _MOST_ROWS
        return np.arange(first + 1, first + 1 + count, dtype=np.int64)


def calendar_of(months: int) -> Calendar:
    """The window of so many months that ends on the last day of every simulated bank."""
    if not _SHORTEST <= months <= _LONGEST:
        raise BankError(
            f"months is {months}; a simulated bank lives {_SHORTEST} to {_LONGEST} months"
        )
    back = LAST_DAY.year * 12 + LAST_DAY.month - months
    first = date(back // 12, back % 12 + 1, 1)
    end = LAST_DAY + timedelta(1)
    bounds = [(day - first).days for day in month_starts(first, end)]
    midnight = (start_of_day(first, ZONE) - _EPOCH) // timedelta(microseconds=1)
    return Calendar(first, (end - first).days, np.array(bounds, dtype=np.int64), midnight)
