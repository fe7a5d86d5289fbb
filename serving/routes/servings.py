"""Who is being served now: opened with evidence that the customer is there, closed by time."""

import asyncio
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import attending
from serving.asking import Door, clock_of, gate_of, known, shelf_of, subject_of
from serving.examples.problems import BUSY, NO_SNAPSHOT, UNKNOWN_CUSTOMER
from serving.routes.customers import Customer
from serving.schemas.servings import ServedAnswer, ServingAnswer, ServingRequest

ROUTER = APIRouter(prefix="/v1/servings", tags=["servings"])
_BEGIN = Door("serving.open", "serving", ServingAnswer)
_END = Door("serving.open", "served", ServedAnswer)


@ROUTER.post("", **_BEGIN.says("Begin to serve a customer", UNKNOWN_CUSTOMER, NO_SNAPSHOT, BUSY))
async def begin(asked: ServingRequest, request: Request) -> Response:
    """From now on the caller may do for the customer what a role may for whom it serves.

    It ends after `minutes`, by DELETE, and when the same person begins to serve the next one. An
    app serves many at once.
    """
    shelf, gate, now = shelf_of(request), gate_of(request), clock_of(request)()
    about = subject_of(shelf, asked.customer_id)
    permit = _BEGIN.admit(request, about, evidence=asked.evidence, minutes=asked.minutes)
    known(shelf, asked.customer_id)
    who = gate.caller(request)
    begun = await asyncio.to_thread(attending.begin, gate, who, asked, now=now)
    return _BEGIN.answered(permit, begun)


@ROUTER.delete("/{customer_id}", **_END.says("End serving a customer", BUSY))
async def end(customer_id: Customer, request: Request) -> Response:
    """The caller serves the customer no more; what others serve stays as it is.

    It needs no snapshot, and whose customer it is by now does not matter.
    """
    gate, now = gate_of(request), clock_of(request)()
    permit = await asyncio.to_thread(
        partial(gate.admit_end, request, _END.action, customer_id, ends=True)
    )
    who = gate.caller(request)
    done = await asyncio.to_thread(attending.end, gate, who, customer_id, now=now)
    return _END.answered(permit, done)
