"""What the ledger holds of a span of days besides contacts: plans, and requests with verdicts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, exists, select

from goodcall.calendar import start_of_day
from outreach.decide import instant_text
from outreach.schema import CONTACTS, DECISIONS, PLANS
from outreach.stored import StoredPlan, stored


@dataclass(frozen=True, slots=True)
class Ruled:
    """A request: what was decided, which rules were against it, and the contact that came of it.

    `failing` are all rules that spoke against it, those too that an approver overrode.
    """

    customer_id: int
    verdict: str
    failing: tuple[str, ...]
    policy_version: str
    contact_id: int | None


def ruled_within(connection: Connection, days: tuple[date, date], zone: str) -> Iterator[Ruled]:
    """The requests that were decided from the first day to the last of a zone, in their order."""
    first, last = days
    rows = connection.execute(
        select(
            *(DECISIONS.c.customer_id, DECISIONS.c.decision, DECISIONS.c.policy_version),
            CONTACTS.c.contact_id,
        )
        .join_from(DECISIONS, CONTACTS, isouter=True)
        .where(DECISIONS.c.decided_at >= instant_text(start_of_day(first, zone)))
        .where(DECISIONS.c.decided_at < instant_text(start_of_day(last + timedelta(1), zone)))
        .order_by(DECISIONS.c.decision_id)
    )
    for row in rows:
        said = json.loads(row.decision)
        yield Ruled(
            *(row.customer_id, said["verdict"], tuple(said["failing"])),
            *(row.policy_version, row.contact_id),
        )


def plans_within(connection: Connection, first: date, last: date) -> tuple[StoredPlan, ...]:
    """The plans that stand of the days from `first` to `last`, by day."""
    later = PLANS.alias("later")
    superseded = exists().where(later.c.supersedes == PLANS.c.plan_id)
    rows = connection.execute(
        select(PLANS).where(PLANS.c.day.between(first, last), ~superseded).order_by(PLANS.c.day)
    ).all()
    return tuple(stored(connection, row) for row in rows)
