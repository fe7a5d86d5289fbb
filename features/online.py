"""One customer's row for the endpoint: the snapshot's features, and what happened since.

The row at t is the catalogue over what happened before t and is known by then, in windows that
begin where the snapshot's begin. What does not merge stays at the snapshot's value and is named.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from types import TracebackType
from typing import Any, Self

import numpy as np
from sqlalchemy import BindParameter, Connection, Engine, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Select

from features.arithmetic import Array
from features.errors import PersonalSealed, StaleSnapshot, StoreUnreachable
from features.feature import Catalog
from features.online_database import instant, micros, reading_engine, shown, told
from features.online_layout import Layout, Mover
from features.online_many import moved, rows_of
from features.online_people import OnlinePeople
from features.online_personal import holders, opened_profile
from features.online_tables import CURRENT, PROFILES, ROWS
from features.online_versions import OnlineMark, current
from features.store import refuse_other_catalog
from goodcall.breaker import Breaker, Resting
from goodcall.calendar import local_date
from goodcall.ports import FieldCipher
from goodcall.profile import Profile, profile_from_json

MAX_AGE_DAYS = 35
NUMBERS, PLACES = np.dtype("<f8"), np.dtype("<u2")
_EPOCH = date(1970, 1, 1)
# One row takes less than a millisecond; a server that needs seconds for it is ill.
_PATIENCE = "SET statement_timeout = '2s'"


@dataclass(frozen=True, slots=True)
class Served:
    """One customer's features at a moment, in the catalogue's order, missing as NaN.

    `at` is the moment asked for, or the instant just after the last fact was known where the
    asking clock is behind. `facts` that arrived since the snapshot are counted, `seq` numbers the
    last of them. `marks` names the features that those facts touch and that do not merge: they
    stand as of the snapshot, as every feature does that does not merge.
    """

    customer_id: int
    values: Array
    as_of: date
    at: datetime
    version: int
    facts: int
    seq: int
    marks: tuple[str, ...]


class OnlineStore:
    """The published store, opened for reading; it follows what is published from then on.

    One thread asks for single rows (`row`, `row_at`, `profile`, `belongs`), over a connection and a
    version that it holds; `rows_at`, `holders` and `people` may be asked by any. StaleSnapshot
    where nothing is published, where another catalogue was, or where a row is asked for more than
    `max_age_days` after the snapshot's date.
    """

    def __init__(
        self,
        url: str,
        catalog: Catalog,
        *,
        max_age_days: int = MAX_AGE_DAYS,
        tell: Callable[[Served], None] | None = None,
        cipher: FieldCipher | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        """`tell` hears of every row that `row_at` gives; `cipher` opens personal fields.

        `breaker` spares a store that is ill.
        """
        self._url = url
        self._cipher = cipher
        self._max_age = max_age_days
        self._tell = tell
        self.breaker = breaker or Breaker()
        # Were a second thread to ask for single rows all the same, it would wait its turn: two at
        # once on one cursor of SQLite crash the process.
        self._alone = Lock()
        self.layout = Layout(catalog)
        self._engine = reading_engine(url)
        try:
            with told(url), self._engine.connect() as connection:
                self._version, self.mark = current(connection, url)
            self._adopt(self._version, self.mark)
            with told(url):
                self._connect()
        except BaseException:
            self._engine.dispose()
            raise
        self._row = _compiled(self._engine, _ROW)
        self._row_at = _compiled(self._engine, _ROW_AT)
        self._profile = _compiled(self._engine, _PROFILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        """The database, for those who write to it."""
        return self._engine

    def refuse_old(self, now: datetime) -> None:
        """Raise StaleSnapshot where the snapshot is older at `now` than is allowed."""
        age = (local_date(now, self.mark.zone) - self.mark.as_of).days
        if age > self._max_age:
            raise StaleSnapshot(
                f"the snapshot of {self.mark.as_of} in {shown(self._url)} is {age} days old, "
                f"allowed are {self._max_age}; publish one of today with `goodcall outreach "
                "plan`, or allow more with GOODCALL_MAX_AGE"
            )

    def row(self, customer_id: int) -> Array | None:
        """One customer's features as of the snapshot's date; None for one it does not hold."""
        found = self._fetch(self._row, customer_id)
        if found is None:
            return None
        self._follow(found[0])
        return np.frombuffer(found[1], NUMBERS)

    def row_at(self, customer_id: int, now: datetime) -> Served | None:
        """One customer's features at `now`, with what arrived since the snapshot."""
        found = self._fetch(self._row_at, customer_id)
        if found is None:
            return None
        version, facts, seq, until, marked, features, states = found
        self._follow(version)
        self.refuse_old(now)
        at = max(micros(now), until)
        held = frozenset(np.frombuffer(marked, PLACES).tolist()) if marked else frozenset()
        values = np.frombuffer(features, NUMBERS).copy()
        last = local_date(instant(at) - timedelta(microseconds=1), self.mark.zone)
        self._mover.move(values, np.frombuffer(states, NUMBERS), (last - _EPOCH).days, held)
        names = self.layout.catalog.names
        marks = tuple(names[place] for place in sorted(held))
        served = Served(
            customer_id, values, self.mark.as_of, instant(at), version, facts, seq, marks
        )
        if self._tell:
            self._tell(served)
        return served

    def profile(self, customer_id: int, *, named: bool = True) -> Profile | None:
        """What the bank knew about one customer when the snapshot was published.

        The name stays shut where an answer does not need it. PersonalSealed without a cipher.
        """
        found = self._fetch(self._profile, customer_id)
        if found is None:
            return None
        return opened_profile(profile_from_json(found[0]), self._cipher, named=named)

    def holders(self, number: str) -> tuple[int, ...]:
        """The customers with a telephone number, ascending, however the number is written.

        It is looked up by its blind index: nobody's number is decrypted. Needs a cipher.
        """
        if self._cipher is None:
            raise PersonalSealed(
                "customers are found by telephone with the vault's keys alone; set "
                "GOODCALL_MASTER_KEY_FILE"
            )
        with told(self._url), self._engine.connect() as connection:
            version, _ = current(connection, self._url)
            return holders(connection, version, number, self._cipher)

    def belongs(self, customer_id: int) -> tuple[int | None, int | None] | None:
        """A customer's relationship manager and branch, each None where there is none.

        None of a customer whom the snapshot does not hold.
        """
        found = self._fetch(self._profile, customer_id)
        if found is None:
            return None
        said = json.loads(found[0])
        return said.get("manager_id"), said.get("branch_id")

    @property
    def people(self) -> OnlinePeople:
        """The profiles and households, for threads that ask beside the one that serves rows."""
        return OnlinePeople(self._engine, self._url, self._cipher)

    def household(self, household_id: int) -> tuple[int, ...]:
        """The customers who were of a household when the snapshot was published, ascending."""
        return self.people.household(household_id)

    def rows_at(self, customer_ids: Sequence[int], now: datetime) -> dict[int, Served]:
        """The rows of many customers at `now`, of those whom the snapshot holds; threads may ask.

        Each is what `row_at` gives: one read, and all are moved together.
        """
        self.refuse_old(now)
        with told(self._url), self._engine.connect() as connection:
            rows = rows_of(connection, customer_ids)
            if not rows:
                return {}
            version, mark, mover = self._standing(connection, rows[0].version)
        found = moved(rows, self.layout, mover, mark.zone, now)
        names = self.layout.catalog.names
        served = {
            row.customer_id: Served(
                *(row.customer_id, values, mark.as_of, at, version, row.facts, row.seq),
                tuple(names[place] for place in sorted(held)) if held else (),
            )
            for row, values, at, held in zip(
                rows, found.features, found.at, found.held, strict=True
            )
        }
        if self._tell:
            for each in served.values():
                self._tell(each)
        return served

    def close(self) -> None:
        """Let go of the database."""
        self._held.close()
        self._engine.dispose()

    def _connect(self) -> None:
        """Hold one connection on which every statement sees the newest state by itself."""
        self._held = self._engine.raw_connection()
        if self._engine.dialect.name == "postgresql":
            self._held.driver_connection.autocommit = True  # type: ignore[union-attr]
        self._cursor = self._held.cursor()
        if self._engine.dialect.name == "postgresql":
            self._cursor.execute(_PATIENCE)

    def _fetch(self, asked: tuple[str, "_Bind"], customer_id: int) -> Any:  # noqa: ANN401 - a row
        wrong = self._engine.dialect.loaded_dbapi.Error
        try:
            with self._alone:
                return self.breaker.call(
                    lambda: self._asked(asked, customer_id), (wrong, DBAPIError)
                )
        except Resting:
            raise StoreUnreachable(
                f"the online store {shown(self._url)} did not answer of late and is left alone for "
                "some seconds; check that the database runs"
            ) from None
        except (wrong, DBAPIError) as error:
            raise StoreUnreachable(
                f"the online store {shown(self._url)} does not answer: {error}; check that the "
                "database runs"
            ) from error

    def _asked(self, asked: tuple[str, "_Bind"], customer_id: int) -> Any:  # noqa: ANN401 - a row
        text, bind = asked
        try:
            self._cursor.execute(text, bind(customer_id))
            return self._cursor.fetchone()
        except self._engine.dialect.loaded_dbapi.Error:
            # A server that was started anew has closed the connection; it is asked once more.
            self._held.invalidate()
        self._connect()
        self._cursor.execute(text, bind(customer_id))
        return self._cursor.fetchone()

    def _follow(self, version: int) -> None:
        """Take in a version that was published since the last look."""
        if version != self._version:
            with told(self._url), self._engine.connect() as connection:
                self._adopt(*current(connection, self._url))

    def _standing(self, connection: Connection, version: int) -> tuple[int, OnlineMark, Mover]:
        """What stands for a version; one that was published since is not adopted here.

        A thread that asks beside the one that serves rows changes nothing under it.
        """
        if version == self._version:
            return version, self.mark, self._mover
        newest, mark = current(connection, self._url)
        refuse_other_catalog(mark.fingerprint, self.layout.catalog, shown(self._url))
        return newest, mark, self.layout.mover(mark.tables)

    def _adopt(self, version: int, mark: OnlineMark) -> None:
        refuse_other_catalog(mark.fingerprint, self.layout.catalog, shown(self._url))
        self._version, self.mark = version, mark
        self._mover: Mover = self.layout.mover(mark.tables)


