"""What training hands over: a model, what it was trained for, and its scores of unseen rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from models.model import Model
from training.definitions.definition import Definition
from training.evaluation.evaluate import Use
from training.evaluation.explained import Explained

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, the definition it was trained for, and its scores of rows that did not teach them.

    `tested` has customer_id, as_of, y, probability, baseline and rule, a row a tested one, and
    label where the model speaks for several; it is empty for a base-rate model. A model that tells
    cents has cents, expected_cents and those of its rivals instead, and one of effects what
    `EffectLearned.tested` has. `explained` says what moved the scores of such rows, None where
    nothing does; `use` how long the lists were that were measured.
    """

    model: Model
    definition: Definition
    tested: pa.Table
    explained: Explained | None = None
    use: Use = field(default_factory=Use)


def quiet(_: str) -> None:
    """Say nothing."""
