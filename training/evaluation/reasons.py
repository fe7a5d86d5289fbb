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
from models.card import Estimate
from models.explain import REASONS, concept_sums
from training.evaluation.bootstrap import mean_estimate

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Removal:
    """What happens to each row's score when its strongest concept is removed, [rows].

    `fall` is by how much the score falls, `said` by how much it should according to the
    contributions, and `fall_of_another` the fall when another concept, drawn at random, is removed
    instead: all on the score's additive scale. Not-a-number where no concept raises a row's score.
    """

    fall: Matrix
    said: Matrix
    fall_of_another: Matrix


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Of `rows` whose score some concept raises, what happens when the strongest one is removed.

    `fell` is the share of them whose score falls; the others are the means of a Removal.
    """

    rows: int
    fell: Estimate
    fall: Estimate
    said: Estimate
    fall_of_another: Estimate


def removal(
    raw: Callable[[Matrix], Matrix],
    contributions: Matrix,
    matrix: Matrix,
    *,
    features: Sequence[str],
    phrasebook: Phrasebook,
    background: Matrix,
    rng: np.random.Generator,
) -> Removal:
    """What removing each row's strongest concept does to its raw score.

    `raw` gives the score of rows on the scale on which contributions add up. A concept is removed
    by putting in its features' place those of each of the `background` rows, a few drawn from those
    trained on, and averaging the scores: what is left is what the score says without it. A median
    would not do, since what is usual in each feature may be rare in all of them together.
    """
    concepts, sums = concept_sums(contributions, features, phrasebook)
    mine = np.array([concepts.index(phrasebook.concept_of(feature)) for feature in features])
    top = sums.argmax(axis=1)
    another = (top + rng.integers(1, max(2, len(concepts)), len(matrix))) % len(concepts)
    before = raw(matrix)
    fall, of_another = (
        before - np.mean([raw(np.where(gone, other, matrix)) for other in background], axis=0)
        for gone in (mine == top[:, None], mine == another[:, None])
    )
    said = sums.max(axis=1)
    return Removal(*(np.where(said > 0, each, np.nan) for each in (fall, said, of_another)))


def faithfulness(gone: Removal, customer_id: NDArray[np.int64], seed: int) -> Faithfulness:
    """The figures of rows from which the strongest concept was removed, each with its interval."""
    raised = ~np.isnan(gone.said)
    fell = np.where(raised, gone.fall > 0, np.nan)
    return Faithfulness(
        int(raised.sum()),
        *(
            mean_estimate(each, customer_id, seed)
            for each in (fell, gone.fall, gone.said, gone.fall_of_another)
        ),
    )


def agreement(
    first: Matrix, second: Matrix, features: Sequence[str], phrasebook: Phrasebook
) -> Matrix:
    """The share of each row's strongest three concepts that two models agree on, [rows].

    `first` and `second` are contributions of the same rows; concepts that raise the score count,
    and a row in which the first model finds none is not-a-number.
    """
    tops = [_top(concept_sums(each, features, phrasebook)[1]) for each in (first, second)]
    found = tops[0].sum(axis=1).astype(np.float64)
    found[found == 0] = np.nan
    return np.asarray((tops[0] & tops[1]).sum(axis=1) / found)


def _top(sums: Matrix) -> NDArray[np.bool_]:
    """Whether a concept is among the strongest that raise a row's score: [rows, concepts]."""
    rank = np.argsort(np.argsort(-sums, axis=1, kind="stable"), axis=1)
    return (rank < REASONS) & (sums > 0)
