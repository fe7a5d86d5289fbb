"""How customers wish to be contacted."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import wishing
from serving.asking import Door, gate_of, known, shelf_of, subject_of
from serving.asking import counter_of as counter
from serving.counters import agent_of
from serving.examples.problems import (
    LEDGER,
    NO_AGENT,
    REFUSED_WORD,
    UNKNOWN_CUSTOMER,
)
from serving.routes.customers import Customer
from serving.schemas.wishes import WishesAnswer, WishRequest

ROUTER = APIRouter(prefix="/v1", tags=["wishes"])
_READ = Door("consent.read", "wishes", WishesAnswer)
_WRITE = Door("consent.write", "wishes", WishesAnswer)


@ROUTER.get(
    "/customers/{customer_id}/wishes",
    **_READ.says("How a customer wishes to be contacted", UNKNOWN_CUSTOMER, *LEDGER),
)
async def wishes(customer_id: Customer, request: Request) -> Response:
    """What stands of what the customer said: the ledger alone tells of it."""
    shelf = shelf_of(request)
    permit = _READ.admit(request, subject_of(shelf, customer_id))
    known(shelf, customer_id)
    found = await asyncio.to_thread(wishing.wishes, counter(request), customer_id)
    return _READ.answered(permit, found)


@ROUTER.post(
    "/wishes",
    **_WRITE.says(
        "What a customer wishes now",
        *(UNKNOWN_CUSTOMER, REFUSED_WORD, NO_AGENT, *LEDGER),
    ),
)
async def say(asked: WishRequest, request: Request) -> Response:
    """It counts from the next decision on; a later wish about the same thing takes its place.

    The bank's own rules stand beside it: no wish loosens them.
    """
    shelf = shelf_of(request)
    permit = _WRITE.admit(request, subject_of(shelf, asked.customer_id), **asked.facts)
    known(shelf, asked.customer_id)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(wishing.say, counter(request), asked, agent)
    return _WRITE.answered(permit, found)
