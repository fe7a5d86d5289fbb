"""How fast one caller may ask: a token bucket a caller, in this process.

A bucket holds `burst` tokens and gains `per_second` of them; a request takes one (the generic cell
rate of ITU-T I.371, written as a bucket). Several processes each keep their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from serving.errors import TooMany

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and how many may come at once after a pause."""

    per_second: float
    burst: int


@lru_cache(maxsize=1024)
def a_minute(requests: int) -> Rate:
    """The rate of so many requests a minute, of which a tenth may come at once."""
    return Rate(requests / 60, max(1, requests // 10))


class Buckets:
    """The buckets of all callers; `ticks` gives seconds that never run backwards."""

    def __init__(self, ticks: Callable[[], float], *, kept: int = _KEPT) -> None:
        self._ticks = ticks
        self._kept = kept
        self._buckets: dict[str, tuple[float, float, float]] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, caller: str, rate: Rate) -> None:
        """Take one token of a caller, or TooMany with the seconds until there is one."""
        now = self._ticks()
        tokens, at, _ = self._buckets.get(caller, (float(rate.burst), now, 0.0))
        tokens = min(float(rate.burst), tokens + (now - at) * rate.per_second)
        if tokens < 1:
            wait = (1 - tokens) / rate.per_second
            self._buckets[caller] = (tokens, now, wait)
            raise TooMany(
                f"more than {rate.per_second:g} requests a second, {rate.burst} at once; "
                "wait as Retry-After says, or ask for a key with wider limits",
                wait,
            )
        if len(self._buckets) >= self._kept and caller not in self._buckets:
            self._let_go(now)
        full_in = (rate.burst - tokens + 1) / rate.per_second
        self._buckets[caller] = (tokens - 1, now, full_in)

    def _let_go(self, now: float) -> None:
        """Forget the buckets that are full again; where none is, the oldest."""
        full = [name for name, (_, at, full_in) in self._buckets.items() if now - at >= full_in]
        for name in full or [min(self._buckets, key=lambda each: self._buckets[each][1])]:
            del self._buckets[name]
