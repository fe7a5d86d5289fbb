"""How fast features come out of raw transactions, beside what else one could use for it.

Sixty columns over nested windows, as of one date and of twelve, by every peer in a process of its
own; peers take turns, the best of the runs counts, and a peer whose values differ stops it all:

    python -m benchmarks.features
    python -m benchmarks.features --customers 1000000 --transactions 100000000 --runs 1 \
        --peers scan bands goodcall --dates 1
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.feather as pf
from rich.console import Console
from rich.table import Table

from benchmarks.features_columns import COLUMNS
from benchmarks.features_data import LAST_DAY, bank_of
from benchmarks.features_peers import PEERS, values_of, work_of
from features import Bank
from goodcall.calendar import month_starts

_RELATIVE = 1e-9
# A spread of equal amounts is zero in one peer and rounding dust in another: a millionth of a cent.
_ABSOLUTE = 1e-6
# What is asked for twelve dates; the others' time grows with the dates as that of bands does.
_OFTEN = ("bands", "goodcall")
_MONTHS = 12


class PeersDisagree(Exception):
    """Two peers computed different values, so their times do not compare."""


@dataclass(frozen=True, slots=True)
class Task:
    """One peer asked for the columns as of some dates."""

    peer: str
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Took:
    """What a task took: seconds on the clock and of the cores, and the GiB it held at once."""

    seconds: float
    cpu: float
    gib: float


def main() -> None:
    """Run the peers in turns, check that they agree, and print what each took."""
    said = _arguments()
    bank = bank_of(said.folder, customers=said.customers, transactions=said.transactions)
    tasks = _tasks(said.peers, said.dates)
    took: dict[Task, list[Took]] = {task: [] for task in tasks}
    with tempfile.TemporaryDirectory(dir=said.folder) as results:
        for _ in range(said.runs):
            for place, task in enumerate(tasks):
                took[task].append(_run(task, bank, Path(results) / str(place)))
        _refuse_differences(tasks, bank, Path(results))
    best = {task: min(runs, key=lambda each: each.seconds) for task, runs in took.items()}
    _show(best, said)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--transactions", type=int, default=20_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="+", choices=tuple(PEERS), default=tuple(PEERS))
    parser.add_argument("--dates", nargs="+", type=int, choices=(1, _MONTHS), default=(1, _MONTHS))
    cache = Path(tempfile.gettempdir()) / "goodcall-benchmarks"
    parser.add_argument("--folder", type=Path, default=cache, help="keeps the bank between runs")
    return parser.parse_args()


def _tasks(peers: list[str], counts: list[int]) -> list[Task]:
    """The peers asked for, as of the day after the bank's last and of the twelve months to it."""
    last = LAST_DAY + timedelta(1)
    months = tuple(month_starts(last - timedelta(360), last))[-_MONTHS:]
    asked = {1: ((last,), peers), _MONTHS: (months, [each for each in peers if each in _OFTEN])}
    return [Task(peer, asked[count][0]) for count in counts for peer in asked[count][1]]


def _run(task: Task, bank: Bank, result: Path) -> Took:
    dates = ",".join(map(str, task.dates))
    command = [sys.executable, "-m", "benchmarks.features_peers", task.peer, str(bank.path), dates]
    done = subprocess.run(  # noqa: S603 - our own interpreter, arguments never pass a shell
        [*command, str(result)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Took(**json.loads(done.stdout))


def _refuse_differences(tasks: list[Task], bank: Bank, results: Path) -> None:
    """Raise PeersDisagree where two peers gave different values for the same dates."""
    first: dict[int, int] = {}
    for place, task in enumerate(tasks):
        if task.peer == "scan":
            continue
        base = first.setdefault(len(task.dates), place)
        work = work_of(bank.path, task.dates)
        ours, theirs = (pf.read_table(results / str(each)) for each in (place, base))
        for column in COLUMNS if place != base else ():
            one, other = (values_of(table, column.name, work) for table in (ours, theirs))
            same = np.isclose(one, other, rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True)
            if not same.all():
                row = int(np.flatnonzero(~same)[0])
                raise PeersDisagree(
                    f"{column.name} differs in {(~same).sum()} of {len(same)} rows; first: "
                    f"{work.cohort.slice(row, 1).to_pylist()[0]}, {task.peer} {one[row]!r}, "
                    f"{tasks[base].peer} {other[row]!r}"
                )


def _show(best: dict[Task, Took], said: argparse.Namespace) -> None:
    cores, gib = os.cpu_count(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    shown = Table(
        "peer",
        "dates",
        "seconds",
        "CPU seconds",
        "of the scan",
        "of bands",
        "of one date",
        "peak GiB",
        title=f"{len(COLUMNS)} columns, {said.customers:,} customers, "
        f"{said.transactions:,} transactions, best of {said.runs}; {platform.machine()}, "
        f"{cores} cores, {gib:.0f} GiB, Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}",
    )
    for task, took in best.items():
        same = {other.peer: t for other, t in best.items() if len(other.dates) == len(task.dates)}
        once = {other.peer: t for other, t in best.items() if len(other.dates) == 1}
        bases = (once.get("scan"), same.get("bands"), once.get(task.peer))
        ratios = [f"{took.seconds / base.seconds:.2f}" if base else "" for base in bases]
        shown.add_row(
            task.peer,
            str(len(task.dates)),
            f"{took.seconds:.2f}",
            f"{took.cpu:.2f}",
            *ratios,
            f"{took.gib:.2f}",
        )
    Console(width=100).print(shown)


if __name__ == "__main__":
    main()
