"""A customer at a glance."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from governance.masking import PartialMasker
from serving.asking import Door, clock_of, shelf_of, subject_of
from serving.examples.problems import NO_LEDGER, NO_POLICY, STORE, UNKNOWN_CUSTOMER
from serving.schemas.customers import ViewAnswer
from serving.schemas.shared import PathId
from serving.viewing import view

ROUTER = APIRouter(prefix="/v1", tags=["customers"])
_VIEW = Door("view", "view", ViewAnswer)
Customer = Annotated[PathId, Path(description="The bank's number of the customer.")]


@ROUTER.get(
    "/customers/{customer_id}",
    **_VIEW.says("A customer at a glance", UNKNOWN_CUSTOMER, *STORE, NO_POLICY, NO_LEDGER),
)
async def customer(customer_id: Customer, request: Request) -> Response:
    """What the bank knows of a customer, each field with its source and its day.

    What no source tells is said to be not known; nothing is guessed.
    """
    shelf = shelf_of(request)
    permit = _VIEW.admit(request, subject_of(shelf, customer_id))
    found = view(shelf, customer_id, PartialMasker(), clock_of(request)())
    return _VIEW.answered(permit, found)
