"""Commands in real processes that are killed at a step, as a machine that loses its power would."""

import os
import signal
import sys

from nightly import processes
from sqlalchemy import Engine, event

from cli.app import app

# What puts a file or a folder in place, or takes one away.
_STEPS = {"os.rename", "os.remove", "os.rmdir"}


def killed_at(step, *words):
    """Whether a command was killed before it did its so-manieth step; else it ended well.

    A step puts a file in place, takes one away or commits a transaction.
    """
    child = processes().Process(target=_dying, args=(step, [*map(str, words)]))
    child.start()
    child.join(600)
    assert child.exitcode in (0, -signal.SIGKILL), (step, child.exitcode)
    return child.exitcode != 0


def _dying(step, words):
    left = step

    def count(*_):
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _: count() if name in _STEPS else None)
    event.listen(Engine, "commit", count)
    app(words, standalone_mode=False)
