"""Quiet hours and holidays: when nobody is contacted, on the customer's own clock."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from goodcall.calendar import WorkingDays, is_zone, local_date, start_of_day
from goodcall.section import Section
from outreach.hours import MIDNIGHT, WEEKDAYS, Window, next_open
from outreach.request import PASS, Facts, Request, Verdict
from outreach.rules.answers import Place, local_zone

_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_RELEASES = ("queue", "discard")


@dataclass(frozen=True, slots=True)
class HoursTerms:
    """The windows in which contacts may happen, and what becomes of those outside.

    `days` makes a make-up workday keep a Monday's hours.
    """

    windows: tuple[Window, ...]
    queue: bool
    days: WorkingDays


@dataclass(frozen=True, slots=True)
class HolidayTerms:
    """The days on which nobody is contacted, and what becomes of contacts on them."""

    days: WorkingDays
    queue: bool
    bank_zone: str


def read_hours(section: Section, place: Place) -> HoursTerms:
    """The terms of quiet hours."""
    release = section.optional("release", partial(section.text, among=_RELEASES))
    make_up = section.optional("make_up_workdays", section.flag)
    windows = tuple(_window(table) for table in section.tables("allowed"))
    if not windows:
        raise section.refuse(
            "no hours are allowed",
            'add allowed = [{ days = ["mon"], from = "09:00", to = "20:00" }], or take the '
            "channel out of the policy",
            key="allowed",
        )
    if make_up and not place.days.make_up:
        raise section.refuse(
            "the policy names no make-up workdays",
            "add workdays = [2026-10-10] to a [[holiday]], or leave make_up_workdays out",
            key="make_up_workdays",
        )
    return HoursTerms(windows, release != "discard", place.days if make_up else WorkingDays())


def read_holidays(section: Section, place: Place) -> HolidayTerms:
    """The terms of holidays; the days themselves are the policy's [[holiday]] tables."""
    release = section.optional("release", partial(section.text, among=_RELEASES))
    if not place.days.holidays:
        raise section.refuse(
            "the policy names no holidays",
            'add [[holiday]] with name = "National Day", from = 2026-10-01, to = 2026-10-07',
        )
    return HolidayTerms(place.days, release != "discard", place.zone)


def quiet_hours(_request: Request, facts: Facts, now: datetime, terms: HoursTerms) -> Verdict:
    """Whether a window is open on the customer's clock; in an unknown zone none ever is."""
    if not is_zone(facts.profile.zone):
        return Verdict(passes=False, because="unknown_zone")
    until = next_open(terms.windows, facts.profile.zone, now, terms.days)
    return PASS if until == now else Verdict(passes=False, until=until)


def holidays(_request: Request, facts: Facts, now: datetime, terms: HolidayTerms) -> Verdict:
    """Whether the customer's local date is no holiday."""
    zone = local_zone(facts.profile, terms.bank_zone)
    today = local_date(now, zone)
    if not terms.days.is_holiday(today):
        return PASS
    return Verdict(passes=False, until=start_of_day(_after(today, terms.days), zone))


def _after(day: date, days: WorkingDays) -> date:
    while days.is_holiday(day):
        day += timedelta(days=1)
    return day


def _window(section: Section) -> Window:
    days = frozenset(WEEKDAYS.index(day) for day in section.texts("days", WEEKDAYS))
    window = Window(days, _minute(section, "from"), _minute(section, "to"))
    section.done()
    if window.opens == window.closes:
        raise section.refuse(
            "from and to are the same time",
            'write from = "00:00", to = "24:00" for a day',
            key="from",
        )
    return window


def _minute(section: Section, key: str) -> int:
    said = section.text(key)
    if key == "to" and said == "24:00":
        return MIDNIGHT
    if not (clock := _CLOCK.match(said)):
        raise section.refuse(
            f"{key} {said!r} is no time of day",
            'write one such as "09:00"; a day ends "24:00"',
            key=key,
        )
    return int(clock[1]) * 60 + int(clock[2])
