"""The day's lists, and what is done with their rows."""

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from governance.access import Subject
from governance.masking import PartialMasker
from outreach.counter import Counter
from outreach.in_force import PlanInForce
from outreach.row_states import ListedRow
from serving import listing, many
from serving.asking import Door, found_or_refused, gate_of, office_of, shelf_of, subject_of
from serving.asking import counter_of as counter_at
from serving.counters import agent_of
from serving.examples.problems import CONFLICT, LEDGER, NO_AGENT, NOT_FOUND, REFUSED_WORD
from serving.schemas.lists import (
    CardAnswer,
    ListAnswer,
    SkippedAnswer,
    SkipRequest,
    TakenAnswer,
    TakeRequest,
)
from serving.schemas.shared import Day as PathDay
from serving.schemas.shared import PathId, PathRank

ROUTER = APIRouter(prefix="/v1/lists", tags=["lists"])
_LIST = Door("list.read", "list", ListAnswer)
_OPEN = Door("list.read", "card", CardAnswer)
_TAKE = Door("contact.reserve", "taken", TakenAnswer)
_SKIP = Door("contact.outcome", "skipped", SkippedAnswer)
Day = Annotated[PathDay, Path(description="The day of the list, such as 2026-07-01.")]
Manager = Annotated[PathId, Path(description="The manager, or branch, whose list it is.")]
Rank = Annotated[PathRank, Path(description="Which row of the list.")]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A row of the list in force, at the counter of this moment."""

    counter: Counter
    stands: PlanInForce
    listed: ListedRow

    def subject(self, request: Request) -> Subject:
        """The row's customer as the gate needs to know them."""
        found = subject_of(shelf_of(request), self.listed.row.customer_id)
        return listing.row_subject(self.counter, self.stands, self.listed, found)


@ROUTER.get("/{day}/{manager}", **_LIST.says("A day's list of a manager", NOT_FOUND, *LEDGER))
async def pulled(day: Day, manager: Manager, request: Request) -> Response:
    """The rows as they stand now, promises first; names and numbers are masked.

    Only the rows whose customers the caller may see are told. While the night's work has failed,
    the last list before stays in force and says so.
    """
    counter, place = counter_at(request), office_of(request).place
    shelf, facts = shelf_of(request), {"day": str(day), "list": manager}
    look = partial(listing.rows_in_force, counter, place, day, manager)
    whose = listing.owned(counter, manager)
    stands, listed = await found_or_refused(_LIST, request, look, whose, **facts)
    customers = [each.row.customer_id for each in listed]
    gate = gate_of(request)
    placed = await asyncio.to_thread(many.about, gate, request, _LIST.action, shelf, customers)
    subjects = [
        listing.row_subject(counter, stands, each, at)
        for each, at in zip(listed, placed, strict=True)
    ]
    permit, may = await asyncio.to_thread(
        partial(gate.admit_each, request, _LIST.action, subjects, told=facts)
    )
    theirs = [each for each, yes in zip(listed, may, strict=True) if yes]
    found = await asyncio.to_thread(listing.pulled, counter, stands, day, theirs, PartialMasker())
    return _LIST.answered(permit, found)


@ROUTER.post(
    "/{day}/{manager}/{rank}/open",
    **_OPEN.says("Open a row to prepare it", NOT_FOUND, *LEDGER),
)
async def opened(day: Day, manager: Manager, rank: Rank, request: Request) -> Response:
    """The row judged anew: whether it may be dialled now, and what matters for the talk.

    Nothing is reserved.
    """
    spot = await _spot(_OPEN, request, day, manager, rank)
    permit = _OPEN.admit(request, spot.subject(request), row=spot.listed.row.request_id)
    found = await asyncio.to_thread(listing.opened, spot.counter, spot.listed, spot.stands.day)
    return _OPEN.answered(permit, found)


@ROUTER.post(
    "/{day}/{manager}/{rank}/reserve",
    **_TAKE.says("Take a row just before the contact", NOT_FOUND, CONFLICT, NO_AGENT, *LEDGER),
)
async def taken(
    day: Day, manager: Manager, rank: Rank, asked: TakeRequest, request: Request
) -> Response:
    """The ledger checks every rule again; a reservation that nobody dialled is given back as it is.

    `verdict` other than `allow` is an answer, not an error: the contact may not be made.
    """
    spot = await _spot(_TAKE, request, day, manager, rank)
    permit = _TAKE.admit(request, spot.subject(request), row=spot.listed.row.request_id)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(
        listing.taken, spot.counter, spot.listed, agent, dial=asked.dial
    )
    return _TAKE.answered(permit, found)


@ROUTER.post(
    "/{day}/{manager}/{rank}/skip",
    **_SKIP.says(
        "Set a row aside without a contact",
        *(NOT_FOUND, CONFLICT, REFUSED_WORD, NO_AGENT, *LEDGER),
    ),
)
async def skipped(
    day: Day, manager: Manager, rank: Rank, asked: SkipRequest, request: Request
) -> Response:
    """A manager's word about a row; what the word stops is stopped at once."""
    spot = await _spot(_SKIP, request, day, manager, rank)
    row_id = spot.listed.row.request_id
    permit = _SKIP.admit(request, spot.subject(request), row=row_id, code=asked.code)
    agent = agent_of(gate_of(request).caller(request), asked.agent)
    found = await asyncio.to_thread(
        listing.skipped, spot.counter, spot.listed, spot.stands.day, asked, agent
    )
    return _SKIP.answered(permit, found)


async def _spot(door: Door, request: Request, day: date, manager: int, rank: int) -> _Spot:
    """The row that a path names, for an endpoint of that door."""
    counter, place = counter_at(request), office_of(request).place
    look = partial(listing.row_in_force, counter, place, day, manager, rank)
    facts = {"day": str(day), "list": manager, "rank": rank}
    whose = listing.owned(counter, manager)
    return _Spot(counter, *await found_or_refused(door, request, look, whose, **facts))
