"""What the ledger remembers about customers, in the words that rules read."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.sql.elements import ColumnElement

from goodcall.profile import (
    Case,
    Consent,
    Hold,
    NeverOffer,
    PastContact,
    Pause,
    Preference,
    Profile,
    StopLifted,
    Verified,
)
from goodcall.vocabulary import REFUSALS
from outreach.decide import instant_text
from outreach.notes import (
    BATCH,
    Lineage,
    Note,
    Source,
    merges_of,
    of_kind,
    read_lineage,
    read_notes,
)
from outreach.request import History, PointMark
from outreach.schema import CONTACT_EVENTS, CONTACTS

_MARKING = (*REFUSALS, "INVALID", "DISCONNECTED")
TAG = "|"

Events = Sequence[Row[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Memory:
    """What was read for some customers at once: events, notes and who was whom."""

    events: Mapping[int, Events]
    notes: Mapping[int, Sequence[Note]]
    lineage: Lineage
    by_number: Mapping[str, Events]
    by_household: Mapping[int, Events]


def number_hash(value: str) -> str:
    """A number or address as the ledger keeps it: equal ones stay equal, none is readable."""
    return hashlib.sha256(value.encode()).hexdigest()


def read_history(
    connection: Connection,
    profiles: Sequence[Profile],
    before: datetime | None,
    relatives: Collection[int] = (),
) -> dict[int, History]:
    """Each customer's contacts, words, and what others did on their numbers and in their household.

    Only what was recorded strictly before `before` counts, where it is given. `relatives` are
    customers who are members of the first profile's household now.
    """
    memory = _read(connection, profiles, before, relatives)
    return {p.customer_id: _history(p, memory, frozenset(relatives)) for p in profiles}


def contact_events() -> Select[tuple[object, ...]]:
    """Every event with its contact, by its own moment and then by the order of recording."""
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
        .order_by(CONTACT_EVENTS.c.happened_at, CONTACT_EVENTS.c.event_id)
    )


def contacts_in(events: Iterable[Row[tuple[object, ...]]]) -> dict[int, PastContact]:
    """Each contact in the state that its last event left it in."""
    return {event.contact_id: _contact(event) for event in events}


def tags_of(text: str | None) -> tuple[str, ...]:
    """The tags that a contact's row keeps between bars."""
    return tuple(tag for tag in (text or "").split(TAG) if tag)


def _read(
    connection: Connection,
    profiles: Sequence[Profile],
    before: datetime | None,
    relatives: Collection[int],
) -> Memory:
    lineage = read_lineage(connection, before)
    own = {p.customer_id for p in profiles}
    sources = {s.source_id for who in own for s in lineage.of(who)}
    numbers = sorted({number_hash(point.value) for p in profiles for point in p.points})
    households = sorted({p.household_id for p in profiles if p.household_id is not None})
    by_number = _grouped(connection, "number_hash", numbers, before)
    others = {e.customer_id for events in by_number.values() for e in events}
    people = sorted(own | sources | set(relatives))
    return Memory(
        events=_grouped(connection, "customer_id", people, before),
        notes=read_notes(connection, sorted(own | sources | others), before),
        lineage=lineage,
        by_number=by_number,
        by_household=_grouped(connection, "household_id", households, before),
    )


def _grouped(
    connection: Connection, column: str, values: Sequence[object], before: datetime | None
) -> dict[Any, list[Row[tuple[object, ...]]]]:
    """The events of the contacts whose column is among the values, by that column."""
    found: dict[Any, list[Row[tuple[object, ...]]]] = {}
    which: ColumnElement[object] = CONTACTS.c[column]
    for start in range(0, len(values), BATCH):
        asked = contact_events().where(which.in_(values[start : start + BATCH]))
        if before is not None:
            asked = asked.where(CONTACT_EVENTS.c.recorded_at < instant_text(before))
        for event in connection.execute(asked):
            found.setdefault(getattr(event, column), []).append(event)
    return found


def _history(profile: Profile, memory: Memory, relatives: frozenset[int]) -> History:
    who = profile.customer_id
    sources = memory.lineage.of(who)
    told = [
        (event, source)
        for source in (None, *sources)
        for event in memory.events.get(who if source is None else source.source_id, ())
        if source is None or _inherited(source, datetime.fromisoformat(event.told_at))
    ]
    contacts, heard = _contacts(told)
    consents, cases = _words(told)
    notes = [
        _as_part(note, source)
        for source in (None, *sources)
        for note in memory.notes.get(who if source is None else source.source_id, ())
        if _survives(note, source)
    ]
    return History(
        contacts=tuple(contacts.values()),
        heard=tuple(heard),
        consents=(*consents, *of_kind(notes, Consent)),
        cases=(*cases, *of_kind(notes, Case)),
        marks=_marks(profile, memory),
        household=_household(profile, memory, relatives),
        shared=_shared(profile, memory),
        holds=of_kind(notes, Hold),
        pauses=of_kind(notes, Pause),
        never_offers=of_kind(notes, NeverOffer),
        verified=of_kind(notes, Verified),
        lifted=of_kind(notes, StopLifted),
        preferences=of_kind(notes, Preference),
        merges=merges_of(sources),
        merged_away=who in memory.lineage.merged_away,
        split_at=memory.lineage.split_at(who),
    )


