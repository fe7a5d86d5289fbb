"""What was read a moment ago, so that not every request asks the database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

# What is revoked is so everywhere when these have passed.
REMEMBERED = timedelta(seconds=5)
_MOST = 10_000


class Memory(Generic[T]):
    """Values by key, each for a few seconds of the caller's clock; None is not remembered."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[datetime, T]] = {}

    def get(self, key: object, now: datetime, read: Callable[[], T | None]) -> T | None:
        """The value of a key as it was read within the last seconds, else as it is read now."""
        kept = self._kept.get(key)
        if kept is not None and timedelta() <= now - kept[0] < REMEMBERED:
            return kept[1]
        found = read()
        if found is None:
            self._kept.pop(key, None)
            return None
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (now, found)
        return found

    def drop(self, key: object) -> None:
        """Read one key anew."""
        self._kept.pop(key, None)

    def forget(self) -> None:
        """Read everything anew."""
        self._kept.clear()
