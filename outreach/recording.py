"""How the ledger's rows are found and written, each inside the transaction of its caller."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Row, Select, exists, insert, select

from goodcall.vocabulary import STATE_OF_OUTCOME
from outreach.choosing import balance_values
from outreach.decide import Decision, decision_from_json, decision_to_json, instant_text
from outreach.errors import LedgerError
from outreach.funnel import funnel_values
from outreach.plan import Plan
from outreach.planned import PlannedRow, row_values
from outreach.policy import Policy
from outreach.remembered import TAG, number_hash
from outreach.request import Facts, Leg, Override, Request
from outreach.schema import (
    CONTACT_EVENTS,
    CONTACTS,
    DECISIONS,
    PLANNED,
    PLANNED_EVENTS,
    PLANS,
    POLICIES,
)

# The bank's own contact ids lie far below; the union of both tables is by contact_id.
FIRST_CONTACT_ID = 4_000_000_000_000_000_000


def migrate(connection: Connection) -> None:
    """Bring the database to the newest shape."""
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def latest_plan(connection: Connection, day: date) -> Row[Any] | None:
    """The plan of a day that stands, if any."""
    return connection.execute(
        select(PLANS).where(PLANS.c.day == day).order_by(PLANS.c.plan_id.desc()).limit(1)
    ).first()


def standing_plan(connection: Connection, day: date) -> Row[Any]:
    """The plan of a day that stands, or an error that says how to make one."""
    plan = latest_plan(connection, day)
    if plan is None:
        raise LedgerError(f"there is no plan for {day}; plan that day first")
    return plan


def keep_policy(connection: Connection, policy: Policy) -> None:
    """Keep the full text of a policy, once a version."""
    known = select(POLICIES.c.version).where(POLICIES.c.version == policy.version)
    if connection.execute(known).first() is None:
        connection.execute(insert(POLICIES), {"version": policy.version, "text": policy.text})


def insert_plan(connection: Connection, plan: Plan, before: Row[Any] | None, now: datetime) -> int:
    """Write a plan's head and return its number."""
    written = connection.execute(
        insert(PLANS).returning(PLANS.c.plan_id),
        {
            "day": plan.day,
            "digest": plan.digest,
            "policy_version": plan.policy.version,
            "model_versions": json.dumps(dict(plan.model_versions)),
            "funnel": json.dumps(funnel_values(plan.funnel)),
            "prices": json.dumps(balance_values(plan.balance)),
            "supersedes": None if before is None else before.plan_id,
            "recorded_at": instant_text(now),
        },
    )
    return int(written.scalar_one())


def planned_values(plan_id: int, row: PlannedRow) -> dict[str, Any]:
    """A planned row as the table holds it."""
    return {
        "plan_id": plan_id,
        "request_id": row.request_id,
        "list_id": row.list_id,
        "rank": row.rank,
        "customer_id": row.customer_id,
        "channel": row.channel,
        "row": json.dumps(row_values(row), ensure_ascii=False),
    }


def decided(connection: Connection, request: Request) -> Decision | None:
    """The decision that a request id already has; another request's id is refused."""
    row = connection.execute(
        select(DECISIONS.c.request, DECISIONS.c.decision).where(
            DECISIONS.c.request_id == request.request_id
        )
    ).first()
    if row is None:
        return None
    if request_from(row.request) != request:
        raise LedgerError(
            f"request id {request.request_id!r} was used for another request; give each its own"
        )
    return decision_from_json(row.decision)


def insert_decision(
    connection: Connection, request: Request, decision: Decision, name: str | None = None
) -> int:
    """Write a decision and return its number; `name` stands for the request's id where given."""
    written = connection.execute(
        insert(DECISIONS).returning(DECISIONS.c.decision_id),
        {
            "request_id": name or request.request_id,
            "customer_id": request.customer_id,
            "request": request_text(request),
            "decision": decision_to_json(decision),
            "policy_version": decision.policy_version,
            "decided_at": instant_text(decision.decided_at),
        },
    )
    return int(written.scalar_one())


def insert_further(connection: Connection, leg: Request, decision: Decision) -> int:
    """Write a decision once more for a further channel of its request, and return its number."""
    return insert_decision(connection, leg, decision, f"{leg.request_id} ({leg.channel})")


