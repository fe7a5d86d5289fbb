"""One night's work at a time in a workspace: who holds it, on which machine, and since when."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from cli.errors import NightBusy
from goodcall import Workspace
from goodcall.night_record import instant

# The exit code of a command that leaves the night to another process.
AT_WORK = 4


@contextmanager
def alone(workspace: Workspace, now: datetime) -> Iterator[None]:
    """The night's work of a workspace to oneself until the block ends.

    The kernel takes the lock back from a process that dies, however it dies. NightBusy, which
    names the holder, where another process is at work.
    """
    workspace.nights.mkdir(parents=True, exist_ok=True)
    with (workspace.nights / ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NightBusy(
                f"another process is at work on the night in {workspace.root}: {_holder(file)}; "
                "wait for it to end, or end it: what it has done by then stands"
            ) from error
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": instant(now)}
        file.truncate(0)
        file.write(json.dumps(holder))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(file: IO[str]) -> str:
    """Who holds the lock, in words; the holder may only just have taken it."""
    file.seek(0)
    try:
        said = json.loads(file.read())
        return f"process {said['pid']} on {said['host']}, since {said['since']}"
    except (KeyError, TypeError, ValueError):
        return "it has only just begun"
