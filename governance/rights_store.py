"""Requests of customers about their data: what was asked, by when it is due, who handled it.

A request outlives the data that it was about: once a customer is erased, it stands under a
pseudonym.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from governance.errors import RightsError

KINDS = ("view", "correct", "delete", "object", "explain")
OPEN, DONE = "open", "done"
DAYS = 30
_LOCK_SECONDS = 30
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

METADATA = MetaData()
REQUESTS = Table(
    "rights_requests",
    METADATA,
    Column("request_id", _ROW_ID, primary_key=True),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("due_at", String(32), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("handled_by", String(100)),
    Column("handled_at", String(32)),
    Column("said", Text),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """One request: whose, what, when, until when, and what became of it.

    The customer is a negative number, a pseudonym, once erased.
    """

    request_id: int
    customer_id: int
    kind: str
    asked_at: datetime
    due_at: datetime
    state: str
    handled_by: str | None = None
    handled_at: datetime | None = None
    said: str | None = None

    def late(self, now: datetime) -> bool:
        """Whether the deadline has passed while nobody did what was asked."""
        return self.state == OPEN and now > self.due_at


class RightsStore:
    """The requests of a bank, in SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at an address, its table made where it is not there yet."""
        store = cls(_engine(url))
        with store._writing() as connection:
            METADATA.create_all(connection)
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def ask(self, customer_id: int, kind: str, *, now: datetime, days: int = DAYS) -> int:
        """Take note of a request, due so many days later; returns its number.

        A request of the same kind that is still open stands for the new one too.
        """
        if kind not in KINDS:
            raise RightsError(f"{kind!r} is no right of a customer; choose of: {', '.join(KINDS)}")
        with self._writing() as connection:
            same = (
                REQUESTS.c.customer_id == customer_id,
                REQUESTS.c.kind == kind,
                REQUESTS.c.state == OPEN,
            )
            standing = connection.execute(select(REQUESTS.c.request_id).where(*same)).scalar()
            if standing is not None:
                return int(standing)
            values = {
                "customer_id": customer_id,
                "kind": kind,
                "asked_at": _text(now),
                "due_at": _text(now + timedelta(days=days)),
                "state": OPEN,
            }
            asked = insert(REQUESTS).returning(REQUESTS.c.request_id)
            return int(connection.execute(asked, values).scalar_one())

    def done(self, request_id: int, *, by: str, now: datetime, said: str | None = None) -> None:
        """Take note of who did what was asked, and what came of it."""
        values = {"state": DONE, "handled_by": by, "handled_at": _text(now), "said": said}
        with self._writing() as connection:
            connection.execute(
                update(REQUESTS).where(REQUESTS.c.request_id == request_id).values(values)
            )

    def rename(self, customer_id: int, pseudonym: int) -> int:
        """Put a customer's requests under a pseudonym, and say how many they were."""
        with self._writing() as connection:
            mine = REQUESTS.c.customer_id == customer_id
            return connection.execute(
                update(REQUESTS).where(mine).values(customer_id=pseudonym)
            ).rowcount

    def every(self, customer_id: int | None = None) -> tuple[RightsRequest, ...]:
        """Every request, or a customer's, the one that is due first first."""
        asked = select(REQUESTS).order_by(REQUESTS.c.due_at, REQUESTS.c.request_id)
        if customer_id is not None:
            asked = asked.where(REQUESTS.c.customer_id == customer_id)
        with self._told(), self._engine.connect() as connection:
            return tuple(_request(row) for row in connection.execute(asked).mappings())

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise RightsError(
                f"the store of requests {where} cannot be used: {error.orig}; check that the "
                "database runs, and who may use it"
            ) from error


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise RightsError(
            "the address of the store of requests does not read; give one such as "
            "sqlite:///var/governance.db or postgresql+psycopg://user@host/database"
        ) from error
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    engine = create_engine(address, connect_args={"timeout": _LOCK_SECONDS})
    event.listen(engine, "connect", _on_file)
    return engine


def _on_file(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Leave no bytes of changed rows in the file."""
    connection.cursor().execute("PRAGMA secure_delete = ON").close()


def _request(row: RowMapping) -> RightsRequest:
    said: dict[str, Any] = {field.name: row[field.name] for field in fields(RightsRequest)}
    for name in ("asked_at", "due_at", "handled_at"):
        if said[name] is not None:
            said[name] = datetime.fromisoformat(str(said[name]))
    return RightsRequest(**said)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
