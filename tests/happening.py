"""Customers to whom something happens with a known probability in each period."""

from datetime import date, timedelta

import numpy as np
from learned import FINGERPRINT, NAMES, some_rows

from models.calibration import sigmoid
from training.dataset import TrainingSet
from training.definitions.definition import NeedEvents
from training.hazards.rows import EventSet

FIRST = date(2025, 1, 1)
DEFINITION = NeedEvents("fund", period_days=30, periods=4, horizons=(30, 90, 120))
PERIODS = DEFINITION.periods


def drawn_periods(rng, log_odds, periods=PERIODS):
    """The period in which it happens to each row, 0 for none, and the true hazards."""
    hazards = sigmoid(log_odds[:, None] - 1.5 + 0.2 * np.arange(periods))
    happens = rng.random(hazards.shape) < hazards
    return np.where(happens.any(axis=1), happens.argmax(axis=1) + 1, 0), hazards


def some_events(rng, *, dates=8, customers=150, until=None, definition=DEFINITION):
    """Rows of monthly dates, each customer's once a date, watched `until` a day if one is given.

    Returns the rows and their true hazards [rows, periods]. The truth of each row is its own.
    """
    rows = dates * customers
    matrix, log_odds = some_rows(rng, rows)
    period, hazards = drawn_periods(rng, log_odds)
    days = [FIRST + timedelta(days=30 * number) for number in range(dates)]
    data = TrainingSet(
        definition=definition,
        features=NAMES,
        fingerprint=FINGERPRINT,
        matrix=matrix,
        y=(period > 0).astype(np.int8),
        customer_id=np.tile(np.arange(1, customers + 1), dates),
        as_of=np.repeat(np.array(days, dtype="datetime64[D]"), customers),
        excluded={"censored": 0},
    )
    events = EventSet(
        data,
        period.astype(np.int16),
        np.full(rows, PERIODS, np.int16),
        definition.period_days,
        PERIODS,
        tuple(each // definition.period_days for each in definition.horizons),
    )
    if until is None:
        return events, hazards
    gone = np.array([(until - day.item()).days // 30 for day in data.as_of])
    return events.until(until), hazards[np.minimum(gone, PERIODS) > 0]
