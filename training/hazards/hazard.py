"""Trains models of when something happens: when money leaves, when a need comes, a purchase.

One model answers for every horizon (its labels), with a curve for each customer.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from models.card import Card
from models.held_out import HeldOut, held_out
from models.model import Model, sealed_model
from training.baseline import logistic_baseline
from training.dataset import FeatureNames, refuse_leaks
from training.definitions.definition import EventDefinition
from training.evaluation.measure import (
    FEWEST_POSITIVES,
    Unseen,
    base_rate_card,
    cross_fitted_words,
    ranks,
    tested_table,
)
from training.hazards.learn import HazardLearned, learn_hazard
from training.hazards.measure import Forecast, forward_hazard_words, hazard_card, plain_rates
from training.hazards.rows import EventSet, event_set
from training.labels import events as events_of
from training.split import grouped_folds
from training.trained import Trained

_TEST_SHARE = 6
_FEWEST_TESTED = 20

Progress = Callable[[str], None]


def _quiet(_: str) -> None:
    """Say nothing."""


def train_hazard(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: EventDefinition,
    *,
    seed: int,
    now: datetime,
    absent: Collection[str] = (),
    progress: Progress = _quiet,
) -> Trained:
    """The model that a features table and the events of its customers teach.

    Where there are enough dates it is measured on the latest that were watched to the end, having
    learned from nothing that happened later than the first of them; else by cross-fitting over
    customers, and then the model carries out-of-fold scores of the training rows. The final model
    learns from every row, as far as it was watched. With fewer than 50 events, or where unseen
    rows do not show that it ranks better than chance at the main horizon, everyone gets the base
    rate of each horizon. `absent` and `progress` are as `train` has them.
    """
    progress("events")
    found = events_of(bank, features.select(["customer_id", "as_of"]), definition)
    events = event_set(features, catalog, found, absent=absent)
    if events.outcomes(events.main)[1].sum() < FEWEST_POSITIVES:
        nothing = tested_table(events.data, Unseen.none())
        return Trained(plain_rates(events, base_rate_card(events.data, now)), definition, nothing)
    refuse_leaks(events.data)
    first = first_tested(events)
    if first is not None:
        return _forward(events, first, now, seed, progress)
    return _cross_fitted(events, now, seed, progress)


def first_tested(events: EventSet) -> date | None:
    """The first of the dates to test on: the last sixth of those watched for all periods.

    None where fewer than 50 events had happened by then within the main horizon, or fewer than 20
    came to be within it afterwards.
    """
    days = np.unique(events.data.as_of[events.observed == events.periods])
    if not len(days):
        return None
    first: date = days[-max(1, len(days) // _TEST_SHARE)].item()
    rows, y = events.outcomes(events.main)
    begins = events.data.as_of[rows]
    tested = y[(begins >= np.datetime64(first)) & (begins <= days[-1])].sum()
    taught = events.until(first).outcomes(events.main)[1].sum()
    return first if tested >= _FEWEST_TESTED and taught >= FEWEST_POSITIVES else None


def _forward(
    events: EventSet, first: date, now: datetime, seed: int, progress: Progress
) -> Trained:
    days = events.data.as_of
    last = days[events.observed == events.periods].max()
    rows = np.flatnonzero((days >= np.datetime64(first)) & (days <= last))
    early = events.until(first)
    progress("learn from the earlier dates")
    learned = learn_hazard(early, seed)
    progress("test on the latest dates")
    told = _told(early, learned, events, rows)
    words = forward_hazard_words(events, first, last.item())
    card, tested = hazard_card(events, told, now, seed, words)
    if not ranks(card):
        return Trained(plain_rates(events, card), events.data.definition, tested)
    progress("learn from all dates")
    # What was chosen on the earlier dates stands: the tested dates choose nothing.
    final = learn_hazard(events, seed, choices=learned.choices)
    return Trained(_model(card, final), events.data.definition, tested)


def _cross_fitted(events: EventSet, now: datetime, seed: int, progress: Progress) -> Trained:
    data, rng = events.data, np.random.default_rng(seed)
    raw = np.zeros((len(data.y), len(events.horizons)))
    baseline = np.zeros(len(data.y))
    shares = np.zeros((len(data.y), len(events.horizons), len(data.features)))
    for number, (teach, test) in enumerate(grouped_folds(data.customer_id, data.y, rng), 1):
        progress(f"cross-fit {number}")
        part = events.take(teach)
        learned = learn_hazard(part, seed)
        told = _told(part, learned, events, test)
        raw[test], baseline[test] = told.raw, told.baseline
        for place in range(len(events.horizons)):
            shares[test, place] = learned.hazard.contributions(data.matrix[test], place)
    told = Forecast(np.arange(len(data.y)), raw, baseline)
    card, tested = hazard_card(events, told, now, seed, cross_fitted_words(1))
    if not ranks(card):
        return Trained(plain_rates(events, card), data.definition, tested)
    progress("learn from all rows")
    own = held_out(data.customer_id, data.as_of, raw, shares)
    return Trained(_model(card, learn_hazard(events, seed), own), data.definition, tested)


def _told(
    taught: EventSet, learned: HazardLearned, events: EventSet, rows: NDArray[np.int64]
) -> Forecast:
    """What a hazard says of rows, and the plain logistic regression on the same teaching rows."""
    asked, early = events.data.matrix[rows], taught.by(taught.main)
    return Forecast(
        rows, learned.hazard.raw(asked), logistic_baseline(early.matrix, early.y, asked)
    )


def _model(card: Card, learned: HazardLearned, own: HeldOut | None = None) -> Model:
    return sealed_model(replace(card, params=learned.told), learned.hazard, own)
