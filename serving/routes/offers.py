"""What to do for a customer now."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving import offering
from serving.asking import Door, clock_of, shelf_of, subject_of, telemetry_of
from serving.examples.problems import NO_POLICY, STORE, UNKNOWN_CHANNEL, UNKNOWN_CUSTOMER
from serving.gauging import count_offers
from serving.schemas.offers import OffersAnswer, OffersRequest

ROUTER = APIRouter(prefix="/v1", tags=["offers"])
_OFFERS = Door("offers", "offers", OffersAnswer)


@ROUTER.post(
    "/next_best_offers",
    **_OFFERS.says(
        "What to do for one customer now", UNKNOWN_CUSTOMER, UNKNOWN_CHANNEL, *STORE, NO_POLICY
    ),
)
async def next_best_offers(asked: OffersRequest, request: Request) -> Response:
    """Actions by their expected value in cents, doing nothing among them, and what is withheld.

    Nothing is reserved: dialling needs a reservation of its own.
    """
    shelf = shelf_of(request)
    permit = _OFFERS.admit(request, subject_of(shelf, asked.customer_id))
    found = offering.next_best_offers(shelf, asked, clock_of(request)())
    count_offers(telemetry_of(request), found)
    return _OFFERS.answered(permit, found)
