"""All that an app needs of a customer in one call."""

from time import perf_counter

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.advising import advise
from serving.asking import Door, clock_of, shelf_of, subject_of, telemetry_of
from serving.examples.problems import UNKNOWN_CHANNEL, UNKNOWN_CUSTOMER
from serving.gauging import count_next
from serving.schemas.at_once import NextAnswer, NextRequest

ROUTER = APIRouter(prefix="/v1", tags=["next"])
_NEXT = Door("next", "next", NextAnswer)


@ROUTER.post(
    "/next",
    **_NEXT.says("Score, offers, reasons and channels at once", UNKNOWN_CUSTOMER, UNKNOWN_CHANNEL),
)
async def next_(asked: NextRequest, request: Request) -> Response:
    """What to do now, within the time that the app can wait.

    `fallback` says whether something was left out, `left_out` what and why: for want of time, or
    because a source is missing. The rules are judged first and hold whatever else is missing.
    """
    began = perf_counter()
    shelf = shelf_of(request)
    permit = _NEXT.admit(request, subject_of(shelf, asked.customer_id))
    now = clock_of(request)()
    found = advise(shelf, asked, now, timer=perf_counter, began=began, pace=request.app.state.pace)
    count_next(telemetry_of(request), found)
    return _NEXT.answered(permit, found)
