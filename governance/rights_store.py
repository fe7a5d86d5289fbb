"""Requests of customers about their data: what was asked, by when it is due, who handled it.

A request outlives the data that it was about: once a customer is erased, it stands under a
pseudonym.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, RowMapping, insert, select, update

from goodcall.database import hold, reading, wipe_freed, written
from governance.errors import RightsError
from governance.schema import RIGHTS_REQUESTS as REQUESTS
from governance.store import AccessStore

KINDS = ("view", "correct", "delete", "object", "explain")
OPEN, DONE = "open", "done"
DAYS = 30


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
    """The requests of a bank, in the store of access: SQLite or PostgreSQL."""

    def __init__(self, store: AccessStore) -> None:
        self._store, self._engine = store, store.engine

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at an address, brought up to date."""
        return cls(AccessStore.open(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def ask(self, customer_id: int, kind: str, *, now: datetime, days: int = DAYS) -> int:
        """Take note of a request, due so many days later; returns its number.

        A request of the same kind that is still open stands for the new one too.
        """
        if kind not in KINDS:
            raise RightsError(f"{kind!r} is no right of a customer; choose of: {', '.join(KINDS)}")

        def work(connection: Connection) -> int:
            hold(connection, [f"rights of customer {customer_id}"])
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

        return written(self._engine, work)

    def note(self, request_id: int, said: str) -> None:
        """Keep with a request what whoever goes on with it must know."""
        change = update(REQUESTS).where(REQUESTS.c.request_id == request_id).values(said=said)
        written(self._engine, lambda connection: connection.execute(change))

    def done(
        self,
        request_id: int,
        *,
        by: str,
        now: datetime,
        said: str | None = None,
        stands_for: int | None = None,
    ) -> None:
        """Take note of who did what was asked, and what came of it.

        With a pseudonym, which `stands_for` is, all requests of its customer come under it in the
        same transaction.
        """
        mine = REQUESTS.c.request_id == request_id
        values = {"state": DONE, "handled_by": by, "handled_at": _text(now), "said": said}

        def work(connection: Connection) -> None:
            connection.execute(update(REQUESTS).where(mine).values(values))
            if stands_for is not None:
                who = connection.execute(select(REQUESTS.c.customer_id).where(mine)).scalar_one()
                theirs = update(REQUESTS).where(REQUESTS.c.customer_id == who)
                connection.execute(theirs.values(customer_id=stands_for))

        written(self._engine, work)
        if stands_for is not None:
            wipe_freed(self._engine)

    def every(self, customer_id: int | None = None) -> tuple[RightsRequest, ...]:
        """Every request, or a customer's, the one that is due first first."""
        asked = select(REQUESTS).order_by(REQUESTS.c.due_at, REQUESTS.c.request_id)
        if customer_id is not None:
            asked = asked.where(REQUESTS.c.customer_id == customer_id)
        with reading(self._engine) as connection:
            return tuple(_request(row) for row in connection.execute(asked).mappings())


def _request(row: RowMapping) -> RightsRequest:
    said: dict[str, Any] = {field.name: row[field.name] for field in fields(RightsRequest)}
    for name in ("asked_at", "due_at", "handled_at"):
        if said[name] is not None:
            said[name] = datetime.fromisoformat(str(said[name]))
    return RightsRequest(**said)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
