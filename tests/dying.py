"""Commands in real processes that are killed at a step, as a machine that loses its power would."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from half_written import die_at
from nightly import processes
from sqlalchemy import Engine, event

from cli.app import app


def killed_at(step, *words):
    """Whether a command was killed before it did its so-manieth step; else it ended well.

    A step puts a file in place, takes one away or commits a transaction.
    """
    child = processes().Process(target=_dying, args=(step, [*map(str, words)]))
    child.start()
    child.join(600)
    assert child.exitcode in (0, -signal.SIGKILL), (step, child.exitcode)
    return child.exitcode != 0


def killed_once(there, *words):
    """Run `goodcall` as a program of its own, and kill it as soon as a file is there."""
    program = Path(sys.executable).parent / "goodcall"
    with subprocess.Popen(
        [program, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + 300
            while not there.exists():
                assert process.poll() is None, process.returncode
                assert time.monotonic() < deadline
                time.sleep(0.005)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL


def _dying(step, words):
    event.listen(Engine, "commit", die_at(step))
    app(words, standalone_mode=False)
