"""Money that leaves: falls of mean assets after a date against those before it."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.bank import Bank
from training.balances import Baseline, mean_balances
from training.definitions.definition import ChurnLabel, LeavingEvents
from training.definitions.rules import MONTH_DAYS, QUARTER_DAYS, AssetsDropLabel
from training.outcomes.asked import Asked, Flags, Ints, Span, periods_observed
from training.outcomes.moments import Source, sums
from training.outcomes.standing import another_kind
from training.outcomes.told import Reasons, Told

Means = NDArray[np.float64]

_ANNOUNCED = Source("transactions", "planned AND amount_cents < 0", "-amount_cents")


def churn(bank: Bank, asked: Asked, definition: ChurnLabel) -> Told:
    """Whether mean assets of the window fall below the baseline's share."""
    baseline = Baseline(definition.baseline_days, definition.recent_days)
    window = Span(definition.gap_days, definition.horizon_days)
    means = mean_balances(bank, asked, baseline, [window])
    least = definition.min_fall_cents
    planned = sums(bank, [_ANNOUNCED], asked, [Span(0, definition.horizon_days)])[:, 0]
    return Told(
        _has_fallen(means.before, means.after[:, 0], definition),
        [
            ("another kind", another_kind(bank, asked, definition.kinds)),
            ("too little to fall", means.before < least),
            ("already fallen", _has_fallen(means.before, means.recent, definition)),
            ("planned move", planned >= least),
        ],
    )


def assets_drop(bank: Bank, asked: Asked, definition: AssetsDropLabel) -> Told:
    """Whether quarter-mean or month-mean assets drop in the next quarter; means in whole cents."""
    gap, quarterly = definition.gap_days, definition.mean == "quarter"
    begins = gap if quarterly else gap + QUARTER_DAYS - MONTH_DAYS
    end = gap + QUARTER_DAYS
    found = mean_balances(bank, asked, Baseline(QUARTER_DAYS, MONTH_DAYS), [Span(begins, end)])
    quarter, month, after = (_cents(each) for each in (found.before, found.recent, found.after))
    before = quarter if quarterly else month
    least = definition.min_fall_cents
    planned = sums(bank, [_ANNOUNCED], asked, [Span(0, end)])[:, 0]
    return Told(
        _drops(before, after[:, 0], definition),
        [
            ("too little to fall", before < least),
            ("already fallen", _drops(quarter, month, definition)),
            ("planned move", planned >= least),
        ],
    )


def leaving(
    bank: Bank, asked: Asked, definition: LeavingEvents, until: date | None
) -> tuple[Ints, Ints, Reasons]:
    """The first period of a fall and how many periods are watched, a row each, and who is out."""
    days, periods, least = definition.period_days, definition.periods, definition.min_fall_cents
    baseline = Baseline(definition.baseline_days, definition.recent_days)
    spans = [Span(days * number, days * (number + 1)) for number in range(periods)]
    means = mean_balances(bank, asked, baseline, spans)
    announced = np.cumsum(sums(bank, [_ANNOUNCED], asked, spans), axis=1) >= least
    quiet = np.where(announced.any(axis=1), announced.argmax(axis=1), periods)
    told = periods_observed(asked, days, periods, until)
    observed = np.minimum(told, quiet)
    fell = _has_fallen(means.before[:, None], means.after, definition)
    first = np.where(fell.any(axis=1), fell.argmax(axis=1) + 1, 0)
    return (
        np.where(first <= observed, first, 0),
        observed,
        [
            ("censored", told == 0),
            ("another kind", another_kind(bank, asked, definition.kinds)),
            ("too little to fall", means.before < least),
            ("already fallen", _has_fallen(means.before, means.recent, definition)),
            ("planned move", quiet == 0),
        ],
    )


def _has_fallen(before: Means, later: Means, definition: ChurnLabel | LeavingEvents) -> Flags:
    by_share = later < definition.keep_share * before
    return by_share & (before - later >= definition.min_fall_cents)


def _drops(before: Ints, later: Ints, definition: AssetsDropLabel) -> Flags:
    by_share = 100 * later <= (100 - definition.fall_percent) * before
    return by_share & (before - later >= definition.min_fall_cents)


def _cents(means: Means) -> Ints:
    return np.rint(means).astype(np.int64)
