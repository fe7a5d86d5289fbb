"""How the ledger's rows are found and written, each inside the transaction of its caller."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Executable,
    Row,
    Table,
    bindparam,
    column,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.dialects import postgresql, sqlite

from outreach.balance import balance_values
from outreach.contact_events import TAG
from outreach.decide import Decision, decision_from_json, decision_to_json, instant_text
from outreach.errors import NotInLedger, RequestReused, WordRefused
from outreach.funnel import funnel_values
from outreach.listed import note_withheld
from outreach.lots import keep_lots
from outreach.numbers import hash_of_point
from outreach.planned import PlannedRow, row_values
from outreach.policy import Policy
from outreach.request import Facts, Leg, Override, Request
from outreach.schema import (
    CONTACT_EVENTS,
    CONTACTS,
    DECISIONS,
    NEWEST,
    PLANNED,
    PLANS,
    POLICIES,
    PUBLICATIONS,
    TRAILS,
)
from outreach.seals import kept_number, kept_numbers, opened_note, sealed_note

if TYPE_CHECKING:
    from outreach.plan import Plan

Turned = Callable[[Connection, str | None, str, object], str | None]
# The bank's own contact ids lie far below; the union of both tables is by contact_id.
FIRST_CONTACT_ID = 4_000_000_000_000_000_000
# To build a statement takes longer than to run it: those of every reservation are built once.
_DECIDED = select(DECISIONS.c.request, DECISIONS.c.decision).where(
    DECISIONS.c.request_id == bindparam("request_id")
)
# Where Alembic keeps a database's shape.
_SHAPE = table("alembic_version", column("version_num"))
_KEPT = select(POLICIES.c.version).where(POLICIES.c.version == bindparam("version"))


def is_newest(connection: Connection) -> bool:
    """Whether the database has the newest shape."""
    if not inspect(connection).has_table(_SHAPE.name):
        return False
    return connection.execute(select(_SHAPE.c.version_num)).scalar_one_or_none() == NEWEST


def migrate(connection: Connection) -> None:
    """Bring the database to the newest shape."""
    # Only a ledger that is not of the newest shape waits for what changes shapes.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

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


def plan_before(connection: Connection, day: date, *, or_on: bool) -> Row[Any] | None:
    """The standing plan of the last day before `day`, or on it where asked."""
    early = PLANS.c.day <= day if or_on else PLANS.c.day < day
    return connection.execute(
        select(PLANS).where(early).order_by(PLANS.c.day.desc(), PLANS.c.plan_id.desc()).limit(1)
    ).first()


def standing_plan(connection: Connection, day: date) -> Row[Any]:
    """The plan of a day that stands, or an error that says how to make one."""
    plan = latest_plan(connection, day)
    if plan is None:
        raise NotInLedger(f"there is no plan for {day}; plan that day first")
    return plan


def published_at(connection: Connection, plan_id: int) -> datetime | None:
    """When a plan was published, None of one that was not."""
    at = connection.execute(
        select(PUBLICATIONS.c.published_at).where(PUBLICATIONS.c.plan_id == plan_id)
    ).scalar()
    return None if at is None else datetime.fromisoformat(at)


def publish(connection: Connection, plan: Row[Any], now: datetime) -> None:
    """Write that a plan is published, once."""
    if published_at(connection, plan.plan_id) is None:
        values = {"plan_id": plan.plan_id, "day": plan.day, "published_at": instant_text(now)}
        put(connection, PUBLICATIONS, values)


def keep_policy(connection: Connection, policy: Policy) -> None:
    """Keep the full text of a policy, once a version, also where two bring it at once."""
    values = {"version": policy.version, "text": policy.text}
    if connection.execute(_KEPT, values).first() is None:
        if connection.dialect.name == "sqlite":
            connection.execute(sqlite.insert(POLICIES).on_conflict_do_nothing(), values)
        else:
            connection.execute(postgresql.insert(POLICIES).on_conflict_do_nothing(), values)


def policy_text(connection: Connection, version: str) -> str:
    """The full text of a policy that something was decided under."""
    asked = select(POLICIES.c.text).where(POLICIES.c.version == version)
    text = connection.execute(asked).scalar()
    if text is None:
        raise NotInLedger(f"nothing was decided under policy {version!r}; check the version")
    return str(text)


def policy_texts(connection: Connection) -> dict[str, str]:
    """The full text of every policy that is kept, by its version."""
    asked = select(POLICIES.c.version, POLICIES.c.text).order_by(POLICIES.c.version)
    return {row.version: row.text for row in connection.execute(asked)}


def insert_plan(
    connection: Connection, plan: "Plan", before: Row[Any] | None, now: datetime
) -> int:
    """Write a plan with its rows and trails, and return its number."""
    keep_policy(connection, plan.policy)
    plan_id = put(
        connection,
        PLANS,
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
    if plan.rows:
        numbers = kept_numbers(connection, {r.number_hash for r in plan.rows if r.number_hash})
        kept = (replace(r, number_hash=numbers.get(r.number_hash or "")) for r in plan.rows)
        connection.execute(insert(PLANNED), [_planned_values(plan_id, row) for row in kept])
    keep_lots(connection, plan_id, plan.lots)
    note_withheld(connection, plan_id, plan.rows, now)
    if plan.trails:
        packed = [
            {"plan_id": plan_id, "customer_id": who, "trail": zlib.compress(trail.encode())}
            for who, trail in plan.trails.items()
        ]
        connection.execute(insert(TRAILS), packed)
    return plan_id


def decided(connection: Connection, request: Request) -> Decision | None:
    """The decision that a request id already has; another request's id is refused."""
    row = connection.execute(_DECIDED, {"request_id": request.request_id}).first()
    if row is None:
        return None
    if opened_request(connection, row.request) != request:
        raise RequestReused(
            f"request id {request.request_id!r} was used for another request; give each its own"
        )
    return decision_from_json(row.decision)


