"""Answers about features that a caller gives: a customer of another system, or a made-up one."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from features.catalog import CATALOG
from models.model import Model
from models.score import explain_row, score_row
from serving.errors import BadFeatures
from serving.schemas.scores import (
    Explained,
    ExplainFeaturesRequest,
    FeaturesAnswer,
    FeaturesRequest,
)
from serving.scoring import chosen, models_of, taken_apart
from serving.shelf import Shelf, need

# Nobody has this number, and no model learned from this day: what is given was never held out.
_NOBODY, _NEVER = 0, date.max
_SHOWN = 5


def score_features(shelf: Shelf, asked: FeaturesRequest) -> FeaturesAnswer:
    """The probabilities of every label asked for that some features come to."""
    models = models_of(shelf)
    wanted = models if asked.labels is None else chosen(models, asked.labels)
    row = _row(wanted, asked.features)
    scores = score_row(wanted, _NOBODY, _NEVER, row)
    return FeaturesAnswer(
        probabilities={each.label: each.probability for each in scores},
        model_versions={each.label: each.model_version for each in scores},
    )


def explain_features(shelf: Shelf, asked: ExplainFeaturesRequest) -> Explained:
    """What one score of some features is made of; what contacts would change is not told."""
    models = models_of(shelf)
    row = _row(chosen(models, [asked.label]), asked.features)
    currency = need(shelf.snapshot, "no_snapshot").mark.currency
    found = explain_row(
        models, asked.label, _NOBODY, _NEVER, row, phrasebook=CATALOG.speaking(currency)
    )
    return Explained(**taken_apart(models[asked.label], asked.label, found), contacts=())


def _row(
    models: Mapping[str, Model], features: Mapping[str, float | None]
) -> Mapping[str, float | None]:
    """The row of the features given; BadFeatures where one is unknown, or one is missing."""
    known = frozenset(CATALOG.names)
    unknown = [name for name in features if name not in known]
    if unknown:
        raise BadFeatures(
            f"{len(unknown)} features are not in the catalogue: {_some(unknown)}; "
            "`goodcall features catalog` lists those that are"
        )
    read = dict.fromkeys(name for model in models.values() for name in model.features)
    missing = [name for name in read if name not in features]
    if missing:
        raise BadFeatures(
            f"{len(missing)} features that the models read are missing: {_some(missing)}; "
            "send each, null where it is not known"
        )
    return {name: np.nan if value is None else value for name, value in features.items()}


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
