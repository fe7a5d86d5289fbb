"""Each lot's two: who was drawn to be contacted, and who was drawn to be left alone beside him.

A place that goes to a lot is drawn for twice among those who stand for it: the first is contacted,
the second is the control. Either order was as likely, so of the two each had one chance in two,
whoever they are; that is the probability from which an effect is learned.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select

from outreach.decide import instant_text
from outreach.explore import Drawn
from outreach.schema import LOTS, PLANNED_EVENTS, PUBLICATIONS
from outreach.trail import Attempt, Trail

PROBABILITY = 0.5
# Lots without a contact of their own are told under ids above those of contacts.
FIRST_LOT_ID = 5_000_000_000_000_000_000
# After these nobody works a row of a list any more.
_ENDED = ("cancelled", "withheld", "rolled_over")


@dataclass(frozen=True, slots=True)
class Lot:
    """One of a lot's two, with the contact that was drawn for him; `pair` is who was contacted.

    `allowed_from` is when the contact could first be made that day.
    """

    pair: int
    customer_id: int
    contacted: bool
    request_id: str
    channel: str
    purpose: str | None
    offer_code: str | None
    point_id: int | None
    allowed_from: datetime


def lots_of(trails: Iterable[Trail], drawn: Drawn) -> tuple[Lot, ...]:
    """The lots of a plan, by pair, the contacted first; one who stood alone teaches nothing."""
    trail_of = {trail.customer_id: trail for trail in trails}
    found: list[Lot] = []
    for who, (beside, action) in sorted(drawn.controls.items()):
        for customer, wanted in ((who, drawn.chosen[who]), (beside, action)):
            attempt = next(a for a in trail_of[customer].attempts if a.action is wanted)
            found.append(_lot(who, customer, attempt))
    return tuple(found)


def keep_lots(connection: Connection, plan_id: int, lots: Iterable[Lot]) -> None:
    """Write the lots of a plan."""
    rows = [
        {
            "plan_id": plan_id,
            "pair": lot.pair,
            "customer_id": lot.customer_id,
            "contacted": lot.contacted,
            "request_id": lot.request_id,
            "channel": lot.channel,
            "purpose": lot.purpose,
            "offer_code": lot.offer_code,
            "point_id": lot.point_id,
            "allowed_from": instant_text(lot.allowed_from),
        }
        for lot in lots
    ]
    if rows:
        connection.execute(insert(LOTS), rows)


def read_lots(connection: Connection) -> list[Row[tuple[object, ...]]]:
    """Every lot of a published list, pair by pair, with when it was published and its row ended.

    A pair of which one was erased since is told of no more: whom a pseudonym stands for is no
    customer of the bank's tables.
    """
    if connection.execute(select(LOTS.c.lot_id).limit(1)).first() is None:
        return []
    event = PLANNED_EVENTS.c
    ended = (
        select(event.happened_at)
        .where(
            event.plan_id == LOTS.c.plan_id,
            event.request_id == LOTS.c.request_id,
            event.state.in_(_ENDED),
        )
        .order_by(event.event_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(LOTS, PUBLICATIONS.c.published_at, ended.label("ended_at"))
        .join_from(LOTS, PUBLICATIONS, LOTS.c.plan_id == PUBLICATIONS.c.plan_id)
        .order_by(LOTS.c.plan_id, LOTS.c.pair, LOTS.c.contacted.desc())
    )
    rows = connection.execute(asked).all()
    gone = {(row.plan_id, row.pair) for row in rows if row.customer_id < 0}
    return [row for row in rows if (row.plan_id, row.pair) not in gone]


def _lot(pair: int, customer_id: int, attempt: Attempt) -> Lot:
    if attempt.action is None or attempt.allowed_from is None:
        raise ValueError(f"customer {customer_id} was drawn for what no rule allows")
    return Lot(
        pair=pair,
        customer_id=customer_id,
        contacted=customer_id == pair,
        request_id=attempt.decision.request_id,
        channel=attempt.channel,
        purpose=None if attempt.offer_code else attempt.action.purpose,
        offer_code=attempt.offer_code,
        point_id=attempt.point_id,
        allowed_from=attempt.allowed_from,
    )
