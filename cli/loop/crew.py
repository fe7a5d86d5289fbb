"""Many jobs by several processes: those ready first, failures told, what is left estimated."""

import multiprocessing
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from cli.collecting import collect_rarely
from cli.errors import CommandError
from goodcall import GoodcallError

_THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do, once the job that it comes `after` is done; jobs of a `kind` take alike."""

    name: str
    kind: str
    call: Callable[[], None]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A job that ended: how many did of how many, what is left, and what went wrong with it."""

    job: Job
    done: int
    total: int
    left_seconds: float
    error: str | None


def work_off(
    jobs: Sequence[Job], pool: Executor, hands: int, tell: Callable[[Progress], None]
) -> dict[str, str]:
    """Do all jobs, as many at a time as there are hands, in their order where that may be.

    One that fails stops none but those that come after it. What went wrong with each, by its name.
    CommandError where a process was killed from outside, which ends all.
    """
    waiting, at_work = list(jobs), dict[Future[str | None], tuple[Job, float]]()
    failed, over = dict[str, str](), set[str]()
    took: dict[str, list[float]] = defaultdict(list)

    def end(job: Job, error: str | None) -> None:
        over.add(job.name)
        if error is not None:
            failed[job.name] = error
        left = [*waiting, *(other for other, _ in at_work.values())]
        seconds = estimate(left, took, hands)
        tell(Progress(job, len(over), len(jobs), seconds, error))

    while waiting or at_work:
        while lost := [each for each in waiting if each.after in failed]:
            waiting.remove(lost[0])
            end(lost[0], f"left out, since {lost[0].after} failed")
        ready = [each for each in waiting if each.after is None or each.after in over]
        for job in ready[: hands - len(at_work)]:
            waiting.remove(job)
            at_work[pool.submit(_tried, job.call)] = job, time.monotonic()
        if waiting and not at_work:
            raise ValueError(f"{waiting[0].name} waits for {waiting[0].after}, which is no job")
        finished, _ = wait(at_work, return_when=FIRST_COMPLETED)
        for future in finished:
            job, since = at_work.pop(future)
            error = _heard(future)
            if error is None:
                took[job.kind].append(time.monotonic() - since)
            end(job, error)
    return failed


def estimate(left: Sequence[Job], took: Mapping[str, Sequence[float]], hands: int) -> float:
    """The seconds that jobs take yet, by those of their kind; of a new kind by the slowest kind."""
    means = {kind: sum(seconds) / len(seconds) for kind, seconds in took.items() if seconds}
    slowest = max(means.values(), default=0.0)
    return sum(means.get(job.kind, slowest) for job in left) / hands


@contextmanager
def hired(hands: int) -> Iterator[Executor]:
    """So many processes, each with one thread of arithmetic, that die with this one.

    Whatever ends the block ends them; what they had finished stands.
    """
    before, others = os.environ.get(_THREADS), set(multiprocessing.active_children())
    os.environ[_THREADS] = "1"
    pool = ProcessPoolExecutor(
        hands, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
            process.join()
        raise
    finally:
        pool.shutdown()
        del os.environ[_THREADS]
        if before is not None:
            os.environ[_THREADS] = before


def _tried(call: Callable[[], None]) -> str | None:
    """What went wrong with a job, in words: an error itself may not survive the way home."""
    try:
        call()
    except GoodcallError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and ends this job alone
        return f"{type(error).__name__}: {error}"
    return None


def _heard(future: Future[str | None]) -> str | None:
    """What a process said of its job; CommandError where it died."""
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise CommandError(
            "a process at work was killed, maybe for want of memory; start again with fewer "
            "--jobs: what is finished is not done again"
        ) from error


def _begin() -> None:
    """A process leaves Ctrl-C to the one that hired it, and ends when that one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_rarely()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
