"""A customer in the ledger: all that it knows, and the pseudonym that takes the number's place.

The law wants contacts proved for years, and the caps of a household and of a shared number count
them. So rows stay, under a keyed pseudonym; what tells of the person beyond that is taken out.
"""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, or_, select, update

from goodcall.amending import amending
from goodcall.database import hold, reading, wipe_freed, written
from goodcall.ports import FieldCipher
from outreach.listed import OPEN_ROWS, append
from outreach.locks import customer_names
from outreach.openings import engine_at
from outreach.recording import opened_request
from outreach.schema import (
    AB_MEMBERS,
    CONTACT_EVENTS,
    CONTACTS,
    DECISIONS,
    HOLDOUT_MEMBERS,
    LINEAGE,
    LOTS,
    NOTES,
    PLANNED,
    PLANNED_EVENTS,
    PUBLICATIONS,
    TRAILS,
)
from outreach.seals import Seals, opened_note

# Rows that stay as proof, under a pseudonym.
_RETAINED = (PLANNED, LOTS, DECISIONS, CONTACTS, NOTES, HOLDOUT_MEMBERS, AB_MEMBERS)
_CHANGED = (*_RETAINED, LINEAGE, TRAILS, PLANNED_EVENTS, CONTACT_EVENTS)
# What a row says of the person besides what was done; it goes.
_BLANK: Mapping[str, Mapping[str, Any]] = {
    "row": {"reasons": [], "value_cents": 0, "point_id": None, "price": None}
}
# Columns of JSON, and what in a row or in its JSON names a customer.
_JSON = {"row", "request", "decision", "said"}
_NUMBERS = ("customer_id", "part")
_IDS = ("request_id", "lead_id", "run_id", "answers")
# A date in an id is no customer's number.
_DATE = r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
_ERASED = "erased on the customer's request"
_SIXTY_BITS = 15
# The built-in rule that speaks against a personal choice is what withdraws such rows too.
OBJECTED = "profiling"
_Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class LedgerErasable:
    """The ledger: plans, decisions, contacts, words and lots of a customer."""

    url: str
    cipher: FieldCipher
    now: datetime
    place: str = "ledger"

    def known(self, customer_id: int) -> _Rows:
        """Every row about the customer, free words in clear and trails unpacked."""
        engine = engine_at(self.url)
        engine.update_execution_options(**Seals(self.cipher).option)
        try:
            with reading(engine) as connection:
                return _told(connection, customer_id)
        finally:
            engine.dispose()

    def erase(self, customer_id: int) -> int:
        """Put the customer's rows under a pseudonym, and take words, trails and reasons out."""
        engine = engine_at(self.url)
        engine.update_execution_options(**Seals(self.cipher).option)
        stands_for = pseudonym_of(customer_id, self.cipher)
        try:
            done = written(engine, lambda c: _pseudonymise(c, customer_id, stands_for))
            wipe_freed(engine)
        finally:
            engine.dispose()
        return done

    def forget_scores(self, customer_id: int) -> int:
        """Withdraw the customer's open rows, and delete trails of plans that nobody worked by.

        What was decided under a published plan stays: it is the explanation that is owed.
        """
        engine = engine_at(self.url)
        try:
            done = written(engine, lambda c: _withdraw(c, customer_id, self.now))
            wipe_freed(engine)
        finally:
            engine.dispose()
        return done


def pseudonym_of(customer_id: int, cipher: FieldCipher) -> int:
    """The negative number that stands for an erased customer; no bank has such ids."""
    return -1 - int(cipher.pseudonym(f"ledger customer {customer_id}")[:_SIXTY_BITS], 16)


def _told(connection: Connection, who: int) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for table in (NOTES, HOLDOUT_MEMBERS, AB_MEMBERS, CONTACTS, PLANNED, LOTS, LINEAGE):
        rows = connection.execute(_about(table, who)).mappings()
        found += [{"table": table.name, **_present(row)} for row in rows]
    for row in connection.execute(_about(DECISIONS, who)).mappings():
        asked = opened_request(connection, row["request"])
        why = None if asked.override is None else asked.override.reason
        more = {} if why is None else {"override_reason": why}
        found.append({"table": DECISIONS.name, **_present(row), **more})
    for row in connection.execute(_about(TRAILS, who)).mappings():
        trail = json.loads(zlib.decompress(row["trail"]))
        found.append({"table": TRAILS.name, "plan_id": row["plan_id"], "trail": trail})
    for table, owner, mine in _event_tables(who):
        for row in connection.execute(select(table).where(mine)).mappings():
            note = opened_note(connection, row["note"], table.name, row[owner])
            found.append({"table": table.name, **_present(row), **({"note": note} if note else {})})
    return found


