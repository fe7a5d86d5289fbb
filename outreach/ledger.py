"""The ledger: the one place that may approve a contact, and that remembers what came of it.

Rows are only ever added. SQLite in WAL mode; a write takes the database's write lock first, so two
agents who ask at once are answered one after the other.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

import pyarrow as pa
from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from goodcall.profile import Profile
from goodcall.vocabulary import OUTCOMES, REFUSALS
from outreach import recording
from outreach.contact_export import contacts_from
from outreach.decide import Decision, decide
from outreach.errors import LedgerError
from outreach.funnel import Funnel, funnel_from
from outreach.offer import Offer
from outreach.plan import Plan
from outreach.planned import PlannedRow, row_from
from outreach.policy import Policy
from outreach.remembered import contact_events, read_history
from outreach.request import History, Request, check_moment, facts_of
from outreach.schema import CONTACTS, DECISIONS, PLANNED, PLANNED_EVENTS, POLICIES, TRAILS
from outreach.trail import Trail, trail_from_json

_LOCK_SECONDS = 30
_CLOSING = (*REFUSALS, "COMPLAINT", "DECEASED", "MINOR", "LEGAL")


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A day's plan as the ledger holds it; `supersedes` is the plan it took the place of."""

    plan_id: int
    day: date
    digest: str
    policy_version: str
    model_versions: Mapping[str, str]
    funnel: Funnel
    prices: Mapping[int, float]
    supersedes: int | None


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A planned row and what became of it: `planned`, `reserved`, or `cancelled` and why."""

    row: PlannedRow
    state: str
    because: str | None


class Ledger:
    """Plans, decisions, contacts and outcomes of a bank."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "Ledger":
        """The ledger at a SQLite address such as `sqlite:///var/ledger.db`, brought up to date."""
        try:
            if make_url(url).get_backend_name() != "sqlite":
                raise LedgerError(
                    f"the ledger does not run on {make_url(url).get_backend_name()}; "
                    "give an address such as sqlite:///var/ledger.db"
                )
            engine = create_engine(url, connect_args={"timeout": _LOCK_SECONDS})
            event.listen(engine, "connect", _on_connect)
            event.listen(engine, "begin", _on_begin)
            ledger = cls(engine)
            ledger.migrate()
        except (ArgumentError, DatabaseError) as error:
            raise LedgerError(
                f"the ledger {url} cannot be opened: {error}; "
                "give an address such as sqlite:///var/ledger.db in a folder that exists"
            ) from error
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def migrate(self) -> None:
        """Bring the database to the newest shape."""
        with self._writing() as connection:
            recording.migrate(connection)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def save_plan(self, plan: Plan, *, now: datetime) -> int:
        """The number under which a plan is kept.

        The plan that the day already has, where it says the same; else the new one supersedes it.
        """
        check_moment(now)
        with self._writing() as connection:
            before = recording.latest_plan(connection, plan.day)
            if before is not None and before.digest == plan.digest:
                return int(before.plan_id)
            recording.keep_policy(connection, plan.policy)
            plan_id = recording.insert_plan(connection, plan, before, now)
            if plan.rows:
                connection.execute(
                    insert(PLANNED), [recording.planned_values(plan_id, row) for row in plan.rows]
                )
            if plan.trails:
                connection.execute(
                    insert(TRAILS),
                    [
                        {"plan_id": plan_id, "customer_id": who, "trail": zlib.compress(t.encode())}
                        for who, t in plan.trails.items()
                    ],
                )
        return plan_id

    def plan(self, day: date) -> StoredPlan:
        """The day's plan that stands."""
        with self._reading() as connection:
            row = recording.standing_plan(connection, day)
        return StoredPlan(
            plan_id=row.plan_id,
            day=row.day,
            digest=row.digest,
            policy_version=row.policy_version,
            model_versions=json.loads(row.model_versions),
            funnel=funnel_from(json.loads(row.funnel)),
            prices=dict(json.loads(row.prices)),
            supersedes=row.supersedes,
        )

    def list_rows(self, day: date, list_id: int) -> tuple[ListedRow, ...]:
        """The rows of a manager's or branch's list, best first, with what became of each."""
        with self._reading() as connection:
            plan = recording.standing_plan(connection, day)
            rows = connection.execute(
                select(PLANNED)
                .where(PLANNED.c.plan_id == plan.plan_id, PLANNED.c.list_id == list_id)
                .order_by(PLANNED.c.rank)
            ).all()
            events = connection.execute(
                select(PLANNED_EVENTS)
                .where(PLANNED_EVENTS.c.plan_id == plan.plan_id)
                .order_by(PLANNED_EVENTS.c.event_id)
            ).all()
        last = {event.request_id: (event.state, event.because) for event in events}
        return tuple(
            ListedRow(row_from(json.loads(row.row)), *last.get(row.request_id, ("planned", None)))
            for row in rows
        )

    def trail(self, customer_id: int, day: date) -> Trail:
        """Why a customer is on the day's list or not."""
        with self._reading() as connection:
            plan = recording.standing_plan(connection, day)
            packed = connection.execute(
                select(TRAILS.c.trail).where(
                    TRAILS.c.plan_id == plan.plan_id, TRAILS.c.customer_id == customer_id
                )
            ).scalar()
        if packed is None:
            raise LedgerError(
                f"customer {customer_id} was not weighed for {day}; "
                "check the number, or whether the customer was known that day"
            )
        return trail_from_json(zlib.decompress(packed).decode())

    def policy_text(self, version: str) -> str:
        """The full text of a policy that something was decided under."""
        with self._reading() as connection:
            text = connection.execute(
                select(POLICIES.c.text).where(POLICIES.c.version == version)
            ).scalar()
        if text is None:
            raise LedgerError(f"nothing was decided under policy {version!r}; check the version")
        return str(text)

    def history(
        self, profiles: Iterable[Profile], before: datetime | None = None
    ) -> dict[int, History]:
        """What the ledger knows of each customer, recorded strictly before `before` if given."""
        with self._reading() as connection:
            return read_history(connection, list(profiles), before)

    def reserve(
        self,
        request: Request,
        profile: Profile,
        *,
        offers: Iterable[Offer],
        policy: Policy,
        now: datetime,
        holdout: bool,
    ) -> Decision:
        """The decision on a contact that is about to happen; an allowed one is reserved.

        Counting, deciding and writing are one transaction under the write lock. A request id that
        was decided before returns its first decision; who tries a listed row once more asks with
        the row's id and a suffix such as `#2`.
        """
        check_moment(now)
        with self._writing() as connection:
            if (first := recording.decided(connection, request)) is not None:
                return first
            book = {offer.code: offer for offer in offers}
            past = read_history(connection, [profile], None)[profile.customer_id]
            facts = facts_of(profile, book, holdout=holdout, history=past)
            decision = decide(request, facts, policy, now)
            recording.keep_policy(connection, policy)
            decision_id = recording.insert_decision(connection, request, decision)
            if decision.verdict == "allow":
                recording.insert_contact(connection, decision_id, request, facts, now)
                recording.note_reserved(connection, request.request_id, now)
        return decision

    def contact_id(self, request_id: str) -> int:
        """The contact that a request reserved."""
        with self._reading() as connection:
            found = connection.execute(
                select(CONTACTS.c.contact_id)
                .join_from(CONTACTS, DECISIONS)
                .where(DECISIONS.c.request_id == request_id)
            ).scalar()
        if found is None:
            raise LedgerError(f"request {request_id!r} reserved no contact; reserve it first")
        return int(found)

    def record_outcome(
        self, contact_id: int, code: str, *, now: datetime, agent: int, note: str | None = None
    ) -> None:
        """Take note of what came of a contact; what it stops is stopped in the same transaction.

        `agent` is the staff id of who heard it. The same code at the same second is noted once.
        """
        check_moment(now)
        if code not in OUTCOMES:
            raise LedgerError(f"outcome {code!r} is unknown; choose one of: {', '.join(OUTCOMES)}")
        with self._writing() as connection:
            contact = connection.execute(
                select(CONTACTS).where(CONTACTS.c.contact_id == contact_id)
            ).first()
            if contact is None:
                raise LedgerError(
                    f"contact {contact_id} is not in the ledger; reserve a contact first"
                )
            recording.heard(connection, contact_id, code, now, agent=agent, note=note)
            if code in _CLOSING:
                recording.close_open_rows(connection, contact, code, now)

    def contacts_table(self) -> pa.Table:
        """Every state of every contact in the columns of the raw table `contacts`.

        Each event is a version of its contact, known at the moment it was recorded.
        """
        with self._reading() as connection:
            return contacts_from(connection.execute(contact_events()).all())

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let SQLAlchemy say BEGIN, wait for locks, keep a write-ahead log and hold foreign keys."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL"):
        connection.cursor().execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
