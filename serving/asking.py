"""What every endpoint does around its one call: take the shelf, pass the gate, shape the answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, Union, cast

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.responses import Response

from features.errors import StoreUnreachable
from outreach.counter import Counter
from outreach.errors import NotFound, NotInLedger
from serving import counters, problems
from serving.errors import NotReady
from serving.examples.shared import Example
from serving.gate import Gate, Permit, Subject
from serving.office import Office
from serving.scoring import unknown_customer
from serving.shelf import Shelf, need
from serving.telemetry import Telemetry

P = ParamSpec("P")
T = TypeVar("T")
# What is not there is nobody's.
NOBODY = Subject(None)


@dataclass(frozen=True, slots=True)
class Door:
    """One endpoint: the action that a caller needs, the payload's name, and what it answers.

    `others` are what the same path answers where it is asked by other means than a number.
    """

    action: str
    payload: str
    answer: type[BaseModel]
    others: tuple[type[BaseModel], ...] = ()

    def says(self, summary: str, *errors: Example) -> dict[str, Any]:
        """How the endpoint stands in the OpenAPI document."""
        return {
            "summary": summary,
            "response_model": Union[self.answer, *self.others],
            "responses": problems.documented(*errors),
            "openapi_extra": {"x-goodcall-action": self.action, "x-goodcall-payload": self.payload},
        }

    def admit(self, request: Request, subject: Subject | None = None, **facts: object) -> Permit:
        """The caller's permit, or a refusal; the audit log keeps `facts` beside either."""
        return gate_of(request).admit(request, self.action, subject, **facts)

    def answered(self, permit: Permit, answer: BaseModel) -> Response:
        """An answer as far as the caller may see it."""
        if permit.fields is None and not permit.pseudonymous:
            return Response(answer.__pydantic_serializer__.to_json(answer), media_type=_JSON)
        return JSONResponse(permit.shape(self.payload, answer.model_dump(mode="json")))


def office_of(request: Request) -> Office:
    """The office that the application opened."""
    return cast("Office", request.app.state.office)


def shelf_of(request: Request) -> Shelf:
    """The shelf in use, to be taken inside an endpoint: a dependency runs a moment too early."""
    return office_of(request).desk.shelf


def gate_of(request: Request) -> Gate:
    """The gate that callers pass."""
    return office_of(request).gate


def telemetry_of(request: Request) -> Telemetry:
    """The figures of this process."""
    return cast("Telemetry", request.app.state.telemetry)


def clock_of(request: Request) -> Callable[[], datetime]:
    """The clock: the present as a UTC instant of whole seconds."""
    return cast("Callable[[], datetime]", request.app.state.clock)


def subject_of(shelf: Shelf, customer_id: int) -> Subject:
    """A customer as the gate needs to know them; one who is not known is nobody's.

    Without a snapshot that answers, the subject says why nobody can tell whose customer it is.
    """
    store = shelf.snapshot.value
    if store is None:
        return Subject(customer_id, unplaced=str(shelf.snapshot.problem))
    try:
        return Subject(customer_id, *(store.belongs(customer_id) or ()))
    except StoreUnreachable as error:
        return Subject(customer_id, unplaced=str(error))


async def found_or_refused(
    door: Door, request: Request, look: Callable[[], T], whose: Subject = NOBODY, **facts: object
) -> T:
    """What `look` finds in the ledger, by a thread; it raises NotFound or NotInLedger if nothing.

    Who may not ask about everybody is refused then as for what is somebody else's, so that nobody
    learns what there is; whoever may, or `whose` it would be, and the audit log, learn that there
    is nothing.
    """
    try:
        return await asyncio.to_thread(look)
    except (NotFound, NotInLedger):
        door.admit(request, whose, **facts)
        raise


def known(shelf: Shelf, customer_id: int) -> None:
    """Nothing, or UnknownCustomer where the snapshot does not hold the customer."""
    store = need(shelf.snapshot, "no_snapshot")
    try:
        found = store.belongs(customer_id)
    except StoreUnreachable as error:
        raise NotReady("no_snapshot", str(error)) from error
    if found is None:
        raise unknown_customer(store, customer_id)


def counter_of(request: Request) -> Counter:
    """The counter of outreach at this moment, for a thread beside the one that answers."""
    return counters.counter_of(shelf_of(request), clock_of(request)())


def whole_of(door: Door, permit: Permit, work: Callable[P, BaseModel]) -> Callable[P, Response]:
    """Some work with its answer made ready too: of a large one that takes as long as the work."""

    def done(*given: P.args, **named: P.kwargs) -> Response:
        return door.answered(permit, work(*given, **named))

    return done


_JSON = "application/json"
