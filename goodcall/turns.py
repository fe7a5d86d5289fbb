"""Writers of one file take turns: first come, first served.

SQLite lets whoever waits for its write lock ask again and again, and longer waiters more seldom; a
lock on a file beside the database wakes one waiter at a time, in order, and falls with its process.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread


class NoTurns(Exception):
    """The file of turns cannot be opened."""


@contextmanager
def in_turn(file: Path | None, seconds: float) -> Iterator[None]:
    """Its block runs when the writers before it are done, or after so many seconds all the same.

    Nothing rests on the turn: the database's own lock decides. No file, no turns. NoTurns where
    the file of turns, in which nothing is kept, cannot be opened.
    """
    if file is None:
        yield
        return
    beside = file.with_name(f"{file.name}-turns")
    try:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise NoTurns(
            f"{beside}, by which writers take turns, cannot be opened: {error.strerror}; check who "
            "may write there, or move it away: nothing is kept in it, and it is made anew"
        ) from error
    try:
        _wait(handle, seconds)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, seconds: float) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # The kernel knows no timeout here. A waiter that is given up is granted a closed file's
        # lock, which falls at once.
        waiter = Thread(target=fcntl.flock, args=(handle, fcntl.LOCK_EX), daemon=True)
        waiter.start()
        waiter.join(seconds)
