"""A day's plan as the ledger holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from outreach import recording
from outreach.balance import Balance, balance_from
from outreach.funnel import Funnel, funnel_from


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A day's plan that stands; `supersedes` is the plan it took the place of.

    `published_at` is None while another may still take its place.
    """

    plan_id: int
    day: date
    digest: str
    policy_version: str
    model_versions: Mapping[str, str]
    funnel: Funnel
    balance: Balance
    supersedes: int | None
    published_at: datetime | None = None

    @property
    def prices(self) -> Mapping[int, float]:
        """Each list's price of a minute, in cents."""
        return self.balance.prices


def stored(connection: Connection, row: Row[Any]) -> StoredPlan:
    """The plan that a row of the table of plans holds."""
    return StoredPlan(
        plan_id=row.plan_id,
        day=row.day,
        digest=row.digest,
        policy_version=row.policy_version,
        model_versions=json.loads(row.model_versions),
        funnel=funnel_from(json.loads(row.funnel)),
        balance=balance_from(json.loads(row.prices)),
        supersedes=row.supersedes,
        published_at=recording.published_at(connection, row.plan_id),
    )
