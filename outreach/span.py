"""What the ledger holds of a span of days: the rows that were listed, the contacts that began."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from goodcall.calendar import local_date, start_of_day
from outreach.decide import instant_text
from outreach.notes import BATCH
from outreach.row_states import WORKED, ListedRow, event_known, rows_where
from outreach.schema import CONTACT_EVENTS, CONTACTS, PLANNED, PLANS

_REACHED = ("connected", "delivered")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list of a day whose plan stands, and what became of it."""

    day: date
    listed: ListedRow

    @property
    def worked(self) -> bool:
        """Whether somebody tried to reach the customer."""
        return self.listed.state in WORKED


@dataclass(frozen=True, slots=True)
class LoggedContact:
    """A contact with every state and outcome that it had.

    `day` is the local one on which it began, `row_id` the row of a list that it was for, or the
    request's own id; `minutes` are those that the row was planned with, None of a contact without
    one. `said` are its outcomes in the order in which they came about.
    """

    contact_id: int
    row_id: str
    customer_id: int
    day: date
    channel: str
    direction: str
    category: str
    purpose: str | None
    offer_code: str | None
    family: str | None
    branch_id: int | None
    manager_id: int | None
    minutes: int | None
    states: frozenset[str]
    said: tuple[str, ...]

    @property
    def outcomes(self) -> frozenset[str]:
        """Every outcome that it had."""
        return frozenset(self.said)

    @property
    def made(self) -> bool:
        """Whether it was attempted at all, for marketing and by the bank."""
        ours = (self.direction, self.category) == ("outbound", "marketing")
        return ours and not self.states.isdisjoint(WORKED)

    @property
    def connected(self) -> bool:
        """Whether the customer was reached in person."""
        return "connected" in self.states

    @property
    def reached(self) -> bool:
        """Whether the customer was reached, in person or by a message that arrived."""
        return self.made and not self.states.isdisjoint(_REACHED)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both included, in a zone: their rows and contacts.

    Rows that had to be withheld are no part of it. `contacts` may go on after `last`, so that what
    came of the span's own is not taken for theirs.
    """

    first: date
    last: date
    zone: str
    rows: tuple[Listed, ...]
    contacts: tuple[LoggedContact, ...]

    @property
    def made(self) -> tuple[LoggedContact, ...]:
        """The marketing contacts that began within the span and were attempted."""
        return tuple(each for each in self.contacts if each.made and each.day <= self.last)


def span_of(
    connection: Connection,
    days: tuple[date, date],
    zone: str,
    *,
    after: int = 0,
    known_by: date | None = None,
) -> Span:
    """What the ledger holds of the first day to the last, with contacts `after` days more.

    What was recorded later than the day `known_by` is not seen.
    """
    first, last = days
    before = None if known_by is None else start_of_day(known_by + timedelta(1), zone)
    rows = rows_where(connection, PLANS.c.day.between(first, last), known_before=before)
    begins, ends = start_of_day(first, zone), start_of_day(last + timedelta(1 + after), zone)
    events = connection.execute(
        select(
            CONTACTS,
            *(CONTACT_EVENTS.c.state, CONTACT_EVENTS.c.outcome),
        )
        .join_from(CONTACTS, CONTACT_EVENTS)
        .where(CONTACTS.c.happened_at >= instant_text(begins))
        .where(CONTACTS.c.happened_at < instant_text(ends), event_known(before))
        .order_by(CONTACTS.c.contact_id, CONTACT_EVENTS.c.happened_at, CONTACT_EVENTS.c.event_id)
    )
    told: dict[int, list[Row[Any]]] = defaultdict(list)
    for event in events:
        told[event.contact_id].append(event)
    minutes = _minutes(connection, [each[0] for each in told.values()])
    return Span(
        first,
        last,
        zone,
        tuple(Listed(row.day, each) for row, each in rows if each.row.withheld is None),
        tuple(_contact(each, zone, minutes) for each in told.values()),
    )


def _minutes(connection: Connection, contacts: list[Row[Any]]) -> Mapping[str, int]:
    """The minutes of the rows that contacts were for, whatever day listed them, by row."""
    found: dict[str, int] = {}
    for start in range(0, len(contacts), BATCH):
        some = contacts[start : start + BATCH]
        asked = (
            select(PLANNED.c.request_id, PLANNED.c.row)
            .where(PLANNED.c.customer_id.in_({each.customer_id for each in some}))
            .where(PLANNED.c.request_id.in_({_row_id(each) for each in some}))
            .order_by(PLANNED.c.plan_id)
        )
        for row in connection.execute(asked):
            found[row.request_id] = json.loads(row.row)["minutes"]
    return found


def _row_id(contact: Row[Any]) -> str:
    return str(contact.request_id or "").partition("#")[0]


def _contact(events: list[Row[Any]], zone: str, minutes: Mapping[str, int]) -> LoggedContact:
    first = events[0]
    return LoggedContact(
        contact_id=first.contact_id,
        row_id=_row_id(first),
        customer_id=first.customer_id,
        day=local_date(datetime.fromisoformat(first.happened_at), zone),
        channel=first.channel,
        direction=first.direction,
        category=first.category,
        purpose=first.purpose,
        offer_code=first.offer_code,
        family=first.family,
        branch_id=first.branch_id,
        manager_id=first.manager_id,
        minutes=minutes.get(_row_id(first)),
        states=frozenset(event.state for event in events),
        said=tuple(event.outcome for event in events if event.outcome),
    )
