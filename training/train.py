"""From features and a definition to a model with an honest card."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from goodcall.language import Text
from goodcall.ports import Phrasebook
from models.base_rate import BaseRate
from models.booster import Fold
from models.card import Card
from models.held_out import held_out
from models.model import Model, sealed_model
from training.baseline import logistic_baseline
from training.dataset import FeatureNames, TrainingSet, refuse_leaks, training_set
from training.definitions.definition import (
    Definition,
    EffectLabel,
    EventDefinition,
    GrowthLabel,
    NextProduct,
)
from training.effects.taught import train_effect
from training.evaluation.evaluate import Use
from training.evaluation.explained import Explained, ask, explain, spread
from training.evaluation.measure import (
    FEWEST_POSITIVES,
    Unseen,
    base_rate_card,
    cross_fitted_words,
    forward_words,
    measured_card,
    ranks,
    tested_table,
)
from training.fit import Learned, Settings, blend_of, grown_again, learn, model_of, rows_of
from training.growth.potential import train_growth
from training.guards import refuse_missing_months, refuse_telling_shuffled
from training.hazards.hazard import train_hazard
from training.labels import label
from training.products.propensity import train_next_product
from training.split import forward_folds, grouped_folds
from training.trained import Progress, Trained, quiet

_SMALL = 5_000
_REPEATS = 3


def train(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: Definition,
    *,
    seed: int,
    now: datetime,
    trials: int = 0,
    study: Path | None = None,
    absent: Collection[str] = (),
    but: Collection[int] = (),
    use: Use | None = None,
    progress: Progress = quiet,
) -> Trained:
    """The model that a features table and what came of its customers teach, of whatever kind.

    Events that come in time teach a hazard, next products a ranker, growth a model in cents, a lot
    the effect of a contact, and an outcome of yes or no a blend of trees and a line. For an effect
    the features are those of the lot's own rows (`cohort_of`). Where there are enough dates a model
    is measured on the latest, after an embargo; else by cross-fitting over customers, and then it
    carries out-of-fold scores of the training rows. The final one learns from all labelled rows.
    With too few positives, or where unseen rows do not show that it ranks better than chance, the
    model is a base rate. A bank that lacks a month is a MissingMonth; a feature that tells the
    outcome alone, and a way of learning that tells outcomes drawn by lot, are a Leak.

    `trials` > 0 tunes a blend; a `study` file keeps the trials and is taken up again. `absent`
    names columns for which the bank has no source; `but` are customers of the lot from whom nothing
    is learned, as they have no row in `features`; `use` says how long the lists are that precision
    is told of; `progress` is told each step as it begins.
    """
    refuse_missing_months(bank)
    if isinstance(definition, EventDefinition):
        return train_hazard(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            use=use,
            progress=progress,
        )
    if isinstance(definition, NextProduct):
        return train_next_product(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            use=use,
            progress=progress,
        )
    if isinstance(definition, GrowthLabel):
        return train_growth(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            use=use,
            progress=progress,
        )
    if isinstance(definition, EffectLabel):
        return train_effect(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            but=but,
            progress=progress,
        )
    progress("labels")
    labels = label(bank, features.select(["customer_id", "as_of"]), definition)
    data = training_set(features, catalog, labels, absent=absent)
    task = _Task(data, catalog, Settings(seed, trials, study), now, use or Use())
    return _train_blend(task, progress)


@dataclass(frozen=True, slots=True)
class _Task:
    """What a blend learns from, in which words it speaks, and how it is learned and used."""

    data: TrainingSet
    phrasebook: Phrasebook
    settings: Settings
    now: datetime
    use: Use

    def card(self, tested: Unseen, measured: Text) -> Card:
        """The card of tested rows."""
        return measured_card(
            self.data, tested, self.now, self.settings.seed, measured, use=self.use
        )

    def done(self, model: Model, tested: Unseen, told: Explained | None = None) -> Trained:
        """What training hands over."""
        table = tested_table(self.data, tested)
        return Trained(model, self.data.definition, table, told, self.use)


def _train_blend(task: _Task, progress: Progress) -> Trained:
    """The blend that rows of one outcome teach, or their base rate."""
    data = task.data
    if data.positives < FEWEST_POSITIVES:
        return task.done(_base_rate_of(base_rate_card(data, task.now)), Unseen.none())
    refuse_leaks(data)
    progress("look whether outcomes drawn by lot are told")
    refuse_telling_shuffled(data, task.settings.seed)
    forward = next(forward_folds(data.as_of, data.y, data.definition.horizon), None)
    if forward is not None:
        return _forward(task, forward, progress)
    return _cross_fitted(task, progress)


def _forward(task: _Task, fold: Fold, progress: Progress) -> Trained:
    data, (teach, test) = task.data, fold
    early = rows_of(data, teach)
    progress("learn from the earlier dates")
    learned = learn(early, task.settings)
    progress("test on the latest dates")
    tested = Unseen(
        test,
        blend_of(learned).raw(data.matrix[test])[:, 0],
        logistic_baseline(early.matrix, early.y, data.matrix[test]),
    )
    card = task.card(tested, forward_words(data, fold))
    if not ranks(card):
        return task.done(_base_rate_of(card), tested)
    told = _explained(task, early, learned, test)
    progress("learn from all dates")
    # The parameters found on the earlier dates stand: the tested dates never tune.
    final = learn(data, replace(task.settings, trials=0, choices=learned.choices))
    return task.done(model_of(card, final), tested, told)


def _cross_fitted(task: _Task, progress: Progress) -> Trained:
    data, settings = task.data, task.settings
    rng = np.random.default_rng(settings.seed)
    repeats = _REPEATS if len(data.y) < _SMALL else 1
    log_odds, baseline = np.zeros(len(data.y)), np.zeros(len(data.y))
    shares = np.zeros(data.matrix.shape)
    for repeat in range(repeats):
        for number, (teach, test) in enumerate(grouped_folds(data.customer_id, data.y, rng)):
            progress(f"cross-fit {repeat + 1}.{number + 1} of {repeats}")
            part = rows_of(data, teach)
            learned = learn(part, settings)
            model = blend_of(learned)
            log_odds[test] += model.raw(data.matrix[test])[:, 0] / repeats
            shares[test] += model.contributions(data.matrix[test], 0) / repeats
            line = logistic_baseline(part.matrix, part.y, data.matrix[test])
            baseline[test] += line / repeats
    tested = Unseen(np.arange(len(data.y)), log_odds, baseline)
    card = task.card(tested, cross_fitted_words(repeats))
    if not ranks(card):
        return task.done(_base_rate_of(card), tested)
    told = _explained(task, part, learned, test)
    progress("learn from all rows")
    own = held_out(data.customer_id, data.as_of, log_odds[:, None], shares[:, None])
    return task.done(model_of(card, learn(data, settings), own), tested, told)


def _explained(
    task: _Task, taught: TrainingSet, learned: Learned, test: NDArray[np.int64]
) -> Explained | None:
    """What moves the scores of rows that did not teach, and whether another seed agrees."""
    seed = task.settings.seed
    again = blend_of(grown_again(taught, learned, seed + 1))
    asked = ask(blend_of(learned), again, rows_of(task.data, spread(test)))
    return explain([asked], taught, task.phrasebook, seed)


def _base_rate_of(card: Card) -> Model:
    """The model in place of a booster that ranked no better than chance, with its figures."""
    return sealed_model(replace(card, kind="base_rate"), BaseRate((card.base_rate,)))
