"""Publishes a snapshot for the endpoint: readers see the old one, then the new one, never half.

Rows are written under a version that nobody sees yet, a batch a transaction. One transaction then
merges the facts that became known since into the new rows and makes the version current. A process
that is killed on the way leaves the old version in force; the next publication clears up.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from features.asof import Computed
from features.bank import Bank
from features.errors import PublishOvertaken, StaleSnapshot
from features.feature import Catalog
from features.online import NUMBERS, PLACES
from features.online_database import instant, micros, told, writing, writing_engine
from features.online_layout import Layout
from features.online_log import known_facts, mark_corrections
from features.online_personal import phone_rows, sealed_profile
from features.online_tables import (
    CURRENT,
    FACTS,
    HOUSEHOLDS,
    PHONES,
    PROFILES,
    ROWS,
    SERVED,
    VERSIONS,
)
from features.online_versions import OnlineMark, current_version
from features.since import Live, Since
from goodcall.calendar import start_of_day
from goodcall.ports import FieldCipher
from goodcall.profile import Profile, profile_to_json

Tell = Callable[[str], None]
_BATCH = 1_000
_T = TypeVar("_T")


def publish(
    url: str,
    snapshot: Computed,
    people: Iterable[Profile],
    *,
    bank: Bank,
    as_of: date,
    catalog: Catalog,
    now: datetime,
    tell: Tell | None = None,
    cipher: FieldCipher | None = None,
) -> int:
    """Make a snapshot the one that readers see; returns its version.

    With a `cipher` personal fields are encrypted, and telephone numbers can be looked up.

    `snapshot` holds the catalogue's features of one `as_of`, computed from `bank`. Facts of the log
    that became known at as_of or later are merged into its rows, but for those that the bank's
    tables tell already. StaleSnapshot for an as_of before facts that the log no longer holds.
    """
    said = bank.manifest
    mark = OnlineMark(
        *(catalog.fingerprint, as_of, said.zone, said.name, said.currency, bank.tables, now)
    )
    engine = writing_engine(url)
    try:
        with told(url):
            version, layout = _begin(engine, mark), Layout(catalog)
            new = _Publication(version, mark, layout, bank, tell or _silent, cipher)
            new.tell("begun")
            _stage_rows(engine, new, snapshot)
            _stage_people(engine, new, people)
            with writing(engine) as connection:
                _switch(connection, new)
            new.tell("switched")
            _clear(engine, new.version)
            new.tell("cleared")
    finally:
        engine.dispose()
    return new.version


def write_live(connection: Connection, version: int, merged: Sequence[Live]) -> None:
    """Put merged rows into the store, beside what the snapshot had."""
    if merged:
        connection.execute(
            update(ROWS).where(ROWS.c.version == version, ROWS.c.customer_id == bindparam("who")),
            [_live_values(live) for live in merged],
        )


def _live_values(live: Live) -> dict[str, Any]:
    return {
        "who": live.customer_id,
        "facts": live.facts,
        "seq": live.seq,
        "until": live.until,
        "held": np.array(sorted(live.held), PLACES).tobytes() or None,
        "live": live.features.astype(NUMBERS).tobytes(),
        "live_states": live.states.astype(NUMBERS).tobytes(),
    }


@dataclass(frozen=True, slots=True)
class _Publication:
    """A version on its way, and what it is made from."""

    version: int
    mark: OnlineMark
    layout: Layout
    bank: Bank
    tell: Tell
    cipher: FieldCipher | None

    @property
    def begin(self) -> int:
        """The instant from which on facts are not in the snapshot."""
        return micros(start_of_day(self.mark.as_of, self.mark.zone))


def _begin(engine: Engine, mark: OnlineMark) -> int:
    said = asdict(mark) | {
        "tables": json.dumps(mark.tables),
        "published_at": micros(mark.published_at),
    }
    with writing(engine) as connection:
        version = connection.execute(
            insert(VERSIONS).values(**said).returning(VERSIONS.c.version)
        ).scalar_one()
        if connection.execute(select(CURRENT)).first() is None:
            connection.execute(insert(CURRENT).values(only=1))
    return int(version)


def _stage_rows(engine: Engine, new: _Publication, snapshot: Computed) -> None:
    table = snapshot.features
    customers = table["customer_id"].to_pylist()
    columns = [table[name].to_numpy() for name in new.layout.catalog.names]
    features = np.column_stack(columns).astype(NUMBERS)
    states = new.layout.matrix(snapshot.states, len(customers)).astype(NUMBERS)
    for places in _batches(range(len(customers))):
        with writing(engine) as connection:
            _refuse_overtaken(connection, new.version)
            connection.execute(
                insert(ROWS),
                [
                    {"version": new.version, "customer_id": customers[n], "facts": 0, "seq": 0}
                    | {"until": 0, "features": features[n].tobytes()}
                    | {"states": states[n].tobytes()}
                    for n in places
                ],
            )
        new.tell("rows")


def _stage_people(engine: Engine, new: _Publication, people: Iterable[Profile]) -> None:
    for some in _batches(tuple(people)):
        with writing(engine) as connection:
            _refuse_overtaken(connection, new.version)
            connection.execute(
                insert(PROFILES),
                [
                    {"version": new.version, "customer_id": each.customer_id}
                    | {"json": profile_to_json(sealed_profile(each, new.cipher))}
                    for each in some
                ],
            )
            members = [
                {"version": new.version, "household_id": each.household_id}
                | {"customer_id": each.customer_id}
                for each in some
                if each.household_id is not None
            ]
            if members:
                connection.execute(insert(HOUSEHOLDS), members)
            phones = [row for each in some for row in phone_rows(each, new.version, new.cipher)]
            if phones:
                connection.execute(insert(PHONES), phones)
        new.tell("people")


def _switch(connection: Connection, new: _Publication) -> None:
    """Empty the log of what the snapshot before last knew, merge the rest, make it current."""
    held = connection.execute(select(CURRENT).with_for_update()).one()
    _refuse_overtaken(connection, new.version)
    if held.emptied_until is not None and held.emptied_until >= new.begin:
        raise StaleSnapshot(
            f"facts known until {instant(held.emptied_until)} have left the online store's log, "
            f"and a snapshot of {new.mark.as_of} would miss them; publish one of a later day"
        )
    emptied = _empty(connection, held.emptied_until, new.begin)
    new.tell("emptied")
    _merge_waiting(connection, new)
    new.tell("merged")
    connection.execute(update(CURRENT).values(version=new.version, emptied_until=emptied))
    new.tell("switching")


def _empty(connection: Connection, before: int | None, begin: int) -> int | None:
    """Drop the facts that the snapshot in force knew; later ones stay, to tell repeats by."""
    found = current_version(connection)
    if found is None:
        return before
    gone = FACTS.c.known_at < min(begin, micros(start_of_day(found[1].as_of, found[1].zone)))
    last = connection.execute(select(func.max(FACTS.c.known_at)).where(gone)).scalar()
    connection.execute(delete(FACTS).where(gone))
    return before if last is None else int(last)


def _merge_waiting(connection: Connection, new: _Publication) -> None:
    """Merge the facts that became known since as_of into the new version's rows."""
    since = Since(new.layout)
    waiting = connection.execute(
        select(FACTS.c.customer_id).where(FACTS.c.known_at >= new.begin).distinct()
    ).scalars()
    for some in _batches(sorted(waiting)):
        rows = snapshot_rows(connection, new.version, some)
        facts = [
            fact
            for fact in known_facts(connection, tuple(rows), new.cipher)
            if fact.known_at >= new.begin and fact.table in new.mark.tables
        ]
        facts = mark_corrections(connection, facts, new.bank, new.begin)
        merged = since.merge(facts, rows, new.mark.as_of, new.mark.zone)
        write_live(connection, new.version, merged)


