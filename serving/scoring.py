"""Answers about one customer's scores: the probabilities, and what one of them is made of."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from features.catalog import CATALOG
from features.errors import StaleSnapshot, StoreUnreachable
from features.online import OnlineStore, Served
from goodcall.effect import Changes
from goodcall.score import Score
from models.card import Unit
from models.contact import chance_of, effects_of_row
from models.model import Model
from models.score import Explanation, explain_row, score_row
from serving.errors import NotReady, ObjectsToProfiling, Unanswered, UnknownCustomer, UnknownLabel
from serving.schemas.scores import (
    Because,
    ConceptShare,
    ContactEffect,
    ExplainAnswer,
    ExplainRequest,
    ScoreAnswer,
    ScoreRequest,
)
from serving.schemas.shared import Words
from serving.shelf import Shelf, need

Row = Mapping[str, float | None]


def score(shelf: Shelf, asked: ScoreRequest, now: datetime) -> ScoreAnswer:
    """A customer's probability of every label asked for, as the customer stands at `now`."""
    models, store = models_of(shelf), need(shelf.snapshot, "no_snapshot")
    wanted = models if asked.labels is None else chosen(models, asked.labels)
    served = served_row(store, asked.customer_id, now)
    scores = score_row(wanted, asked.customer_id, served.as_of, row_of(served))
    return ScoreAnswer(
        **said_of(served),
        probabilities={each.label: each.probability for each in scores},
        model_versions={each.label: each.model_version for each in scores},
    )


def explain(shelf: Shelf, asked: ExplainRequest, now: datetime) -> ExplainAnswer:
    """What one score of a customer is made of, as the customer stands at `now`.

    Beside it stands what contacts would change about it, with why a call helps.
    """
    models, store = models_of(shelf), need(shelf.snapshot, "no_snapshot")
    model = chosen(models, [asked.label])[asked.label]
    served = served_row(store, asked.customer_id, now)
    phrasebook = CATALOG.speaking(store.mark.currency)
    row = row_of(served)
    found = explain_row(
        models, asked.label, asked.customer_id, served.as_of, row, phrasebook=phrasebook
    )
    return ExplainAnswer(
        **said_of(served),
        **taken_apart(model, asked.label, found),
        contacts=_contacts(shelf, found.score, served, row),
    )


def taken_apart(model: Model, label: str, found: Explanation) -> dict[str, Any]:
    """What an answer says of a score and of what it is made of."""
    return {
        "label": label,
        "meaning": Words.of(model.card.meaning),
        "probability": found.score.probability,
        "log_odds": found.log_odds,
        "base_value": found.base,
        "concepts": tuple(
            ConceptShare(concept=concept, contribution=share)
            for concept, share in found.concepts
            if share
        ),
        "reasons": tuple(Because.of(reason) for reason in found.score.reasons),
        "model_version": found.score.model_version,
    }


def models_of(shelf: Shelf, unit: Unit = "probability") -> dict[str, Model]:
    """The champions whose scores are in a unit, by label."""
    models = need(shelf.models, "no_model")
    return {label: model for label, model in models.items() if model.card.unit == unit}


def changes_of(
    shelf: Shelf, served: Served, row: Row, probabilities: Mapping[str, float]
) -> Changes:
    """What contacts would change for a customer, as far as a lot taught it."""
    effects = models_of(shelf, "difference")
    return effects_of_row(effects, served.customer_id, served.as_of, row, probabilities)


def _contacts(shelf: Shelf, score: Score, served: Served, row: Row) -> tuple[ContactEffect, ...]:
    """What contacts would change about a score's probability, the most first."""
    effects = {
        name: model
        for name, model in models_of(shelf, "difference").items()
        if chance_of(name) == score.label
    }
    if not effects:
        return ()
    who, as_of = served.customer_id, served.as_of
    changes = changes_of(shelf, served, row, {score.label: score.probability})
    effects = {name: effects[name] for name in changes.by_label if name in effects}
    book = CATALOG.speaking(need(shelf.snapshot, "no_snapshot").mark.currency)
    told = {each.label: each for each in score_row(effects, who, as_of, row, book)}
    ordered = sorted(effects, key=lambda name: (-abs(changes.by_label[name]), name))
    return tuple(
        ContactEffect(
            label=name,
            change=changes.by_label[name],
            known=changes.origins[name],
            reasons=tuple(Because.of(reason) for reason in told[name].reasons),
            model_version=told[name].model_version,
        )
        for name in ordered
    )


def refuse_old(store: OnlineStore, now: datetime) -> None:
    """Raise NotReady where the snapshot is too old to answer from."""
    try:
        store.refuse_old(now)
    except StaleSnapshot as error:
        raise NotReady("stale_snapshot", str(error)) from error


def served_row(store: OnlineStore, customer_id: int, now: datetime) -> Served:
    """A customer's row at `now`, or UnknownCustomer, or NotReady where the snapshot is too old."""
    try:
        served = store.row_at(customer_id, now)
    except StaleSnapshot as error:
        raise NotReady("stale_snapshot", str(error)) from error
    except StoreUnreachable as error:
        raise NotReady("no_snapshot", str(error)) from error
    if served is None:
        raise unscored(store, customer_id)
    return served


def row_of(served: Served) -> Row:
    """The features of a row by name."""
    return dict(zip(CATALOG.names, served.values.tolist(), strict=True))


def said_of(served: Served) -> dict[str, Any]:
    """What an answer says of the row that it rests on."""
    return {
        "customer_id": served.customer_id,
        "as_of": served.as_of,
        "at": served.at,
        "facts_since": served.facts,
        "stands_as_of": served.marks,
    }


def unknown_customer(store: OnlineStore, customer_id: int) -> UnknownCustomer:
    """The error for a customer whom the snapshot does not hold."""
    return UnknownCustomer(
        f"customer {customer_id} is not in the snapshot of {store.mark.as_of}; "
        "check the number, or publish a snapshot that holds the customer"
    )


def unscored(store: OnlineStore, customer_id: int) -> Unanswered:
    """Why there is no row: the customer objects to profiling, or is not known."""
    profile = store.profile(customer_id, named=False)
    objects = profile is not None and profile.profiling_opt_out
    return why_unscored(store, customer_id, objects=objects)


def why_unscored(store: OnlineStore, customer_id: int, *, objects: bool) -> Unanswered:
    """The error for a customer without a row, who `objects` to profiling or is not known."""
    if objects:
        return ObjectsToProfiling(
            f"customer {customer_id} objects to profiling, so no score is made; "
            "next_best_offers gives offers in no personal order"
        )
    return unknown_customer(store, customer_id)


def chosen(models: Mapping[str, Model], labels: Iterable[str]) -> dict[str, Model]:
    """The models of some labels, or UnknownLabel."""
    for label in labels:
        if label not in models:
            raise UnknownLabel(
                f"no model predicts {label!r}; choose among: {', '.join(sorted(models))}"
            )
    return {label: models[label] for label in labels}
