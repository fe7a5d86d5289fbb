"""A circuit breaker: a source that fails or drags is left alone for a while.

Whoever waits for a database that does not answer holds up everybody behind; after a few failures in
a row nothing is asked for a rest, then one caller tries (M. Nygard, Release It!, 2007, ch. 5).
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


class Resting(Exception):
    """Nothing was asked: the source failed too often of late."""


class Breaker:
    """Lets calls through until `failures` in a row failed or took longer than `slow` seconds.

    Then none is let through for `rest` seconds; the next one after that is the trial. `ticks` gives
    seconds that never run backwards. Threads may share one.
    """

    def __init__(
        self,
        *,
        failures: int = 3,
        slow: float = 1.0,
        rest: float = 5.0,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self._failures, self._slow, self._rest, self._ticks = failures, slow, rest, ticks
        self._lock = Lock()
        self._failed = 0
        self._until: float | None = None

    @property
    def open(self) -> bool:
        """Whether calls are refused, or wait for a trial."""
        return self._until is not None

    def call(self, work: Callable[[], T], wrong: tuple[type[Exception], ...]) -> T:
        """What the work returns; Resting where it is not begun.

        An exception of the kinds `wrong` counts as a failure of the source and passes on; any other
        says nothing of the source.
        """
        if self._until is not None:
            self._try_again()
        began = self._ticks()
        try:
            found = work()
        except wrong:
            self._note(failed=True)
            raise
        if self._failed or self._ticks() - began > self._slow:
            self._note(failed=self._ticks() - began > self._slow)
        return found

    def _try_again(self) -> None:
        """Let the first caller after the rest through, and nobody else until it is back."""
        with self._lock:
            now = self._ticks()
            if self._until is not None:
                if now < self._until:
                    raise Resting
                self._until = now + self._rest

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            if not failed:
                self._failed, self._until = 0, None
                return
            self._failed += 1
            if self._failed >= self._failures:
                self._until = self._ticks() + self._rest
