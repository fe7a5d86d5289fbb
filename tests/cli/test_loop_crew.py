"""Jobs are done in an order that their needs allow; one that fails stops what needs it alone."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock

import pytest

from cli.errors import CommandError, NightFailed
from cli.loop.crew import Job, estimate, hired, work_off
from goodcall.language import Text

ROOT = Path(__file__).parents[2]


class Bench:
    """Notes what is done, and how many at a time."""

    def __init__(self):
        self.done, self.at_once, self.most, self.lock = [], 0, 0, Lock()

    def do(self, name, wrong=None):
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        time.sleep(0.01)
        with self.lock:
            self.at_once -= 1
            self.done.append(name)
        if wrong:
            raise wrong

    def job(self, name, after=None, wrong=None, kind="kind"):
        return Job(name, kind, partial(self.do, name, wrong), after)


def work(jobs, hands=2):
    told = []
    with ThreadPoolExecutor(8) as pool:
        failed = work_off(jobs, pool, hands, told.append)
    return failed, told


def test_a_job_waits_for_the_one_it_comes_after():
    """Wherever it stands in the list."""
    bench = Bench()
    jobs = [bench.job("c", "b"), bench.job("b", "a"), bench.job("a")]
    failed, told = work(jobs)
    assert (bench.done, failed) == (["a", "b", "c"], {})
    assert [(each.job.name, each.done, each.total) for each in told] == [
        ("a", 1, 3), ("b", 2, 3), ("c", 3, 3),
    ]  # fmt: skip


def test_no_more_are_at_work_than_there_are_hands():
    """However many are ready."""
    bench = Bench()
    work([bench.job(str(number)) for number in range(12)], hands=3)
    assert len(bench.done) == 12
    assert 1 < bench.most <= 3


def test_a_failure_stops_what_needs_it_and_nothing_else():
    """Also what needs what needs it; each is told."""
    bench = Bench()
    jobs = [
        bench.job("bad", wrong=KeyError("lost")),
        bench.job("next", "bad"),
        bench.job("last", "next"),
        bench.job("good"),
        bench.job("best", "good"),
    ]
    failed, told = work(jobs)
    assert sorted(bench.done) == ["bad", "best", "good"]
    assert failed == {
        "bad": "KeyError: 'lost'",
        "next": "left out, since bad failed",
        "last": "left out, since next failed",
    }
    assert {each.job.name: each.error for each in told if each.error} == failed
    assert sorted(each.done for each in told) == [1, 2, 3, 4, 5]


def test_an_error_that_was_foreseen_is_told_in_its_words():
    """Without the name of its class."""
    bench = Bench()
    failed, _ = work([bench.job("bad", wrong=CommandError("no room; make some"))])
    assert failed == {"bad": "no room; make some"}


def failing_night():
    raise NightFailed(Text("the tables are not fit", "数据不合格"))


def test_an_error_of_several_languages_is_told_by_a_process():
    """It cannot be sent from one process to another; its words can, and the pool works on."""
    jobs = [Job("bad", "kind", failing_night), Job("good", "kind", partial(time.sleep, 0))]
    told = []
    with hired(1) as pool:
        assert work_off(jobs, pool, 1, told.append) == {"bad": "the tables are not fit"}
    assert [each.job.name for each in told if each.error is None] == ["good"]


def test_a_job_that_waits_for_none_is_a_mistake():
    """It would be waited for without an end."""
    with pytest.raises(ValueError, match="a waits for b, which is no job"):
        work([Bench().job("a", "b")])


def test_what_is_left_takes_as_long_as_what_was_alike():
    """A kind that nobody did yet takes as long as the slowest that somebody did."""
    bench = Bench()
    left = [bench.job(name, kind=kind) for name, kind in (("a", "slow"), ("b", "fast"), ("c", "?"))]
    took = defaultdict(list, slow=[10.0, 14.0], fast=[1.0])
    assert estimate(left, took, hands=2) == (12 + 1 + 12) / 2
    assert estimate(left, {}, hands=2) == 0


def test_a_process_has_one_thread_of_arithmetic():
    """And the environment is afterwards what it was."""
    before = os.environ.get("OMP_NUM_THREADS")
    with hired(1) as pool:
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_a_killed_process_ends_all_with_advice():
    """What it worked on is not known, and its queue is broken."""
    jobs = [Job("dies", "kind", partial(os._exit, 9))]
    with pytest.raises(CommandError, match="start again with fewer --jobs"), hired(1) as pool:
        work_off(jobs, pool, 1, lambda _: None)


def test_an_error_ends_the_processes_at_once():
    """Whoever interrupts does not wait for what is at work."""
    since = time.monotonic()

    def interrupted():
        with hired(1) as pool:
            pool.submit(time.sleep, 600)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - since < 120
    assert not [each for each in multiprocessing.active_children() if "Spawn" in each.name]


def test_processes_end_with_the_one_that_hired_them(tmp_path):
    """Killed at one blow, it leaves nobody at work."""
    script = textwrap.dedent(
        """
        import os, sys, time
        from cli.loop.crew import hired
        if __name__ == "__main__":
            with hired(1) as pool:
                print(pool.submit(os.getpid).result(), flush=True)
                pool.submit(time.sleep, 600)
                time.sleep(600)
        """
    )
    file = tmp_path / "hire.py"
    file.write_text(script)
    told = subprocess.Popen(
        [sys.executable, str(file)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )
    worker = int(told.stdout.readline())
    told.send_signal(signal.SIGKILL)
    told.wait()
    told.stdout.close()
    deadline = time.monotonic() + 120
    while _runs(worker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _runs(worker)


def _runs(process):
    """Whether a process is there and no mere entry that nobody fetched."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
