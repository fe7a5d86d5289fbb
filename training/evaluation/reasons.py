"""Whether reasons can be trusted: they hold when a model is trained again, and removing one tells.

A reason is faithful when the score falls once it is gone: the features of the concept that is said
to raise a score most are taken from other customers, and the model is asked again. Reasons are
stable when a model trained on the same rows from another seed gives mostly the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodcall.ports import Phrasebook
from models.explain import REASONS, concept_sums

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Of `rows` whose score some concept raises, what happens when the strongest one is removed.

    `fell` is the share of them whose score falls, `fall` by how much in the mean, `said` by how
    much it should according to the contributions, and `fall_of_another` the mean fall when another
    concept, drawn at random, is removed instead: all on the score's additive scale.
    """

    rows: int
    fell: float
    fall: float
    said: float
    fall_of_another: float


def faithfulness(
    raw: Callable[[Matrix], Matrix],
    contributions: Matrix,
    matrix: Matrix,
    *,
    features: Sequence[str],
    phrasebook: Phrasebook,
    background: Matrix,
    rng: np.random.Generator,
) -> Faithfulness:
    """What removing each row's strongest concept does to its raw score.

    `raw` gives the score of rows on the scale on which contributions add up. A concept is removed
    by putting in its features' place those of each of the `background` rows, a few drawn from those
    trained on, and averaging the scores: what is left is what the score says without it. A median
    would not do, since what is usual in each feature may be rare in all of them together.
    """
    concepts, sums = concept_sums(contributions, features, phrasebook)
    raised = sums.max(axis=1) > 0
    rows, sums = matrix[raised], sums[raised]
    mine = np.array([concepts.index(phrasebook.concept_of(feature)) for feature in features])
    top = sums.argmax(axis=1)
    another = (top + rng.integers(1, len(concepts), len(rows))) % len(concepts)
    before = raw(rows)
    fall, of_another = (
        before - np.mean([raw(np.where(gone, other, rows)) for other in background], axis=0)
        for gone in (mine == top[:, None], mine == another[:, None])
    )
    return Faithfulness(
        rows=len(rows),
        fell=float((fall > 0).mean()),
        fall=float(fall.mean()),
        said=float(sums.max(axis=1).mean()),
        fall_of_another=float(of_another.mean()),
    )


def stability(
    first: Matrix, second: Matrix, features: Sequence[str], phrasebook: Phrasebook
) -> float:
    """The share of the strongest three concepts of a row that two models agree on, in the mean.

    `first` and `second` are contributions of the same rows; concepts that raise the score count,
    and a row in which the first model finds none does not.
    """
    tops = [_top(concept_sums(each, features, phrasebook)[1]) for each in (first, second)]
    found = tops[0].any(axis=1)
    both = (tops[0] & tops[1])[found].sum(axis=1)
    return float((both / tops[0][found].sum(axis=1)).mean())


def _top(sums: Matrix) -> NDArray[np.bool_]:
    """Whether a concept is among the strongest that raise a row's score: [rows, concepts]."""
    rank = np.argsort(np.argsort(-sums, axis=1, kind="stable"), axis=1)
    return (rank < REASONS) & (sums > 0)
