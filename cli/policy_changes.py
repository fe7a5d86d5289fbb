"""Two plans of one day from the same inputs: whose contact differs, and what stopped the other."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from outreach import Attempt, Plan, PlannedRow, Trail

SORTS = ("loses", "gains", "other")
_COLUMNS = (
    *("customer_id", "change", "list_id", "old_offer", "old_channel", "old_value_cents"),
    *("new_offer", "new_channel", "new_value_cents", "step", "reason"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A customer whose contact two policies do not agree on.

    `sort` is `loses`, `gains` or `other` where the contact is another one; `old` and `new` are the
    rows. `step` and `reason` say where the one policy stopped what the other lists: the rule, the
    limit or the value.
    """

    customer_id: int
    sort: str
    old: PlannedRow | None
    new: PlannedRow | None
    step: str
    reason: str

    @property
    def list_id(self) -> int | None:
        """The list that the customer is on under the new policy, else under the old one."""
        row = self.new or self.old
        return None if row is None else row.list_id


@dataclass(frozen=True, slots=True)
class PolicyDiff:
    """A day under two policies, customer by customer in ascending order."""

    old: Plan
    new: Plan
    changes: tuple[Change, ...]

    def count(self, sort: str) -> int:
        """How many customers change in one way."""
        return sum(change.sort == sort for change in self.changes)

    def reasons(self, sort: str) -> Mapping[tuple[str, str], int]:
        """How many customers change in one way, by the step and the rule or limit behind it."""
        counted = Counter((each.step, each.reason) for each in self.changes if each.sort == sort)
        return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def diff_plans(old: Plan, new: Plan) -> PolicyDiff:
    """Who gains and who loses a contact from one plan of a day to another of the same inputs."""
    before = {row.customer_id: row for row in old.rows}
    after = {row.customer_id: row for row in new.rows}
    return PolicyDiff(
        old, new, tuple(_changes(old, new, before, after, sorted(before.keys() | after.keys())))
    )


def diff_csv(found: PolicyDiff) -> bytes:
    """Every change as CSV, a line a customer; money in cents."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(_line(change) for change in found.changes)
    return text.getvalue().encode("utf-8-sig")


def diff_facts(found: PolicyDiff) -> Mapping[str, Any]:
    """A difference as JSON values."""
    return {
        "day": found.old.day,
        "old": _plan_facts(found.old),
        "new": _plan_facts(found.new),
        "value_difference_cents": found.new.balance.value_cents - found.old.balance.value_cents,
        **{sort: found.count(sort) for sort in SORTS},
        "because": {
            sort: [
                {"step": step, "reason": reason, "customers": count}
                for (step, reason), count in found.reasons(sort).items()
            ]
            for sort in SORTS
        },
        "changes": [_line(change) for change in found.changes],
    }


def _changes(
    old: Plan,
    new: Plan,
    before: Mapping[int, PlannedRow],
    after: Mapping[int, PlannedRow],
    customers: list[int],
) -> Iterator[Change]:
    for who in customers:
        was, now_is = before.get(who), after.get(who)
        if was is not None and now_is is not None:
            if _same(was, now_is):
                continue
            yield Change(who, "other", was, now_is, *_fate(new.trail(who), was))
        elif was is not None:
            yield Change(who, "loses", was, None, *_fate(new.trail(who), was))
        elif now_is is not None:
            yield Change(who, "gains", None, now_is, *_fate(old.trail(who), now_is))


def _same(one: PlannedRow, other: PlannedRow) -> bool:
    return (one.offer_code, one.channel) == (other.offer_code, other.channel)


def _fate(trail: Trail, row: PlannedRow) -> tuple[str, str]:
    """Where a policy stopped the contact that the other lists, and by what.

    Of a contact that several rules stop, the first in the order of evaluation is named.
    """
    if trail.step == "holdout":
        return trail.step, trail.reason
    attempt = next((each for each in trail.attempts if _is_of(each, row)), None)
    return (trail.step, trail.reason) if attempt is None else (attempt.step, attempt.reason)


def _is_of(attempt: Attempt, row: PlannedRow) -> bool:
    return (attempt.offer_code, attempt.channel) == (row.offer_code, row.channel)


def _line(change: Change) -> dict[str, Any]:
    old, new = change.old, change.new
    values = (
        *(change.customer_id, change.sort, change.list_id),
        *((old.offer_code or old.purpose, old.channel, old.value_cents) if old else (None,) * 3),
        *((new.offer_code or new.purpose, new.channel, new.value_cents) if new else (None,) * 3),
        *(change.step, change.reason),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _plan_facts(plan: Plan) -> Mapping[str, Any]:
    return {
        "policy": plan.policy.version,
        "digest": plan.digest,
        "listed": plan.funnel.listed,
        "value_cents": plan.balance.value_cents,
    }
