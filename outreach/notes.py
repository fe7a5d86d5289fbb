"""What customers say, and the bank finds out, outside of contacts; and who was merged into whom."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Row, Table, bindparam, insert, or_, select

from goodcall.profile import (
    Case,
    Consent,
    Hold,
    Merge,
    NeverOffer,
    Pause,
    Preference,
    Snooze,
    StopLifted,
    Verified,
    part_from_json,
    part_to_json,
)
from outreach.decide import instant_text
from outreach.request import check_moment
from outreach.schema import LINEAGE, NOTES
from outreach.spelling import check_words
from outreach.wishes import WishEnded, standing


@dataclass(frozen=True, slots=True)
class RowWord:
    """What a manager said of a listed row that nobody was contacted for: an outcome by its code.

    `channel`, `offer_code` and `family` are those of the contact that was not made.
    """

    code: str
    happened_at: datetime
    request_id: str
    channel: str
    offer_code: str | None = None
    family: str | None = None


Note = (
    Consent
    | Case
    | Hold
    | Pause
    | NeverOffer
    | Verified
    | StopLifted
    | Preference
    | Snooze
    | RowWord
    | WishEnded
)
_KINDS: Mapping[str, type[Any]] = {
    "consent": Consent,
    "case": Case,
    "hold": Hold,
    "pause": Pause,
    "never_offer": NeverOffer,
    "verified": Verified,
    "lifted": StopLifted,
    "preference": Preference,
    "snooze": Snooze,
    "row_word": RowWord,
    "wish_ended": WishEnded,
}
# SQLite takes 32,766 parameters in one statement.
BATCH = 10_000
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NOTES = select(NOTES).where(NOTES.c.customer_id.in_(_IDS)).order_by(NOTES.c.note_id)
_LINKS = select(LINEAGE).where(or_(LINEAGE.c.customer_id.in_(_IDS), LINEAGE.c.source_id.in_(_IDS)))
_NEVER = datetime.max.replace(tzinfo=UTC)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Source:
    """A customer record whose history another has too, since when, and by a merge or a split."""

    source_id: int
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lineage:
    """Every merge and split: whose history each customer has, and who is no more.

    `into` says whom each record was last merged into, and when.
    """

    sources: Mapping[int, tuple[Source, ...]]
    merged_away: frozenset[int]
    into: Mapping[int, tuple[int, datetime]]

    def of(self, customer_id: int) -> tuple[Source, ...]:
        """The records whose history a customer has, through any number of merges and splits."""
        found: dict[int, Source] = {}
        front = [Source(customer_id, "self", _NEVER)]
        while front:
            reached = front.pop()
            for source in self.sources.get(reached.source_id, ()):
                if source.source_id in found or source.source_id == customer_id:
                    continue
                # What came by a merge or split of a part arrived here with that part.
                last = source if reached.kind == "self" else replace(source, at=reached.at)
                kind = "split" if "split" in {source.kind, reached.kind} else "merge"
                found[source.source_id] = replace(last, kind=kind)
                front.append(found[source.source_id])
        return tuple(found.values())

    def heirs(self, customer_id: int) -> Mapping[int, datetime]:
        """Those whom a record was merged into, one after the other, and since when."""
        found: dict[int, datetime] = {}
        while customer_id in self.merged_away and self.into[customer_id][0] not in found:
            customer_id, at = self.into[customer_id]
            found[customer_id] = at
        return found

    def split_at(self, customer_id: int) -> datetime | None:
        """When a customer last came out of a split."""
        splits = (s.at for s in self.sources.get(customer_id, ()) if s.kind == "split")
        return max(splits, default=None)


def write_note(
    connection: Connection, customer_id: int, note: Note, now: datetime, agent: int
) -> None:
    """Write what was said or found out, once; unknown words and bad moments are refused."""
    check_words(note, f"a note about customer {customer_id}")
    happened_at = getattr(note, "happened_at", now)
    check_moment(happened_at)
    kind = next(name for name, sort in _KINDS.items() if sort is type(note))
    values = {
        "customer_id": customer_id,
        "kind": kind,
        "said": part_to_json(note),
        "happened_at": instant_text(happened_at),
        "recorded_at": instant_text(now),
        "staff_id": agent,
    }
    _once(connection, NOTES, values)


def read_notes(
    connection: Connection, customer_ids: Sequence[int], before: datetime | None
) -> dict[int, list[Note]]:
    """The notes about each customer in the order of recording, those before `before` if given.

    Wishes that were taken back by then are left out.
    """
    found: dict[int, list[Note]] = {}
    asked = _NOTES if before is None else _NOTES.where(NOTES.c.recorded_at < instant_text(before))
    for start in range(0, len(customer_ids), BATCH):
        for row in connection.execute(asked, {"ids": customer_ids[start : start + BATCH]}):
            note = part_from_json(_KINDS[row.kind], row.said)
            found.setdefault(row.customer_id, []).append(note)
    return {who: standing(said) for who, said in found.items()}


def write_lineage(
    connection: Connection, customer_id: int, source_id: int, kind: str, now: datetime
) -> None:
    """Write that a customer has the history of another from now on."""
    values = {
        "customer_id": customer_id,
        "source_id": source_id,
        "kind": kind,
        "happened_at": instant_text(now),
    }
    _once(connection, LINEAGE, values)


def read_lineage(
    connection: Connection, customer_ids: Collection[int], before: datetime | None = None
) -> Lineage:
    """The merges and splits that customers are linked by, those strictly before `before` if given.

    What has nothing to do with them is left out: a ledger with many merges is read no longer.
    """
    sources: dict[int, list[Source]] = {}
    gone: dict[int, bool] = {}
    into: dict[int, tuple[int, datetime]] = {}
    for row in _linked(connection, customer_ids, before):
        at = datetime.fromisoformat(row.happened_at)
        sources.setdefault(row.customer_id, []).append(Source(row.source_id, row.kind, at))
        if row.kind == "merge":
            into[row.source_id] = row.customer_id, at
        gone[row.source_id] = row.kind == "merge"
        gone[row.customer_id] = False
    return Lineage(
        {who: tuple(each) for who, each in sources.items()},
        frozenset(who for who, away in gone.items() if away),
        into,
    )


def _linked(
    connection: Connection, customer_ids: Collection[int], before: datetime | None
) -> list[Row[Any]]:
    """The rows that lead from customers to others and on from these, in the order of recording."""
    asked = _LINKS if before is None else _LINKS.where(LINEAGE.c.happened_at < instant_text(before))
    found: dict[int, Row[Any]] = {}
    seen: set[int] = set()
    front = sorted(customer_ids)
    while front:
        seen.update(front)
        for start in range(0, len(front), BATCH):
            rows = connection.execute(asked, {"ids": front[start : start + BATCH]})
            found |= {row.lineage_id: row for row in rows}
        reached = {who for row in found.values() for who in (row.customer_id, row.source_id)}
        front = sorted(reached - seen)
    return [found[number] for number in sorted(found)]


def of_kind(notes: Iterable[Note], kind: type[_T]) -> tuple[_T, ...]:
    """The notes of one kind; a later note about the same thing takes an earlier one's place."""
    found: dict[object, _T] = {}
    for number, note in enumerate(notes):
        if isinstance(note, kind):
            found[_subject(note, number)] = note
    return tuple(found.values())


def merges_of(sources: Iterable[Source]) -> tuple[Merge, ...]:
    """The merges among a customer's sources."""
    return tuple(Merge(s.source_id, s.at) for s in sources if s.kind == "merge")


def _once(connection: Connection, table: Table, values: Mapping[str, object]) -> None:
    """Write a row, unless the very same one was written: a broken connection may ask twice."""
    same = (table.c[name] == value for name, value in values.items())
    if connection.execute(select(*table.primary_key.columns).where(*same)).first() is None:
        connection.execute(insert(table), dict(values))


def _subject(note: object, number: int) -> object:
    """What a note is about; one that is not about something that changes stands for itself."""
    if isinstance(note, Case | Hold):
        return note.kind, note.happened_at
    if isinstance(note, Preference) and note.id is not None:
        return note.id
    if isinstance(note, Snooze):
        return "snooze"
    return number