_Bind = Callable[[int], Mapping[str, int] | tuple[int, ...]]
_WHO: BindParameter[int] = bindparam("who")
_OF_CURRENT = ROWS.c.version == select(CURRENT.c.version).scalar_subquery()
_ROW: Select[Any] = select(ROWS.c.version, ROWS.c.features).where(
    _OF_CURRENT, ROWS.c.customer_id == _WHO
)
_ROW_AT: Select[Any] = select(
    *(ROWS.c.version, ROWS.c.facts, ROWS.c.seq, ROWS.c.until, ROWS.c.held),
    func.coalesce(ROWS.c.live, ROWS.c.features),
    func.coalesce(ROWS.c.live_states, ROWS.c.states),
).where(_OF_CURRENT, ROWS.c.customer_id == _WHO)
_PROFILE: Select[Any] = select(PROFILES.c.json).where(
    PROFILES.c.version == select(CURRENT.c.version).scalar_subquery(),
    PROFILES.c.customer_id == _WHO,
)


def _compiled(engine: Engine, asked: Select[Any]) -> tuple[str, _Bind]:
    """A statement in the driver's own words, prepared once and asked for a million rows."""
    compiled = asked.compile(engine)
    if compiled.positional:
        return str(compiled), lambda customer_id: (customer_id,)
    return str(compiled), lambda customer_id: {"who": customer_id}