def asked(connection: Connection, request_id: str) -> Request | None:
    """The request that was decided under an id, if any."""
    row = connection.execute(_DECIDED, {"request_id": request_id}).first()
    return None if row is None else request_from(row.request)


def insert_decision(
    connection: Connection, request: Request, decision: Decision, name: str | None = None
) -> int:
    """Write a decision and return its number; `name` stands for the request's id where given."""
    return put(
        connection,
        DECISIONS,
        {
            "request_id": name or request.request_id,
            "customer_id": request.customer_id,
            "request": sealed_request(connection, request),
            "decision": decision_to_json(decision),
            "policy_version": decision.policy_version,
            "decided_at": instant_text(decision.decided_at),
        },
    )


def insert_further(connection: Connection, leg: Request, decision: Decision) -> int:
    """Write a decision once more for a further channel of its request, and return its number."""
    return insert_decision(connection, leg, decision, f"{leg.request_id} ({leg.channel})")


def insert_contact(
    connection: Connection,
    decision_id: int,
    leg: Request,
    facts: Facts,
    *,
    at: datetime,
    expires_at: datetime | None,
) -> None:
    """Write the contact that a decision allows on one channel, reserved at its moment."""
    profile = facts.profile
    offer = facts.offers.get(leg.offer_code or "")
    contact_id = FIRST_CONTACT_ID + decision_id
    put(
        connection,
        CONTACTS,
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
            "number_hash": kept_number(connection, hash_of_point(profile, leg.point_id)),
            "happened_at": instant_text(at),
            "expires_at": instant_text(expires_at),
            "request_id": leg.request_id,
            "branch_id": profile.branch_id,
            "manager_id": facts.served_by,
            "account_id": leg.account_id,
            "lead_id": leg.lead_id,
            "run_id": leg.run_id,
            "at_local": leg.at_local,
            "answers": leg.answers,
            "tags": None if offer is None or not offer.tags else TAG.join(("", *offer.tags, "")),
        },
    )
    insert_event(*(connection, contact_id), state="reserved", happened_at=at, recorded_at=at)


def insert_event(
    connection: Connection,
    contact_id: int,
    *,
    state: str,
    happened_at: datetime,
    recorded_at: datetime,
    **more: Any,  # noqa: ANN401 - column values
) -> None:
    """Write one state of a contact; `more` are its outcome, staff_id, note and due_at, if any."""
    moments = {"happened_at": instant_text(happened_at), "recorded_at": instant_text(recorded_at)}
    blank = dict.fromkeys(("outcome", "staff_id", "note", "due_at"))
    values = {"contact_id": contact_id, "state": state}
    said = blank | values | moments | more
    note = sealed_note(connection, said["note"], CONTACT_EVENTS.name, contact_id)
    put(connection, CONTACT_EVENTS, said | {"note": note})


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Write a row and return its number; what a column cannot hold is refused on any database."""
    for name, value in values.items():
        most = getattr(table.c[name].type, "length", None)
        if isinstance(value, str) and most is not None and len(value) > most:
            raise WordRefused(
                f"{name} {value[:40]!r}... has {len(value)} characters; the ledger keeps {most} at "
                "the most, shorten it"
            )
        if isinstance(value, str) and "\0" in value:
            raise WordRefused(f"{name} {value[:40]!r} holds a NUL character; take it out")
    return int(connection.execute(_insert(table), values).scalar_one())


@cache
def _insert(table: Table) -> Executable:
    (key, *_) = table.primary_key.columns
    return insert(table).returning(key)


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


def sealed_request(connection: Connection, request: Request) -> str:
    """A request as a decision keeps it: as JSON, the words of who overrode sealed."""
    return request_text(_with_reason(connection, request, sealed_note))


def opened_request(connection: Connection, text: str) -> Request:
    """The request that a decision keeps, with the words of who overrode in clear."""
    return _with_reason(connection, request_from(text), opened_note)


def _with_reason(connection: Connection, request: Request, turn: Turned) -> Request:
    """A request whose override's free words are sealed or opened."""
    if request.override is None:
        return request
    reason = turn(connection, request.override.reason, DECISIONS.name, request.request_id)
    return replace(request, override=replace(request.override, reason=str(reason)))


def _planned_values(plan_id: int, row: PlannedRow) -> dict[str, Any]:
    """A planned row as the table holds it."""
    return {
        "plan_id": plan_id,
        "request_id": row.request_id,
        "list_id": row.list_id,
        "rank": row.rank,
        "customer_id": row.customer_id,
        "channel": row.channel,
        "row": json.dumps(row_values(row), ensure_ascii=False),
        "number_hash": row.number_hash,
    }
