"""The decision funnel of a day: from everyone known to the lists, reconciled with the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from outreach import Balance, Funnel, Ledger
from reports.errors import NotReconciled


@dataclass(frozen=True, slots=True)
class FunnelReport:
    """A day's funnel, how many rows each list has, and the policy and plan that made it.

    Promises that are withheld stand on their lists, and count neither here nor there. `balance`
    tells how the day's minutes and volumes were used.
    """

    day: date
    funnel: Funnel
    rows_by_list: Mapping[int, int]
    policy_version: str
    digest: str
    balance: Balance


def funnel_report(ledger: Ledger, day: date) -> FunnelReport:
    """The day's funnel as the ledger holds it.

    NotReconciled when the rows of the day's lists are not as many as the funnel says are listed.
    """
    plan = ledger.plan(day)
    rows = {
        list_id: sum(listed.row.withheld is None for listed in ledger.list_rows(day, list_id))
        for list_id in sorted(plan.prices)
    }
    counted = sum(rows.values())
    if counted != plan.funnel.listed:
        raise NotReconciled(
            f"the funnel of {day} lists {plan.funnel.listed} customers, the ledger holds {counted} "
            "rows; plan the day again and report it if they still differ"
        )
    return FunnelReport(day, plan.funnel, rows, plan.policy_version, plan.digest, plan.balance)


def funnel_facts(report: FunnelReport) -> Mapping[str, Any]:
    """A funnel report as JSON values."""
    return {
        "day": report.day,
        "population": report.funnel.population,
        "steps": [
            {
                "step": step.name,
                "entered": step.entered,
                "passed": step.passed,
                "dropped": dict(step.drops),
            }
            for step in report.funnel.steps
        ],
        "listed": report.funnel.listed,
        "lists": {str(list_id): rows for list_id, rows in report.rows_by_list.items()},
        "value_cents": report.balance.value_cents,
        "bound_cents": report.balance.bound_cents,
        "expected_cents": report.balance.expected_cents,
        "gap": report.balance.gap,
        "drawn_by_lot": report.balance.drawn,
        "lot_cost_cents": report.balance.lot_cost_cents,
        "limits": [
            {
                "limit": use.name,
                "unit": use.unit,
                "minimum": use.minimum,
                "amount": use.amount,
                "taken": use.taken,
                "short": use.short,
                "price_cents": use.price,
            }
            for use in report.balance.limits
        ],
        "levers": [
            {
                "lever": use.id,
                "owner": use.owner,
                "rows": use.rows,
                "held_back": use.held_back,
                "cost_cents": use.cost_cents,
            }
            for use in report.balance.levers
        ],
        "lever_cost_cents": report.balance.lever_cost_cents,
        "policy": report.policy_version,
        "plan": report.digest,
    }
