"""The stretches of time in which contacts are counted: rolling, by the calendar, a run, a life."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from goodcall.calendar import local_date, start_of_day
from goodcall.section import Section

PERIODS = ("day", "week", "half_month", "month", "quarter", "year")
WEEK_STARTS = {"mon": 0, "sun": 6}


@dataclass(frozen=True, slots=True)
class Rolling:
    """Every half-open (t - span, t]."""

    span: timedelta

    def most(self, dated: Sequence[datetime], at: datetime, _zone: str) -> int:
        """The most contacts in any window that holds `at` and ends there or at a later contact."""
        ends = [at, *(e for e in dated if at < e < at + self.span)]
        return max(sum(e - self.span < ts <= e for ts in dated) for e in ends)

    def edges(self, dated: Iterable[datetime], _now: datetime, _zone: str) -> list[datetime]:
        """When contacts leave their windows."""
        return [ts + self.span for ts in dated]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local periods that begin anew at a local midnight; `zone` None is the customer's own."""

    period: str
    week_start: str = "mon"
    zone: str | None = None

    def most(self, dated: Sequence[datetime], at: datetime, zone: str) -> int:
        """The contacts in the period that holds `at`, later ones included."""
        first, after = self._bounds(at, zone)
        return sum(first <= ts < after for ts in dated)

    def edges(self, dated: Iterable[datetime], now: datetime, zone: str) -> list[datetime]:
        """When the periods of `now` and of every contact end."""
        return [self._bounds(ts, zone)[1] for ts in (now, *dated)]

    def _bounds(self, at: datetime, zone: str) -> tuple[datetime, datetime]:
        clock = self.zone or zone
        first, after = bounds(local_date(at, clock), self.period, self.week_start)
        return start_of_day(first, clock), start_of_day(after, clock)


@dataclass(frozen=True, slots=True)
class Whole:
    """All time there is: a customer's life with the bank, or one run of a campaign."""

    def most(self, dated: Sequence[datetime], _at: datetime, _zone: str) -> int:
        """All contacts."""
        return len(dated)

    def edges(self, _dated: Iterable[datetime], _now: datetime, _zone: str) -> list[datetime]:
        """None: what was counted stays so."""
        return []


Window = Rolling | Calendar | Whole


def bounds(day: date, period: str, week_start: str = "mon") -> tuple[date, date]:
    """The first day of the period that holds a day, and the first day after it.

    >>> [str(day) for day in bounds(date(2026, 2, 20), "half_month")]
    ['2026-02-16', '2026-03-01']
    """
    if period == "day":
        return day, day + timedelta(days=1)
    if period == "week":
        first = day - timedelta(days=(day.weekday() - WEEK_STARTS[week_start]) % 7)
        return first, first + timedelta(days=7)
    if period == "half_month":
        half = day.replace(day=16)
        return (day.replace(day=1), half) if day < half else (half, _later_month(day, 1))
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    first = day.replace(month=day.month - (day.month - 1) % months, day=1)
    return first, _later_month(first, months)


def read_window(section: Section, *, kinds: tuple[str, ...], otherwise: Window | None) -> Window:
    """The window that a rule's `days`, `hours`, `minutes` or `period` says.

    `kinds` are the words that `window` may have; `otherwise` stands where none is given.
    """
    said = _Said.of(section, kinds)
    said.check(section)
    if said.period is not None:
        return Calendar(said.period, said.week_start or "mon", said.zone)
    if said.span is not None:
        return Rolling(said.span)
    if said.kind in {"life", "run"}:
        return Whole()
    if otherwise is None:
        raise section.refuse(
            "the window of the cap is missing",
            'write either days = 7 or hours = 24 for a rolling one, or period = "month"',
            key="window" if said.kind else None,
        )
    return otherwise


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule's table says about its window."""

    kind: str | None
    units: tuple[str, ...]
    span: timedelta | None
    period: str | None
    week_start: str | None
    zone: str | None

    @classmethod
    def of(cls, section: Section, kinds: tuple[str, ...]) -> "_Said":
        spans = {
            unit: section.optional(unit, partial(section.whole, least=1))
            for unit in ("days", "hours", "minutes")
        }
        given = {unit: number for unit, number in spans.items() if number is not None}
        return cls(
            kind=section.optional("window", partial(section.text, among=kinds)),
            units=tuple(given),
            span=timedelta(**given) if given else None,
            period=section.optional("period", partial(section.text, among=PERIODS)),
            week_start=section.optional(
                "week_start", partial(section.text, among=tuple(WEEK_STARTS))
            ),
            zone=section.optional("tz", section.zone),
        )

    def check(self, section: Section) -> None:
        """Refuse two windows at once, and words that belong to another window than is said."""
        if len(self.units) + (self.period is not None) > 1:
            raise section.refuse(
                "the window of the cap is given twice",
                "write either days = 7, hours = 24, minutes = 30 or period = one of: "
                + ", ".join(PERIODS),
                key=self.units[-1],
            )
        if self.week_start is not None and self.period != "week":
            raise section.refuse(
                "week_start is said of no week",
                'write period = "week" or leave week_start out',
                key="week_start",
            )
        if self.zone is not None and self.period is None:
            raise section.refuse(
                "tz is said of no calendar period", 'write period = "day" or leave tz out', key="tz"
            )
        self._check_kind(section)

    def _check_kind(self, section: Section) -> None:
        length = {
            "rolling": "days, hours or minutes",
            "any_window": "days, hours or minutes",
            "calendar": "a period",
        }.get(self.kind or "", "no length")
        said = {"days, hours or minutes": bool(self.units), "a period": self.period is not None}
        fits = said.get(length, not self.units and self.period is None)
        if self.kind is not None and not fits:
            raise section.refuse(
                f"window {self.kind!r} does not go with what else is said",
                f"it takes {length}",
                key="window",
            )


def _later_month(day: date, months: int) -> date:
    """The first of the month that is so many months after a day's."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
