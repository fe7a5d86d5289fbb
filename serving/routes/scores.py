"""Scores and what they are made of."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import scoring
from serving.asking import Door, clock_of, shelf_of, subject_of
from serving.examples.problems import LIFE, PROBLEM, UNKNOWN_LABEL
from serving.schemas.scores import ExplainAnswer, ExplainRequest, ScoreAnswer, ScoreRequest

ROUTER = APIRouter(prefix="/v1", tags=["scores"])
_SCORE = Door("score", "score", ScoreAnswer)
_EXPLAIN = Door("explain", "explain", ExplainAnswer)


@ROUTER.post(
    "/score", **_SCORE.says("Probabilities of one customer", PROBLEM, UNKNOWN_LABEL, *LIFE)
)
async def score(asked: ScoreRequest, request: Request) -> Response:
    """The calibrated probability of every label asked for."""
    shelf = shelf_of(request)
    permit = _SCORE.admit(request, subject_of(shelf, asked.customer_id))
    return _SCORE.answered(permit, scoring.score(shelf, asked, clock_of(request)()))


@ROUTER.post("/explain", **_EXPLAIN.says("What a score is made of", PROBLEM, UNKNOWN_LABEL, *LIFE))
async def explain(asked: ExplainRequest, request: Request) -> Response:
    """Base value, what each concept adds, and the strongest reasons in words."""
    shelf = shelf_of(request)
    permit = _EXPLAIN.admit(request, subject_of(shelf, asked.customer_id))
    return _EXPLAIN.answered(permit, scoring.explain(shelf, asked, clock_of(request)()))
