"""Brings a ledger under the vault's keys: what is in clear, and what an older key sealed."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, select, update

from goodcall.amending import amending
from goodcall.database import hold, wipe_freed, written
from goodcall.ports import FieldCipher
from outreach.recording import opened_request, request_from, sealed_request
from outreach.schema import CONTACT_EVENTS, CONTACTS, DECISIONS, PLANNED, PLANNED_EVENTS
from outreach.seals import is_sealed_ledger, note_sealed, opened_note, sealed_note, seals_of

_BATCH = 500
# What a batch came to: rows changed, the last key or None where nothing is left, rows looked at.
_Done = tuple[int, int | None, int]
_Work = Callable[..., _Done]


def reseal(engine: Engine, cipher: FieldCipher, tell: Callable[[int], None]) -> int:
    """Seal what is in clear or under an older key; returns how many rows were.

    A batch a transaction, while others read and write; killed and begun again, it goes on with
    what is left. The numbers of a ledger are put under pseudonyms in one transaction, once.
    """
    done = written(engine, _seal_numbers)
    seen = 0
    works: tuple[_Work, ...] = (
        partial(_contact_notes, cipher=cipher),
        partial(_row_notes, cipher=cipher),
        partial(_reasons, cipher=cipher),
    )
    for work in works:
        last: int | None = 0
        while last is not None:
            changed, last, looked = written(engine, partial(work, last=last))
            done, seen = done + changed, seen + looked
            tell(seen)
    # Also where nothing was left: whoever was killed before this line had not wiped anything.
    wipe_freed(engine)
    return done


def _seal_numbers(connection: Connection) -> int:
    """Put every number under its pseudonym, unless that was done before."""
    hold(connection, ["the ledger's shape"])
    cipher = seals_of(connection).cipher
    if cipher is None or is_sealed_ledger(connection):
        return 0
    changed = 0
    with amending(connection, CONTACTS, PLANNED):
        for table in (CONTACTS, PLANNED):
            found = connection.scalars(
                select(table.c.number_hash).where(table.c.number_hash.is_not(None)).distinct()
            ).all()
            values = [{"old": each, "new": cipher.pseudonym(each)} for each in found]
            if values:
                connection.execute(
                    update(table)
                    .where(table.c.number_hash == bindparam("old"))
                    .values(number_hash=bindparam("new")),
                    values,
                )
            changed += len(values)
        rows = connection.execute(
            select(
                PLANNED.c.plan_id, PLANNED.c.request_id, PLANNED.c.row, PLANNED.c.number_hash
            ).where(PLANNED.c.number_hash.is_not(None))
        ).all()
        for row in rows:
            said = json.loads(row.row) | {"number_hash": row.number_hash}
            connection.execute(
                update(PLANNED)
                .where(PLANNED.c.plan_id == row.plan_id, PLANNED.c.request_id == row.request_id)
                .values(row=json.dumps(said, ensure_ascii=False))
            )
    note_sealed(connection)
    return changed


def _contact_notes(connection: Connection, *, last: int, cipher: FieldCipher) -> _Done:
    key, owner = CONTACT_EVENTS.c.event_id, CONTACT_EVENTS.c.contact_id
    return _notes(connection, (CONTACT_EVENTS, key, owner), last, cipher)


def _row_notes(connection: Connection, *, last: int, cipher: FieldCipher) -> _Done:
    key, owner = PLANNED_EVENTS.c.event_id, PLANNED_EVENTS.c.request_id
    return _notes(connection, (PLANNED_EVENTS, key, owner), last, cipher)


def _notes(
    connection: Connection, of: tuple[Table, Any, Any], last: int, cipher: FieldCipher
) -> _Done:
    """Seal a batch of a table's free words; `of` is the table, its key, and whose row it is."""
    table, key, owner = of
    rows = connection.execute(
        select(key.label("key"), owner.label("owner"), table.c.note)
        .where(key > last, table.c.note.is_not(None))
        .order_by(key)
        .limit(_BATCH)
    ).all()
    old = [row for row in rows if not cipher.is_current(row.note)]
    if old:
        with amending(connection, table):
            for row in old:
                clear = opened_note(connection, row.note, table.name, row.owner)
                note = sealed_note(connection, clear, table.name, row.owner)
                connection.execute(update(table).where(key == row.key).values(note=note))
    return len(old), rows[-1].key if rows else None, len(rows)


def _reasons(connection: Connection, *, last: int, cipher: FieldCipher) -> _Done:
    rows = connection.execute(
        select(DECISIONS.c.decision_id, DECISIONS.c.request)
        .where(DECISIONS.c.decision_id > last, DECISIONS.c.request.like('%"override"%'))
        .order_by(DECISIONS.c.decision_id)
        .limit(_BATCH)
    ).all()
    old = []
    for row in rows:
        override = request_from(row.request).override
        if override is not None and not cipher.is_current(override.reason):
            old.append(row)
    if old:
        with amending(connection, DECISIONS):
            for row in old:
                text = sealed_request(connection, opened_request(connection, row.request))
                connection.execute(
                    update(DECISIONS)
                    .where(DECISIONS.c.decision_id == row.decision_id)
                    .values(request=text)
                )
    return len(old), rows[-1].decision_id if rows else None, len(rows)
