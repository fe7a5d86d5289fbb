"""Why a customer is on a list or not: every action tried, every rule's answer, every factor."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
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
from outreach.price_bands import Price
from outreach.priority import Weights
from outreach.waiting import Wait

_FIELDS = [field.name for field in fields(Action)]
_ASSUMED, _WEIGHTS, _PRICE = (_FIELDS.index(name) for name in ("assumed", "weights", "price"))
# What stands before the contact's number in the id of a request that keeps its promise.
PROMISE_MARK = ":promise:"
_ACTION_VALUES = attrgetter(*_FIELDS)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One action tried for a customer.

    `action` is None where no score values it; `allowed_from` is None where the day has no allowed
    instant; `step` and `reason` say where the attempt ended, `listed` where it was chosen;
    `price_cents` is what its minutes and volumes cost at the day's prices, None where it did not
    come so far.
    """

    offer_code: str | None
    channel: str
    point_id: int | None
    decision: Decision
    allowed_from: datetime | None
    action: Action | None
    step: str
    reason: str
    price_cents: float | None = None

    @property
    def answers(self) -> int | None:
        """The contact in which this was promised, None where nobody promised it."""
        _, promised, contact_id = self.decision.request_id.partition(PROMISE_MARK)
        return int(contact_id) if promised else None


@dataclass(frozen=True, slots=True)
class Trail:
    """All that was weighed for one customer on one day; `price` is the list's cents a minute.

    `chance` is the probability that a lot chose for the customer, `drawn` whether one did,
    `probability` that of what came out, nothing among it, None in the hold-out; `wait` is the later
    contact that is worth more than any today, where the policy lets actions wait; `arm` is the
    customer's in a test of two policies, None where there is none or of who is in neither.
    """

    customer_id: int
    day: date
    policy_version: str
    list_id: int | None
    price: float | None
    step: str
    reason: str
    attempts: tuple[Attempt, ...]
    chance: float | None = None
    drawn: bool = False
    wait: Wait | None = None
    probability: float | None = None
    arm: str | None = None


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
            "chance": trail.chance,
            "drawn": trail.drawn,
            "probability": trail.probability,
            **({} if trail.arm is None else {"arm": trail.arm}),
            **({} if trail.wait is None else {"wait": _wait_values(trail.wait)}),
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
        chance=said.get("chance"),
        drawn=said.get("drawn", False),
        wait=_wait_of(said.get("wait")),
        probability=said.get("probability"),
        arm=said.get("arm"),
    )


def _attempt_values(attempt: Attempt, places: dict[int, int]) -> list[Any]:
    decision = attempt.decision
    return [
        *(attempt.offer_code, attempt.channel, attempt.point_id, decision.request_id),
        *(decision.verdict, instant_text(decision.until), instant_text(decision.decided_at)),
        [places[id(check)] for check in decision.checks],
        instant_text(attempt.allowed_from),
        *(attempt.step, attempt.reason),
        None if attempt.action is None else _action_values(attempt.action),
        attempt.price_cents,
    ]


def _action_values(action: Action) -> list[Any]:
    """An action's values in the order of its fields; those that it lacks at the end left out."""
    values = list(_ACTION_VALUES(action))
    for place in (_WEIGHTS, _PRICE):
        values[place] = None if values[place] is None else asdict(values[place])
    while values[-1] is None:
        del values[-1]
    return values


def _action_of(values: list[Any]) -> Action:
    """An action from its values; trails of earlier releases end with what was assumed."""
    own = zip(_FIELDS[: len(values)], values, strict=True)
    said = dict(own) | {"assumed": tuple(values[_ASSUMED])}
    if said.get("weights"):
        said["weights"] = _weights_of(said["weights"])
    if said.get("price"):
        said["price"] = Price(**said["price"])
    return Action(**said)


def _weights_of(said: dict[str, Any]) -> Weights:
    lists = {name: tuple(said[name]) for name in ("contexts", "levers")}
    traces = tuple((name, factor) for name, factor in said["traces"])
    return Weights(**(said | lists | {"traces": traces}))


def _wait_values(wait: Wait | None) -> dict[str, Any] | None:
    return None if wait is None else asdict(wait) | {"until": wait.until.isoformat()}


def _wait_of(said: dict[str, Any] | None) -> Wait | None:
    if said is None:
        return None
    lists = {name: tuple(said[name]) for name in ("because", "assumed")}
    return Wait(**(said | lists | {"until": date.fromisoformat(said["until"])}))


def _attempt_of(values: list[Any], checks: Sequence[Check], version: str) -> Attempt:
    offer, channel, point, request_id, verdict, until, at, places, opens, step, reason = values[:11]
    # Trails of earlier releases end with the action.
    action, price = values[11], values[12] if len(values) > 12 else None  # noqa: PLR2004
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
        *(step, reason, price),
    )
