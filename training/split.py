"""Which rows teach and which test, so that no test row's outcome is known while learning.

Splits by date measure what a bank will meet: learn up to a date, wait until every outcome is
known, then test. The same customers stand on both sides, as they will in service; what must not
cross is the outcome's window, so the embargo between the last date learned from and the first date
tested is the label's horizon. Where there are too few dates, whole customers are held out instead.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.booster import Fold
from training.definition import Horizon

FOLDS = 5
_INNER_FOLDS = 4
_INNER_DATES = 3
_TEST_SHARE = 6
_ENOUGH_TO_TEACH = 50
_ENOUGH_TO_TEST = 20


def forward_folds(
    as_of: NDArray[np.datetime64], y: NDArray[np.int8], horizon: Horizon, *, last: int = 1
) -> Iterator[Fold]:
    """Splits by date, the latest test first: (rows that teach, rows that test).

    Each tests the last sixth of the dates (at least one) before those already tested. A split
    needs 50 positives to teach and 20 to test, and both outcomes on each side.
    """
    days = np.unique(as_of)
    width = max(1, len(days) // _TEST_SHARE)
    for number in range(last):
        end = len(days) - number * width
        if end - width < 1:
            return
        first, until = days[end - width], days[end - 1]
        early = [day for day in days.tolist() if horizon.after(day) <= first.item()]
        teach = np.flatnonzero(np.isin(as_of, np.array(early, dtype="datetime64[D]")))
        test = np.flatnonzero((as_of >= first) & (as_of <= until))
        if _tells(y[teach], _ENOUGH_TO_TEACH) and _tells(y[test], _ENOUGH_TO_TEST):
            yield teach, test


def grouped_folds(
    customer_id: NDArray[np.int64],
    y: NDArray[np.int8],
    rng: np.random.Generator,
    folds: int = FOLDS,
) -> list[Fold]:
    """Folds by customer: all rows of a customer test together, positives spread evenly."""
    customers, which = np.unique(customer_id, return_inverse=True)
    positive = np.zeros(len(customers), dtype=bool)
    positive[which[y == 1]] = True
    order = rng.permutation(len(customers))
    order = order[np.argsort(~positive[order], kind="stable")]
    fold = np.empty(len(customers), dtype=np.int64)
    fold[order] = np.arange(len(customers)) % folds
    return [
        (np.flatnonzero(fold[which] != number), np.flatnonzero(fold[which] == number))
        for number in range(folds)
    ]


def inner_folds(
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    y: NDArray[np.int8],
    horizon: Horizon,
    rng: np.random.Generator,
) -> list[Fold]:
    """The folds by which choices are made within training rows.

    Up to three by date, since one alone often holds too few positives; else by customer.
    """
    forward = list(forward_folds(as_of, y, horizon, last=_INNER_DATES))
    return forward or grouped_folds(customer_id, y, rng, _INNER_FOLDS)


def _tells(y: NDArray[np.int8], positives: int) -> bool:
    return bool(y.sum() >= positives and (y == 0).any())
