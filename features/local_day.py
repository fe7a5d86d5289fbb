"""The day of the bank's zone on which an instant falls, for millions of instants at once."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

_SECOND = 1_000_000
_DAY_SECONDS = 86_400

Instants = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A zone's offsets from UTC: `offsets[i]` seconds hold before `changes[i]`, the last after all.

    `changes` are seconds since 1970. Days are counted from 1970-01-01.
    """

    changes: tuple[int, ...]
    offsets: tuple[int, ...]

    def of(self, microseconds: Instants) -> Instants:
        """The local day of each instant, given in microseconds since 1970."""
        changes, offsets = self.micros
        shift = offsets[np.searchsorted(changes, microseconds, side="right")]
        return (microseconds + shift) // (_DAY_SECONDS * _SECOND)

    @property
    def micros(self) -> tuple[Instants, Instants]:
        """Changes and offsets in microseconds, as the kernel takes them."""
        return (
            np.array(self.changes, np.int64) * _SECOND,
            np.array(self.offsets, np.int64) * _SECOND,
        )

    def sql(self, instant: ir.TimestampValue) -> ir.IntegerValue:
        """The local day as an expression; it does not depend on the session's time zone."""
        seconds = instant.truncate("s").epoch_seconds()
        shift: ir.IntegerValue = ibis.literal(self.offsets[-1], "int64")
        if self.changes:
            cases = [
                (seconds < change, offset)
                for change, offset in zip(self.changes, self.offsets, strict=False)
            ]
            shift = ibis.cases(*cases, else_=self.offsets[-1])
        return (seconds + shift) // _DAY_SECONDS


@lru_cache(maxsize=64)
def local_days(zone: str, first: date, last: date) -> LocalDays:
    """The offsets that a zone has from the day before `first` to the day after `last`."""
    clock = ZoneInfo(zone)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    days = (last - first).days + 3
    instants = [begin + timedelta(days=count) for count in range(days)]
    offsets = [_offset(clock, instant) for instant in instants]
    changes: list[int] = []
    held = [offsets[0]]
    for earlier, before, after in zip(instants, offsets, offsets[1:], strict=False):
        if before != after:
            changes.append(_change(clock, earlier))
            held.append(after)
    return LocalDays(tuple(changes), tuple(held))


def _offset(clock: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(clock).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change(clock: ZoneInfo, earlier: datetime) -> int:
    """The second within the day after `earlier` from which another offset holds."""
    low, high = 0, _DAY_SECONDS
    before = _offset(clock, earlier)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(clock, earlier + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    return int(earlier.timestamp()) + high
