"""Why: the strongest reasons of a score, in words that a raw row can confirm."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text
from goodcall.ports import Phrasebook
from goodcall.reason import Reason

REASONS = 3


def reasons_of(
    contributions: NDArray[np.float64],
    matrix: NDArray[np.float64],
    features: Sequence[str],
    phrasebook: Phrasebook,
) -> list[tuple[Reason, ...]]:
    """Up to three reasons a row, strongest first, from contributions [rows, features].

    A feature's contribution counts for its concept. Of the concepts that raise the score, each is
    told by the feature that raises it most and about which the phrasebook has something to say; a
    concept of which nothing can be said gives way to the next.
    """
    names = [phrasebook.concept_of(feature) for feature in features]
    concepts, which = np.unique(names, return_inverse=True)
    members = [np.flatnonzero(which == position) for position in range(len(concepts))]
    sums = np.column_stack([contributions[:, member].sum(axis=1) for member in members])
    reasons = []
    for row, (shares, values) in enumerate(zip(contributions, matrix, strict=True)):
        found: list[Reason] = []
        for position in np.argsort(-sums[row], kind="stable"):
            strength = float(sums[row, position])
            if strength <= 0 or len(found) == REASONS:
                break
            told = _speaker(members[position], shares, values, features, phrasebook)
            if told is not None:
                member, text = told
                concept, value = str(concepts[position]), float(values[member])
                found.append(Reason(concept, features[member], value, strength, text))
        reasons.append(tuple(found))
    return reasons


def _speaker(
    members: NDArray[np.int64],
    shares: NDArray[np.float64],
    values: NDArray[np.float64],
    features: Sequence[str],
    phrasebook: Phrasebook,
) -> tuple[int, Text] | None:
    """The feature that raises its concept most and can be told, with its words."""
    for member in members[np.argsort(-shares[members], kind="stable")]:
        if shares[member] <= 0:
            return None
        if text := phrasebook.say(features[member], float(values[member])):
            return int(member), text
    return None
