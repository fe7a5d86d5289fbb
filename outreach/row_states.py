"""What became of the rows of lists: worked with an outcome, withdrawn, left over, or still open."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select, true

from goodcall.vocabulary import ROW_WORDS
from outreach.decide import instant_text
from outreach.listed import SNOOZED
from outreach.notes import BATCH
from outreach.planned import PlannedRow, row_from
from outreach.schema import CONTACT_EVENTS, CONTACTS, PLANNED, PLANNED_EVENTS, PLANS
from outreach.seals import opened_note

WITHHELD, LEFT_OVER, SET_ASIDE = "withheld", "rolled_over", "set_aside"
# A row in these states was worked: somebody tried to reach the customer.
WORKED = ("attempted", "delivered", "connected", "failed")
# In these nobody has done anything about it yet, or what was begun ran out.
OPEN = ("planned", "expired")


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A planned row and what became of it.

    `state` is `planned`, `withheld`, `cancelled` by what was heard of the customer, `set_aside` by
    the manager's word, `snoozed` `until` a moment, `rolled_over`, or else that of its last contact,
    of which `outcome` and `contact_id` tell. `because` says what cancelled it, or the word; `note`
    and `staff_id` are those of whoever said so last.
    """

    row: PlannedRow
    state: str
    because: str | None
    contact_id: int | None = None
    outcome: str | None = None
    note: str | None = None
    staff_id: int | None = None
    until: datetime | None = None

    @property
    def word(self) -> str | None:
        """What the manager said of the row without contacting anybody."""
        return self.because if self.state == SET_ASIDE else None


def rows_where(
    connection: Connection,
    *which: ColumnElement[bool],
    at: datetime | None = None,
    known_before: datetime | None = None,
) -> Iterator[tuple[Row[Any], ListedRow]]:
    """Rows of plans that stand, by day, list and rank, each with what became of it.

    A reservation that nobody used has expired at `at`, where a moment is given. What was recorded
    at `known_before` or later is not seen: a plan that was made then takes no other's place.
    """
    later = PLANS.alias("later")
    superseded = exists().where(
        later.c.supersedes == PLANS.c.plan_id, known(later.c.recorded_at, known_before)
    )
    rows = connection.execute(
        select(PLANNED, PLANS.c.day)
        .join_from(PLANNED, PLANS)
        .where(~superseded, known(PLANS.c.recorded_at, known_before), *which)
        .order_by(PLANS.c.day, PLANNED.c.list_id, PLANNED.c.rank)
    ).all()
    events = _events(connection, rows, known_before)
    contacts = _contacts(connection, rows, known_before)
    for row in rows:
        told = events.get((row.plan_id, row.request_id), [])
        listed = _listed(row, told, contacts.get(row.request_id, []), at)
        yield row, replace(listed, note=_opened(connection, listed))


def known(recorded_at: ColumnElement[Any], before: datetime | None) -> ColumnElement[bool]:
    """Whether something was recorded before a moment; of no moment everything was."""
    return true() if before is None else recorded_at < instant_text(before)


def event_known(before: datetime | None) -> ColumnElement[bool]:
    """Whether a contact's event was recorded before a moment, its own where none was noted."""
    return known(func.coalesce(CONTACT_EVENTS.c.recorded_at, CONTACT_EVENTS.c.happened_at), before)


def _events(
    connection: Connection, rows: Iterable[Row[Any]], before: datetime | None
) -> Mapping[tuple[int, str], list[Row[Any]]]:
    """What was noted of the rows, in the order of noting."""
    found: dict[tuple[int, str], list[Row[Any]]] = {}
    for plan_id in sorted({row.plan_id for row in rows}):
        asked = select(PLANNED_EVENTS).where(
            PLANNED_EVENTS.c.plan_id == plan_id, known(PLANNED_EVENTS.c.happened_at, before)
        )
        for event in connection.execute(asked.order_by(PLANNED_EVENTS.c.event_id)):
            found.setdefault((event.plan_id, event.request_id), []).append(event)
    return found


