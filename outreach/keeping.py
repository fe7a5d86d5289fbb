"""Promises that fall due on a day: judged at their time, and given room before everything else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from goodcall.calendar import local_date, start_of_day
from goodcall.profile import Profile
from outreach.arbitrate import OFFER
from outreach.funnel import LISTED
from outreach.limits import Kind, Limit
from outreach.numbers import hash_of_point
from outreach.planned import APPOINTMENT, CALL_BACK, PlannedRow, Promise, Withheld
from outreach.request import History
from outreach.roster import Roster
from outreach.rules import local_zone
from outreach.trail import Attempt
from outreach.weigh import Scale
from outreach.weighed import NO_LIST, Candidate, Weighed

# What stands against a promised contact besides rules, and against other actions beside one.
ANOTHER, PROMISED = "another_promise", "promised"


@dataclass(frozen=True, slots=True)
class Kept:
    """A day's promises: their attempts by customer, their rows, and what they leave for the rest.

    `busy` are the customers for whom that day's one action is a promise.
    """

    attempts: Mapping[int, tuple[Attempt, ...]]
    rows: tuple[PlannedRow, ...]
    busy: frozenset[int]
    minutes: Mapping[int, int]
    limits: tuple[Limit, ...]

    def onto(self, who: Weighed) -> Weighed:
        """A customer with the attempts to keep promises; beside a promise nothing else is made."""
        own = self.attempts.get(who.customer_id, ())
        others = who.attempts
        if who.customer_id in self.busy:
            others = tuple(
                replace(a, step="worth_it", reason=PROMISED) if a.step == "capacity" else a
                for a in others
            )
        return replace(who, attempts=(*own, *others)) if own else who


@dataclass(slots=True)
class _Room:
    """What is left of each list's minutes and of each limit while promises take theirs."""

    minutes: dict[int, int]
    limits: Sequence[Limit]
    left: list[int] = field(default_factory=list)

    def short_of(self, list_id: int, who: int, minutes: int, kind: Kind) -> str | None:
        """What a contact would break, None where there is room for it."""
        if minutes > self.minutes[list_id]:
            return "capacity"
        for limit, left in zip(self.limits, self.left, strict=True):
            if not limit.minimum and limit.take(who, kind) > left:
                return limit.name
        return None

    def take(self, list_id: int, who: int, minutes: int, kind: Kind) -> None:
        """Give a contact its room."""
        self.minutes[list_id] -= minutes
        self.left = [
            max(left - limit.take(who, kind), 0)
            for limit, left in zip(self.limits, self.left, strict=True)
        ]


def keep_promises(
    promises: Iterable[Promise],
    people: Mapping[int, tuple[Candidate, History | None]],
    scale: Scale,
    roster: Roster,
    limits: Sequence[Limit],
) -> Kept:
    """The promises that are due, the earliest first; one that cannot be kept is a withheld row.

    Of a customer's several promises of one day the earliest that may be kept is; a promise to
    someone who is on no list ends in the trail alone. One to somebody who is not among the `people`
    ends nowhere: the bank does not know them that day.
    """
    room = _Room(dict(roster.minutes), limits, [limit.amount for limit in limits])
    attempts: dict[int, tuple[Attempt, ...]] = {}
    rows: list[PlannedRow] = []
    busy: set[int] = set()
    for promise in sorted(promises, key=lambda one: (one.due_at, one.contact_id)):
        who = promise.customer_id
        if who not in people:
            continue
        attempt = scale.promised(*people[who], promise)
        if attempt is None:
            continue
        list_id = roster.list_of.get(who)
        if attempt.allowed_from is not None:
            attempt = _given_room(attempt, list_id, who, room, scale, twice=who in busy)
            busy.add(who)
        attempts[who] = (*attempts.get(who, ()), attempt)
        if list_id is not None:
            row = _row(promise, attempt, list_id, scale, people[who][0].profile)
            rows.append(replace(row, covers=roster.covered.get(who)))
    rows.sort(key=lambda row: (row.list_id, row.allowed_from, row.request_id))
    left = (replace(limit, amount=left) for limit, left in zip(limits, room.left, strict=True))
    return Kept(attempts, tuple(rows), frozenset(busy), room.minutes, tuple(left))


def _given_room(
    attempt: Attempt, list_id: int | None, who: int, room: _Room, scale: Scale, *, twice: bool
) -> Attempt:
    """An allowed attempt with its room, listed; or what keeps it off the list."""
    if list_id is None:
        return replace(attempt, reason=NO_LIST)
    if twice:
        return replace(attempt, reason=ANOTHER)
    minutes, kind = scale.minutes(attempt.channel), (attempt.offer_code, attempt.channel)
    short = room.short_of(list_id, who, minutes, kind)
    if short is not None:
        return replace(attempt, reason=short)
    room.take(list_id, who, minutes, kind)
    return replace(attempt, step=LISTED, reason=LISTED)


def _row(
    promise: Promise, attempt: Attempt, list_id: int, scale: Scale, profile: Profile
) -> PlannedRow:
    """A promise as a row at its time, withheld where it cannot be kept."""
    zone = local_zone(profile, scale.zone)
    begins = start_of_day(scale.day, zone)
    action, listed = attempt.action, attempt.step == LISTED
    due_on = local_date(promise.due_at, zone)
    return PlannedRow(
        request_id=attempt.decision.request_id,
        list_id=list_id,
        rank=0,
        customer_id=profile.customer_id,
        band="promised",
        purpose=promise.purpose or OFFER,
        offer_code=attempt.offer_code,
        offer_name=scale.name_of(attempt.offer_code)
        or (APPOINTMENT if promise.code == "CONNECTED_APPT" else CALL_BACK),
        channel=attempt.channel,
        point_id=attempt.point_id,
        minutes=scale.minutes(attempt.channel),
        allowed_from=attempt.allowed_from or max(promise.due_at, begins),
        value_cents=0 if action is None else action.value_cents,
        reasons=(),
        assumed=() if action is None else action.assumed,
        price=None if action is None else action.price,
        number_hash=hash_of_point(profile, attempt.point_id),
        promise=promise,
        rolled_over=due_on if due_on < scale.day else None,
        withheld=None if listed else _withheld(attempt, scale.day, zone),
    )


def _withheld(attempt: Attempt, day: date, zone: str) -> Withheld:
    """Why a promise cannot be kept; what was full today is empty tomorrow."""
    tomorrow: datetime = start_of_day(day + timedelta(days=1), zone)
    until = attempt.decision.until if attempt.allowed_from is None else tomorrow
    return Withheld(attempt.reason, until)
