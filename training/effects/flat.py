"""A flat file of a randomised test as a set that an effect can be learned from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from goodcall.section import read_text, read_toml
from training.effects.lot import Arm, EffectSet, checked
from training.errors import BadFlatSpec
from training.flat.flat import FlatSet


@dataclass(frozen=True, slots=True)
class FlatContact:
    """Which column says what the lot drew, the two words compared, and the chance of the first."""

    column: str
    treated: str
    control: str
    probability: float


def read_flat_contact(path: Path) -> FlatContact:
    """The comparison in a TOML file; BadFlatSpec names the line of a mistake."""
    top = read_toml(read_text(path, "the comparison", BadFlatSpec), str(path), BadFlatSpec)
    said = FlatContact(
        top.text("column"),
        top.text("treated"),
        top.text("control"),
        top.number("probability", 0, 1),
    )
    top.done()
    return said


def flat_effect_set(flat: FlatSet, contact: FlatContact) -> EffectSet:
    """The rows of both arms, with the outcome that the file's configuration names, as one arm."""
    drawn = flat.column(contact.column)
    words = sorted(set(drawn.tolist()))
    for word in (contact.treated, contact.control):
        if word not in words:
            raise BadFlatSpec(
                f"no row of {flat.spec.name} has {word!r} in {contact.column!r}; it holds: "
                f"{', '.join(words)}"
            )
    rows = np.flatnonzero(np.isin(drawn, [contact.treated, contact.control]))
    data = flat.data
    return checked(
        EffectSet(
            outcome=flat.spec.name,
            wanted=True,
            horizon=flat.spec.label.horizon,
            features=data.features,
            fingerprint=data.fingerprint,
            matrix=data.matrix[rows],
            treated=drawn[rows] == contact.treated,
            probability=np.full(len(rows), contact.probability),
            y=data.y[rows],
            customer_id=data.customer_id[rows],
            as_of=data.as_of[rows],
            arms=(Arm(contact.treated, contact.column),),
            arm=np.zeros(len(rows), dtype=np.int64),
        ),
        np.ones(len(rows), dtype=np.bool_),
    )