def insert_contact(
    connection: Connection, decision_id: int, leg: Request, facts: Facts, now: datetime
) -> None:
    """Write the contact that a decision allows on one channel, reserved at its moment."""
    profile, at = facts.profile, instant_text(now)
    number = next((p.value for p in profile.points if p.point_id == leg.point_id), None)
    offer = facts.offers.get(leg.offer_code or "")
    contact_id = FIRST_CONTACT_ID + decision_id
    connection.execute(
        insert(CONTACTS),
        {
            "contact_id": contact_id,
            "decision_id": decision_id,
            "customer_id": leg.customer_id,
            "household_id": profile.household_id,
            "channel": leg.channel,
            "direction": leg.direction,
            "category": leg.category,
            "purpose": leg.purpose,
            "offer_code": leg.offer_code,
            "family": None if offer is None else offer.family,
            "point_id": leg.point_id,
            "number_hash": None if number is None else number_hash(number),
            "happened_at": at,
            "request_id": leg.request_id,
            "branch_id": profile.branch_id,
            "manager_id": profile.manager_id,
            "account_id": leg.account_id,
            "lead_id": leg.lead_id,
            "run_id": leg.run_id,
            "at_local": leg.at_local,
            "tags": None if offer is None or not offer.tags else TAG.join(("", *offer.tags, "")),
        },
    )
    insert_event(
        connection, contact_id=contact_id, state="reserved", happened_at=at, recorded_at=at
    )


def insert_event(connection: Connection, **values: Any) -> None:  # noqa: ANN401 - column values
    """Write one state of a contact."""
    blank = dict.fromkeys(("outcome", "staff_id", "note"))
    connection.execute(insert(CONTACT_EVENTS), blank | values)


def heard(
    connection: Connection,
    contact_id: int,
    code: str,
    now: datetime,
    *,
    happened_at: datetime,
    agent: int,
    note: str | None,
) -> None:
    """Write an outcome at its own moment; the same one at the same second is written once."""
    known = select(CONTACT_EVENTS.c.event_id).where(
        CONTACT_EVENTS.c.contact_id == contact_id,
        CONTACT_EVENTS.c.outcome == code,
        CONTACT_EVENTS.c.happened_at == instant_text(happened_at),
    )
    if connection.execute(known).first() is None:
        insert_event(
            connection,
            contact_id=contact_id,
            state=STATE_OF_OUTCOME[code],
            outcome=code,
            happened_at=instant_text(happened_at),
            recorded_at=instant_text(now),
            staff_id=agent,
            note=note,
        )


def note_reserved(connection: Connection, request_id: str, now: datetime) -> None:
    """Mark the planned row of a request, where it has one, as reserved.

    What follows `#` in a request id tells further attempts at the row apart.
    """
    row_id = request_id.partition("#")[0]
    _append(connection, open_rows().where(PLANNED.c.request_id == row_id), "reserved", now)


def close_open_rows(
    connection: Connection, customer_id: int, channel: str | None, code: str, now: datetime
) -> None:
    """Cancel the open rows that an outcome forbids, of yesterday's lists and later ones.

    Those of all channels where none is given.
    """
    rows = open_rows().where(
        PLANNED.c.customer_id == customer_id,
        PLANS.c.day >= now.astimezone(UTC).date() - timedelta(days=1),
    )
    if channel is not None:
        rows = rows.where(PLANNED.c.channel == channel)
    _append(connection, rows, "cancelled", now, code)


def open_rows() -> Select[Any]:
    """The rows of plans that stand and of which nothing became yet."""
    later = PLANS.alias("later")
    superseded = exists().where(later.c.supersedes == PLANS.c.plan_id)
    settled = exists().where(
        PLANNED_EVENTS.c.plan_id == PLANNED.c.plan_id,
        PLANNED_EVENTS.c.request_id == PLANNED.c.request_id,
    )
    return (
        select(PLANNED.c.plan_id, PLANNED.c.request_id)
        .join_from(PLANNED, PLANS)
        .where(~superseded, ~settled)
        .order_by(PLANNED.c.plan_id, PLANNED.c.rank)
    )


def _append(
    connection: Connection,
    rows: Select[Any],
    state: str,
    now: datetime,
    because: str | None = None,
) -> None:
    events = [
        {
            "plan_id": row.plan_id,
            "request_id": row.request_id,
            "state": state,
            "because": because,
            "happened_at": instant_text(now),
        }
        for row in connection.execute(rows).all()
    ]
    if events:
        connection.execute(insert(PLANNED_EVENTS), events)


def request_text(request: Request) -> str:
    """A request as JSON, what it leaves unsaid left out."""
    said = {name: value for name, value in asdict(request).items() if value not in (None, ())}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=instant_text)


def request_from(text: str) -> Request:
    """The request that `request_text` wrote."""
    said = json.loads(text)
    override = said.get("override")
    queued = said.get("queued_at")
    return Request(
        **said
        | {
            "also": tuple(Leg(**leg) for leg in said.get("also", ())),
            "queued_at": None if queued is None else datetime.fromisoformat(queued),
            "override": None
            if override is None
            else Override(**(override | {"rules": tuple(override["rules"])})),
        }
    )
