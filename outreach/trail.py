"""Why a customer is on a list or not: every action tried, every rule's answer, every factor."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from outreach.arbitrate import Action
from outreach.decide import (
    Check,
    Decision,
    check_of,
    check_values,
    instant_of,
    instant_text,
)

_ASSUMED = [field.name for field in fields(Action)].index("assumed")
_ACTION_VALUES = attrgetter(*(field.name for field in fields(Action)))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One action tried for a customer.

    `action` is None where no score values it; `allowed_from` is None where the day has no allowed
    instant; `step` and `reason` say where the attempt ended, `listed` where it was chosen.
    """

    offer_code: str | None
    channel: str
    point_id: int | None
    decision: Decision
    allowed_from: datetime | None
    action: Action | None
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trail:
    """All that was weighed for one customer on one day; `price` is the list's cents a minute."""

    customer_id: int
    day: date
    policy_version: str
    list_id: int | None
    price: float | None
    step: str
    reason: str
    attempts: tuple[Attempt, ...]


def trail_to_json(trail: Trail) -> str:
    """A trail as JSON; what one rule answered to several attempts is written once."""
    places: dict[int, int] = {}
    checks: list[Check] = []
    for attempt in trail.attempts:
        for check in attempt.decision.checks:
            if id(check) not in places:
                places[id(check)] = len(checks)
                checks.append(check)
    return json.dumps(
        {
            "customer_id": trail.customer_id,
            "day": trail.day.isoformat(),
            "policy_version": trail.policy_version,
            "list_id": trail.list_id,
            "price": trail.price,
            "step": trail.step,
            "reason": trail.reason,
            "checks": [check_values(check) for check in checks],
            "attempts": [_attempt_values(attempt, places) for attempt in trail.attempts],
        },
        separators=(",", ":"),
    )


def trail_from_json(text: str) -> Trail:
    """The trail that `trail_to_json` wrote."""
    said = json.loads(text)
    checks = [check_of(values) for values in said["checks"]]
    return Trail(
        customer_id=said["customer_id"],
        day=date.fromisoformat(said["day"]),
        policy_version=said["policy_version"],
        list_id=said["list_id"],
        price=said["price"],
        step=said["step"],
        reason=said["reason"],
        attempts=tuple(
            _attempt_of(values, checks, said["policy_version"]) for values in said["attempts"]
        ),
    )


def _attempt_values(attempt: Attempt, places: dict[int, int]) -> list[Any]:
    decision = attempt.decision
    return [
        *(attempt.offer_code, attempt.channel, attempt.point_id, decision.request_id),
        *(decision.verdict, instant_text(decision.until), instant_text(decision.decided_at)),
        [places[id(check)] for check in decision.checks],
        instant_text(attempt.allowed_from),
        *(attempt.step, attempt.reason),
        None if attempt.action is None else _ACTION_VALUES(attempt.action),
    ]


def _action_of(values: list[Any]) -> Action:
    """An action from its values; trails of earlier releases end with what was assumed."""
    names = [field.name for field in fields(Action)][: len(values)]
    return Action(**(dict(zip(names, values, strict=True)) | {"assumed": tuple(values[_ASSUMED])}))


def _attempt_of(values: list[Any], checks: Sequence[Check], version: str) -> Attempt:
    offer, channel, point, request_id, verdict, until, at, places, opens, step, reason, action = (
        values
    )
    own = tuple(checks[place] for place in places)
    decision = Decision(
        request_id=request_id,
        verdict=verdict,
        until=instant_of(until),
        failing=tuple(check.rule for check in own if not check.verdict.passes),
        checks=own,
        policy_version=version,
        decided_at=datetime.fromisoformat(at),
    )
    return Attempt(
        *(offer, channel, point, decision, instant_of(opens)),
        None if action is None else _action_of(action),
        *(step, reason),
    )
