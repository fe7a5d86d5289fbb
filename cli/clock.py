"""The moment, and how a moment is said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def when(instant: datetime, clock: ZoneInfo) -> str:
    """A moment to the minute on a clock."""
    return f"{instant.astimezone(clock):%Y-%m-%d %H:%M}"
