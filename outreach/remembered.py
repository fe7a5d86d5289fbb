"""What the ledger remembers about customers, in the words that rules read."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.sql.elements import ColumnElement

from goodcall.profile import Case, Consent, PastContact, Profile
from goodcall.vocabulary import REFUSALS
from outreach.decide import instant_text
from outreach.request import History, PointMark
from outreach.schema import CONTACT_EVENTS, CONTACTS

# SQLite takes 32,766 parameters in one statement.
_BATCH = 10_000
_MARKING = (*REFUSALS, "INVALID", "DISCONNECTED")


def number_hash(value: str) -> str:
    """A number or address as the ledger keeps it: equal ones stay equal, none is readable."""
    return hashlib.sha256(value.encode()).hexdigest()


def read_history(
    connection: Connection, profiles: Sequence[Profile], before: datetime | None
) -> dict[int, History]:
    """Each customer's contacts, refusals and complaints, and marks on their numbers.

    Only what was recorded strictly before `before` counts, where it is given.
    """
    told: dict[int, list[Row[tuple[object, ...]]]] = {}
    for event in _events(
        connection, CONTACTS.c.customer_id, [p.customer_id for p in profiles], before
    ):
        told.setdefault(event.customer_id, []).append(event)
    numbers = {p.point_id: number_hash(p.value) for one in profiles for p in one.points}
    marked: dict[str, list[Row[tuple[object, ...]]]] = {}
    for event in _events(
        connection, CONTACTS.c.number_hash, sorted(set(numbers.values())), before, _MARKING
    ):
        marked.setdefault(event.number_hash, []).append(event)
    return {
        profile.customer_id: _history(
            told.get(profile.customer_id, []), _marks(profile, numbers, marked)
        )
        for profile in profiles
    }


def _events(
    connection: Connection,
    column: ColumnElement[object],
    values: Sequence[object],
    before: datetime | None,
    outcomes: tuple[str, ...] = (),
) -> Iterable[Row[tuple[object, ...]]]:
    """The events of the contacts whose column is among the values, as they were recorded."""
    for start in range(0, len(values), _BATCH):
        asked = contact_events().where(column.in_(values[start : start + _BATCH]))
        if before is not None:
            asked = asked.where(CONTACT_EVENTS.c.happened_at < instant_text(before))
        if outcomes:
            asked = asked.where(CONTACT_EVENTS.c.outcome.in_(outcomes))
        yield from connection.execute(asked)


def contact_events() -> Select[tuple[object, ...]]:
    """Every event with its contact, oldest first."""
    return (
        select(
            CONTACTS,
            CONTACT_EVENTS.c.state,
            CONTACT_EVENTS.c.outcome,
            CONTACT_EVENTS.c.staff_id,
            CONTACT_EVENTS.c.happened_at.label("told_at"),
        )
        .join_from(CONTACTS, CONTACT_EVENTS)
        .order_by(CONTACT_EVENTS.c.event_id)
    )


def _history(events: Iterable[Row[tuple[object, ...]]], marks: tuple[PointMark, ...]) -> History:
    contacts: dict[int, PastContact] = {}
    consents, cases = [], []
    for event in events:
        contacts[event.contact_id] = _contact(event)
        at = datetime.fromisoformat(event.told_at)
        if event.outcome in REFUSALS:
            channel = None if event.outcome == "REFUSED_ALL" else event.channel
            consents.append(Consent(at, "dnc", channel))
        elif event.outcome == "COMPLAINT":
            cases.append(Case("complaint", at, closed_at=at))
    return History(tuple(contacts.values()), tuple(consents), tuple(cases), marks)


def _contact(event: Row[tuple[object, ...]]) -> PastContact:
    return PastContact(
        contact_id=str(event.contact_id),
        happened_at=datetime.fromisoformat(event.happened_at),
        channel=event.channel,
        direction=event.direction,
        category=event.category,
        state=event.state,
        purpose=event.purpose,
        offer_code=event.offer_code,
        outcome=event.outcome,
        outcome_at=None if event.outcome is None else datetime.fromisoformat(event.told_at),
        point_id=event.point_id,
    )


def _marks(
    profile: Profile,
    numbers: Mapping[int, str],
    marked: Mapping[str, Sequence[Row[tuple[object, ...]]]],
) -> tuple[PointMark, ...]:
    """What other customers said, or what was found with them, on this customer's numbers."""
    return tuple(
        PointMark(
            point_id=point.point_id,
            customer_id=event.customer_id,
            channel=event.channel,
            code=event.outcome,
            happened_at=datetime.fromisoformat(event.told_at),
        )
        for point in profile.points
        for event in marked.get(numbers[point.point_id], ())
        if event.customer_id != profile.customer_id
    )