def _contacts(
    connection: Connection, rows: Iterable[Row[Any]], before: datetime | None
) -> Mapping[str, list[Row[Any]]]:
    """The events of each row's last contact, by their own moments."""
    last: dict[str, int] = {}
    found: dict[int, list[Row[Any]]] = {}
    customers = sorted({row.customer_id for row in rows})
    for start in range(0, len(customers), BATCH):
        for event in connection.execute(_with(customers[start : start + BATCH], before)):
            row_id = (event.request_id or "").partition("#")[0]
            last[row_id] = max(event.contact_id, last.get(row_id, 0))
            found.setdefault(event.contact_id, []).append(event)
    return {row_id: found[contact_id] for row_id, contact_id in last.items()}


def _with(customer_ids: list[int], before: datetime | None) -> Select[Any]:
    """The events of all contacts with some customers."""
    return (
        select(
            *(CONTACTS.c.contact_id, CONTACTS.c.request_id, CONTACTS.c.expires_at),
            *(CONTACT_EVENTS.c.state, CONTACT_EVENTS.c.outcome),
            *(CONTACT_EVENTS.c.note, CONTACT_EVENTS.c.staff_id),
        )
        .join_from(CONTACTS, CONTACT_EVENTS)
        .where(CONTACTS.c.customer_id.in_(customer_ids), event_known(before))
        .order_by(CONTACT_EVENTS.c.happened_at, CONTACT_EVENTS.c.event_id)
    )


def _listed(
    row: Row[Any], noted: list[Row[Any]], told: list[Row[Any]], at: datetime | None
) -> ListedRow:
    """A row by its last contact, or by what was noted of it where none was made or it ran out."""
    planned = row_from(json.loads(row.row))
    state = _contact_state(told, at)
    used = [event for event in told if event.state != "expired"]
    if state not in (None, "expired"):
        last = used[-1]
        because = last.outcome if state == "cancelled" else None
        return ListedRow(
            *(planned, _aside(str(state), because), because),
            *(last.contact_id, last.outcome, last.note, last.staff_id),
        )
    words = _standing(noted, at)
    if words:
        last = words[-1]
        return ListedRow(
            planned,
            _aside(last.state, last.because),
            last.because,
            note=last.note,
            staff_id=last.staff_id,
            until=None if last.until is None else datetime.fromisoformat(last.until),
        )
    contact_id = told[-1].contact_id if told else None
    return ListedRow(planned, state or "planned", None, contact_id)


def _standing(noted: list[Row[Any]], at: datetime | None) -> list[Row[Any]]:
    """What was noted of a row and stands; the last snooze only, and only until its moment."""
    last = next((event for event in reversed(noted) if event.state == SNOOZED), None)
    if last is not None and at is not None and last.until <= str(instant_text(at)):
        last = None
    return [event for event in noted if event is last or event.state not in ("reserved", SNOOZED)]


def _opened(connection: Connection, listed: ListedRow) -> str | None:
    """The free words of whoever spoke last, of a contact or of a row without one."""
    if listed.contact_id is None:
        return opened_note(connection, listed.note, PLANNED_EVENTS.name, listed.row.request_id)
    return opened_note(connection, listed.note, CONTACT_EVENTS.name, listed.contact_id)


def _aside(state: str, because: str | None) -> str:
    """A row that was cancelled by its manager's word was set aside."""
    return SET_ASIDE if state == "cancelled" and because in ROW_WORDS else state


def _contact_state(told: list[Row[Any]], at: datetime | None) -> str | None:
    """The state of a contact; a reservation that was told to have been used did not expire."""
    if not told:
        return None
    last = [event.state for event in told if event.state != "expired"][-1]
    noted = any(event.state == "expired" for event in told)
    ends = told[-1].expires_at
    over = noted or (at is not None and ends is not None and ends <= str(instant_text(at)))
    return "expired" if last == "reserved" and over else str(last)
