"""Whether the service is ready; asked by machines that hold no key."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from serving.asking import clock_of, shelf_of
from serving.health import health
from serving.schemas.health import HealthAnswer, UnreadyProblem

ROUTER = APIRouter(prefix="/v1", tags=["health"])


@ROUTER.get(
    "/health",
    summary="Whether the service is ready",
    response_model=HealthAnswer,
    responses={503: {"model": UnreadyProblem, "description": "A source serves nothing yet."}},
)
async def health_of(request: Request) -> HealthAnswer | JSONResponse:
    """Model versions, the snapshot's date and age, and the state of every source."""
    found = health(shelf_of(request), clock_of(request)())
    if isinstance(found, UnreadyProblem):
        return JSONResponse(found.model_dump(mode="json"), status_code=503)
    return found
