"""Which plan is in force on a day: its own, or the last one before it while a night has failed."""

from dataclasses import dataclass
from datetime import date, timedelta

from goodcall.language import Text
from goodcall.night_record import unfinished
from goodcall.workspace import Workspace
from outreach.errors import NotFound
from outreach.ledger import Ledger
from outreach.row_states import LEFT_OVER, OPEN

# Rows in these states nobody has worked: they stay on a list that stays in force.
UNWORKED = (*OPEN, LEFT_OVER, "snoozed")
# A list that is older than this tells nobody whom to call today.
_OLDEST_DAYS = 7


@dataclass(frozen=True, slots=True)
class PlanInForce:
    """The day whose plan is in force, and what its lists must say of it, if anything."""

    day: date
    banner: Text | None = None


def in_force(workspace: Workspace, ledger: Ledger, day: date) -> PlanInForce:
    """The plan in force on a day.

    That is the day's own, once the night that made it has finished, or where no night was ever
    begun for the day. Until then it is the last plan before it, of the last week; NotFound
    where there is none, with what stopped the night.
    """
    because = unfinished(workspace, day)
    if because is None:
        return PlanInForce(day)
    before = ledger.plan_before(day)
    if before is None or before.day < day - timedelta(days=_OLDEST_DAYS):
        raise NotFound(
            f"there is no list for {day}: {because.en}; and no plan of the week before it stands"
        )
    return PlanInForce(
        before.day,
        Text(
            f"Not today's list: the night's work for {day} is not done ({because.en}). These are "
            f"the rows of {before.day}, checked again for {day}.",
            f"非当日名单:{day}的夜间任务未完成({because.zh})。"
            f"以下为{before.day}的名单,已按{day}重新核对。",
        ),
    )
