"""What moves the scores of held-out rows, concept by concept, and whether such reasons hold."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.ports import Phrasebook
from models.card import Estimate
from models.explain import concept_sums
from models.scorer import Scorer
from training.dataset import TrainingSet
from training.evaluation.bootstrap import mean_estimate
from training.evaluation.reasons import (
    Faithfulness,
    Matrix,
    Removal,
    agreement,
    faithfulness,
    removal,
)

SAMPLE = 600
_BACKGROUND = 12
_FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Asked:
    """Held-out rows and what moves their scores of one label.

    `shares` are the contributions of the model that was tested and `again` those of one that
    learned the same rows from another seed, [rows, features]; `raw` is the tested model's score.
    """

    matrix: Matrix
    customer_id: NDArray[np.int64]
    raw: Callable[[Matrix], Matrix]
    shares: Matrix
    again: Matrix


@dataclass(frozen=True, slots=True)
class Explained:
    """What each concept adds to the scores of held-out rows, and how far reasons can be trusted.

    `moves` is [rows, concepts] on the scale on which contributions add up, `values` the value that
    the concept's strongest feature has in a row. `stable` is the share of a row's strongest three
    concepts that return when the model is trained again from another seed.
    """

    concepts: tuple[str, ...]
    customer_id: NDArray[np.int64]
    moves: Matrix
    values: Matrix
    faithful: Faithfulness
    stable: Estimate


def ask(first: Scorer, again: Scorer, data: TrainingSet, place: int = 0) -> Asked:
    """What two scorers say of rows that taught neither, of label number `place`."""
    matrix = data.matrix
    return Asked(
        matrix,
        data.customer_id,
        lambda rows: first.raw(rows)[:, place],
        first.contributions(matrix, place),
        again.contributions(matrix, place),
    )


def spread(rows: NDArray[np.int64], most: int = SAMPLE) -> NDArray[np.int64]:
    """At most so many of some rows, evenly spread over them."""
    return rows[:: max(1, -(-len(rows) // most))]


def explain(
    asked: Sequence[Asked], taught: TrainingSet, phrasebook: Phrasebook, seed: int
) -> Explained | None:
    """What moved the scores of held-out rows, those of several labels one after another.

    `taught` are the rows that taught the model. None where no row moved: nothing explains a score
    that is the same for all.
    """
    shares = np.concatenate([each.shares for each in asked])
    if not shares.any():
        return None
    rng = np.random.default_rng(seed)
    background = taught.matrix[rng.integers(len(taught.matrix), size=_BACKGROUND)]
    features = taught.features
    gone = [
        removal(
            *(each.raw, each.shares, each.matrix),
            features=features,
            phrasebook=phrasebook,
            background=background,
            rng=rng,
        )
        for each in asked
    ]
    same = [agreement(each.shares, each.again, features, phrasebook) for each in asked]
    customers = np.concatenate([each.customer_id for each in asked])
    matrix = np.concatenate([each.matrix for each in asked])
    concepts, moves = concept_sums(shares, features, phrasebook)
    return Explained(
        concepts,
        customers,
        moves,
        _strongest(concepts, shares, matrix, features, phrasebook),
        faithfulness(_joined(gone), customers, seed),
        mean_estimate(np.concatenate(same), customers, seed),
    )


def explained_table(told: Explained) -> pa.Table:
    """What was explained as a table to keep, a row a held-out one; its figures in the schema."""
    figures = {"faithful": asdict(told.faithful), "stable": asdict(told.stable)}
    columns: dict[str, Any] = {"customer_id": told.customer_id}
    for number, concept in enumerate(told.concepts):
        columns[f"moves:{concept}"] = told.moves[:, number]
        columns[f"value:{concept}"] = told.values[:, number]
    return pa.table(columns).replace_schema_metadata({_FIGURES: json.dumps(figures)})


def explained_of(table: pa.Table) -> Explained:
    """What `explained_table` kept; ValueError or KeyError where a table holds something else."""
    figures = json.loads((table.schema.metadata or {})[_FIGURES.encode()])
    moves, values = (
        [name for name in table.column_names if name.startswith(part)]
        for part in ("moves:", "value:")
    )
    faithful = {
        name: Estimate(**figure) for name, figure in figures["faithful"].items() if name != "rows"
    }
    return Explained(
        tuple(name.removeprefix("moves:") for name in moves),
        table["customer_id"].to_numpy(),
        np.column_stack([table[name].to_numpy() for name in moves]),
        np.column_stack([table[name].to_numpy() for name in values]),
        Faithfulness(rows=figures["faithful"]["rows"], **faithful),
        Estimate(**figures["stable"]),
    )


def _joined(parts: Sequence[Removal]) -> Removal:
    return Removal(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Removal.__slots__)
    )


def _strongest(
    concepts: Sequence[str],
    shares: Matrix,
    matrix: Matrix,
    features: Sequence[str],
    phrasebook: Phrasebook,
) -> Matrix:
    """The values of each concept's feature that moves scores most: [rows, concepts]."""
    strength = np.abs(shares).mean(axis=0)
    mine = np.array([phrasebook.concept_of(feature) for feature in features])
    best = [int(np.where(mine == concept, strength, -1.0).argmax()) for concept in concepts]
    return np.asarray(matrix[:, best])
