"""Scores of many customers at once for the lists, of one for the apps, and their reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.ports import Phrasebook
from goodcall.reason import Reason
from goodcall.score import Score
from models.errors import InSample, NoChampion, WrongFeatures
from models.explain import concept_sums, reasons_of
from models.matrix import keys_of, matrix_of
from models.model import Model


def score_table(models: Mapping[str, Model], table: pa.Table) -> pa.Table:
    """The score of every label for every row: customer_id, as_of, one column a label.

    Each is in its model's unit. A row that a model learned from gets its out-of-fold score; where
    a model has none for its own dates the table is refused as InSample, since its scores would
    flatter.
    """
    customer_id, as_of = keys_of(table)
    columns = {"customer_id": pa.array(customer_id), "as_of": pa.array(as_of)}
    found: dict[str, NDArray[np.float64]] = {}
    for model, labels in _by_model(models):
        matrix = matrix_of(table, model.features)
        scores = model.in_unit(_raw(model, customer_id, as_of, matrix))
        found |= {label: scores[:, model.place_of(label)] for label in labels}
    return pa.table(columns | {label: pa.array(found[label]) for label in sorted(found)})


def score_matrix(
    models: Mapping[str, Model],
    customer_ids: NDArray[np.int64],
    as_of: date,
    matrix: NDArray[np.float64],
    names: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """The score of every label for every row of a matrix [rows, names], by label.

    Each is in its model's unit. WrongFeatures where a model reads a column that is not named.
    """
    days = np.full(len(matrix), np.datetime64(as_of, "D"))
    place = {name: number for number, name in enumerate(names)}
    found: dict[str, NDArray[np.float64]] = {}
    for model, labels in _by_model(models):
        lacking = [name for name in model.features if name not in place]
        if lacking:
            raise WrongFeatures(
                f"model {model.card.label!r} reads {len(lacking)} columns that are not there, "
                f"first: {lacking[0]}; bring every feature of the catalogue"
            )
        rows = matrix
        if model.features != tuple(names):
            rows = np.ascontiguousarray(matrix[:, [place[name] for name in model.features]])
        scores = model.in_unit(_raw(model, customer_ids, days, rows))
        found |= {label: scores[:, model.place_of(label)] for label in labels}
    return found


def score_row(
    models: Mapping[str, Model],
    customer_id: int,
    as_of: date,
    row: Mapping[str, float | None],
    phrasebook: Phrasebook | None = None,
) -> tuple[Score, ...]:
    """One customer's score for every label, with reasons when a phrasebook is at hand."""
    ids, days = np.array([customer_id]), np.array([as_of], dtype="datetime64[D]")
    scores: dict[str, Score] = {}
    for model, labels in _by_model(models):
        matrix = _row_matrix(row, model.features)
        found = model.in_unit(_raw(model, ids, days, matrix))[0]
        for label in labels:
            reasons: tuple[Reason, ...] = ()
            if phrasebook is not None and model.explains:
                shares = _contributions(model, label, ids, days, matrix)
                reasons = _told(model, shares, matrix, phrasebook)[0]
            probability = float(found[model.place_of(label)])
            scores[label] = Score(customer_id, as_of, label, probability, model.version, reasons)
    return tuple(scores[label] for label in sorted(scores))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one score is made of: `base` and the sum of `concepts` are its log-odds.

    Of a contact's effect they are the effect itself, a difference of probabilities.

    `concepts` holds every concept with what it adds, the strongest in either direction first.
    """

    score: Score
    base: float
    log_odds: float
    concepts: tuple[tuple[str, float], ...]


def explain_row(
    models: Mapping[str, Model],
    label: str,
    customer_id: int,
    as_of: date,
    row: Mapping[str, float | None],
    *,
    phrasebook: Phrasebook,
) -> Explanation:
    """One customer's score for one label, taken apart by concept."""
    model = models[label]
    ids, days = np.array([customer_id]), np.array([as_of], dtype="datetime64[D]")
    matrix = _row_matrix(row, model.features)
    raw = _raw(model, ids, days, matrix)
    place = model.place_of(label)
    probability, log_odds = float(model.in_unit(raw)[0, place]), float(raw[0, place])
    sums: dict[str, float] = {}
    reasons: tuple[Reason, ...] = ()
    if model.explains:
        shares = _contributions(model, label, ids, days, matrix)
        (reasons,) = _told(model, shares, matrix, phrasebook)
        names, found = concept_sums(shares, model.features, phrasebook)
        sums = dict(zip(names, found[0].tolist(), strict=True))
    score = Score(customer_id, as_of, label, probability, model.version, reasons)
    concepts = tuple(sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0])))
    return Explanation(score, log_odds - sum(sums.values()), log_odds, concepts)


