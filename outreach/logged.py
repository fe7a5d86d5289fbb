"""Days as the ledger kept them for a replay: what was weighed, what came out, what it earned."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from outreach import recording
from outreach.arbitrate import Action
from outreach.schema import CONTACT_EVENTS, CONTACTS, PLANS, TRAILS
from outreach.trail import Trail, trail_from_json

BOUGHT = ("ACCEPTED", "APPLIED", "PURCHASED")
SAVED = "SAVED"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a planned contact: whether anybody made it, and every outcome that it had."""

    made: bool
    outcomes: frozenset[str]


@dataclass(frozen=True, slots=True)
class LoggedDay:
    """A day's plan that stood: everyone's trail, and the results of its contacts by customer.

    Of a day on which a test ran, only those who were planned under the plan's own policy.
    """

    day: date
    policy_text: str
    trails: tuple[Trail, ...]
    results: Mapping[int, Result]


def logged_days(connection: Connection, first: date, last: date) -> Iterator[LoggedDay]:
    """The days from `first` to `last`, both included, that have a plan."""
    asked = select(PLANS.c.day).where(PLANS.c.day.between(first, last)).distinct()
    for day in sorted(connection.scalars(asked).all()):
        plan = recording.standing_plan(connection, day)
        yield LoggedDay(
            day=day,
            policy_text=recording.policy_text(connection, plan.policy_version),
            trails=tuple(
                trail
                for trail in trails_of(connection, plan.plan_id)
                if trail.policy_version == plan.policy_version
            ),
            results=_results(connection, day),
        )


def trails_of(connection: Connection, plan_id: int) -> Iterator[Trail]:
    """Everyone's trail of a plan, by customer."""
    packed = connection.scalars(
        select(TRAILS.c.trail).where(TRAILS.c.plan_id == plan_id).order_by(TRAILS.c.customer_id)
    ).all()
    return (trail_from_json(zlib.decompress(each).decode()) for each in packed)


def earned_cents(action: Action, result: Result | None) -> float:
    """What a planned contact earned: the margin of what was bought, the value of who was kept.

    Less the cost of the contact where it was made; nothing for one that nobody made.
    """
    if result is None:
        return 0.0
    cost = action.cost_cents if result.made else 0.0
    if action.offer_code is None:
        return (action.customer_value_cents if SAVED in result.outcomes else 0.0) - cost
    return (action.margin_cents if result.outcomes.intersection(BOUGHT) else 0.0) - cost


def expected_cents(action: Action | None) -> float:
    """What an action was expected to earn by the same measure; nothing for no action."""
    if action is None:
        return 0.0
    if action.offer_code is None:
        return action.drop * action.customer_value_cents - action.cost_cents
    chance = min(1.0, max(0.0, action.probability + action.effect))
    return chance * action.margin_cents - action.cost_cents


def _results(connection: Connection, day: date) -> dict[int, Result]:
    """What came of the day's planned rows; their request ids begin with the day."""
    rows = connection.execute(
        select(CONTACTS.c.customer_id, CONTACT_EVENTS.c.state, CONTACT_EVENTS.c.outcome)
        .join_from(CONTACTS, CONTACT_EVENTS)
        .where(CONTACTS.c.request_id.startswith(f"{day}:", autoescape=True))
    ).all()
    found: dict[int, tuple[bool, set[str]]] = {}
    for row in rows:
        made, outcomes = found.get(row.customer_id, (False, set()))
        made = made or row.state in ("attempted", "delivered", "connected")
        found[row.customer_id] = made, outcomes | ({row.outcome} if row.outcome else set())
    return {who: Result(made, frozenset(outcomes)) for who, (made, outcomes) in found.items()}
