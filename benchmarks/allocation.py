"""How near the optimum an allocation comes, and how long it takes, against HiGHS and greedy.

A market of customers who could have any of ten offers by any of three channels, of managers with
240 minutes for 250 customers each, of volumes of the channels and of each offer. HiGHS solves the
linear programme; greedy takes actions by falling value while they fit.
Beside the clock stand the cores' seconds, which hold on a machine that others share, and the peak
of memory from the finished market on. All in one run:

    python -m benchmarks.allocation --customers 100000
    python -m benchmarks.allocation --customers 1000000 --highs 0
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import highspy
import numpy as np
from scipy.sparse import csc_array, csr_array

from outreach.allocation import Here, Market, Terms, solve
from outreach.allocation.compiled import compiled
from outreach.allocation.market import Whole

_KIB_PER_GIB = 2**20
_MINUTES = np.array([1, 8, 20])
_OFFERS, _CHANNELS = 10, 3
_PER_MANAGER = 250


@dataclass(frozen=True, slots=True)
class Run:
    """What somebody's answer brings, and the seconds it took by the clock and of the cores."""

    name: str
    value: float
    seconds: float
    of_cores: float


@contextmanager
def timed() -> Iterator[list[float]]:
    """The seconds of a block, by the clock and of all cores, once it is over."""
    seconds: list[float] = []
    clock, cores = time.perf_counter(), time.process_time()
    yield seconds
    seconds += [time.perf_counter() - clock, time.process_time() - cores]


