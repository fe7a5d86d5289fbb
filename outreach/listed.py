"""What becomes of the rows of lists: reserved by their request, or cancelled by what was heard."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, insert, or_, select

from goodcall.vocabulary import DEAD_FOR_ALL, DEAD_FOR_ONE, REFUSALS
from outreach.decide import instant_text
from outreach.planned import PlannedRow
from outreach.request import Request
from outreach.schema import PLANNED, PLANNED_EVENTS, PLANS
from outreach.seals import sealed_note

_OF_EVERYTHING = ("COMPLAINT", "DECEASED", "MINOR", "LEGAL")
# A row that is left alone until a moment, and comes back by itself.
SNOOZED = "snoozed"
STOPPING = (*REFUSALS, *_OF_EVERYTHING, *DEAD_FOR_ALL, *DEAD_FOR_ONE)


def _open_rows() -> Select[Any]:
    later = PLANS.alias("later")
    superseded = exists().where(later.c.supersedes == PLANS.c.plan_id)
    settled = exists().where(
        PLANNED_EVENTS.c.plan_id == PLANNED.c.plan_id,
        PLANNED_EVENTS.c.request_id == PLANNED.c.request_id,
        PLANNED_EVENTS.c.state != SNOOZED,
    )
    return (
        select(PLANNED.c.plan_id, PLANNED.c.request_id)
        .join_from(PLANNED, PLANS)
        .where(~superseded, ~settled)
        .order_by(PLANNED.c.plan_id, PLANNED.c.rank)
    )


# The rows of plans that stand and of which nothing became yet. To build a statement takes longer
# than to run it, so those of a reservation are built once.
OPEN_ROWS = _open_rows()
OPEN_ROW = OPEN_ROWS.where(
    # Found by its customer: request ids have no index of their own.
    PLANNED.c.customer_id == bindparam("customer_id"),
    PLANNED.c.request_id == bindparam("row_id"),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that was heard or noted, and of whom: a customer, by a channel, at a number.

    `people` are the customer's ids, also those of the records that it has since been merged into.
    """

    code: str
    people: Collection[int]
    channel: str | None
    number_hash: str | None

    def stops(self, customer_id: int, channel: str, number_hash: str | None) -> bool:
        """Whether another contact, planned or reserved, must not happen any more.

        A refusal holds for everyone on the number that it was heard at, and so does a dead number;
        a wrong one is wrong for its customer.
        """
        theirs = customer_id in self.people
        same = number_hash is not None and number_hash == self.number_hash
        if self.code in DEAD_FOR_ALL:
            return same
        if self.code in DEAD_FOR_ONE:
            return same and theirs
        if self.code in _OF_EVERYTHING:
            return theirs
        everywhere = self.code == "REFUSED_ALL" or self.channel is None
        return (theirs or same) and (everywhere or channel == self.channel)


def row_of(request: Request) -> dict[str, Any]:
    """Which row of a list a request speaks of, for `OPEN_ROW`.

    What follows `#` in a request id tells further attempts at the row apart.
    """
    row_id = request.request_id.partition("#")[0]
    return {"customer_id": request.customer_id, "row_id": row_id}


def note_reserved(connection: Connection, request: Request, now: datetime) -> None:
    """Mark the planned row of a request, where it has one, as reserved."""
    rows = connection.execute(OPEN_ROW, row_of(request)).all()
    append(connection, [(row.plan_id, row.request_id) for row in rows], "reserved", now)


def note_withheld(
    connection: Connection, plan_id: int, rows: Iterable[PlannedRow], now: datetime
) -> None:
    """Mark a new plan's rows that must not be worked, which are planned contacts to no rule."""
    for row in rows:
        if row.withheld is not None:
            place = [(plan_id, row.request_id)]
            append(connection, place, "withheld", now, because=row.withheld.because)


def close_open_rows(connection: Connection, stop: Stop, now: datetime) -> None:
    """Cancel the open rows that a stop forbids, of yesterday's lists and later ones."""
    concerned: list[ColumnElement[bool]] = [PLANNED.c.customer_id.in_(stop.people)]
    if stop.number_hash is not None:
        concerned.append(PLANNED.c.number_hash == stop.number_hash)
    rows = connection.execute(
        OPEN_ROWS.add_columns(
            PLANNED.c.customer_id, PLANNED.c.channel, PLANNED.c.number_hash
        ).where(or_(*concerned), PLANS.c.day >= now.astimezone(UTC).date() - timedelta(days=1))
    ).all()
    closed = [
        (row.plan_id, row.request_id)
        for row in rows
        if stop.stops(row.customer_id, row.channel, row.number_hash)
    ]
    append(connection, closed, "cancelled", now, because=stop.code)


def append(
    connection: Connection,
    rows: Collection[tuple[int, str]],
    state: str,
    now: datetime,
    **more: str | int | None,
) -> None:
    """Note what became of rows, by plan and request id; `more`: because, staff_id, note, until."""
    said = dict.fromkeys(("because", "staff_id", "note", "until")) | more
    note = None if said["note"] is None else str(said["note"])
    events = [
        said
        | {
            "plan_id": plan_id,
            "request_id": request_id,
            "state": state,
            "happened_at": instant_text(now),
            "note": sealed_note(connection, note, PLANNED_EVENTS.name, request_id),
        }
        for plan_id, request_id in rows
    ]
    if events:
        connection.execute(insert(PLANNED_EVENTS), events)
