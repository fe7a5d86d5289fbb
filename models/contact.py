"""What contacts would change for each customer: learned where that proved itself, else on average.

Where no learned effect has proved itself on unseen rows, the change is the customer's own chance
times what a contact multiplied it by on average; the chance is that of the model of the outcome,
which learned from everyone and not from the lot alone. An average counts where it is shown to
differ from no change at all, or to be next to none; else it is no better than an assumption, and is
left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.effect import Changes, Origin
from models.card import Estimate
from models.model import Model
from models.score import score_row, score_table

Floats = NDArray[np.float64]

_CHURN = "churn"
# Intervals around no change that are this wide show that there is next to none: a tenth of the
# chance either way, or a fifth of a percentage point.
_WIDEST_RATIO, _WIDEST_DIFFERENCE = 0.2, 0.004


@dataclass(frozen=True, slots=True)
class Effects:
    """Changes in probability by label, a row a customer, and how each label's is known."""

    by_label: Mapping[str, Floats]
    origins: Mapping[str, Origin]

    def rows(self) -> Iterator[Changes]:
        """Each customer's changes, in the order of the table that they were told of."""
        labels = list(self.by_label)
        for row in zip(*(self.by_label[label].tolist() for label in labels), strict=True):
            yield Changes(dict(zip(labels, row, strict=True)), self.origins)


def effects_of(
    models: Mapping[str, Model], features: pa.Table, chances: Mapping[str, Floats]
) -> Effects:
    """What every arm's contact would change for the customers of a features table.

    `models` are those of effects by label, and `chances` the probabilities of the table's rows by
    label. Averages that are not known well enough are left out. No change takes a known chance
    below 0 or above 1, and none is made to what cannot come, such as the purchase of what is held.
    """
    models = _known(models)
    scores = score_table(models, features)
    told = {label: scores[label].to_numpy() for label in models}
    return Effects(
        {
            label: _held(model, label, told[label], chances.get(chance_of(label)))
            for label, model in models.items()
        },
        _origins(models),
    )


def effects_of_row(
    models: Mapping[str, Model],
    customer_id: int,
    as_of: date,
    row: Mapping[str, float | None],
    chances: Mapping[str, float],
) -> Changes:
    """What every arm's contact would change for one customer, as `effects_of` tells it."""
    models, found = _known(models), {}
    for score in score_row(models, customer_id, as_of, row):
        label, chance = score.label, chances.get(chance_of(score.label))
        known = None if chance is None else np.array([chance])
        told = np.array([score.probability])
        found[label] = float(_held(models[label], label, told, known)[0])
    return Changes(found, _origins(models))


def chance_of(label: str) -> str:
    """The label of the probability that an effect changes.

    >>> chance_of("buys:fund:phone"), chance_of("leaves:retention:phone")
    ('buys:fund', 'churn')
    """
    return _CHURN if label.startswith("leaves:") else label.rpartition(":")[0]


def _known(models: Mapping[str, Model]) -> dict[str, Model]:
    """The models that learned an effect, or measured the average of their label well enough."""
    return {
        label: model
        for label, model in models.items()
        if model.learned or _shown(model.card.metrics, label)
    }


def _shown(metrics: Mapping[str, Estimate], label: str) -> bool:
    """Whether an arm's average is shown to differ from no change, or to be next to none."""
    if (ratio := metrics.get(f"ratio:{label}")) is not None:
        return not ratio.low <= 1 <= ratio.high or ratio.high - ratio.low <= _WIDEST_RATIO
    added = metrics.get(f"added:{label}")
    return added is not None and (added.shown or added.high - added.low <= _WIDEST_DIFFERENCE)


def _held(model: Model, label: str, told: Floats, chance: Floats | None) -> Floats:
    """A change within what the chance leaves room for; an average one goes by the chance."""
    if chance is None:
        return told
    ratio = model.card.metrics.get(f"ratio:{label}")
    if ratio is not None and not model.learned:
        told = chance * (ratio.value - 1)
    return np.where(chance > 0, np.clip(told, -chance, 1 - chance), 0.0)


def _origins(models: Mapping[str, Model]) -> Mapping[str, Origin]:
    return {label: "learned" if model.learned else "measured" for label, model in models.items()}
