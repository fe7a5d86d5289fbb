"""Small training sets with a known truth, for tests of how it is learned."""

from datetime import date

import numpy as np
from learned import NAMES, drawn, some_rows

from training.dataset import TrainingSet
from training.definitions.definition import Horizon, PurchaseLabel
from training.split import grouped_folds

FUND = PurchaseLabel("fund", Horizon(30))


def a_set(*, rows=600, missing=0.1, dates=1, seed=0, noise=False):
    """Rows of customers of their own over so many months; outcomes may be drawn by lot."""
    rng = np.random.default_rng(seed)
    matrix, log_odds = some_rows(rng, rows, missing=missing)
    y = drawn(rng, np.full(rows, -1.0) if noise else log_odds)
    months = np.arange(rows) * dates // rows
    first = np.datetime64(date(2025, 1, 1)).astype("datetime64[M]")
    as_of = (first + months).astype("datetime64[D]")
    return TrainingSet(FUND, NAMES, "0" * 12, matrix, y, np.arange(rows), as_of, {})


def rows_and_folds(seed=0, rows=300):
    """A small set and three folds of it."""
    data = a_set(rows=rows, seed=seed)
    return data, grouped_folds(data.customer_id, data.y, np.random.default_rng(0), 3)