@dataclass(frozen=True, slots=True)
class TableExplainer:
    """Gives the reasons of scores over one date's features table, for the few rows asked for."""

    models: Mapping[str, Model]
    table: pa.Table
    phrasebook: Phrasebook
    _place: Mapping[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = {each: row for row, each in enumerate(self.table["customer_id"].to_pylist())}
        if len(place) < self.table.num_rows:
            raise WrongFeatures(
                f"the features table has {self.table.num_rows} rows of {len(place)} customers; "
                "explain one as_of date at a time"
            )
        object.__setattr__(self, "_place", place)

    def reasons(self, label: str, customer_ids: Sequence[int]) -> Mapping[int, tuple[Reason, ...]]:
        """The strongest reasons of each customer's score, strongest first.

        A model that learned nothing of its own, or tells harm, gives none.
        """
        if label not in self.models:
            known = ", ".join(sorted(self.models)) or "none"
            raise NoChampion(f"no model of {label!r} is loaded; known: {known}")
        unknown = [each for each in customer_ids if each not in self._place]
        if unknown:
            raise WrongFeatures(
                f"{len(unknown)} customers are not in the features table, first: {unknown[0]}; "
                "ask for customers of the snapshot that was scored"
            )
        model = self.models[label]
        if not model.explains:
            return dict.fromkeys(customer_ids, ())
        rows = self.table.take(pa.array([self._place[each] for each in customer_ids], pa.int64()))
        matrix = matrix_of(rows, model.features)
        shares = _contributions(model, label, *keys_of(rows), matrix)
        found = _told(model, shares, matrix, self.phrasebook)
        return dict(zip(customer_ids, found, strict=True))


def _told(
    model: Model,
    shares: NDArray[np.float64],
    matrix: NDArray[np.float64],
    phrasebook: Phrasebook,
) -> list[tuple[Reason, ...]]:
    """Each row's reasons: what speaks for acting, be it to bring about or to prevent."""
    return reasons_of(model.sense * shares, matrix, model.features, phrasebook, about=model.about)


def _by_model(models: Mapping[str, Model]) -> Iterator[tuple[Model, list[str]]]:
    """Each model with the labels asked of it, so that none is asked twice."""
    found: dict[int, tuple[Model, list[str]]] = {}
    for label, model in models.items():
        found.setdefault(id(model), (model, []))[1].append(label)
    yield from found.values()


def _raw(
    model: Model,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    matrix: NDArray[np.float64],
) -> NDArray[np.float64]:
    _refuse_in_sample(model, as_of)
    raw = model.raw(matrix)
    if model.held_out is None:
        return raw
    place = model.held_out.find(customer_id, as_of)
    return np.where((place >= 0)[:, None], model.held_out.raw[place], raw)


def _contributions(
    model: Model,
    label: str,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    matrix: NDArray[np.float64],
) -> NDArray[np.float64]:
    shares = model.contributions(matrix, label)
    if model.held_out is not None:
        place = model.held_out.find(customer_id, as_of)
        own = model.held_out.contributions[:, model.place_of(label)]
        shares[place >= 0] = own[place[place >= 0]]
    return shares


def _refuse_in_sample(model: Model, as_of: NDArray[np.datetime64]) -> None:
    if not model.learned or model.held_out is not None:
        return
    both = set(model.card.trained_as_of).intersection(as_of.tolist())
    if both:
        raise InSample(
            f"model {model.card.label!r} was trained on rows of {min(both)}; scores of that date "
            f"would flatter it: score a date after {max(model.card.trained_as_of)}"
        )


def _row_matrix(row: Mapping[str, float | None], features: Sequence[str]) -> NDArray[np.float64]:
    lacking = [name for name in features if name not in row]
    if lacking:
        raise WrongFeatures(
            f"the customer's row lacks {len(lacking)} columns, first: {lacking[0]}; "
            "rebuild the online store from the catalogue in use"
        )
    return np.array([[np.nan if row[name] is None else row[name] for name in features]], np.float64)