def snapshot_rows(
    connection: Connection, version: int, customers: Iterable[int], *, lock: bool = False
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Features and states of customers as of a version's date, by customer, locked where asked."""
    asked = (
        select(ROWS.c.customer_id, ROWS.c.features, ROWS.c.states)
        .where(ROWS.c.version == version, ROWS.c.customer_id.in_(list(customers)))
        .order_by(ROWS.c.customer_id)
    )
    return {
        row.customer_id: (np.frombuffer(row.features, NUMBERS), np.frombuffer(row.states, NUMBERS))
        for row in connection.execute(asked.with_for_update() if lock else asked)
    }


def _refuse_overtaken(connection: Connection, version: int) -> None:
    """A later publication clears up what it finds unfinished, and so ends an earlier one."""
    newest = connection.execute(select(func.max(VERSIONS.c.version))).scalar()
    if newest != version:
        raise PublishOvertaken(
            "another snapshot was published while this one was being written; "
            "publish again where this one should be seen"
        )


def _clear(engine: Engine, version: int) -> None:
    """Drop every other version; what a killed publication left behind goes too."""
    for table in (ROWS, PROFILES, HOUSEHOLDS, PHONES, SERVED, VERSIONS):
        with writing(engine) as connection:
            connection.execute(delete(table).where(table.c.version < version))


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for begin in range(0, len(items), _BATCH):
        yield items[begin : begin + _BATCH]


def _silent(_: str) -> None:
    """Nobody watches."""
