"""What a model learns from: features as of a date beside what came of the customer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.ports import Phrasebook
from models.matrix import keys_of, matrix_of
from training.definitions.definition import Definition
from training.errors import (
    BadTrainingSet,
    ForbiddenColumn,
    Leak,
    MissingColumn,
    OneClass,
    TooFewRows,
)
from training.labels import LabelTable

TELLING = frozenset(
    {"y", "label", "target", "outcome", "duration", "call_duration", "exited", "churned", "bought"}
)
PROTECTED = frozenset({"sex", "gender", "ethnicity", "religion", "health"})
_LEAK_AUC = 0.95
_LEAK_ROWS = 50_000
_FEWEST_ROWS = 2
_SHOWN = 5


class FeatureNames(Phrasebook, Protocol):
    """What training needs of a feature catalogue: names in order, words, and a fingerprint."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""
        ...

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change whenever the meaning of a column does."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows with features, float64 [rows, features], and their outcome y, 0 or 1.

    Rows are in ascending order of as_of, then customer_id. `absent` names the columns in which the
    bank has nothing at all.
    """

    definition: Definition
    features: tuple[str, ...]
    fingerprint: str
    matrix: NDArray[np.float64]
    y: NDArray[np.int8]
    customer_id: NDArray[np.int64]
    as_of: NDArray[np.datetime64]
    excluded: Mapping[str, int]
    absent: tuple[str, ...] = ()

    @property
    def positives(self) -> int:
        """How many rows have the outcome."""
        return int(self.y.sum())


def training_set(
    table: pa.Table, catalog: FeatureNames, labels: LabelTable, *, absent: Collection[str] = ()
) -> TrainingSet:
    """Features joined with outcomes, or an error that names what makes them unfit to learn from.

    A column without a single value is a MissingColumn, unless `absent` names it as one for which
    the bank has no source.
    """
    _refuse_forbidden(catalog.names)
    lacking = [name for name in catalog.names if name not in table.column_names]
    if lacking:
        raise MissingColumn(
            f"the features table lacks {_some(lacking)}; build it from the catalogue in use"
        )
    customer_id, as_of, y, places = _joined(table, labels)
    _refuse_untellable(y, labels)
    matrix = matrix_of(table, catalog.names)
    empty = [catalog.names[i] for i in np.flatnonzero(np.isnan(matrix).all(axis=0))]
    unexpected = [name for name in empty if name not in absent]
    if unexpected:
        raise MissingColumn(
            f"nothing at all is known in {_some(unexpected)}; mend the source, or pass them as "
            "absent where the bank has none"
        )
    return TrainingSet(
        labels.definition,
        tuple(catalog.names),
        catalog.fingerprint,
        matrix[places],
        y,
        customer_id,
        as_of,
        labels.excluded,
        tuple(empty),
    )


def absent_columns(table: pa.Table, catalog: FeatureNames) -> tuple[str, ...]:
    """The catalogue's columns in which a features table holds nothing at all."""
    known = [name for name in catalog.names if name in table.column_names]
    return tuple(name for name in known if np.isnan(matrix_of(table, [name])).all())


def refuse_leaks(data: TrainingSet) -> None:
    """Raise Leak when one feature alone ranks the outcome with an AUC beyond .95.

    Missing values rank below all others; a feature that ranks backwards counts as much. At most
    50,000 rows are looked at, evenly spread.
    """
    rows = np.arange(0, len(data.y), max(1, -(-len(data.y) // _LEAK_ROWS)))
    y = data.y[rows] == 1
    if not y.any() or y.all():
        return
    found = []
    for name, column in zip(data.features, data.matrix[rows].T, strict=True):
        auc = _rank_auc(np.where(np.isnan(column), -np.inf, column), y)
        if max(auc, 1 - auc) > _LEAK_AUC:
            found.append(f"{name} (AUC {max(auc, 1 - auc):.3f})")
    if found:
        raise Leak(
            f"{_some(found)} nearly tells {data.definition.name!r} alone, which nothing known "
            "before as_of should; look at how it is computed, and leave it out if it looks ahead"
        )


def _rank_auc(values: NDArray[np.float64], y: NDArray[np.bool_]) -> float:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[which]
    positives, negatives = int(y.sum()), int((~y).sum())
    return float((rank[y].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _joined(
    table: pa.Table, labels: LabelTable
) -> tuple[NDArray[np.int64], NDArray[np.datetime64], NDArray[np.int8], NDArray[np.int64]]:
    customer_id, as_of = keys_of(table)
    here = pa.table(
        {
            "customer_id": customer_id,
            "as_of": pa.array(as_of),
            "place": np.arange(table.num_rows),
        }
    )
    both = labels.rows.join(here, ["customer_id", "as_of"], join_type="inner").sort_by(
        [("as_of", "ascending"), ("customer_id", "ascending")]
    )
    if both.num_rows != labels.rows.num_rows:
        raise BadTrainingSet(
            f"{labels.rows.num_rows} rows have a label but {both.num_rows} of them are found among "
            "the features; label the very rows of the features table, each once"
        )
    ids, days = keys_of(both)
    return ids, days, both["y"].to_numpy(), both["place"].to_numpy()


def _refuse_forbidden(names: tuple[str, ...]) -> None:
    telling = [name for name in names if name in TELLING]
    if telling:
        raise ForbiddenColumn(
            f"{_some(telling)} tells what came after as_of; leave it out of the catalogue"
        )
    protected = [name for name in names if PROTECTED & set(name.lower().split("_"))]
    if protected:
        raise ForbiddenColumn(
            f"{_some(protected)} must never enter a model; it may serve evaluation by group only"
        )


def _refuse_untellable(y: NDArray[np.int8], labels: LabelTable) -> None:
    why = ", ".join(f"{count} {reason}" for reason, count in labels.excluded.items()) or "none"
    if len(y) < _FEWEST_ROWS:
        raise TooFewRows(
            f"{len(y)} rows have an outcome for {labels.definition.name!r} (left out: {why}); "
            "take earlier as_of dates or a shorter horizon"
        )
    if y.min() == y.max():
        raise OneClass(
            f"every one of {len(y)} rows has outcome {int(y[0])} for {labels.definition.name!r} "
            f"(left out: {why}); take more dates or customers, or another label"
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
