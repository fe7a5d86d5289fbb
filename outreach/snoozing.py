"""Rows of lists put off to a moment: not offered before, offered again from then on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from goodcall.database import hold
from goodcall.profile import Snooze
from outreach import outcomes
from outreach.closing import row_at
from outreach.decide import instant_text
from outreach.errors import IllegalTransition, LedgerError
from outreach.listed import SNOOZED, append
from outreach.locks import customer_names
from outreach.notes import write_note
from outreach.recording import insert_event
from outreach.request import check_moment
from outreach.row_states import LEFT_OVER, OPEN, ListedRow

# Longer than that is no snooze any more.
LONGEST_DAYS = 92


@dataclass(frozen=True, slots=True)
class PutOff:
    """Until when a row is left alone, who said so, when and why; `until` now wakes it."""

    until: datetime
    now: datetime
    agent: int
    reason: str


def snooze(connection: Connection, place: tuple[date, int, int], word: PutOff) -> None:
    """Leave the row of a day, list and rank alone until a moment, and its customer with it.

    No marketing approaches the customer before, on any list; what was promised stands. A
    reservation that was not dialled is given back. The last word about a row counts.
    """
    _check(word)
    found, listed = row_at(connection, place, word.now)
    if listed.contact_id is None:
        hold(connection, customer_names([found.customer_id]))
    else:
        outcomes.held_contact(connection, listed.contact_id)
    # What was heard meanwhile counts: look again now that the customer is held.
    found, listed = row_at(connection, place, word.now)
    if listed.state == SNOOZED and listed.until == word.until:
        return
    _check_row(listed, word)
    if listed.state == "reserved" and listed.contact_id is not None:
        insert_event(
            *(connection, listed.contact_id),
            state="expired",
            happened_at=word.now,
            recorded_at=word.now,
            staff_id=word.agent,
        )
    said = Snooze(word.now, word.until, listed.row.request_id)
    write_note(connection, found.customer_id, said, word.now, word.agent)
    append(
        *(connection, [(found.plan_id, found.request_id)], SNOOZED, word.now),
        staff_id=word.agent,
        note=word.reason,
        until=instant_text(word.until),
    )


def _check(word: PutOff) -> None:
    check_moment(word.now)
    check_moment(word.until)
    if not word.reason.strip():
        raise LedgerError("a snooze needs a reason; say why in a few words")
    if not word.now <= word.until <= word.now + timedelta(days=LONGEST_DAYS):
        raise LedgerError(
            f"a row cannot be snoozed until {word.until.isoformat()}; give a moment after now, "
            f"{word.now.isoformat()}, and within {LONGEST_DAYS} days"
        )


def _check_row(listed: ListedRow, word: PutOff) -> None:
    """Refuse a row that was worked or withdrawn, that was promised, or that does not sleep."""
    row = listed.row
    where = f"row {row.rank} of list {row.list_id}"
    if row.promise is not None:
        raise IllegalTransition(
            f"{where} was promised to the customer for {row.promise.due_at.isoformat()}; agree on "
            f"another moment with the customer and tell it as {row.promise.code} of contact "
            f"{row.promise.contact_id}"
        )
    if listed.state not in (*OPEN, LEFT_OVER, SNOOZED, "reserved"):
        raise IllegalTransition(
            f"{where} is {listed.state}: nothing is left of it to put off; only rows that are "
            "still to do can be snoozed"
        )
    if word.until == word.now and listed.state != SNOOZED:
        raise IllegalTransition(
            f"{where} is not snoozed, so there is no snooze to end; `goodcall outreach list` shows "
            "which rows are"
        )