def forget_peak() -> None:
    """Count the peak of memory anew from what is held now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_gib() -> float:
    """The highest memory that the process held since `forget_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (said,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(said.split()[1]) / _KIB_PER_GIB


def market_of(customers: int, seed: int) -> Market:
    """A market with long-tailed values; a fifth of the actions is worth nothing."""
    rng = np.random.default_rng(seed)
    managers = max(customers // _PER_MANAGER, 1)
    kinds = _OFFERS * _CHANNELS
    worth = rng.lognormal(6, 1.2, (customers, _OFFERS, 1)) * (1 + 0.4 * _MINUTES**0.5)
    worth *= rng.lognormal(0, 0.3, (customers, _OFFERS, _CHANNELS))
    value = np.maximum(worth - 200, 0).astype(np.int64).reshape(customers, kinds)
    of_manager = np.bincount(rng.integers(0, managers, customers), minlength=managers)
    channel, offer = np.tile(np.arange(_CHANNELS), _OFFERS), np.repeat(np.arange(_OFFERS), 3)
    column = np.arange(managers * kinds)
    places = np.concatenate([channel[column % kinds], _CHANNELS + offer[column % kinds]])
    takes = csr_array(
        (np.ones(2 * len(column)), (places, np.tile(column, 2))),
        shape=(_CHANNELS + _OFFERS, len(column)),
    )
    volumes = [customers // 20, managers * 15, managers * 5, *[customers // 60] * _OFFERS]
    terms = Terms(
        lists=np.arange(managers + 1),
        minutes=_MINUTES[channel],
        time=np.full(managers, 240),
        takes=takes,
        room=np.array(volumes),
    )
    return Market(value, np.concatenate([[0], np.cumsum(of_manager)]), terms)


def highs(market: Market, limit: float) -> Run:
    """The optimum of the linear programme, in which a contact may be split.

    HiGHS chooses its own method; none has an answer where it had none after `limit` seconds.
    """
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("time_limit", limit)):
        solver.setOptionValue(option, value)
    solver.passModel(_programme(market))
    with timed() as seconds:
        solver.run()
    found = solver.getModelStatus()
    if found == highspy.HighsModelStatus.kTimeLimit:
        return Run("HiGHS (not finished)", math.nan, *seconds)
    if found != highspy.HighsModelStatus.kOptimal:
        sys.exit(f"HiGHS ended with {solver.modelStatusToString(found)}")
    return Run("HiGHS (linear programme)", solver.getInfo().objective_function_value, *seconds)


def _programme(market: Market) -> highspy.HighsLp:
    """Shares of each action: one action a customer, every list's minutes, every volume."""
    who, kind = np.nonzero(market.value)
    cell = market.cell_of[who]
    each, lists = np.arange(len(who)), len(market.terms.time)
    columns = market.terms.takes.tocsc()[:, cell * market.terms.kinds + kind].tocoo()
    rows = np.concatenate(
        [who, market.customers + market.terms.list_of_cell[cell],
         market.customers + lists + columns.coords[0]]
    )  # fmt: skip
    amounts = np.concatenate([np.ones(len(who)), market.terms.minutes[kind], columns.data])
    matrix = csc_array((amounts, (rows, np.concatenate([each, each, columns.coords[1]]))))
    most = np.concatenate([np.ones(market.customers), market.terms.time, market.terms.room])
    programme = highspy.HighsLp()
    programme.num_row_, programme.num_col_ = matrix.shape
    programme.sense_ = highspy.ObjSense.kMaximize
    programme.col_cost_ = market.value[who, kind].astype(float)
    programme.col_lower_, programme.col_upper_ = np.zeros(len(who)), np.full(len(who), np.inf)
    programme.row_lower_, programme.row_upper_ = np.full(len(most), -np.inf), most.astype(float)
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = matrix.indptr
    programme.a_matrix_.index_, programme.a_matrix_.value_ = matrix.indices, matrix.data
    return programme


def greedy(market: Market) -> Run:
    """Actions by falling value, each taken where the customer is free and everything has room."""
    terms, picked = market.terms, np.full(market.customers, -1)
    with timed() as seconds:
        order = np.argsort(-market.value, axis=None, kind="stable")
        channel = np.tile(np.arange(_CHANNELS), _OFFERS)
        _greedy(
            order[: np.count_nonzero(market.value)], terms.list_of_cell[market.cell_of],
            terms.minutes, channel, terms.time.copy(), terms.room.copy(), picked,
        )  # fmt: skip
    return Run("greedy by value", float(market.brings(picked).sum()), *seconds)


@compiled
def _greedy(  # noqa: PLR0917 - a compiled function takes arrays, no objects
    order: Whole, lists: Whole, minutes: Whole, channel: Whole, left: Whole, room: Whole,
    picked: Whole,
) -> None:  # fmt: skip
    kinds = len(minutes)
    for place in order:
        who, kind = place // kinds, place % kinds
        at, one, other = lists[who], channel[kind], _CHANNELS + kind // _CHANNELS
        if picked[who] < 0 and minutes[kind] <= left[at] and room[one] > 0 and room[other] > 0:
            picked[who] = kind
            left[at] -= minutes[kind]
            room[one] -= 1
            room[other] -= 1


def main() -> None:
    """Solve one market by all and print what each brings, as shares and ratios of HiGHS."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--highs", type=float, default=600, help="the seconds that HiGHS may take; 0: leave it out"
    )
    said = parser.parse_args()
    solve(Here(market_of(1_000, said.seed)))
    greedy(market_of(1_000, said.seed))
    market = market_of(said.customers, said.seed)
    forget_peak()
    with timed() as seconds:
        ours = solve(Here(market))
    peak = peak_gib()
    if (ours.left < 0).any() or (ours.time < 0).any():
        sys.exit("a capacity is broken")
    runs = [Run("Goodcall", ours.value, *seconds), greedy(market)]
    best = bound = Run("the bound that Goodcall proves", ours.bound, *seconds)
    if said.highs:
        best = highs(market, said.highs)
        runs.append(best)
    worth = bound if math.isnan(best.value) else best
    print(f"{market.customers:,} customers, {np.count_nonzero(market.value):,} actions,",
          f"{len(market.terms.time):,} managers; shares are of {worth.name},",
          f"times of {best.name}")  # fmt: skip
    for run in runs:
        print(f"{run.name:26} {run.value / worth.value:.5f} of the optimum,",
              f"{run.seconds:8.2f} s ({run.seconds / best.seconds:.4f} of its time),",
              f"{run.of_cores:.2f} of the cores ({run.of_cores / best.of_cores:.4f})")  # fmt: skip
    print(f"gap that Goodcall prints {ours.gap:.5f}, peak memory {peak:.2f} GiB")


if __name__ == "__main__":
    main()