def _inherited(source: Source, at: datetime) -> bool:
    """Whether something at a moment is part of a source's history that others have too."""
    return source.kind == "merge" or at <= source.at


def _survives(note: Note, source: Source | None) -> bool:
    """Whether a customer has a note of a source; no grant survives a split."""
    if source is None:
        return True
    at = getattr(note, "happened_at", None)
    granted = isinstance(note, Consent) and note.action == "grant"
    return (at is None or _inherited(source, at)) and not (granted and source.kind == "split")


def _as_part(note: Note, source: Source | None) -> Note:
    if isinstance(note, Consent) and source is not None and source.kind == "merge":
        return replace(note, part=source.source_id)
    return note


def _contacts(
    told: Iterable[tuple[Row[tuple[object, ...]], Source | None]],
) -> tuple[dict[int, PastContact], list[PastContact]]:
    """Each contact as it stands, and the outcomes that later events followed."""
    contacts: dict[int, PastContact] = {}
    heard = []
    for event, source in told:
        merged = source is not None and source.kind == "merge"
        contact = replace(_contact(event), part=source.source_id if source and merged else None)
        earlier = contacts.get(event.contact_id)
        if earlier is not None and earlier.outcome is not None:
            heard.append(earlier)
        contacts[event.contact_id] = contact
    return contacts, heard


def _words(
    told: Iterable[tuple[Row[tuple[object, ...]], Source | None]],
) -> tuple[list[Consent], list[Case]]:
    """The refusals and complaints among what was heard."""
    consents, cases = [], []
    for event, source in told:
        at = datetime.fromisoformat(event.told_at)
        if event.outcome in REFUSALS:
            channel = None if event.outcome == "REFUSED_ALL" else event.channel
            part = source.source_id if source is not None and source.kind == "merge" else None
            consents.append(Consent(at, "dnc", channel, part=part))
        elif event.outcome == "COMPLAINT":
            cases.append(Case("complaint", at, closed_at=at))
    return consents, cases


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
        request_id=event.request_id,
        family=event.family,
        tags=tags_of(event.tags),
        household_id=event.household_id,
        account_id=event.account_id,
        lead_id=event.lead_id,
        run_id=event.run_id,
        at_local=event.at_local,
    )


def _marks(profile: Profile, memory: Memory) -> tuple[PointMark, ...]:
    """What other customers said, or was found with them, on this customer's numbers."""
    marks = []
    for point in profile.points:
        events = memory.by_number.get(number_hash(point.value), ())
        others = [e for e in events if e.customer_id != profile.customer_id]
        marks += [
            PointMark(
                *(point.point_id, event.customer_id, event.channel, event.outcome),
                datetime.fromisoformat(event.told_at),
            )
            for event in others
            if event.outcome in _MARKING
        ]
        marks += [
            PointMark(point.point_id, who, note.channel, "DNC_LIFTED", note.happened_at)
            for who in sorted({event.customer_id for event in others})
            for note in of_kind(memory.notes.get(who, ()), Consent)
            if note.action == "dnc_lifted" and note.evidence_source and note.text_version
        ]
    return tuple(marks)


def _shared(profile: Profile, memory: Memory) -> tuple[PastContact, ...]:
    """Contacts with other customers on this customer's numbers, under this customer's points."""
    return tuple(
        replace(contact, point_id=point.point_id)
        for point in profile.points
        for contact in contacts_in(
            event
            for event in memory.by_number.get(number_hash(point.value), ())
            if event.customer_id != profile.customer_id
        ).values()
    )


def _household(
    profile: Profile, memory: Memory, relatives: frozenset[int]
) -> tuple[PastContact, ...]:
    """Contacts with others of the household: of then, by the contact's record, or of now."""
    if profile.household_id is None:
        return ()
    events = [*memory.by_household.get(profile.household_id, ())]
    for who in sorted(relatives):
        events += memory.events.get(who, ())
    others = (event for event in events if event.customer_id != profile.customer_id)
    return tuple(contacts_in(others).values())
