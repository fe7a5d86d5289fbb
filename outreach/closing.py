"""How rows of lists end without a contact: by a manager's word, or left over at the close."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from goodcall.calendar import start_of_day
from goodcall.database import hold
from goodcall.vocabulary import ROW_WORDS
from outreach import outcomes, recording
from outreach.errors import IllegalTransition, LedgerError, NotInLedger, WordRefused
from outreach.listed import SNOOZED, append
from outreach.loading import parse_policy
from outreach.locks import customer_names
from outreach.notes import RowWord, write_note
from outreach.row_states import LEFT_OVER, OPEN, SET_ASIDE, WITHHELD, ListedRow, rows_where
from outreach.schema import PLANNED

# Of these words somebody will ask why.
_NEED_REASON = ("NOT_WORKED", "WRONG_RECOMMENDATION")


@dataclass(frozen=True, slots=True)
class Word:
    """What a manager says of a row: an outcome's code, when, by whom, and why.

    `family` is that of the row's offer, where it has one.
    """

    code: str
    now: datetime
    agent: int
    reason: str | None = None
    family: str | None = None


def skip(connection: Connection, place: tuple[date, int, int], word: Word) -> None:
    """Write a manager's word about the row of a day, list and rank, which is not worked any more.

    The same word again changes nothing. A reservation that was not dialled is given back.
    """
    _check_word(word)
    found, listed = row_at(connection, place, word.now)
    if listed.contact_id is None:
        hold(connection, customer_names([found.customer_id]))
    else:
        outcomes.held_contact(connection, listed.contact_id)
    # What was heard meanwhile counts: look again now that the customer is held.
    kept, listed = row_at(connection, place, word.now)
    if listed.word == word.code:
        return
    if listed.state == "reserved" and listed.contact_id is not None:
        _give_back(connection, listed.contact_id, word)
    elif listed.state in (*OPEN, WITHHELD, LEFT_OVER, SNOOZED):
        row = listed.row
        said = RowWord(
            *(word.code, word.now, row.request_id, row.channel, row.offer_code, word.family)
        )
        write_note(connection, row.customer_id, said, word.now, word.agent)
    else:
        raise IllegalTransition(_refusal(listed, word.code))
    append(
        *(connection, [(kept.plan_id, kept.request_id)], "cancelled", word.now),
        because=word.code,
        staff_id=word.agent,
        note=word.reason,
    )


def close(
    connection: Connection,
    day: date,
    list_ids: Collection[int] | None,
    now: datetime,
    agent: int | None,
) -> int:
    """Leave over the rows of a day's published lists of which nothing became, and count them.

    Rows withheld for that day alone, or snoozed until later that day, are left over too. Closed
    again, nothing is left to close.
    """
    hold(connection, [f"plan {day}"])
    plan = recording.standing_plan(connection, day)
    if recording.published_at(connection, plan.plan_id) is None:
        raise LedgerError(
            f"the lists of {day} were never published, so there is nothing to close; publish them "
            "first, or plan the day that was meant"
        )
    outcomes.expire(connection, now)
    which = [PLANNED.c.plan_id == plan.plan_id]
    if list_ids is not None:
        which.append(PLANNED.c.list_id.in_(sorted(list_ids)))
    zone = parse_policy(recording.policy_text(connection, plan.policy_version)).zone
    ends = start_of_day(day + timedelta(days=1), zone)
    over = [
        (row.plan_id, row.request_id)
        for row, listed in rows_where(connection, *which, at=now)
        if listed.state in OPEN or _only_today(listed, ends)
    ]
    append(connection, over, LEFT_OVER, now, staff_id=agent)
    return len(over)


def _only_today(listed: ListedRow, ends: datetime) -> bool:
    """Whether a row was kept from being worked that day alone."""
    if listed.state == SNOOZED:
        return listed.until is not None and listed.until < ends
    withheld = listed.row.withheld
    return listed.state == WITHHELD and withheld is not None and withheld.until is not None


def _check_word(word: Word) -> None:
    if word.code not in ROW_WORDS:
        raise WordRefused(
            f"{word.code!r} is nothing to say of a row without a contact; choose one of: "
            f"{', '.join(ROW_WORDS)}, or reserve a contact and tell its outcome"
        )
    if word.code in _NEED_REASON and not (word.reason or "").strip():
        raise WordRefused(f"{word.code} needs a reason; say why in a few words")


def row_at(
    connection: Connection, place: tuple[date, int, int], now: datetime
) -> tuple[Row[Any], ListedRow]:
    """The row of a day, list and rank, and what became of it by now."""
    day, list_id, rank = place
    plan = recording.standing_plan(connection, day)
    which = (
        PLANNED.c.plan_id == plan.plan_id,
        PLANNED.c.list_id == list_id,
        PLANNED.c.rank == rank,
    )
    found = next(rows_where(connection, *which, at=now), None)
    if found is None:
        raise NotInLedger(
            f"list {list_id} of {day} has no row {rank}; pull the list to see its rows"
        )
    return found


def _give_back(connection: Connection, contact_id: int, word: Word) -> None:
    """End a reservation that nobody dialled, with the word as its outcome."""
    outcomes.held_contact(connection, contact_id)
    recording.insert_event(
        *(connection, contact_id),
        state="cancelled",
        happened_at=word.now,
        recorded_at=word.now,
        outcome=word.code,
        staff_id=word.agent,
        note=word.reason,
    )


def _refusal(listed: ListedRow, code: str) -> str:
    where = f"row {listed.row.rank} of list {listed.row.list_id}"
    if listed.state in ("cancelled", SET_ASIDE):
        return f"{where} was withdrawn already: {listed.because}; nothing is left to say of it"
    return (
        f"{where} was worked: contact {listed.contact_id} is {listed.state}; "
        f"tell its outcome instead, {code} where it fits"
    )
