"""Contacts: checked, reserved, dialled, told of, and promises kept."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request
from starlette.responses import Response

from serving import contacting, listing
from serving.asking import Door, found_or_refused, gate_of, known, shelf_of, subject_of
from serving.asking import counter_of as counter
from serving.counters import agent_of
from serving.errors import NoKey
from serving.examples.problems import (
    BAD_OUTCOME,
    CONFLICT,
    LEDGER,
    NO_AGENT,
    NO_KEY,
    NOT_FOUND,
    REFUSED_WORD,
    REUSED,
    UNKNOWN_CUSTOMER,
    UNKNOWN_OFFER,
)
from serving.schemas.contacts import (
    ContactRequest,
    DecisionAnswer,
    DialRequest,
    Key,
    OutcomeRequest,
    ReserveAnswer,
    ReserveRequest,
    ToldAnswer,
)
from serving.schemas.lists import TakenAnswer, TakeRequest
from serving.schemas.shared import PathId

ROUTER = APIRouter(prefix="/v1/contacts", tags=["contacts"])
_CHECK = Door("contact.check", "contact", DecisionAnswer)
_RESERVE = Door("contact.reserve", "reservation", ReserveAnswer)
_DIAL = Door("contact.outcome", "told", ToldAnswer)
_OUTCOME = Door("contact.outcome", "told", ToldAnswer)
_KEEP = Door("contact.reserve", "taken", TakenAnswer)
Contact = Annotated[PathId, Path(description="The contact's number.")]
IdempotencyKey = Annotated[Key | None, Header(description="May stand for request_id.")]


@ROUTER.post(
    "/check",
    **_CHECK.says(
        "Whether a contact may be made", UNKNOWN_CUSTOMER, UNKNOWN_OFFER, REFUSED_WORD, *LEDGER
    ),
)
async def check(asked: ContactRequest, request: Request) -> Response:
    """Every rule's answer at this moment; nothing is reserved."""
    shelf = shelf_of(request)
    permit = _CHECK.admit(request, subject_of(shelf, asked.customer_id))
    known(shelf, asked.customer_id)
    found = await asyncio.to_thread(contacting.check, counter(request), asked)
    return _CHECK.answered(permit, found)


@ROUTER.post(
    "/reserve",
    **_RESERVE.says(
        "Take a contact just before it is made",
        *(UNKNOWN_CUSTOMER, UNKNOWN_OFFER, REUSED, NO_KEY, NO_AGENT, REFUSED_WORD, *LEDGER),
    ),
)
async def reserve(
    asked: ReserveRequest, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """The ledger checks every rule and reserves what is allowed, in one transaction.

    Sent again under the same id, it gets its first answer again. `verdict` other than `allow` is
    an answer, not an error: the contact may not be made.
    """
    shelf = shelf_of(request)
    request_id = asked.request_id or idempotency_key
    permit = _RESERVE.admit(request, subject_of(shelf, asked.customer_id))
    if request_id is None:
        raise NoKey(
            "the reservation has no id by which to know it again; give request_id, or the header "
            "Idempotency-Key"
        )
    known(shelf, asked.customer_id)
    caller = gate_of(request).caller(request)
    found = await asyncio.to_thread(contacting.reserve, counter(request), asked, request_id, caller)
    return _RESERVE.answered(permit, found)


@ROUTER.post(
    "/{contact_id}/dial",
    **_DIAL.says("A reserved contact is being made", NOT_FOUND, CONFLICT, NO_AGENT, *LEDGER),
)
async def dial(contact_id: Contact, asked: DialRequest, request: Request) -> Response:
    """From now on the contact counts for good; one that ran out or was stopped is refused."""
    at = counter(request)
    shelf = shelf_of(request)
    who = await found_or_refused(
        _DIAL, request, partial(at.ledger.customer_of, contact_id), contact=contact_id
    )
    permit = _DIAL.admit(request, subject_of(shelf, who), contact=contact_id)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(contacting.dial, at, contact_id, agent)
    return _DIAL.answered(permit, found)


@ROUTER.post(
    "/{contact_id}/outcome",
    **_OUTCOME.says(
        "What came of a contact",
        *(NOT_FOUND, CONFLICT, REFUSED_WORD, BAD_OUTCOME, NO_AGENT, *LEDGER),
    ),
)
async def outcome(contact_id: Contact, asked: OutcomeRequest, request: Request) -> Response:
    """A refusal or a complaint takes effect at once: what it stops is stopped.

    What was promised with CONNECTED_CALLBACK or CONNECTED_APPT stands first on that day's list.
    """
    at = counter(request)
    shelf = shelf_of(request)
    who = await found_or_refused(
        _OUTCOME, request, partial(at.ledger.customer_of, contact_id), contact=contact_id
    )
    permit = _OUTCOME.admit(request, subject_of(shelf, who), contact=contact_id, code=asked.code)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(contacting.tell, at, contact_id, asked, agent)
    return _OUTCOME.answered(permit, found)


@ROUTER.post(
    "/{contact_id}/keep",
    **_KEEP.says("Keep what was promised", NOT_FOUND, CONFLICT, NO_AGENT, *LEDGER),
)
async def keep(contact_id: Contact, asked: TakeRequest, request: Request) -> Response:
    """A contact for what was promised in another, on a list or on none; every rule is asked."""
    at = counter(request)
    shelf = shelf_of(request)
    promise = await found_or_refused(
        _KEEP, request, partial(at.promise, contact_id), promised_in=contact_id
    )
    permit = _KEEP.admit(request, subject_of(shelf, promise.customer_id), promised_in=contact_id)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(listing.kept, at, promise, agent, dial=asked.dial)
    return _KEEP.answered(permit, found)
