"""From features and a definition to a model with an honest card."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.bank import Bank
from models.base_rate import BaseRate
from models.booster import Fold
from models.card import Card
from models.held_out import held_out
from models.model import Model, sealed_model
from training.baseline import logistic_baseline
from training.dataset import FeatureNames, TrainingSet, refuse_leaks, training_set
from training.definitions.definition import Definition, EventDefinition, GrowthLabel, NextProduct
from training.evaluation.measure import (
    FEWEST_POSITIVES,
    Unseen,
    base_rate_card,
    cross_fitted_words,
    draft_card,
    forward_words,
    measured_card,
    ranks,
    tested_table,
)
from training.fit import Settings, learn, model_of, rows_of
from training.growth.potential import train_growth
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
    progress: Progress = quiet,
) -> Trained:
    """The model that a features table and what came of its customers teach, of whatever kind.

    Events that come in time teach a hazard, next products a ranker, growth a model in cents, and
    an outcome of yes or no a blend of trees and a line. Where there are enough dates a model is
    measured on the latest, after an embargo; else by cross-fitting over customers, and then it
    carries out-of-fold scores of the training rows. The final one learns from all labelled rows.
    With too few positives, or where unseen rows do not show that it ranks better than chance, the
    model is a base rate. `trials` > 0 tunes a blend; a `study` file keeps the trials and is taken
    up again. `absent` names columns for which the bank has no source. `progress` is told each step
    as it begins.
    """
    if isinstance(definition, EventDefinition):
        return train_hazard(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            progress=progress,
        )
    if isinstance(definition, NextProduct):
        return train_next_product(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            progress=progress,
        )
    if isinstance(definition, GrowthLabel):
        return train_growth(
            *(bank, features, catalog, definition),
            seed=seed,
            now=now,
            absent=absent,
            progress=progress,
        )
    progress("labels")
    labels = label(bank, features.select(["customer_id", "as_of"]), definition)
    data = training_set(features, catalog, labels, absent=absent)
    return _train_blend(data, now, Settings(seed, trials, study), progress)


def _train_blend(
    data: TrainingSet, now: datetime, settings: Settings, progress: Progress
) -> Trained:
    """The blend that rows of one outcome teach, or their base rate."""
    if data.positives < FEWEST_POSITIVES:
        nothing = tested_table(data, Unseen.none())
        return Trained(_base_rate_of(base_rate_card(data, now)), data.definition, nothing)
    refuse_leaks(data)
    forward = next(forward_folds(data.as_of, data.y, data.definition.horizon), None)
    if forward is not None:
        return _forward(data, forward, now, settings, progress)
    return _cross_fitted(data, now, settings, progress)


def _forward(
    data: TrainingSet, fold: Fold, now: datetime, settings: Settings, progress: Progress
) -> Trained:
    teach, test = fold
    early = rows_of(data, teach)
    progress("learn from the earlier dates")
    learned = learn(early, settings)
    progress("test on the latest dates")
    tested = Unseen(
        test,
        model_of(draft_card(data, now), learned).raw(data.matrix[test])[:, 0],
        logistic_baseline(early.matrix, early.y, data.matrix[test]),
    )
    card = measured_card(data, tested, now, settings.seed, forward_words(data, fold))
    if not ranks(card):
        return Trained(_base_rate_of(card), data.definition, tested_table(data, tested))
    progress("learn from all dates")
    # The parameters found on the earlier dates stand: the tested dates never tune.
    final = learn(data, replace(settings, trials=0, choices=learned.choices))
    return Trained(model_of(card, final), data.definition, tested_table(data, tested))


def _cross_fitted(
    data: TrainingSet, now: datetime, settings: Settings, progress: Progress
) -> Trained:
    rng = np.random.default_rng(settings.seed)
    repeats = _REPEATS if len(data.y) < _SMALL else 1
    log_odds, baseline = np.zeros(len(data.y)), np.zeros(len(data.y))
    shares = np.zeros(data.matrix.shape)
    for repeat in range(repeats):
        for number, (teach, test) in enumerate(grouped_folds(data.customer_id, data.y, rng)):
            progress(f"cross-fit {repeat + 1}.{number + 1} of {repeats}")
            part = rows_of(data, teach)
            model = model_of(draft_card(data, now), learn(part, settings))
            log_odds[test] += model.raw(data.matrix[test])[:, 0] / repeats
            shares[test] += model.contributions(data.matrix[test], data.definition.name) / repeats
            line = logistic_baseline(part.matrix, part.y, data.matrix[test])
            baseline[test] += line / repeats
    tested = Unseen(np.arange(len(data.y)), log_odds, baseline)
    card = measured_card(data, tested, now, settings.seed, cross_fitted_words(repeats))
    if not ranks(card):
        return Trained(_base_rate_of(card), data.definition, tested_table(data, tested))
    progress("learn from all rows")
    own = held_out(data.customer_id, data.as_of, log_odds[:, None], shares[:, None])
    model = model_of(card, learn(data, settings), own)
    return Trained(model, data.definition, tested_table(data, tested))


def _base_rate_of(card: Card) -> Model:
    """The model in place of a booster that ranked no better than chance, with its figures."""
    return sealed_model(replace(card, kind="base_rate"), BaseRate((card.base_rate,)))
