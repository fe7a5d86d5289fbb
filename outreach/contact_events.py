"""Every contact with what was told of it, event by event, and as it stands after the last."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, Select, exists, or_, select

from goodcall.profile import PastContact
from outreach.schema import CONTACT_EVENTS, CONTACTS

TAG = "|"

Events = Sequence[Row[tuple[object, ...]]]


def _contact_events() -> Select[tuple[object, ...]]:
    used = CONTACT_EVENTS.alias("used")
    was_used = exists().where(
        used.c.contact_id == CONTACT_EVENTS.c.contact_id,
        used.c.state.not_in(("reserved", "expired")),
        used.c.happened_at <= CONTACT_EVENTS.c.happened_at,
    )
    return (
        select(
            CONTACTS,
            CONTACT_EVENTS.c.state,
            CONTACT_EVENTS.c.outcome,
            CONTACT_EVENTS.c.staff_id,
            CONTACT_EVENTS.c.happened_at.label("told_at"),
            CONTACT_EVENTS.c.recorded_at,
        )
        .join_from(CONTACTS, CONTACT_EVENTS)
        .where(or_(CONTACT_EVENTS.c.state != "expired", ~was_used))
        .order_by(CONTACT_EVENTS.c.happened_at, CONTACT_EVENTS.c.event_id)
    )


# Every event with its contact, by its own moment and then by the order of recording. A reservation
# that was told to have been used did not expire, whatever was noted meanwhile.
EVENTS = _contact_events()


def contacts_in(events: Iterable[Row[tuple[object, ...]]]) -> dict[int, PastContact]:
    """Each contact in the state that its last event left it in."""
    return {event.contact_id: contact_of(event) for event in events}


def tags_of(text: str | None) -> tuple[str, ...]:
    """The tags that a contact's row keeps between bars."""
    return tuple(tag for tag in (text or "").split(TAG) if tag)


def contact_of(event: Row[tuple[object, ...]]) -> PastContact:
    """A contact as one of its events left it."""
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
        request_id=event.request_id,
        family=event.family,
        tags=tags_of(event.tags),
        household_id=event.household_id,
        account_id=event.account_id,
        lead_id=event.lead_id,
        run_id=event.run_id,
        at_local=event.at_local,
        expires_at=None if event.expires_at is None else datetime.fromisoformat(event.expires_at),
    )
