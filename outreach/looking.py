"""How often a test is looked at and until when: planned once, kept in the ledger, never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from goodcall.database import hold
from outreach import recording
from outreach.arms import PolicyTest
from outreach.decide import instant_text
from outreach.errors import ExperimentError
from outreach.experiment import Draw
from outreach.schema import LOOK_PLANS

# More looks than these hardly end a test sooner.
MOST_LOOKS = 30


@dataclass(frozen=True, slots=True)
class LookPlan:
    """So many looks, evenly over so many days from a test's beginning, the last when they end.

    ExperimentError for no look, for more than 30, or for more than one a day.
    """

    looks: int
    days: int

    def __post_init__(self) -> None:
        if not 1 <= self.looks <= MOST_LOOKS:
            raise ExperimentError(f"{self.looks} looks cannot be planned; give 1 to {MOST_LOOKS}")
        if self.days < self.looks:
            raise ExperimentError(
                f"{self.looks} looks do not fit into {self.days} days; plan one a day at the most"
            )

    @property
    def ends(self) -> tuple[int, ...]:
        """How many days have passed by each look.

        >>> LookPlan(4, 90).ends
        (23, 45, 68, 90)
        """
        return tuple(-(-self.days * look // self.looks) for look in range(1, self.looks + 1))


def keep_plan(
    connection: Connection, of: Draw | PolicyTest, plan: LookPlan, now: datetime
) -> LookPlan:
    """Write the plan of looks at a draw or a test, where none was made; ExperimentError if another.

    The same plan again is no mistake.
    """
    column, number = _column(of), of.number
    hold(connection, [f"looks at {column.name} {number}"])
    before = read_plan(connection, of)
    if before is None:
        values = {column.name: number, "looks": plan.looks, "days": plan.days}
        recording.put(connection, LOOK_PLANS, values | {"planned_at": instant_text(now)})
        return plan
    if before != plan:
        raise ExperimentError(
            f"{before.looks} looks over {before.days} days are planned already, and a plan that "
            f"could change would say nothing; ask with --looks {before.looks}, or without it"
        )
    return before


def read_plan(connection: Connection, of: Draw | PolicyTest) -> LookPlan | None:
    """The plan of looks at a draw or a test, None where none was made."""
    asked = select(LOOK_PLANS.c.looks, LOOK_PLANS.c.days).where(_column(of) == of.number)
    found = connection.execute(asked).first()
    return None if found is None else LookPlan(found.looks, found.days)


def _column(of: Draw | PolicyTest) -> ColumnElement[int]:
    return LOOK_PLANS.c.draw_id if isinstance(of, Draw) else LOOK_PLANS.c.test_id
