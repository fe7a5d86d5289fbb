"""Processes that are killed while they put a file or a folder in place."""

import multiprocessing
import os
import signal
import sys

from goodcall.atomic import new_file, new_folder

# What puts a file or a folder in place, or takes one away.
STEPS = {"os.rename", "os.remove", "os.rmdir"}


def killed_writing(path, name=None):
    """The draft that is left of a process that was killed while it wrote a Parquet file.

    The file is to stand at the path, or by a name in the folder that is to stand there.
    """
    before = {*path.parent.glob(".*")}
    assert _killed(_writing, path, name)
    (draft,) = {*path.parent.glob(".*")} - before
    return draft


def killed_replacing(step, path, files):
    """Whether a process that put a folder of files there was killed before its so-manieth step."""
    return _killed(_replacing, step, path, files)


def die_at(step):
    """Have this process killed before its so-manieth step, and give what counts another one."""
    left = step

    def count(*_):
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _: count() if name in STEPS else None)
    return count


def _killed(work, *words):
    child = multiprocessing.get_context("spawn").Process(target=work, args=words)
    child.start()
    child.join(600)
    assert child.exitcode in (0, -signal.SIGKILL), (words, child.exitcode)
    return child.exitcode != 0


def _writing(path, name):
    with new_folder(path) if name else new_file(path) as draft:
        (draft / name if name else draft).write_bytes(b"PAR1 and then nothing")
        os.kill(os.getpid(), signal.SIGKILL)


def _replacing(step, path, files):
    die_at(step)
    with new_folder(path) as draft:
        for name, text in files.items():
            (draft / name).write_text(text)
