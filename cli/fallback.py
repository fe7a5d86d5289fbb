"""Which plan is in force on a day: its own, or the last one before it while a night has failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cli.errors import NothingFound
from cli.night_record import NightRecord, read_record
from cli.night_steps import STEPS
from goodcall import Text, Workspace
from goodcall.calendar import local_date, start_of_day
from goodcall.profile import Profile
from outreach import (
    LEFT_OVER,
    OPEN,
    Decision,
    Draw,
    Ledger,
    ListedRow,
    Offer,
    PlannedRow,
    Policy,
    in_holdout,
    request_of,
)

# Rows in these states nobody has worked: they stay on a list that stays in force.
UNWORKED = (*OPEN, LEFT_OVER)
# A list that is older than this tells nobody whom to call today.
_OLDEST_DAYS = 7
_WORDS = {step.name: step.words for step in STEPS}


@dataclass(frozen=True, slots=True)
class Standing:
    """The day whose plan is in force, and what its lists must say of it, if anything."""

    day: date
    banner: Text | None = None


@dataclass(frozen=True, slots=True)
class Recheck:
    """What rows of an earlier day are judged by: today's policy, the offers on sale, the moment."""

    day: date
    now: datetime
    policy: Policy
    offers: Sequence[Offer]
    holdout_key: bytes


def in_force(workspace: Workspace, ledger: Ledger, day: date) -> Standing:
    """The plan in force on a day.

    That is the day's own, once the night that made it has finished, or where no night was ever
    begun for the day. Until then it is the last plan before it, of the last week; NothingFound
    where there is none, with what stopped the night.
    """
    record = read_record(workspace, day)
    if record is None or record.finished_at is not None:
        return Standing(day)
    because = _because(record)
    before = ledger.plan_before(day)
    if before is None or before.day < day - timedelta(days=_OLDEST_DAYS):
        raise NothingFound(
            f"there is no list for {day}: {because.en}; and no plan of the week before it stands"
        )
    return Standing(
        before.day,
        Text(
            f"Not today's list: the night's work for {day} is not done ({because.en}). These are "
            f"the rows of {before.day}, checked again for {day}.",
            f"非当日名单:{day}的夜间任务未完成({because.zh})。"
            f"以下为{before.day}的名单,已按{day}重新核对。",
        ),
    )


def still_allowed(
    ledger: Ledger,
    listed: Sequence[ListedRow],
    profiles: Mapping[int, Profile],
    by: Recheck,
) -> tuple[ListedRow, ...]:
    """The rows of an earlier day that were not worked and that every rule still allows today.

    Each is judged at `by.now`, or at the day's beginning where that is another day, and comes with
    the first instant of the day at which it is allowed.
    """
    found = []
    for each in listed:
        row = each.row
        if each.state not in UNWORKED:
            continue
        allowed_from = _allowed_from(ledger, row, profiles[row.customer_id], by)
        if allowed_from is not None:
            found.append(replace(each, row=replace(row, allowed_from=allowed_from)))
    return tuple(found)


def _allowed_from(
    ledger: Ledger, row: PlannedRow, profile: Profile, by: Recheck
) -> datetime | None:
    """The first instant of the day at which a row's contact is allowed; None without one."""
    request = request_of(row)
    draw = ledger.draw([profile]) or Draw(by.policy.holdout_share)
    holdout = in_holdout(profile, by.holdout_key, draw)

    def judged(at: datetime) -> Decision:
        return ledger.explain(
            request, profile, offers=by.offers, policy=by.policy, now=at, holdout=holdout
        )

    today = local_date(by.now, profile.zone) == by.day
    at = by.now if today else start_of_day(by.day, profile.zone)
    decision = judged(at)
    until = decision.until
    if decision.verdict == "defer" and until and local_date(until, profile.zone) == by.day:
        at, decision = until, judged(until)
    return at if decision.verdict == "allow" else None


def _because(record: NightRecord) -> Text:
    if record.failed is not None:
        words, why = _WORDS.get(record.failed.step, Text("", "")), record.failed.why
        return Text(f"{words.en}: {why.en}", f"{words.zh}:{why.zh}")
    left = next((step.words for step in STEPS if step.name not in record.steps), Text("", ""))
    return Text(f"stopped before '{left.en}' was done", f"止于“{left.zh}”")
