"""Real processes that do something at the same moment, for tests of what they write together."""

import os
import subprocess
import sys
import time

_PATIENCE = 120
_WAIT = """
import sys, time
from pathlib import Path
folder, number = Path(sys.argv[1]), int(sys.argv[2])
def ready():
    (folder / f"ready-{number}").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)
"""


def at_once(folder, script, processes):
    """Run a script in so many processes; each calls `ready()` and goes on when all others have.

    The script knows its `number`, from 0, and the `folder`. All must end well.
    """
    path = os.pathsep.join(each for each in sys.path if each)
    command = [sys.executable, "-c", _WAIT + script, str(folder)]
    begun = [
        subprocess.Popen([*command, str(number)], env=os.environ | {"PYTHONPATH": path})
        for number in range(processes)
    ]
    try:
        deadline = time.monotonic() + _PATIENCE
        while len([*folder.glob("ready-*")]) < processes:
            assert time.monotonic() < deadline, "not every process came so far"
            assert all(each.poll() is None for each in begun), "a process ended early"
            time.sleep(0.01)
        (folder / "go").touch()
        assert [each.wait(_PATIENCE) for each in begun] == [0] * processes
    finally:
        for each in begun:
            each.kill()
            each.wait()
