"""What earlier days left to a day: promises that fall due, rows left over or snoozed until it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from goodcall.calendar import start_of_day
from goodcall.vocabulary import COUNTED_STATES, PROMISES
from outreach.decide import instant_text
from outreach.listed import SNOOZED
from outreach.notes import BATCH, Lineage, read_lineage
from outreach.planned import Carried, Promise
from outreach.row_states import LEFT_OVER, SET_ASIDE, ListedRow, rows_where
from outreach.schema import CONTACT_EVENTS, CONTACTS, PLANNED, PLANNED_EVENTS, PLANS, PUBLICATIONS

# Where a customer is received who was given an appointment.
_APPOINTMENT_CHANNEL = "branch"
# A customer's day may end this much later than the bank's.
_ZONES = timedelta(days=1)


def carried(connection: Connection, day: date, zone: str, before: datetime) -> Carried:
    """What a day takes over from earlier ones, of promises what was recorded before `before`."""
    end = start_of_day(day + timedelta(days=1), zone) + _ZONES
    promises = open_promises(connection, end, day, before, before)
    begins = start_of_day(day, zone)
    back = _back(connection, day, (begins, start_of_day(day + timedelta(days=1), zone)), before)
    return Carried(promises, back | _left_over(connection, day))


def open_promises(
    connection: Connection, end: datetime, day: date, at: datetime, before: datetime | None = None
) -> tuple[Promise, ...]:
    """Promises due before `end` that nobody kept, settled or forbade, earliest first.

    A contact that answers one keeps it, a purchase ends it; a reservation that ran out by `at`
    answers nothing. Lists published for days before `day` settle those that they showed as set
    aside, withdrawn or withheld for good. The last moment that was agreed in a contact counts. Only
    what was recorded before `before` counts, where it is given.
    """
    given = _given(connection, end, before)
    ended = _answered(connection, given, at, before) | _bought(connection, given, before)
    lineage = read_lineage(connection, {one.customer_id for one in given.values()}, before)
    found = [_promise(event, lineage) for key, event in given.items() if key not in ended]
    settled = _settled(connection, found, day)
    standing = (one for one in found if one.contact_id not in settled)
    return tuple(sorted(standing, key=lambda one: (one.due_at, one.contact_id)))


def _given(
    connection: Connection, end: datetime, before: datetime | None
) -> dict[int, Row[tuple[object, ...]]]:
    """The last promise of each contact that made one due before `end`."""
    due = _known(before).where(
        CONTACT_EVENTS.c.due_at.is_not(None), CONTACT_EVENTS.c.due_at < instant_text(end)
    )
    ids = sorted({event.contact_id for event in connection.execute(due)})
    last = {
        event.contact_id: event
        for some in _batches(ids)
        for event in connection.execute(
            _known(before).where(
                CONTACTS.c.contact_id.in_(some), CONTACT_EVENTS.c.outcome.in_(PROMISES)
            )
        )
    }
    until = str(instant_text(end))
    return {key: e for key, e in last.items() if e.due_at is not None and e.due_at < until}


def _known(before: datetime | None) -> Select[Any]:
    """Contacts with their events, by their own moments, as recorded before a moment."""
    asked = (
        select(
            CONTACTS,
            CONTACT_EVENTS.c.state,
            CONTACT_EVENTS.c.outcome,
            CONTACT_EVENTS.c.staff_id,
            CONTACT_EVENTS.c.due_at,
            CONTACT_EVENTS.c.happened_at.label("told_at"),
        )
        .join_from(CONTACTS, CONTACT_EVENTS)
        .order_by(CONTACT_EVENTS.c.happened_at, CONTACT_EVENTS.c.event_id)
    )
    if before is None:
        return asked
    return asked.where(CONTACT_EVENTS.c.recorded_at < instant_text(before))


def _answered(
    connection: Connection, given: Mapping[int, Any], at: datetime, before: datetime | None
) -> set[int]:
    """The promises that a later contact answers, made or reserved."""
    last = {
        event.contact_id: event
        for some in _batches([str(key) for key in given])
        for event in connection.execute(_known(before).where(CONTACTS.c.answers.in_(some)))
    }
    return {
        int(event.answers)
        for event in last.values()
        if event.state in COUNTED_STATES and not _ran_out(event, at)
    }


def _ran_out(event: Row[Any], at: datetime) -> bool:
    """Whether a reservation was not used in time, noted or not."""
    ends = event.expires_at
    return event.state == "reserved" and ends is not None and ends <= instant_text(at)


def _bought(connection: Connection, given: Mapping[int, Any], before: datetime | None) -> set[int]:
    """The promises whose customers bought since."""
    bought: dict[int, str] = {}
    for some in _batches(sorted({event.customer_id for event in given.values()})):
        asked = _known(before).where(
            CONTACTS.c.customer_id.in_(some), CONTACT_EVENTS.c.outcome == "PURCHASED"
        )
        bought |= {event.customer_id: event.told_at for event in connection.execute(asked)}
    return {key for key, e in given.items() if bought.get(e.customer_id, "") > e.told_at}


def _promise(event: Row[Any], lineage: Lineage) -> Promise:
    """The promise of a contact, to whoever the customer has been merged into since."""
    appointment = event.outcome == "CONNECTED_APPT"
    who: int = event.customer_id
    for heir in lineage.heirs(who):
        who = heir
    return Promise(
        contact_id=event.contact_id,
        customer_id=who,
        code=event.outcome,
        given_at=datetime.fromisoformat(event.told_at),
        due_at=datetime.fromisoformat(event.due_at),
        channel=_APPOINTMENT_CHANNEL if appointment else event.channel,
        purpose=event.purpose,
        offer_code=event.offer_code,
        point_id=None if appointment else event.point_id,
        staff_id=event.staff_id,
    )


def _settled(connection: Connection, promises: Iterable[Promise], day: date) -> set[int]:
    """The promises that the last list before a day showed as forbidden for good, or settled."""
    published = PLANNED.c.plan_id.in_(select(PUBLICATIONS.c.plan_id)), PLANS.c.day < day
    last: dict[int, ListedRow] = {}
    for some in _batches(sorted({one.customer_id for one in promises})):
        for _, listed in rows_where(connection, PLANNED.c.customer_id.in_(some), *published):
            if listed.row.promise is not None:
                last[listed.row.promise.contact_id] = listed
    return {key for key, listed in last.items() if _is_settled(listed)}


def _is_settled(listed: ListedRow) -> bool:
    if listed.state == "withheld":
        return listed.row.withheld is not None and listed.row.withheld.until is None
    return listed.state in ("cancelled", SET_ASIDE)


def _left_over(connection: Connection, day: date) -> dict[int, date]:
    """Whose rows the last published lists before a day left over."""
    last = connection.execute(
        select(PUBLICATIONS.c.plan_id, PLANS.c.day)
        .join_from(PUBLICATIONS, PLANS)
        .where(PLANS.c.day < day)
        .order_by(PLANS.c.day.desc())
        .limit(1)
    ).first()
    if last is None:
        return {}
    rows = rows_where(connection, PLANNED.c.plan_id == last.plan_id)
    return {each.row.customer_id: last.day for _, each in rows if each.state == LEFT_OVER}


def _back(
    connection: Connection, day: date, span: tuple[datetime, datetime], before: datetime
) -> dict[int, date]:
    """Whose rows of earlier lists were snoozed until a moment of the day, and of which day."""
    ends = (str(instant_text(each)) for each in span)
    event = PLANNED_EVENTS.c
    asked = select(event.request_id).where(
        event.until >= next(ends),
        event.until < next(ends),
        event.happened_at < instant_text(before),
    )
    found: dict[int, date] = {}
    for some in _batches(sorted(set(connection.scalars(asked)))):
        rows = rows_where(connection, PLANNED.c.request_id.in_(some), PLANS.c.day < day)
        for row, listed in rows:
            if listed.state == SNOOZED and listed.until and span[0] <= listed.until < span[1]:
                found[row.customer_id] = row.day
    return found


def _batches(keys: Collection[Any]) -> Iterable[list[Any]]:
    every = list(keys)
    return (every[start : start + BATCH] for start in range(0, len(every), BATCH))
