"""The probabilities of many customers: one read of the online store, one call of each model."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from starlette.requests import Request

from features.catalog import CATALOG
from features.errors import StaleSnapshot, StoreUnreachable
from features.online import OnlineStore, Served
from governance.access import Subject
from models.score import score_matrix
from serving.errors import NotReady, Unanswered
from serving.gate import Gate
from serving.problems import problem_of
from serving.schemas.scores import ManyAnswer, ManyRequest, OneOfMany
from serving.scoring import chosen, models_of, objects_to_profiling, unknown_customer
from serving.shelf import Shelf, need

REFUSED = "you may not ask about this customer; ask for wider access, or leave the customer out"
Scores = Mapping[str, Sequence[float]]


def score_many(
    shelf: Shelf, asked: ManyRequest, refused: Mapping[int, Unanswered], now: datetime
) -> ManyAnswer:
    """The probabilities of customers as they stand at `now`, in the order asked for.

    One who is not known, or whom the caller is `refused`, stands in place with a problem.
    """
    models, store = models_of(shelf), need(shelf.snapshot, "no_snapshot")
    wanted = models if asked.labels is None else chosen(models, asked.labels)
    served = _served(store, [who for who in asked.customer_ids if who not in refused], now)
    lacking = [who for who in asked.customer_ids if who not in served and who not in refused]
    why = {**refused, **_unscored(store, lacking)}
    place = {who: number for number, who in enumerate(served)}
    scores: Scores = {}
    if served:
        ids = np.fromiter(served, np.int64, len(served))
        matrix = np.stack([each.values for each in served.values()])
        found = score_matrix(wanted, ids, store.mark.as_of, matrix, CATALOG.names)
        scores = {label: found[label].tolist() for label in sorted(found)}
    return ManyAnswer.model_construct(
        as_of=store.mark.as_of if served else None,
        at=now,
        model_versions={label: model.version for label, model in sorted(wanted.items())},
        scores=tuple(
            _one(served[who], {label: values[place[who]] for label, values in scores.items()})
            if who in served
            else _none(who, why[who])
            for who in asked.customer_ids
        ),
    )


def about(
    gate: Gate, request: Request, action: str, shelf: Shelf, customer_ids: Sequence[int]
) -> list[Subject]:
    """Customers as the gate needs to know them for an action.

    Whose each is, is asked by one statement, and not at all for a caller who may do it for
    everybody; whoever is not known is nobody's. Without a snapshot that answers, each says why
    nobody can tell whose customer it is.
    """
    if gate.reaches(request, action):
        return [Subject(who) for who in customer_ids]
    store = shelf.snapshot.value
    if store is None:
        return [Subject(who, unplaced=str(shelf.snapshot.problem)) for who in customer_ids]
    try:
        belongs = store.people.belong(customer_ids)
    except StoreUnreachable as error:
        return [Subject(who, unplaced=str(error)) for who in customer_ids]
    return [Subject(who, *belongs.get(who, ())) for who in customer_ids]


def _served(store: OnlineStore, customer_ids: Sequence[int], now: datetime) -> dict[int, Served]:
    try:
        return store.rows_at(customer_ids, now)
    except StaleSnapshot as error:
        raise NotReady("stale_snapshot", str(error)) from error
    except StoreUnreachable as error:
        raise NotReady("no_snapshot", str(error)) from error


def _unscored(store: OnlineStore, customer_ids: Sequence[int]) -> dict[int, Unanswered]:
    """Why each of those customers has no row."""
    try:
        objecting = store.people.objecting(customer_ids)
    except StoreUnreachable as error:
        raise NotReady("no_snapshot", str(error)) from error
    return {
        who: objects_to_profiling(who) if who in objecting else unknown_customer(store, who)
        for who in customer_ids
    }


def _one(served: Served, probabilities: dict[str, float]) -> OneOfMany:
    # Built from values that are right by construction: checking each costs more than the scores.
    return OneOfMany.model_construct(
        customer_id=served.customer_id,
        probabilities=probabilities,
        facts_since=served.facts,
        stands_as_of=served.marks,
        problem=None,
    )


def _none(customer_id: int, error: Unanswered) -> OneOfMany:
    return OneOfMany(
        customer_id=customer_id,
        probabilities=None,
        facts_since=None,
        stands_as_of=(),
        problem=problem_of(error),
    )
