"""The plan of a day: everyone weighed, the best allowed actions listed, every drop counted."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from goodcall.ports import Explainer
from goodcall.reason import Reason
from outreach.allocate import Allocation, allocate
from outreach.arbitrate import Action
from outreach.errors import RequestError
from outreach.funnel import LISTED, STEPS, Funnel, funnel_of, funnel_values
from outreach.offer import Offer, offer_named
from outreach.planned import CARE_CALL, PlannedRow, row_values
from outreach.policy import Policy
from outreach.request import History
from outreach.trail import Attempt, Trail, trail_from_json, trail_to_json
from outreach.weigh import Candidate, Scale, Weighed

MOST_REASONS = 3

Reasons = Mapping[tuple[str, int], tuple[Reason, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The lists of a day with all that led to them; equal inputs give an equal `digest`.

    `trails` holds every customer's trail as JSON.
    """

    day: date
    policy: Policy
    model_versions: Mapping[str, str]
    rows: tuple[PlannedRow, ...]
    funnel: Funnel
    prices: Mapping[int, float]
    trails: Mapping[int, str]
    digest: str

    def trail(self, customer_id: int) -> Trail:
        """Why a customer is on a list or not."""
        if customer_id not in self.trails:
            raise RequestError(
                f"customer {customer_id} was not among the candidates of {self.day}; "
                "check the number, or whether the customer was known that day"
            )
        return trail_from_json(self.trails[customer_id])


def plan_day(
    candidates: Iterable[Candidate],
    *,
    offers: Iterable[Offer],
    policy: Policy,
    day: date,
    holdout_key: bytes,
    explainer: Explainer,
    capacities: Mapping[int, int],
    model_versions: Mapping[str, str],
    history: Mapping[int, History] | None = None,
) -> Plan:
    """The plan of a day, each action judged at its channel's first allowed instant of that day.

    `capacities` gives the minutes of a manager or branch; the policy's default stands in for one
    that is absent. A chosen row for which the explainer has no reason is dropped and its minutes
    go to others. The order of `candidates` does not matter.
    """
    book = {offer.code: offer for offer in offers}
    scale = Scale(book, policy, day, holdout_key)
    past = history or {}
    weighed = [scale.weigh(c, past.get(c.profile.customer_id)) for c in _in_order(candidates)]
    lists = {who.customer_id: who.list_id for who in weighed if who.list_id is not None}
    minutes = {name: capacities.get(name, policy.default_minutes) for name in lists.values()}
    allocation, reasons = _explained(weighed, lists, minutes, explainer)
    trails = [
        _trail(_settled(who, allocation, reasons), policy, day, allocation) for who in weighed
    ]
    return _sealed(
        Plan(
            day=day,
            policy=policy,
            model_versions=dict(sorted(model_versions.items())),
            rows=_rows(trails, reasons, book),
            funnel=funnel_of((trail.step, trail.reason) for trail in trails),
            prices=allocation.prices,
            trails={trail.customer_id: trail_to_json(trail) for trail in trails},
            digest="",
        )
    )


def _in_order(candidates: Iterable[Candidate]) -> Sequence[Candidate]:
    ordered = sorted(candidates, key=lambda c: c.profile.customer_id)
    for one, other in pairwise(ordered):
        if one.profile.customer_id == other.profile.customer_id:
            raise RequestError(
                f"customer {one.profile.customer_id} stands twice among the candidates; "
                "bring each customer once"
            )
    return ordered


def _explained(
    weighed: Sequence[Weighed],
    lists: Mapping[int, int],
    minutes: Mapping[int, int],
    explainer: Explainer,
) -> tuple[Allocation, Reasons]:
    """The allocation in which every chosen action has a reason, and the reasons asked for.

    A reason is why the customer was flagged or, where the effect was learned, why the call helps.
    """
    actions = [
        attempt.action
        for who in weighed
        for attempt in who.attempts
        if attempt.step == "capacity" and attempt.action and who.list_id is not None
    ]
    reasons: dict[tuple[str, int], tuple[Reason, ...]] = {}
    while True:
        sayable = [action for action in actions if not _silent(action, reasons)]
        allocation = allocate(sayable, lists, minutes)
        asked = {key for a in allocation.chosen.values() for key in _keys(a)} - reasons.keys()
        if not asked:
            return allocation, reasons
        reasons |= _told(explainer, asked)


def _keys(action: Action) -> tuple[tuple[str, int], ...]:
    """The scores that say why: the one that flagged, and the learned effect where there is one."""
    labels = (action.label, action.call_label)
    return tuple((label, action.customer_id) for label in labels if label is not None)


