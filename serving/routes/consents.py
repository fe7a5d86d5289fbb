"""What customers allow and refuse."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import consenting
from serving.asking import Door, gate_of, known, shelf_of, subject_of
from serving.asking import counter_of as counter
from serving.counters import agent_of
from serving.examples.problems import (
    BAD_CONSENT,
    LEDGER,
    NO_AGENT,
    REFUSED_WORD,
    UNKNOWN_CUSTOMER,
)
from serving.routes.customers import Customer
from serving.schemas.consents import ConsentRequest, ConsentsAnswer

ROUTER = APIRouter(prefix="/v1", tags=["consents"])
_READ = Door("consent.read", "consents", ConsentsAnswer)
_WRITE = Door("consent.write", "consents", ConsentsAnswer)


@ROUTER.get(
    "/customers/{customer_id}/consents",
    **_READ.says("What a customer allowed and refused", UNKNOWN_CUSTOMER, *LEDGER),
)
async def consents(customer_id: Customer, request: Request) -> Response:
    """All that the customer ever said, the latest first."""
    shelf = shelf_of(request)
    permit = _READ.admit(request, subject_of(shelf, customer_id))
    known(shelf, customer_id)
    found = await asyncio.to_thread(consenting.consents, counter(request), customer_id)
    return _READ.answered(permit, found)


@ROUTER.post(
    "/consents",
    **_WRITE.says(
        "What a customer says now",
        *(UNKNOWN_CUSTOMER, BAD_CONSENT, REFUSED_WORD, NO_AGENT, *LEDGER),
    ),
)
async def say(asked: ConsentRequest, request: Request) -> Response:
    """It counts from this moment on, and nothing that was said before is changed.

    The same words of the same second are noted once. A refusal takes the customer off open lists.
    """
    shelf = shelf_of(request)
    permit = _WRITE.admit(request, subject_of(shelf, asked.customer_id), said=asked.action)
    known(shelf, asked.customer_id)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(consenting.say, counter(request), asked, agent)
    return _WRITE.answered(permit, found)
