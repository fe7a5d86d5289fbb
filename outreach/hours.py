"""Hours in which customers may be contacted, on local clocks that daylight saving moves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from goodcall.calendar import WorkingDays, local_date

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60
# A week sees every weekday; the others outlast clock changes and holidays' make-up workdays.
_LOOK_AHEAD_DAYS = 50
_PLAIN = WorkingDays()


@dataclass(frozen=True, slots=True)
class Window:
    """Weekdays (0 is Monday) and the minutes after midnight at which contacts open and close.

    A window whose end is not after its start closes on the next day.
    """

    days: frozenset[int]
    opens: int
    closes: int


def next_open(
    windows: tuple[Window, ...], zone: str, now: datetime, days: WorkingDays = _PLAIN
) -> datetime | None:
    """`now` where a window is open, else the next instant at which one opens, if ever.

    `days` says which weekday's hours a day keeps.
    """
    today = local_date(now, zone)
    for day in (today - timedelta(days=1), today):
        spans = _spans(windows, zone, day, days.weekday(day))
        if any(opens <= now < closes for opens, closes in spans):
            return now
    later = (
        opens
        for ahead in range(_LOOK_AHEAD_DAYS)
        for day in (today + timedelta(days=ahead),)
        for opens, _ in _spans(windows, zone, day, days.weekday(day))
        if opens > now
    )
    return next(later, None)


@lru_cache(maxsize=4096)
def _spans(
    windows: tuple[Window, ...], zone: str, day: date, weekday: int
) -> tuple[tuple[datetime, datetime], ...]:
    """The UTC spans of the windows that open on a local day kept as a weekday, earliest first."""
    spans = []
    for window in windows:
        if weekday in window.days:
            last = day if window.closes > window.opens else day + timedelta(days=1)
            opens = wall_instant(day, window.opens, zone, opening=True)
            closes = wall_instant(last, window.closes, zone, opening=False)
            if opens < closes:
                spans.append((opens, closes))
    return tuple(sorted(spans))


def week_minutes(windows: tuple[Window, ...]) -> frozenset[int]:
    """The minutes of a week, from Monday midnight on, at which a window is open."""
    week = len(WEEKDAYS) * MIDNIGHT
    return frozenset(
        (day * MIDNIGHT + minute) % week
        for window in windows
        for day in window.days
        for minute in range(
            window.opens,
            window.closes if window.closes > window.opens else window.closes + MIDNIGHT,
        )
    )


def wall_instant(day: date, minute: int, zone: str, *, opening: bool) -> datetime:
    """The UTC instant at which a local clock shows a minute of a day.

    A wall time that is skipped becomes the first instant after the gap; of one that is shown twice
    an opening takes the second showing and a closing the first, which is the tighter.

    >>> wall_instant(date(2026, 3, 29), 150, "Europe/Prague", opening=True)
    datetime.datetime(2026, 3, 29, 1, 0, tzinfo=datetime.timezone.utc)
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    local = wall.replace(tzinfo=ZoneInfo(zone))
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:
        return _end_of_gap(second, first, zone)
    return second if opening else first


def _end_of_gap(before: datetime, after: datetime, zone: str) -> datetime:
    """The instant in (before, after] at which the clock jumps, to the second."""
    jumped = after.astimezone(ZoneInfo(zone)).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        at = datetime.fromtimestamp(middle, ZoneInfo(zone))
        low, high = (low, middle) if at.utcoffset() == jumped else (middle, high)
    return datetime.fromtimestamp(high, UTC)