def _silent(action: Action, reasons: Reasons) -> bool:
    """Whether every score of an action was asked, and none says why."""
    return all(reasons.get(key) == () for key in _keys(action))


def _told(
    explainer: Explainer, asked: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Reason, ...]]:
    """The reasons of the scores asked for, by label and customer."""
    found: dict[tuple[str, int], tuple[Reason, ...]] = {}
    asked = sorted(asked)
    for label in sorted({label for label, _ in asked}):
        customers = [who for of, who in asked if of == label]
        said = explainer.reasons(label, customers)
        found |= {(label, who): tuple(said.get(who, ())) for who in customers}
    return found


def _settled(who: Weighed, allocation: Allocation, reasons: Reasons) -> Weighed:
    """A customer whose attempts say where each of them ended."""
    chosen = allocation.chosen.get(who.customer_id)

    def end(attempt: Attempt) -> Attempt:
        action = attempt.action
        if attempt.step != "capacity" or action is None or attempt.reason == "no_list":
            return attempt
        if action is chosen:
            return replace(attempt, step=LISTED, reason=LISTED)
        if _silent(action, reasons):
            return replace(attempt, step="reasons", reason="no_reason")
        return attempt if chosen is None else replace(attempt, reason="another_action")

    return replace(who, attempts=tuple(end(attempt) for attempt in who.attempts))


def _trail(who: Weighed, policy: Policy, day: date, allocation: Allocation) -> Trail:
    """A customer's trail; the fate is that of the attempt that came furthest, the dearest first."""
    if who.holdout:
        step, reason = "holdout", "holdout"
    elif not who.attempts:
        step, reason = "eligible", "nothing_to_offer"
    else:
        furthest = min(who.attempts, key=_nearness)
        step, reason = furthest.step, furthest.reason
    return Trail(
        customer_id=who.customer_id,
        day=day,
        policy_version=policy.version,
        list_id=who.list_id,
        price=None if who.list_id is None else allocation.prices[who.list_id],
        step=step,
        reason=reason,
        attempts=who.attempts,
    )


def _nearness(attempt: Attempt) -> tuple[int, int]:
    reached = len(STEPS) if attempt.step == LISTED else STEPS.index(attempt.step)
    return -reached, 0 if attempt.action is None else -attempt.action.value_cents


def _rows(
    trails: Sequence[Trail], reasons: Reasons, book: Mapping[str, Offer]
) -> tuple[PlannedRow, ...]:
    """The chosen actions as rows, by list and within it by value, the tie key after it."""
    found = [
        (trail.list_id, attempt.action, attempt.allowed_from, attempt)
        for trail in trails
        for attempt in trail.attempts
        if attempt.step == LISTED
        and attempt.action
        and attempt.allowed_from
        and trail.list_id is not None
    ]
    found.sort(key=lambda one: (one[0], one[1].tie_key))
    rows: list[PlannedRow] = []
    for list_id, action, opens, attempt in found:
        rank = 1 + (rows[-1].rank if rows and rows[-1].list_id == list_id else 0)
        why = tuple(one for key in _keys(action) for one in reasons[key][:MOST_REASONS])
        rows.append(_row(attempt, action, (list_id, rank, opens), why, book))
    return tuple(rows)


def _row(
    attempt: Attempt,
    action: Action,
    place: tuple[int, int, datetime],
    why: tuple[Reason, ...],
    book: Mapping[str, Offer],
) -> PlannedRow:
    code = attempt.offer_code
    return PlannedRow(
        request_id=attempt.decision.request_id,
        list_id=place[0],
        rank=place[1],
        customer_id=action.customer_id,
        band="save" if code is None else "grow",
        purpose=action.purpose,
        offer_code=code,
        offer_name=CARE_CALL if code is None else offer_named(book, code).name,
        channel=attempt.channel,
        point_id=attempt.point_id,
        minutes=action.minutes,
        allowed_from=place[2],
        value_cents=action.value_cents,
        reasons=why,
        assumed=action.assumed,
    )


def _sealed(plan: Plan) -> Plan:
    """The plan with the hash of all that it says."""
    digest = hashlib.sha256()
    said = {
        "day": plan.day.isoformat(),
        "policy": plan.policy.version,
        "models": dict(plan.model_versions),
        "rows": [row_values(row) for row in plan.rows],
        "funnel": funnel_values(plan.funnel),
        "prices": sorted(plan.prices.items()),
    }
    digest.update(json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
    for customer_id in sorted(plan.trails):
        digest.update(plan.trails[customer_id].encode())
    return replace(plan, digest=digest.hexdigest())
