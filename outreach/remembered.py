"""What the ledger remembers about customers, in the words that rules read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam

from goodcall.profile import (
    Case,
    Consent,
    Hold,
    NeverOffer,
    PastContact,
    Pause,
    Point,
    Preference,
    Profile,
    Snooze,
    StopLifted,
    Verified,
)
from goodcall.vocabulary import REFUSALS
from outreach.contact_events import EVENTS, Events, contact_of, contacts_in
from outreach.decide import instant_text
from outreach.notes import (
    BATCH,
    Lineage,
    Note,
    RowWord,
    Source,
    merges_of,
    of_kind,
    read_lineage,
    read_notes,
)
from outreach.numbers import hashes_of, number_hash, spellings_of
from outreach.request import History, PointMark
from outreach.schema import CONTACT_EVENTS, CONTACTS
from outreach.seals import kept_numbers

_MARKING = (*REFUSALS, "INVALID", "DISCONNECTED")


_AMONG = {
    name: EVENTS.where(CONTACTS.c[name].in_(bindparam("values", expanding=True)))
    for name in ("customer_id", "number_hash", "household_id")
}


@dataclass(frozen=True, slots=True)
class Memory:
    """What was read for some customers at once: events, notes and who was whom."""

    events: Mapping[int, Events]
    notes: Mapping[int, Sequence[Note]]
    lineage: Lineage
    by_number: Mapping[str, Events]
    by_household: Mapping[int, Events]
    numbers: Mapping[str, str]

    def kept(self, point: Point) -> list[str]:
        """How the number or address of a point may stand in the ledger."""
        return [self.numbers[number_hash(each)] for each in sorted(spellings_of(point))]

    def at(self, point: Point) -> Events:
        """The events of the contacts at the number or address of a point."""
        return [event for name in self.kept(point) for event in self.by_number.get(name, ())]


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


def _read(
    connection: Connection,
    profiles: Sequence[Profile],
    before: datetime | None,
    relatives: Collection[int],
) -> Memory:
    own = {p.customer_id for p in profiles}
    hashes = hashes_of(point for p in profiles for point in p.points)
    numbers = kept_numbers(connection, hashes)
    households = sorted({p.household_id for p in profiles if p.household_id is not None})
    by_number = _grouped(connection, "number_hash", sorted(numbers.values()), before)
    others = {e.customer_id for events in by_number.values() for e in events}
    lineage = read_lineage(connection, own | others, before)
    sources = {s.source_id for who in own for s in lineage.of(who)}
    others |= {heir for who in others for heir in lineage.heirs(who)}
    people = sorted(own | sources | set(relatives))
    return Memory(
        events=_grouped(connection, "customer_id", people, before),
        notes=read_notes(connection, sorted(own | sources | others), before),
        lineage=lineage,
        by_number=by_number,
        by_household=_grouped(connection, "household_id", households, before),
        numbers=numbers,
    )


def _grouped(
    connection: Connection, column: str, values: Sequence[object], before: datetime | None
) -> dict[Any, list[Row[tuple[object, ...]]]]:
    """The events of the contacts whose column is among the values, by that column."""
    found: dict[Any, list[Row[tuple[object, ...]]]] = {}
    asked = _AMONG[column]
    if before is not None:
        asked = asked.where(CONTACT_EVENTS.c.recorded_at < instant_text(before))
    for start in range(0, len(values), BATCH):
        for event in connection.execute(asked, {"values": values[start : start + BATCH]}):
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
    contacts, heard = _contacts(told, profile, memory)
    consents, cases = _words(told)
    notes = [
        _as_part(note, source)
        for source in (None, *sources)
        for note in memory.notes.get(who if source is None else source.source_id, ())
        if _survives(note, source)
    ]
    return History(
        contacts=tuple(contacts.values()),
        heard=(*heard, *(_unmade(word) for word in of_kind(notes, RowWord))),
        consents=(*consents, *of_kind(notes, Consent)),
        cases=(*cases, *of_kind(notes, Case)),
        marks=_marks(profile, memory),
        household=_household(profile, memory, relatives, contacts),
        shared=_shared(profile, memory, contacts),
        holds=of_kind(notes, Hold),
        pauses=of_kind(notes, Pause),
        never_offers=of_kind(notes, NeverOffer),
        verified=of_kind(notes, Verified),
        lifted=of_kind(notes, StopLifted),
        preferences=of_kind(notes, Preference),
        merges=merges_of(sources),
        snoozes=of_kind(notes, Snooze),
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
    told: Iterable[tuple[Row[tuple[object, ...]], Source | None]], profile: Profile, memory: Memory
) -> tuple[dict[int, PastContact], list[PastContact]]:
    """Each contact as it stands, and the outcomes that later events followed.

    One of another record, at a number that this customer has too, was at the customer's own point.
    """
    own = {name: point.point_id for point in profile.points for name in memory.kept(point)}
    contacts: dict[int, PastContact] = {}
    heard = []
    for event, source in told:
        contact = contact_of(event)
        if source is not None:
            contact = replace(
                contact,
                point_id=own.get(event.number_hash, contact.point_id),
                part=source.source_id if source.kind == "merge" else None,
            )
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


def _unmade(word: RowWord) -> PastContact:
    """A word about a row as the outcome of a contact that was never made, and counts nowhere."""
    return PastContact(
        contact_id=f"row {word.request_id}",
        happened_at=word.happened_at,
        channel=word.channel,
        direction="outbound",
        category="marketing",
        state="cancelled",
        offer_code=word.offer_code,
        outcome=word.code,
        outcome_at=word.happened_at,
        request_id=word.request_id,
        family=word.family,
    )


def _marks(profile: Profile, memory: Memory) -> tuple[PointMark, ...]:
    """What other customers said, or was found with them, on this customer's numbers.

    What was said by a record that has been merged into this customer is the customer's own word.
    """
    marks = []
    for point in profile.points:
        others = [e for e in memory.at(point) if not _is_own(e.customer_id, profile, memory)]
        marks += [
            PointMark(
                *(point.point_id, event.customer_id, event.channel, event.outcome),
                datetime.fromisoformat(event.told_at),
            )
            for event in others
            if event.outcome in _MARKING
        ]
        marks += [
            PointMark(point.point_id, who, lift.channel, "DNC_LIFTED", lift.happened_at)
            for who in sorted({event.customer_id for event in others})
            for lift in _lifts(who, memory)
        ]
    return tuple(marks)


def _is_own(customer_id: int, profile: Profile, memory: Memory) -> bool:
    mine = profile.customer_id
    return customer_id == mine or mine in memory.lineage.heirs(customer_id)


def _lifts(customer_id: int, memory: Memory) -> Iterable[Consent]:
    """A customer's proven words that refusals are lifted, also of whom they were merged into."""
    speakers: list[tuple[int, datetime | None]] = [(customer_id, None)]
    speakers += memory.lineage.heirs(customer_id).items()
    for who, since in speakers:
        for word in of_kind(memory.notes.get(who, ()), Consent):
            proven = word.action == "dnc_lifted" and word.evidence_source and word.text_version
            if proven and (since is None or word.happened_at > since):
                yield word


def _shared(profile: Profile, memory: Memory, own: Collection[int]) -> tuple[PastContact, ...]:
    """Contacts with other customers on this customer's numbers, under this customer's points."""
    return tuple(
        replace(contact, point_id=point.point_id)
        for point in profile.points
        for contact in contacts_in(
            event
            for event in memory.at(point)
            if event.customer_id != profile.customer_id and event.contact_id not in own
        ).values()
    )


def _household(
    profile: Profile, memory: Memory, relatives: frozenset[int], own: Collection[int]
) -> tuple[PastContact, ...]:
    """Contacts with others of the household: of then, by the contact's record, or of now."""
    if profile.household_id is None:
        return ()
    events = [*memory.by_household.get(profile.household_id, ())]
    for who in sorted(relatives):
        events += memory.events.get(who, ())
    who = profile.customer_id
    others = (e for e in events if e.customer_id != who and e.contact_id not in own)
    return tuple(contacts_in(others).values())
