"""The card of a model: what it predicts, from what it learned, how good it is, and its limits."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from goodcall.language import Text
from models.errors import BrokenModel

Unit = Literal["probability", "cents", "difference"]
# Chances decide and are explained, and so is what a contact changes about them.
DECIDING: tuple[Unit, ...] = ("probability", "difference")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured figure with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves zero out; a difference that covers zero is not shown."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Card:
    """What a person must know before trusting a model.

    `label` is the model's name and `labels` what it gives scores for, in `unit`s: one label of its
    own name, or several, such as a churn model's horizons. `kind` names the scorer (models.kinds).
    `metrics` and `baseline` are of the model and of a plain logistic regression on the same rows,
    which neither saw in training; `over_baseline` is the difference of their AUCs. `excluded`
    counts the rows that got no label, by reason. `fingerprint` is the feature catalogue's;
    `content_hash` covers the scorer, the held-out scores and this card.
    """

    label: str
    labels: tuple[str, ...]
    unit: Unit
    meaning: Text
    kind: str
    features: tuple[str, ...]
    fingerprint: str
    trained_as_of: tuple[date, ...]
    tested_as_of: tuple[date, ...]
    rows: int
    positives: int
    measured: Text
    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    over_baseline: Estimate | None
    excluded: Mapping[str, int]
    limits: tuple[Text, ...]
    params: Mapping[str, float | int | str | bool]
    created: datetime
    content_hash: str = ""

    @property
    def base_rate(self) -> float:
        """The share of positives among the rows learned from."""
        return self.positives / self.rows


def card_to_json(card: Card) -> str:
    """A card as JSON for people and programs; dates and instants in ISO 8601."""
    said: dict[str, Any] = asdict(card) | {
        "base_rate": card.base_rate,
        "trained_as_of": [str(day) for day in card.trained_as_of],
        "tested_as_of": [str(day) for day in card.tested_as_of],
        "created": card.created.astimezone(UTC).isoformat(),
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def card_from_json(text: str) -> Card:
    """The card that `card_to_json` wrote; BrokenModel when it does not read as one."""
    try:
        said = json.loads(text)
        del said["base_rate"]
        over = said["over_baseline"]
        return replace(
            Card(**said),
            labels=tuple(said["labels"]),
            meaning=Text(**said["meaning"]),
            features=tuple(said["features"]),
            trained_as_of=tuple(date.fromisoformat(day) for day in said["trained_as_of"]),
            tested_as_of=tuple(date.fromisoformat(day) for day in said["tested_as_of"]),
            measured=Text(**said["measured"]),
            metrics={name: Estimate(**figure) for name, figure in said["metrics"].items()},
            baseline={name: Estimate(**figure) for name, figure in said["baseline"].items()},
            over_baseline=Estimate(**over) if over else None,
            limits=tuple(Text(**limit) for limit in said["limits"]),
            created=datetime.fromisoformat(said["created"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the card does not read as one: {error!r}; restore the model's folder or train again"
        ) from error
