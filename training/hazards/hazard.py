"""Trains models of when something happens: when money leaves, when a need comes, a purchase.

One model answers for every horizon (its labels), with a curve for each customer.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from goodcall.language import Text
from goodcall.ports import Phrasebook
from models.card import Card
from models.held_out import HeldOut, held_out
from models.model import Model, sealed_model
from training.baseline import logistic_baseline
from training.dataset import FeatureNames, refuse_leaks
from training.definitions.definition import EventDefinition
from training.evaluation.evaluate import Use
from training.evaluation.explained import Explained, ask, explain, spread
from training.evaluation.measure import (
    FEWEST_POSITIVES,
    Unseen,
    base_rate_card,
    cross_fitted_words,
    ranks,
    tested_table,
)
from training.guards import refuse_telling_shuffled
from training.hazards.learn import HazardLearned, grown_again, learn_hazard
from training.hazards.measure import Forecast, forward_hazard_words, hazard_card, plain_rates
from training.hazards.rows import EventSet, event_set
from training.labels import events as events_of
from training.split import grouped_folds
from training.trained import Progress, Trained, quiet

_TEST_SHARE = 6
_FEWEST_TESTED = 20


def train_hazard(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: EventDefinition,
    *,
    seed: int,
    now: datetime,
    absent: Collection[str] = (),
    use: Use | None = None,
    progress: Progress = quiet,
) -> Trained:
    """The model that a features table and the events of its customers teach.

    Where there are enough dates it is measured on the latest that were watched to the end, having
    learned from nothing that happened later than the first of them; else by cross-fitting over
    customers, and then the model carries out-of-fold scores of the training rows. The final model
    learns from every row, as far as it was watched. With fewer than 50 events, or where unseen
    rows do not show that it ranks better than chance at the main horizon, everyone gets the base
    rate of each horizon. `absent`, `use` and `progress` are as `train` has them.
    """
    progress("events")
    found = events_of(bank, features.select(["customer_id", "as_of"]), definition)
    events = event_set(features, catalog, found, absent=absent)
    task = _Task(events, catalog, seed, now, use or Use())
    if events.outcomes(events.main)[1].sum() < FEWEST_POSITIVES:
        nothing = tested_table(events.data, Unseen.none())
        return task.done(plain_rates(events, base_rate_card(events.data, now)), nothing)
    refuse_leaks(events.data)
    progress("look whether outcomes drawn by lot are told")
    refuse_telling_shuffled(events.data, seed)
    first = first_tested(events)
    if first is not None:
        return _forward(task, first, progress)
    return _cross_fitted(task, progress)


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


@dataclass(frozen=True, slots=True)
class _Task:
    """What a hazard learns from, in which words it speaks, and how it is learned and used."""

    events: EventSet
    phrasebook: Phrasebook
    seed: int
    now: datetime
    use: Use

    def card(self, told: Forecast, measured: Text) -> tuple[Card, pa.Table]:
        """The card of rows told of, and those rows."""
        return hazard_card(self.events, told, self.now, self.seed, measured, use=self.use)

    def done(self, model: Model, tested: pa.Table, told: Explained | None = None) -> Trained:
        """What training hands over."""
        return Trained(model, self.events.data.definition, tested, told, self.use)


def _forward(task: _Task, first: date, progress: Progress) -> Trained:
    events, days = task.events, task.events.data.as_of
    last = days[events.observed == events.periods].max()
    rows = np.flatnonzero((days >= np.datetime64(first)) & (days <= last))
    early = events.until(first)
    progress("learn from the earlier dates")
    learned = learn_hazard(early, task.seed)
    progress("test on the latest dates")
    told = _told(early, learned, events, rows)
    card, tested = task.card(told, forward_hazard_words(events, first, last.item()))
    if not ranks(card):
        return task.done(plain_rates(events, card), tested)
    why = _explained(task, early, learned, rows)
    progress("learn from all dates")
    # What was chosen on the earlier dates stands: the tested dates choose nothing.
    final = learn_hazard(events, task.seed, choices=learned.choices)
    return task.done(_model(card, final), tested, why)


def _cross_fitted(task: _Task, progress: Progress) -> Trained:
    events, seed = task.events, task.seed
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
    card, tested = task.card(told, cross_fitted_words(1))
    if not ranks(card):
        return task.done(plain_rates(events, card), tested)
    why = _explained(task, part, learned, test)
    progress("learn from all rows")
    own = held_out(data.customer_id, data.as_of, raw, shares)
    return task.done(_model(card, learn_hazard(events, seed), own), tested, why)


def _explained(
    task: _Task, taught: EventSet, learned: HazardLearned, test: NDArray[np.int64]
) -> Explained | None:
    """What moves the main horizon's scores of rows that did not teach."""
    again = grown_again(taught, learned, task.seed + 1)
    place = task.events.horizons.index(task.events.main)
    rows = task.events.take(spread(test)).data
    asked = ask(learned.hazard, again, rows, place)
    return explain([asked], taught.data, task.phrasebook, task.seed)


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
