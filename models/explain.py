"""Why: the strongest reasons of a score, in words that a raw row can confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text
from goodcall.ports import Phrasebook
from goodcall.reason import About, Reason

REASONS = 3


@dataclass(frozen=True, slots=True)
class _Concepts:
    """The concepts in the order of their names, and the places of each one's features.

    `order` are all places, concept by concept, `starts` where in it each concept begins.
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def sums(self, contributions: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each concept adds to each row: [rows, concepts]."""
        ordered = np.take(contributions, self.order, axis=1)
        return np.add.reduceat(ordered, self.starts, axis=1)


def reasons_of(
    contributions: NDArray[np.float64],
    matrix: NDArray[np.float64],
    features: Sequence[str],
    phrasebook: Phrasebook,
    *,
    about: About = "flagged",
) -> list[tuple[Reason, ...]]:
    """Up to three reasons a row, strongest first, from contributions [rows, features].

    A feature's contribution counts for its concept. Of the concepts that raise the score, each is
    told by the feature that raises it most and about which the phrasebook has something to say; a
    concept of which nothing can be said gives way to the next. Contributions to an effect, where
    `about` is "call", say in this way why a call helps.
    """
    if not len(contributions):
        return []
    concepts = _concepts(tuple(features), phrasebook)
    sums = concepts.sums(contributions)
    strongest = np.argsort(-sums, axis=1, kind="stable").tolist()
    reasons = []
    for row, order in enumerate(strongest):
        found: list[Reason] = []
        for number in order:
            strength = float(sums[row, number])
            if strength <= 0 or len(found) == REASONS:
                break
            told = _speaker(
                concepts.members[number], contributions[row], matrix[row], features, phrasebook
            )
            if told is not None:
                at, text = told
                value = float(matrix[row, at])
                name = concepts.names[number]
                found.append(Reason(name, features[at], value, strength, text, about))
        reasons.append(tuple(found))
    return reasons


def concept_sums(
    contributions: NDArray[np.float64], features: Sequence[str], phrasebook: Phrasebook
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The concepts in the order of their names, and what each adds to each row: [rows, concepts].

    A row's sums do not depend on the rows beside it, to the last byte.
    """
    concepts = _concepts(tuple(features), phrasebook)
    return concepts.names, concepts.sums(contributions)


@lru_cache(maxsize=256)
def _concepts(features: tuple[str, ...], phrasebook: Phrasebook) -> _Concepts:
    """The concepts of some features: the same for every row of a model, so kept."""
    found: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        found.setdefault(phrasebook.concept_of(feature), []).append(place)
    names = tuple(sorted(found))
    members = tuple(tuple(found[name]) for name in names)
    sizes = [len(places) for places in members]
    return _Concepts(
        names,
        members,
        order=np.array([place for places in members for place in places], dtype=np.intp),
        starts=np.cumsum([0, *sizes[:-1]], dtype=np.intp),
    )


def _speaker(
    members: Sequence[int],
    shares: NDArray[np.float64],
    values: NDArray[np.float64],
    features: Sequence[str],
    phrasebook: Phrasebook,
) -> tuple[int, Text] | None:
    """The feature that raises its concept most and can be told, with its words."""
    own = shares[list(members)]
    for at in np.argsort(-own, kind="stable").tolist():
        if own[at] <= 0:
            return None
        number = members[at]
        text = phrasebook.say(features[number], float(values[number]))
        if text is not None:
            return number, text
    return None
