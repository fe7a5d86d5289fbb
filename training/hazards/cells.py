"""Customers' periods to learn from: all of them, or a draw in which each stands for several."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.booster import Fold
from models.hazard_grow import Cells
from training.hazards.rows import EventSet
from training.split import grouped_folds

_ALL = 60_000
_DATES = 3
_TEST_SHARE = 6
_GROUPS = 4
_TEACH, _TEST = 50, 20


def cells_of(events: EventSet, rng: np.random.Generator, *, most: int | None = None) -> Cells:
    """The periods at risk: each until it happens, or as long as the row is watched.

    Every period with the event is there. Of those without, all where there are `most` cells or
    fewer; else the same share of each period by lot, each entry weighing what it stands for. By
    default `most` is the number of rows, or 60,000 where that is more.
    """
    most = max(_ALL, len(events.period)) if most is None else most
    last = np.where(events.period > 0, events.period, events.observed)
    happened = np.flatnonzero(events.period > 0)
    spared = [
        np.flatnonzero((last >= period) & (events.period != period))
        for period in range(1, events.periods + 1)
    ]
    total = sum(len(rows) for rows in spared)
    # As many without the event as with it, whatever is asked for: a contrast needs both sides.
    share = min(1.0, max(most - len(happened), len(happened)) / max(total, 1))
    parts = [_drawn(rows, period, share, rng) for period, rows in enumerate(spared, 1)]
    ones = np.ones(len(happened))
    row = np.concatenate([happened, *(part.row for part in parts)])
    period = np.concatenate([events.period[happened], *(part.period for part in parts)])
    order = np.lexsort((period, row))
    y = np.concatenate([ones, *(part.y for part in parts)]).astype(np.int8)
    weight = np.concatenate([ones, *(part.weight for part in parts)])
    return Cells(row[order], period[order].astype(np.int16), y[order], weight[order])


@dataclass(frozen=True, slots=True)
class CellFolds:
    """The folds by which choices are made, as places of cells, and every row that each tests.

    Of the rows tested, a draw of cells holds those with the event rather than the others.
    """

    cells: tuple[Fold, ...]
    rows: tuple[NDArray[np.int64], ...]


def cell_folds(events: EventSet, cells: Cells, rng: np.random.Generator) -> CellFolds:
    """The folds within training rows: up to three forward by date, else by customer."""
    forward = list(_forward(events, cells))
    if forward:
        return CellFolds(tuple(fold for fold, _ in forward), tuple(rows for _, rows in forward))
    groups = grouped_folds(events.data.customer_id, events.data.y, rng, _GROUPS)
    which = np.empty(len(events.period), np.int64)
    for number, (_, test) in enumerate(groups):
        which[test] = number
    of_cell = which[cells.row]
    folds = [(np.flatnonzero(of_cell != n), np.flatnonzero(of_cell == n)) for n in range(_GROUPS)]
    return CellFolds(tuple(folds), tuple(test for _, test in groups))


def _forward(events: EventSet, cells: Cells) -> Iterator[tuple[Fold, NDArray[np.int64]]]:
    """Each tests the periods of the last sixth of the dates before those already tested.

    What had ended by the first of these dates teaches: each period is its own embargo.
    """
    as_of = events.data.as_of
    days = np.unique(as_of)
    width = max(1, len(days) // _TEST_SHARE)
    begins = as_of[cells.row]
    ends = begins + cells.period.astype(np.int64) * events.period_days
    for end in range(len(days), width, -width)[:_DATES]:
        first, until = days[end - width], days[end - 1]
        teach = np.flatnonzero(ends <= first)
        test = np.flatnonzero((begins >= first) & (begins <= until))
        if cells.y[teach].sum() >= _TEACH and cells.y[test].sum() >= _TEST:
            yield (teach, test), np.flatnonzero((as_of >= first) & (as_of <= until))


def _drawn(rows: NDArray[np.int64], period: int, share: float, rng: np.random.Generator) -> Cells:
    count = len(rows) if share == 1 else min(len(rows), max(1, round(share * len(rows))))
    chosen = rng.choice(rows, count, replace=False) if count < len(rows) else rows
    return Cells(
        chosen,
        np.full(count, period, np.int16),
        np.zeros(count, np.int8),
        np.full(count, len(rows) / max(count, 1)),
    )
