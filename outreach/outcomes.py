"""What becomes of reserved contacts: dialled, told of, or run out; and what that stops at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, select

from goodcall.database import hold
from goodcall.profile import Case, Consent
from goodcall.vocabulary import OUTCOMES, PROMISES, STATE_OF_OUTCOME
from outreach.decide import instant_text
from outreach.errors import (
    IllegalTransition,
    NotInLedger,
    WordRefused,
)
from outreach.listed import STOPPING, Stop, close_open_rows
from outreach.locks import contact_names, customer_names
from outreach.notes import Note, read_lineage, read_notes, write_note
from outreach.recording import insert_event
from outreach.schema import CONTACT_EVENTS, CONTACTS
from outreach.states import may_follow

# Words that protect the customer are never refused: where the state of a contact forbids theirs,
# they leave it as it is.
_PROTECTING = (*STOPPING, "SHOULD_NOT_DISTURB")


@dataclass(frozen=True, slots=True)
class Told:
    """What an agent says came of a contact: its code, since when it is known, and by whom.

    `due_at` is the moment that a call-back or an appointment was promised for.
    """

    code: str
    happened_at: datetime
    recorded_at: datetime
    agent: int
    note: str | None = None
    due_at: datetime | None = None


def hear(connection: Connection, contact_id: int, told: Told) -> None:
    """Write an outcome at its own moment, and stop what it stops.

    The same one at the same second is written once.
    """
    if told.code not in OUTCOMES:
        raise WordRefused(f"outcome {told.code!r} is unknown; choose one of: {', '.join(OUTCOMES)}")
    _check_promise(contact_id, told)
    contact = held_contact(connection, contact_id)
    if not datetime.fromisoformat(contact.happened_at) <= told.happened_at <= told.recorded_at:
        raise WordRefused(
            f"outcome {told.code} of contact {contact_id} cannot be of "
            f"{told.happened_at.isoformat()}; give a moment from the contact, "
            f"{contact.happened_at}, to now, {told.recorded_at.isoformat()}"
        )
    known = select(CONTACT_EVENTS.c.event_id).where(
        CONTACT_EVENTS.c.contact_id == contact_id,
        CONTACT_EVENTS.c.outcome == told.code,
        CONTACT_EVENTS.c.happened_at == instant_text(told.happened_at),
    )
    if connection.execute(known).first() is None:
        insert_event(
            *(connection, contact_id),
            state=_state_after(connection, contact, told),
            happened_at=told.happened_at,
            recorded_at=told.recorded_at,
            outcome=told.code,
            staff_id=told.agent,
            note=told.note,
            due_at=instant_text(told.due_at),
        )
    if told.code in STOPPING:
        stop = _stop_of(connection, told.code, contact)
        close_open_rows(connection, stop, told.recorded_at)


def dial(connection: Connection, contact_id: int, now: datetime, agent: int) -> None:
    """Write that a reserved contact is being made, or refuse it: it ran out, or was stopped."""
    contact = held_contact(connection, contact_id)
    state = _state_at(connection, contact, now)
    if state == "attempted":
        return
    if state != "reserved":
        raise IllegalTransition(
            f"contact {contact_id} is {state} and cannot be dialled any more; "
            "reserve a contact anew and dial that"
        )
    stopped = _stopped_since(connection, contact)
    if stopped is not None:
        raise IllegalTransition(
            f"contact {contact_id} must not be dialled: {stopped} was heard since it was reserved"
        )
    insert_event(
        *(connection, contact_id),
        state="attempted",
        happened_at=now,
        recorded_at=now,
        staff_id=agent,
    )


def expire(connection: Connection, now: datetime) -> tuple[int, ...]:
    """Write that reservations ran out which nobody used in time, and return their contacts."""
    hold(connection, ["reservations that run out"])
    later = exists().where(
        CONTACT_EVENTS.c.contact_id == CONTACTS.c.contact_id, CONTACT_EVENTS.c.state != "reserved"
    )
    over = connection.execute(
        select(CONTACTS.c.contact_id, CONTACTS.c.expires_at)
        .where(CONTACTS.c.expires_at <= instant_text(now), ~later)
        .order_by(CONTACTS.c.contact_id)
    ).all()
    for contact in over:
        insert_event(
            *(connection, contact.contact_id),
            state="expired",
            happened_at=datetime.fromisoformat(contact.expires_at),
            recorded_at=now,
        )
    return tuple(contact.contact_id for contact in over)


def take_notes(
    connection: Connection, customer_id: int, notes: Iterable[Note], now: datetime, agent: int
) -> None:
    """Write notes about a customer; a refusal or a complaint closes the open rows."""
    hold(connection, customer_names([customer_id]))
    people = _people(connection, customer_id)
    for note in notes:
        write_note(connection, customer_id, note, now, agent)
        stop = _stop_in(note, people)
        if stop is not None:
            close_open_rows(connection, stop, now)


def customer_of(connection: Connection, contact_id: int) -> int:
    """Whose contact it is."""
    found = connection.execute(
        select(CONTACTS.c.customer_id).where(CONTACTS.c.contact_id == contact_id)
    ).scalar()
    if found is None:
        raise NotInLedger(f"contact {contact_id} is not in the ledger; reserve a contact first")
    return int(found)


def held_contact(connection: Connection, contact_id: int) -> Row[Any]:
    """A contact, with all that its state counts for held."""
    contact = connection.execute(
        select(CONTACTS).where(CONTACTS.c.contact_id == contact_id)
    ).first()
    if contact is None:
        raise NotInLedger(f"contact {contact_id} is not in the ledger; reserve a contact first")
    number = [] if contact.number_hash is None else [contact.number_hash]
    names = contact_names(contact.household_id, number)
    hold(connection, [*customer_names([contact.customer_id]), *names])
    return contact


def _check_promise(contact_id: int, told: Told) -> None:
    """Refuse a promised moment that is over, or of an outcome that promises nothing."""
    if told.due_at is None:
        return
    if told.code not in PROMISES:
        raise WordRefused(
            f"outcome {told.code} of contact {contact_id} promises nothing for a later moment; "
            f"give one only with: {', '.join(PROMISES)}"
        )
    if told.due_at <= told.happened_at:
        raise WordRefused(
            f"outcome {told.code} of contact {contact_id} is promised for "
            f"{told.due_at.isoformat()}, which is not after {told.happened_at.isoformat()}, when "
            "it was heard; give a later moment"
        )


def _state_after(connection: Connection, contact: Row[Any], told: Told) -> str:
    before = _state_at(connection, contact, told.happened_at)
    state, allowed = STATE_OF_OUTCOME[told.code], may_follow(before)
    if state in allowed:
        return state
    if told.code in _PROTECTING:
        return before
    fitting = [code for code, leads in STATE_OF_OUTCOME.items() if leads in allowed]
    raise IllegalTransition(
        f"contact {contact.contact_id} is {before}, which {told.code} cannot follow; "
        f"what can: {', '.join(fitting)}"
    )


def _state_at(connection: Connection, contact: Row[Any], at: datetime) -> str:
    """The state in which a contact is at a moment, by the moments of its events."""
    states = connection.scalars(
        select(CONTACT_EVENTS.c.state)
        .where(
            CONTACT_EVENTS.c.contact_id == contact.contact_id,
            CONTACT_EVENTS.c.happened_at <= instant_text(at),
        )
        .order_by(CONTACT_EVENTS.c.happened_at, CONTACT_EVENTS.c.event_id)
    ).all()
    told = [state for state in states if state != "expired"]
    over = contact.expires_at is not None and contact.expires_at <= str(instant_text(at))
    return "expired" if told[-1] == "reserved" and over else str(told[-1])


def _people(connection: Connection, customer_id: int) -> set[int]:
    """A customer, and the records that it has been merged into."""
    return {customer_id, *read_lineage(connection, {customer_id}).heirs(customer_id)}


def _stop_of(connection: Connection, code: str, contact: Row[Any]) -> Stop:
    people = _people(connection, contact.customer_id)
    return Stop(code, people, contact.channel, contact.number_hash)


def _stop_in(note: Note, people: set[int]) -> Stop | None:
    """What a note stops: a word of refusal, or a complaint that is open."""
    if isinstance(note, Consent) and note.action == "dnc":
        return Stop("DNC", people, note.channel, None)
    if isinstance(note, Case) and note.kind == "complaint" and note.closed_at is None:
        return Stop("COMPLAINT", people, None, None)
    return None


def _stopped_since(connection: Connection, contact: Row[Any]) -> str | None:
    """What was heard after a contact was reserved that stops it, if anything."""
    same = [CONTACTS.c.customer_id == contact.customer_id]
    if contact.number_hash is not None:
        same.append(CONTACTS.c.number_hash == contact.number_hash)
    reserved = select(CONTACT_EVENTS.c.event_id).where(
        CONTACT_EVENTS.c.contact_id == contact.contact_id, CONTACT_EVENTS.c.state == "reserved"
    )
    heard = connection.execute(
        select(CONTACTS, CONTACT_EVENTS.c.outcome)
        .join_from(CONTACTS, CONTACT_EVENTS)
        .where(
            or_(*same),
            CONTACT_EVENTS.c.outcome.in_(STOPPING),
            CONTACT_EVENTS.c.event_id > reserved.scalar_subquery(),
        )
    ).all()
    stops = [_stop_of(connection, event.outcome, event) for event in heard]
    said = read_notes(connection, [contact.customer_id], None).get(contact.customer_id, ())
    since = datetime.fromisoformat(contact.happened_at)
    words = [w for w in said if isinstance(w, Consent | Case) and w.happened_at >= since]
    found = [_stop_in(word, {contact.customer_id}) for word in words]
    stops += [stop for stop in found if stop is not None]
    mine = (contact.customer_id, contact.channel, contact.number_hash)
    return next((stop.code for stop in stops if stop.stops(*mine)), None)
