"""A test as its latest planned look shows it: which of how many, and whether it may stop.

Looks are cuts of the data at the planned days. Between two of them the earlier one is told again,
so that asking every day is no further look, and a look that nobody asked for counts as taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from outreach import ArmsReport, LookPlan, PolicyTest, report_of
from outreach.ab_report import Verdict
from outreach.ab_tests import MEASURES, Tallies
from outreach.replay import Gain
from reports.arms import LEAST_HOUSEHOLDS, Effect, Floats, Sides
from reports.errors import NotComparable
from reports.looks import Look, looks, spent

_SHOWN: tuple[Verdict, ...] = ("more", "less")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The looks at a test: when each is `due`, and the share of the time of those that are over.

    `due` are moments, or the last days whose data each look needs. Of a test that was stopped
    before its time `due` ends with the stop, a look at a share of its own.
    """

    plan: LookPlan
    due: tuple[date, ...]
    through: tuple[float, ...]

    @property
    def number(self) -> int:
        """Which look is the latest; 0 before the first."""
        return len(self.through)

    @property
    def spent(self) -> float:
        """How much of the 5 % of false alarms may be spent by the latest look."""
        return spent(self.through[-1]) if self.through else 0.0

    @property
    def next(self) -> date | None:
        """When the next look is due; None after the last."""
        return self.due[self.number] if self.number < len(self.due) else None


@dataclass(frozen=True, slots=True)
class Sight:
    """A measure at one look, with the interval that holds for all looks together.

    `limit` is in standard errors, None where nothing differed yet within either side.
    """

    effect: Effect
    limit: float | None


@dataclass(frozen=True, slots=True)
class Watch:
    """A measure at every look that is over."""

    schedule: Schedule
    sights: tuple[Sight, ...]

    @property
    def shown_at(self) -> int | None:
        """The first look that showed a difference, from which on the test may stop; else None."""
        shown = (
            number for number, sight in enumerate(self.sights, 1) if sight.effect.verdict in _SHOWN
        )
        return next(shown, None)


def draw_schedule(day: date, plan: LookPlan, until: date) -> Schedule:
    """The looks at a hold-out that was drawn for a day, in data that reach to `until`.

    >>> draw_schedule(date(2026, 6, 1), LookPlan(3, 90), date(2026, 7, 31)).next
    datetime.date(2026, 8, 29)
    """
    due = tuple(day + timedelta(passed - 1) for passed in plan.ends)
    over = sum(each <= until for each in due)
    return Schedule(plan, due, tuple(passed / plan.days for passed in plan.ends[:over]))


def arms_schedule(test: PolicyTest, plan: LookPlan, now: datetime) -> Schedule:
    """The looks at a test of policies by a moment."""
    due, whole = look_moments(test, plan), timedelta(plan.days)
    return Schedule(
        plan, due, tuple((each - test.started_at) / whole for each in due if each <= now)
    )


def look_moments(test: PolicyTest, plan: LookPlan) -> tuple[datetime, ...]:
    """When the looks at a test of policies are due; one that was stopped ends with the stop."""
    due = [test.started_at + timedelta(passed) for passed in plan.ends]
    stop = test.stopped_at
    if stop is not None and stop < due[-1]:
        due = [each for each in due if each < stop] + [stop] * (stop > test.started_at)
    return tuple(due)


def watch(name: str, sides: Sides, outcomes: Sequence[Floats], schedule: Schedule) -> Watch:
    """A measure at each look that is over, by what had piled up by then, [customers] each."""
    begun = [place for place, each in enumerate(outcomes) if np.any(sides.scores(each))]
    seen: dict[int, Look] = {}
    if begun:
        through = [schedule.through[place] for place in begun]
        found = looks(sides, [outcomes[place] for place in begun], through)
        seen = dict(zip(begun, found, strict=True))
    sights = (_sight(name, sides, each, seen.get(at)) for at, each in enumerate(outcomes))
    return Watch(schedule, tuple(sights))


def watch_arms(
    test: PolicyTest, schedule: Schedule, tallies: Sequence[Tallies]
) -> tuple[ArmsReport, Mapping[str, Watch]]:
    """A test of policies at its latest look, and each measure at every one that is over.

    `tallies` are what had come of the contacts by each look. Without a look, or a customer in each
    arm, there are no measures. NotComparable where an arm has a single household.
    """
    found = report_of(test, tallies[-1] if tallies else {name: {} for name in MEASURES})
    if not tallies or not found.measures:
        return replace(found, measures=()), {}
    if min(found.a.households, found.b.households) < LEAST_HOUSEHOLDS:
        raise NotComparable(
            f"the arms have {found.a.households} and {found.b.households} households and need "
            f"{LEAST_HOUSEHOLDS} each; plan days until more are placed"
        )
    sides, people = _sides(test)
    watches = {
        name: _of_contacts(name, sides, [_column(people, each[name]) for each in tallies], schedule)
        for name in MEASURES
    }
    measures = tuple(
        replace(each, difference=watches[each.name].sights[-1].effect.difference)
        for each in found.measures
    )
    return replace(found, measures=measures), watches


def _of_contacts(name: str, sides: Sides, outcomes: Sequence[Floats], schedule: Schedule) -> Watch:
    """A measure at each look; as elsewhere of a test its contacts count, and not its customers."""
    seen = watch(name, sides, outcomes, schedule)
    sights = (
        replace(sight, effect=replace(sight.effect, counted=int(outcome.sum())))
        for sight, outcome in zip(seen.sights, outcomes, strict=True)
    )
    return replace(seen, sights=tuple(sights))


def _sight(name: str, sides: Sides, outcome: Floats, look: Look | None) -> Sight:
    if look is None:
        return Sight(sides.effect(name, outcome), None)
    effect = sides.effect(name, outcome, limit=look.limit)
    return Sight(replace(effect, difference=Gain(look.difference, look.low, look.high)), look.limit)


def _sides(test: PolicyTest) -> tuple[Sides, list[int]]:
    """Arm A as the side that is held out, so that differences are B - A; and the customers."""
    people = sorted(test.members)
    places = [test.members[who] for who in people]
    homes = [
        -1 - who if placed.household_id is None else placed.household_id
        for who, placed in zip(people, places, strict=True)
    ]
    return Sides([each.arm == "A" for each in places], np.zeros(len(people)), homes), people


def _column(people: Sequence[int], tally: Mapping[int, int]) -> Floats:
    return np.array([tally.get(who, 0) for who in people], dtype=np.float64)
