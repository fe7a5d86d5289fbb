"""Scores and what they are made of."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import given, many, scoring
from serving.asking import (
    Door,
    clock_of,
    gate_of,
    office_of,
    shelf_of,
    subject_of,
    telemetry_of,
    whole_of,
)
from serving.errors import Refused
from serving.examples.problems import (
    BAD_FEATURES,
    LIFE,
    OBJECTS_TO_PROFILING,
    UNKNOWN_CUSTOMER,
    UNKNOWN_LABEL,
)
from serving.gate import Permit, Subject
from serving.pseudonymous import unnumbered
from serving.schemas.scores import (
    ExplainAnswer,
    ExplainAsked,
    Explained,
    ExplainPseudonymRequest,
    ExplainRequest,
    FeaturesAnswer,
    ManyAnswer,
    ManyRequest,
    PseudonymExplained,
    PseudonymRequest,
    PseudonymScored,
    ScoreAnswer,
    ScoreAsked,
    ScoreRequest,
)
from serving.shelf import need

ROUTER = APIRouter(prefix="/v1", tags=["scores"])
_SCORE = Door("score", "score", ScoreAnswer, (PseudonymScored, FeaturesAnswer))
_SCORE_FEATURES = Door("score", "score_features", FeaturesAnswer)
_MANY = Door("score", "scores", ManyAnswer)
_EXPLAIN = Door("explain", "explain", ExplainAnswer, (PseudonymExplained, Explained))
_EXPLAIN_FEATURES = Door("explain", "explain_features", Explained)


@ROUTER.post(
    "/score",
    **_SCORE.says(
        "Probabilities of one customer, or of features given",
        *(UNKNOWN_CUSTOMER, UNKNOWN_LABEL, BAD_FEATURES, OBJECTS_TO_PROFILING, *LIFE),
    ),
)
async def score(asked: ScoreAsked, request: Request) -> Response:
    """The calibrated probability of every label asked for.

    Of a customer by number, or by pseudonym for who works under pseudonyms, as the customer stands
    now; or of features that the caller gives.
    """
    shelf = shelf_of(request)
    if isinstance(asked, PseudonymRequest):
        permit, who = await _named(_SCORE, request, asked.pseudonym)
        wanted = ScoreRequest(customer_id=who, labels=asked.labels)
        with unnumbered():
            found = scoring.score(shelf, wanted, clock_of(request)())
        telemetry_of(request).scored(found.probabilities)
        return _SCORE.answered(permit, found)
    if not isinstance(asked, ScoreRequest):
        permit = _SCORE_FEATURES.admit(request)
        return _SCORE_FEATURES.answered(permit, given.score_features(shelf, asked))
    permit = _SCORE.admit(request, subject_of(shelf, asked.customer_id))
    found = scoring.score(shelf, asked, clock_of(request)())
    telemetry_of(request).scored(found.probabilities)
    return _SCORE.answered(permit, found)


@ROUTER.post("/scores", **_MANY.says("Probabilities of many customers", UNKNOWN_LABEL, *LIFE))
async def scores(asked: ManyRequest, request: Request) -> Response:
    """The probabilities of up to 10,000 customers in one call, in the order asked for.

    A customer who is not known, or about whom the caller may not ask, stands in place with a
    problem; the others are answered.
    """
    shelf = shelf_of(request)
    gate = gate_of(request)
    subjects = await asyncio.to_thread(
        many.about, gate, request, _MANY.action, shelf, asked.customer_ids
    )
    permit, may = await asyncio.to_thread(gate.admit_each, request, _MANY.action, subjects)
    refused = {
        subject.customer_id: Refused(many.REFUSED)
        for subject, allowed in zip(subjects, may, strict=True)
        if not allowed and subject.customer_id is not None
    }
    return await asyncio.to_thread(
        whole_of(_MANY, permit, many.score_many), shelf, asked, refused, clock_of(request)()
    )


@ROUTER.post(
    "/explain",
    **_EXPLAIN.says(
        "What a score is made of",
        *(UNKNOWN_CUSTOMER, UNKNOWN_LABEL, BAD_FEATURES, OBJECTS_TO_PROFILING, *LIFE),
    ),
)
async def explain(asked: ExplainAsked, request: Request) -> Response:
    """Base value, what each concept adds, and the strongest reasons in words.

    `reasons` say why the customer was flagged, those of `contacts` why a call helps.
    """
    shelf = shelf_of(request)
    if isinstance(asked, ExplainPseudonymRequest):
        permit, who = await _named(_EXPLAIN, request, asked.pseudonym)
        wanted = ExplainRequest(customer_id=who, label=asked.label)
        with unnumbered():
            return _EXPLAIN.answered(permit, scoring.explain(shelf, wanted, clock_of(request)()))
    if not isinstance(asked, ExplainRequest):
        permit = _EXPLAIN_FEATURES.admit(request)
        return _EXPLAIN_FEATURES.answered(permit, given.explain_features(shelf, asked))
    permit = _EXPLAIN.admit(request, subject_of(shelf, asked.customer_id))
    return _EXPLAIN.answered(permit, scoring.explain(shelf, asked, clock_of(request)()))


async def _named(door: Door, request: Request, pseudonym: str) -> tuple[Permit, int]:
    """The permit about a customer named by pseudonym, and then the customer's number.

    Whose role names customers by number is refused before anybody is looked for, and the audit log
    knows the customer by the pseudonym alone. UnknownCustomer where the pseudonym is nobody's.
    """
    office = office_of(request)
    permit = door.admit(request, Subject(None, pseudonym=pseudonym))
    store = need(office.desk.shelf.snapshot, "no_snapshot")
    keyed = office.gate.access.keyed_pseudonyms()
    return permit, await asyncio.to_thread(office.finder.number, store, keyed, pseudonym)
