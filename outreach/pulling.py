"""A list as it is pulled: the rows in force, masked, with what became of each, and promises since.

While a night has failed, the rows of an earlier day stay in force as far as every rule still
allows them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from goodcall.calendar import local_date, start_of_day
from goodcall.language import Text
from goodcall.ports import Masker
from outreach.counter import Counter
from outreach.in_force import UNWORKED, PlanInForce
from outreach.lists import STATES, OutreachList, outreach_list
from outreach.planned import PlannedRow, Promise, request_of
from outreach.row_states import ListedRow
from outreach.trail import Trail


@dataclass(frozen=True, slots=True)
class PulledList:
    """A list as its reader may see it, and what its customers were promised since it was made."""

    rows: OutreachList
    promised: tuple[Promise, ...]
    zone: str


def pull(
    counter: Counter,
    stands: PlanInForce,
    day: date,
    listed: Sequence[ListedRow],
    *,
    masker: Masker,
    says: Callable[[str], Text],
    wanted: Callable[[ListedRow], bool] = lambda _: True,
) -> PulledList:
    """A day's list of a manager or branch; `listed` are those of its rows that are the reader's.

    There must be one. What was promised is told of their customers, also of those whose rows are
    not `wanted`. `says` puts outcomes and rules into words.
    """
    published = counter.ledger.plan(stands.day).published_at is not None
    list_id = listed[0].row.list_id
    people = counter.known(each.row.customer_id for each in listed)
    if stands.banner is not None:
        listed = still_allowed(counter, listed, day)
    zone = counter.policy.zone
    ends = start_of_day(day + timedelta(days=1), zone)
    open_ones = counter.ledger.open_promises(ends, day=day, now=counter.now)
    rows = outreach_list(
        [each for each in listed if wanted(each)],
        people,
        day=day,
        list_id=list_id,
        policy=counter.policy,
        masker=masker,
        says=says,
        banner=stands.banner,
    )
    shown = {each.row.promise.contact_id for each in listed if each.row.promise}
    more = (p for p in open_ones if p.customer_id in people and p.contact_id not in shown)
    return PulledList(replace(rows, published=published), tuple(more), zone)


def gone_since(counter: Counter, trail: Trail, day: date) -> Text | None:
    """Why a row of an earlier day's list, in force on `day`, is not shown on it; None where it is.

    None, too, of a customer who was on no list that day.
    """
    if trail.step != "listed" or trail.list_id is None:
        return None
    rows = counter.rows(trail.day, trail.list_id)
    row = next((each for each in rows if each.row.customer_id == trail.customer_id), None)
    if row is None or still_allowed(counter, [row], day):
        return None
    if row.state in UNWORKED:
        return Text(
            f"not on the list for {day}: the rules allow this contact at no moment of that day "
            "any more",
            f"不在{day}的名单内:规则当日已不允许此次联络",
        )
    state = STATES[row.state]
    return Text(
        f"not on the list for {day}: the row is {state.en}",
        f"不在{day}的名单内:该行{state.zh}",
    )


def still_allowed(
    counter: Counter, listed: Sequence[ListedRow], day: date
) -> tuple[ListedRow, ...]:
    """The rows of an earlier day that were not worked and that every rule still allows on `day`.

    Each is judged now, or at the day's beginning where that is another day, and comes with the
    first instant of the day at which it is allowed.
    """
    found = []
    for each in listed:
        row = each.row
        if each.state not in UNWORKED:
            continue
        allowed_from = _allowed_from(counter, row, day)
        if allowed_from is not None:
            found.append(replace(each, row=replace(row, allowed_from=allowed_from)))
    return tuple(found)


def _allowed_from(counter: Counter, row: PlannedRow, day: date) -> datetime | None:
    """The first instant of the day at which a row's contact is allowed; None without one."""
    request, zone = request_of(row), counter.profile(row.customer_id).zone
    at = counter.now if local_date(counter.now, zone) == day else start_of_day(day, zone)
    decision = counter.judged(request, at)
    until = decision.until
    if decision.verdict == "defer" and until and local_date(until, zone) == day:
        at, decision = until, counter.judged(request, until)
    return at if decision.verdict == "allow" else None
