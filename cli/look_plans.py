"""Looks that are planned before a test ends, as commands are asked for them."""

from collections.abc import Callable
from typing import Annotated

import typer

from cli.clock import now
from cli.errors import BadOption
from cli.records import audit_of
from goodcall import Workspace
from outreach import Draw, ExperimentError, Ledger, LookPlan, PolicyTest
from reports import Schedule

Looks = Annotated[
    int | None,
    typer.Option(
        "--looks",
        metavar="N",
        help="Plan N looks, evenly over the days, that together raise a false alarm in 5 % at the "
        "most; said once before the end, the plan stands.",
    ),
]
Days = Annotated[
    int | None,
    typer.Option("--days", help="After how many days from its beginning the last look is due."),
]


def look_plan(looks: int | None, days: int | None) -> LookPlan | None:
    """The looks that are asked for; BadOption where only one of both figures is given."""
    if looks is None and days is None:
        return None
    if looks is None or days is None:
        given, lacks = ("--looks", "--days") if days is None else ("--days", "--looks")
        raise BadOption(f"{given} says nothing without {lacks}; give --looks 6 --days 90 or such")
    return LookPlan(looks, days)


def plan_looks(place: Workspace, ledger: Ledger, of: Draw | PolicyTest, plan: LookPlan) -> LookPlan:
    """The plan that stands from now on, with its line in the audit log."""
    subject = f"draw {of.number}" if isinstance(of, Draw) else of.name
    audit_of(place).record("command line", "plan looks", subject, looks=plan.looks, days=plan.days)
    return ledger.plan_looks(of, plan, now=now())


def schedule_of(
    place: Workspace,
    ledger: Ledger,
    of: Draw | PolicyTest,
    asked: tuple[int | None, int | None],
    schedule: Callable[[LookPlan], Schedule],
) -> Schedule | None:
    """The looks at a draw or a test, planned now where `asked` says how many over which days.

    None where none are asked for and none were planned. ExperimentError where those that are asked
    for would be over already, or others were planned.
    """
    standing, (looks, days) = ledger.look_plan(of), asked
    if standing is not None and looks is not None and days is None:
        days = standing.days
    plan = look_plan(looks, days)
    if plan is None:
        return None if standing is None else schedule(standing)
    if standing is None and (wanted := schedule(plan)).next is None:
        last = wanted.due[-1] if wanted.due else "its beginning"
        raise ExperimentError(
            f"looks are planned before the last is due, and that was {last}; ask without --looks, "
            "and take the interval as one that holds for one look"
        )
    return schedule(plan_looks(place, ledger, of, plan))
