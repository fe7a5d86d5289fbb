"""Answers about one customer's scores: the probabilities, and what one of them is made of."""

from collections.abc import Iterable, Mapping

from features.catalog import CATALOG
from features.online import OnlineStore
from models.model import Model
from models.score import explain_row, score_row
from serving.errors import UnknownCustomer, UnknownLabel
from serving.schemas import (
    Because,
    ConceptShare,
    ExplainAnswer,
    ExplainRequest,
    ScoreAnswer,
    ScoreRequest,
    Words,
)
from serving.shelf import Shelf, need

Row = Mapping[str, float | None]


def score(shelf: Shelf, asked: ScoreRequest) -> ScoreAnswer:
    """A customer's probability of every label asked for."""
    models, store = need(shelf.models, "no_model"), need(shelf.snapshot, "no_snapshot")
    chosen = models if asked.labels is None else _chosen(models, asked.labels)
    row = row_of(store, asked.customer_id)
    scores = score_row(chosen, asked.customer_id, store.mark.as_of, row)
    return ScoreAnswer(
        customer_id=asked.customer_id,
        as_of=store.mark.as_of,
        probabilities={each.label: each.probability for each in scores},
        model_versions={each.label: each.model_version for each in scores},
    )


def explain(shelf: Shelf, asked: ExplainRequest) -> ExplainAnswer:
    """What one score of a customer is made of."""
    models, store = need(shelf.models, "no_model"), need(shelf.snapshot, "no_snapshot")
    model = _chosen(models, [asked.label])[asked.label]
    row = row_of(store, asked.customer_id)
    phrasebook = CATALOG.speaking(store.mark.currency)
    found = explain_row(model, asked.customer_id, store.mark.as_of, row, phrasebook)
    return ExplainAnswer(
        customer_id=asked.customer_id,
        as_of=store.mark.as_of,
        label=asked.label,
        meaning=Words.of(model.card.meaning),
        probability=found.score.probability,
        log_odds=found.log_odds,
        base_value=found.base,
        concepts=tuple(
            ConceptShare(concept=concept, contribution=share)
            for concept, share in found.concepts
            if share
        ),
        reasons=tuple(Because.of(reason) for reason in found.score.reasons),
        model_version=found.score.model_version,
    )


def row_of(store: OnlineStore, customer_id: int) -> Row:
    """A customer's features by name, or UnknownCustomer."""
    vector = store.features(customer_id)
    if vector is None:
        raise unknown_customer(store, customer_id)
    return dict(zip(CATALOG.names, vector.tolist(), strict=True))


def unknown_customer(store: OnlineStore, customer_id: int) -> UnknownCustomer:
    """The error for a customer whom the snapshot does not hold."""
    return UnknownCustomer(
        f"customer {customer_id} is not in the snapshot of {store.mark.as_of}; "
        "check the number, or publish a snapshot that holds the customer"
    )


def _chosen(models: Mapping[str, Model], labels: Iterable[str]) -> dict[str, Model]:
    for label in labels:
        if label not in models:
            raise UnknownLabel(
                f"no model predicts {label!r}; choose among: {', '.join(sorted(models))}"
            )
    return {label: models[label] for label in labels}