def _pseudonymise(connection: Connection, who: int, stands_for: int) -> int:
    hold(connection, customer_names([who]))
    done = 0
    with amending(connection, *_CHANGED):
        # Events hang on rows by request id, so they go first.
        for table, _, mine in _event_tables(who):
            connection.execute(update(table).where(mine).values(note=None))
        for table in (PLANNED_EVENTS, *_RETAINED):
            done += _rename(connection, table, who, stands_for)
        done += _unpoint_lots(connection, who, stands_for)
        for column in (LINEAGE.c.customer_id, LINEAGE.c.source_id):
            changed = connection.execute(
                update(LINEAGE).where(column == who).values({column.name: stands_for})
            )
            done += changed.rowcount
        done += connection.execute(delete(TRAILS).where(TRAILS.c.customer_id == who)).rowcount
    return done


def _rename(connection: Connection, table: Table, who: int, stands_for: int) -> int:
    """Give rows the pseudonym wherever the customer's number stands in them."""
    keys = tuple(table.primary_key.columns)
    mine = _rows_of_events(who) if table is PLANNED_EVENTS else table.c.customer_id == who
    rows = connection.execute(select(table).where(mine)).mappings().all()
    for row in rows:
        plain = {name: value for name, value in row.items() if name not in _JSON}
        values = dict(_renamed(plain, who, stands_for))
        for name in _JSON & set(row):
            said = _renamed(json.loads(row[name]), who, stands_for)
            said |= {key: blank for key, blank in _BLANK.get(name, {}).items() if key in said}
            if said.get("override"):
                said["override"] |= {"reason": _ERASED}
            values[name] = json.dumps(said, ensure_ascii=False, sort_keys=name == "request")
        changed = {name: value for name, value in values.items() if value != row[name]}
        if changed:
            same = (key == row[key.name] for key in keys)
            connection.execute(update(table).where(*same).values(changed))
    return len(rows)


def _unpoint_lots(connection: Connection, who: int, stands_for: int) -> int:
    """Take the contact point out of the customer's lots, and the number out of their pairs.

    An earlier release numbered a pair by the customer who was contacted, in both of its rows.
    """
    mine = LOTS.c.customer_id == stands_for
    pointed = update(LOTS).where(mine, LOTS.c.point_id.is_not(None)).values(point_id=None)
    plans = select(LOTS.c.plan_id).where(mine, LOTS.c.pair == who)
    numbered = update(LOTS).where(LOTS.c.plan_id.in_(plans), LOTS.c.pair == who)
    done = connection.execute(pointed).rowcount
    return done + connection.execute(numbered.values(pair=stands_for)).rowcount


def _renamed(said: Mapping[str, Any], who: int, stands_for: int) -> dict[str, Any]:
    """What names the customer by number, under the pseudonym: ids of requests do, too."""
    number = re.compile(_DATE + rf"|(?<![0-9A-Za-z]){who}(?![0-9A-Za-z])")

    def anew(found: re.Match[str]) -> str:
        return found[0] if found["date"] else str(stands_for)

    found = dict(said)
    for name, value in said.items():
        if name in _NUMBERS and value == who:
            found[name] = stands_for
        elif name in _IDS and isinstance(value, str):
            found[name] = number.sub(anew, value)
        elif isinstance(value, dict):
            found[name] = _renamed(value, who, stands_for)
    return found


def _withdraw(connection: Connection, who: int, now: datetime) -> int:
    published = select(PUBLICATIONS.c.plan_id)
    hold(connection, customer_names([who]))
    open_rows = connection.execute(OPEN_ROWS.where(PLANNED.c.customer_id == who)).all()
    places = [(row.plan_id, row.request_id) for row in open_rows]
    append(connection, places, "cancelled", now, because=OBJECTED)
    with amending(connection, TRAILS):
        return (
            len(places)
            + connection.execute(
                delete(TRAILS).where(
                    TRAILS.c.customer_id == who, TRAILS.c.plan_id.not_in(published)
                )
            ).rowcount
        )


def _event_tables(who: int) -> tuple[tuple[Table, str, Any], ...]:
    contacts = select(CONTACTS.c.contact_id).where(CONTACTS.c.customer_id == who)
    return (
        (CONTACT_EVENTS, "contact_id", CONTACT_EVENTS.c.contact_id.in_(contacts)),
        (PLANNED_EVENTS, "request_id", _rows_of_events(who)),
    )


def _rows_of_events(who: int) -> Any:  # noqa: ANN401 - a condition
    rows = select(PLANNED.c.request_id).where(PLANNED.c.customer_id == who)
    return PLANNED_EVENTS.c.request_id.in_(rows)


def _about(table: Table, who: int) -> Any:  # noqa: ANN401 - a select
    mine = [table.c.customer_id == who]
    if "source_id" in table.c:
        mine.append(table.c.source_id == who)
    return select(table).where(or_(*mine))


def _present(row: Mapping[Any, Any]) -> dict[str, object]:
    return {
        str(name): value
        for name, value in row.items()
        if value is not None and not isinstance(value, bytes)
    }
