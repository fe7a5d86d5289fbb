"""Who is weighed, and where each of a customer's attempts ends before capacity is shared out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from goodcall.effect import NO_CHANGES, Changes
from goodcall.profile import Profile
from outreach.arbitrate import Action
from outreach.customer_facts import Row
from outreach.decide import Decision
from outreach.levers import Lever
from outreach.priority import levered
from outreach.trail import Attempt
from outreach.waiting import Wait

# The stages of an offer, each a step of the funnel, and the checks that judge them.
_STAGES = (
    ("eligible", "eligibility"),
    ("applicable", "applicability"),
    ("suitable", "suitability"),
)

_NOT_WORTH_IT, WAIT, NO_LIST = "nothing_is_better", "wait", "no_list"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer to weigh: profile, probabilities by label, and what keeping the customer earns.

    `changes` is what contacts would change for the customer, as far as a lot taught it; `row` holds
    the features of the day, None where they are not at hand.
    """

    profile: Profile
    probabilities: Mapping[str, float]
    customer_value_cents: int
    changes: Changes = NO_CHANGES
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A customer's attempts; one that came through stands at step `capacity`.

    A customer in the hold-out has none. `wait` is the later contact that is worth more than some
    of those of today, where the policy lets actions wait.
    """

    customer_id: int
    list_id: int | None
    holdout: bool
    attempts: tuple[Attempt, ...]
    wait: Wait | None = None


def with_levers(who: Weighed, kept: Callable[[Action], Sequence[Lever]]) -> Weighed:
    """A customer whose actions keep only some of their levers, each where that leaves it."""
    if not any(a.action and a.action.weights and a.action.weights.levers for a in who.attempts):
        return who
    return replace(who, attempts=tuple(_relevered(a, kept, who.wait) for a in who.attempts))


def _relevered(
    attempt: Attempt, kept: Callable[[Action], Sequence[Lever]], wait: Wait | None
) -> Attempt:
    action = attempt.action
    if action is None or action.weights is None or not action.weights.levers:
        return attempt
    own = [lever for lever in kept(action) if lever.id in action.weights.levers]
    if len(own) == len(action.weights.levers):
        return attempt
    action = replace(action, weights=levered(action.weights, own))
    if attempt.allowed_from is None or attempt.reason == NO_LIST:
        return replace(attempt, action=action)
    step, reason = fate_of(attempt.decision, attempt.allowed_from, action)
    judged = replace(attempt, action=action, step=step, reason=reason)
    return judged if wait is None else patient(judged, wait)


def patient(attempt: Attempt, wait: Wait) -> Attempt:
    """The attempt, put off where the later contact is worth more.

    What is worth nothing today waits only for itself.
    """
    loss = attempt.reason == _NOT_WORTH_IT
    waits = attempt.offer_code == wait.offer_code if loss else attempt.reason == "capacity"
    if not waits or attempt.action is None or attempt.action.rank_cents >= wait.value_cents:
        return attempt
    return replace(attempt, step="worth_it", reason=WAIT)


def fate_of(
    decision: Decision, allowed_from: datetime | None, action: Action | None
) -> tuple[str, str]:
    """The step at which an attempt ends before capacity is shared out, and why."""
    if allowed_from is None:
        for step, rule in _STAGES:
            if rule in decision.failing:
                because = next(c.verdict.because for c in decision.checks if c.rule == rule)
                return step, because or rule
        return "rules", decision.failing[0]
    if action is None:
        return "worth_it", "no_score"
    return ("capacity", "capacity") if action.rank_cents > 0 else ("worth_it", _NOT_WORTH_IT)
