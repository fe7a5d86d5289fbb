"""What customers just did."""

import asyncio
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import many
from serving.asking import Door, clock_of, office_of
from serving.examples.problems import REFUSED_FACTS, STORE
from serving.schemas.events import EventsAnswer, EventsRequest

ROUTER = APIRouter(prefix="/v1", tags=["events"])
_EVENTS = Door("events", "events", EventsAnswer)


@ROUTER.post("/events", **_EVENTS.says("What customers just did", REFUSED_FACTS, *STORE))
async def events(asked: EventsRequest, request: Request) -> Response:
    """Events count from now on, in every answer about their customers.

    The same event sent twice changes nothing. An event that a channel corrects is sent again
    under its number. Whoever may not tell of one of the customers is refused the whole lot.
    """
    office = office_of(request)
    shelf = office.desk.shelf
    customers = sorted({event.customer_id for event in asked.events})
    subjects = await asyncio.to_thread(
        many.about, office.gate, request, _EVENTS.action, shelf, customers
    )
    permit, _ = await asyncio.to_thread(
        partial(office.gate.admit_each, request, _EVENTS.action, subjects, whole=True)
    )
    taken = await asyncio.to_thread(office.door.take_events, shelf, asked, clock_of(request))
    return _EVENTS.answered(permit, taken)
