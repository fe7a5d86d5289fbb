"""The chosen actions of a day as rows of its lists, each with its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from goodcall.profile import Profile
from outreach.arbitrate import Action
from outreach.arms import Part
from outreach.choosing import Choice
from outreach.errors import RequestError
from outreach.numbers import hash_of_point
from outreach.offer import Offer, offer_named
from outreach.planned import CARE_CALL, Carried, PlannedRow
from outreach.policy import Policy
from outreach.roster import Roster
from outreach.trail import Attempt, Trail

MOST_REASONS = 3


def of_arm(
    rows: tuple[PlannedRow, ...], part: Part | None, policy: Policy
) -> tuple[PlannedRow, ...]:
    """The rows of a test, each with its arm and the policy that it was planned under."""
    if part is None:
        return rows
    return tuple(
        replace(row, arm=part.arms.of(row.customer_id), policy_version=policy.version)
        for row in rows
    )


def rows_of(
    trails: Sequence[Trail],
    choice: Choice,
    roster: Roster,
    book: Mapping[str, Offer],
    people: Mapping[int, Profile],
) -> tuple[PlannedRow, ...]:
    """The chosen actions as rows, by value, the tie key after it."""
    found = [
        (trail, attempt, attempt.action, trail.list_id)
        for trail in trails
        for attempt in trail.attempts
        if attempt.action and attempt.action is choice.chosen.get(trail.customer_id)
        and trail.list_id is not None
    ]  # fmt: skip
    found.sort(key=lambda one: one[2].tie_key)
    rows: list[PlannedRow] = []
    for trail, attempt, action, list_id in found:
        rows.append(
            replace(
                _row(attempt, action, list_id, book),
                reasons=choice.told(action, MOST_REASONS),
                covers=roster.covered.get(action.customer_id),
                drawn=trail.drawn,
                probability=trail.probability,
                number_hash=hash_of_point(people[action.customer_id], attempt.point_id),
            )
        )
    return tuple(rows)


def ranked(rows: Iterable[PlannedRow], left: Carried) -> tuple[PlannedRow, ...]:
    """The rows by list, each with its place on it; what earlier lists left over says so."""
    ranked: list[PlannedRow] = []
    for row in sorted(rows, key=lambda row: row.list_id):
        rank = 1 + (ranked[-1].rank if ranked and ranked[-1].list_id == row.list_id else 0)
        rolled = row.rolled_over or left.rolled_over.get(row.customer_id)
        ranked.append(replace(row, rank=rank, rolled_over=rolled))
    return tuple(ranked)


def _row(attempt: Attempt, action: Action, list_id: int, book: Mapping[str, Offer]) -> PlannedRow:
    code = attempt.offer_code
    if attempt.allowed_from is None:
        raise RequestError(
            f"customer {action.customer_id} was chosen for a contact that no rule allows; "
            "report it with the plan's day"
        )
    return PlannedRow(
        request_id=attempt.decision.request_id,
        list_id=list_id,
        rank=0,
        customer_id=action.customer_id,
        band="save" if code is None else "grow",
        purpose=action.purpose,
        offer_code=code,
        offer_name=CARE_CALL if code is None else offer_named(book, code).name,
        channel=attempt.channel,
        point_id=attempt.point_id,
        minutes=action.minutes,
        allowed_from=attempt.allowed_from,
        value_cents=action.value_cents,
        reasons=(),
        assumed=action.assumed,
        price=action.price,
    )
