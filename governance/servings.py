"""Who serves which customer now: opened with evidence that it is so, closed by time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from goodcall.principal import Principal
from governance.errors import StoreError
from governance.instants import instant_text
from governance.schema import SERVINGS

# What shows that the customer is there.
EVIDENCE = ("card", "document", "biometric", "caller_verified", "queue_ticket")
LONGEST_MINUTES = 60


def open_serving(
    connection: Connection,
    who: Principal,
    customer_id: int,
    evidence: str,
    *,
    minutes: int,
    now: datetime,
) -> int:
    """The number of a serving; from now on the customer is served, for so many minutes at most.

    Who begins to serve another customer serves the one before no more. An app serves many at once.
    The same serving of the same second is opened once.
    """
    if evidence not in EVIDENCE:
        raise StoreError(
            f"{evidence!r} shows nobody that the customer is there; known: {', '.join(EVIDENCE)}"
        )
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise StoreError(
            f"nobody is served for {minutes} minutes; give 1 to {LONGEST_MINUTES}, and open again"
        )
    values = {
        "who": who.id,
        "customer_id": customer_id,
        "evidence": evidence,
        "opened_at": instant_text(now),
        "ends_at": instant_text(now + timedelta(minutes=minutes)),
    }
    same = [SERVINGS.c[name] == value for name, value in values.items()]
    opened = select(SERVINGS.c.serving_id).where(*same, SERVINGS.c.closed_at.is_(None))
    found = connection.execute(opened).scalar()
    if found is not None:
        return int(found)
    if who.sort == "person":
        close_servings(connection, who.id, now)
    added = connection.execute(insert(SERVINGS).returning(SERVINGS.c.serving_id), values)
    return int(added.scalar_one())


def close_servings(
    connection: Connection, who: str, now: datetime, customer_id: int | None = None
) -> None:
    """Whom somebody serves is served by him no more; one customer, where that is named."""
    open_ones = [SERVINGS.c.who == who, SERVINGS.c.closed_at.is_(None)]
    if customer_id is not None:
        open_ones.append(SERVINGS.c.customer_id == customer_id)
    connection.execute(update(SERVINGS).where(*open_ones).values(closed_at=instant_text(now)))


@dataclass(frozen=True, slots=True)
class Serving:
    """Who serves which customer, what shows it, and until when at the latest."""

    serving_id: int
    who: str
    customer_id: int
    evidence: str
    opened_at: datetime
    ends_at: datetime


def servings_at(connection: Connection, now: datetime) -> tuple[Serving, ...]:
    """Who serves whom at a moment, oldest first."""
    asked = select(SERVINGS).where(*_open_at(now)).order_by(SERVINGS.c.serving_id)
    return tuple(
        Serving(
            *(row.serving_id, row.who, row.customer_id, row.evidence),
            datetime.fromisoformat(row.opened_at),
            datetime.fromisoformat(row.ends_at),
        )
        for row in connection.execute(asked)
    )


def served_by(connection: Connection, customer_id: int, now: datetime) -> frozenset[str]:
    """The ids of who serves a customer at a moment."""
    asked = select(SERVINGS.c.who).where(SERVINGS.c.customer_id == customer_id, *_open_at(now))
    return frozenset(connection.scalars(asked))


def served_of(connection: Connection, who: str, now: datetime) -> frozenset[int]:
    """The customers whom somebody serves at a moment."""
    asked = select(SERVINGS.c.customer_id).where(SERVINGS.c.who == who, *_open_at(now))
    return frozenset(connection.scalars(asked))


def _open_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    at = instant_text(now)
    return SERVINGS.c.ends_at > at, SERVINGS.c.opened_at <= at, SERVINGS.c.closed_at.is_(None)
