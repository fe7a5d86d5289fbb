"""Caps: how many contacts a customer, a number, a household or an offer may have, and how close."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from goodcall.calendar import local_date, start_of_day
from goodcall.section import Section
from goodcall.vocabulary import PROMISES
from outreach.request import PASS, Facts, Request, Verdict, outcome_moment
from outreach.rules.answers import SECOND, Place, first_passing, local_zone, outside
from outreach.rules.counting import Counting, concerns, counted, read_counting, subjects
from outreach.rules.windows import Whole, Window, read_window

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_WINDOWS = ("rolling", "calendar", "any_window", "run", "life")


@dataclass(frozen=True, slots=True)
class CapTerms:
    """At most so many counted contacts in each window."""

    at_most: int
    window: Window
    counting: Counting
    bank_zone: str


@dataclass(frozen=True, slots=True)
class GapTerms:
    """At least so much time between counted contacts."""

    span: timedelta
    counting: Counting
    bank_zone: str


def read_cap(section: Section, place: Place) -> CapTerms:
    """The terms of a frequency cap."""
    kind = section.said.get("window")
    window = read_window(section, kinds=_WINDOWS, otherwise=None)
    counting = read_counting(section, place, planned=kind == "any_window", same_run=kind == "run")
    return CapTerms(section.whole("at_most", 1), window, counting, place.zone)


def read_duplicates(section: Section, place: Place) -> CapTerms:
    """The terms of a cap on one offer; without a window it is for life."""
    window = read_window(section, kinds=_WINDOWS[:2], otherwise=Whole())
    counting = read_counting(section, place, scopes=("offer", "group"))
    if "per" not in section.said:
        counting = replace(counting, per="offer")
    return CapTerms(section.whole("at_most", 1), window, counting, place.zone)


def read_min_gap(section: Section, place: Place) -> GapTerms:
    """The terms of a gap of minutes, hours or days."""
    units = {
        unit: section.optional(unit, partial(section.whole, least=1)) or 0
        for unit in ("minutes", "hours", "days")
    }
    span = timedelta(**units)
    if not span:
        raise section.refuse("the gap has no length", "add hours = 4, or minutes or days")
    return GapTerms(span, read_counting(section, place), place.zone)


def read_days_gap(section: Section, place: Place) -> GapTerms:
    """The terms of a gap of local days."""
    span = timedelta(days=section.whole("days", 1))
    return GapTerms(span, read_counting(section, place), place.zone)


def frequency_cap(request: Request, facts: Facts, now: datetime, terms: CapTerms) -> Verdict:
    """Whether this request keeps every window that holds it within the cap.

    A contact dated after `now` counts in every window that holds both, so a call that is already
    reserved for later is never pushed over the cap.
    """
    if not concerns(request, facts, terms.counting):
        return PASS
    zone = local_zone(facts.profile, terms.bank_zone)
    verdicts = []
    for subject, more in subjects(request, facts, terms.counting):
        if subject.point_id is None and terms.counting.per == "contact_point":
            return Verdict(passes=False, because="no_contact_point")
        dated = counted(subject, facts, terms.counting)
        verdicts.append(_within(dated, more, now, zone, terms))
    return max(verdicts, key=_strictness, default=PASS)


def min_gap(request: Request, facts: Facts, now: datetime, terms: GapTerms) -> Verdict:
    """Whether no counted contact lies closer than the gap, before or after.

    A contact that the customer was promised is free of it.
    """
    if answers_call_back(request, facts, now) or not concerns(request, facts, terms.counting):
        return PASS
    dated = _near(request, facts, terms.counting)
    return outside(now, ((ts - terms.span + SECOND, ts + terms.span) for ts in dated))


def days_gap(request: Request, facts: Facts, now: datetime, terms: GapTerms) -> Verdict:
    """Whether every counted contact lies that many local dates away, before or after.

    A contact that the customer was promised is free of it.
    """
    if answers_call_back(request, facts, now) or not concerns(request, facts, terms.counting):
        return PASS
    zone = local_zone(facts.profile, terms.bank_zone)
    days = (local_date(ts, zone) for ts in _near(request, facts, terms.counting))
    nearest = terms.span - timedelta(days=1)
    spans = (
        (start_of_day(day - nearest, zone), start_of_day(day + terms.span, zone)) for day in days
    )
    return outside(now, spans)


def answers_call_back(request: Request, facts: Facts, now: datetime) -> bool:
    """Whether the customer was promised this, in the contact that the request answers."""
    return request.answers is not None and any(
        contact.contact_id == request.answers
        and contact.outcome in PROMISES
        and outcome_moment(contact) <= now
        for contact in facts.outcomes
    )


def _near(request: Request, facts: Facts, counting: Counting) -> set[datetime]:
    """When the contacts were made that a gap keeps away from."""
    legs = subjects(request, facts, counting)
    return {ts for subject, _ in legs for ts in counted(subject, facts, counting)}


def _within(dated: list[datetime], more: int, now: datetime, zone: str, terms: CapTerms) -> Verdict:
    """Whether so many more contacts leave the window that holds `now` within the cap."""
    room = terms.at_most - more
    found = terms.window.most(dated, now, zone)
    left = max(terms.at_most - found, 0)
    if found <= room:
        return Verdict(passes=True, counted=found, left=left)
    edges = terms.window.edges(dated, now, zone) if room >= 0 else ()
    until = first_passing(now, edges, lambda at: terms.window.most(dated, at, zone) <= room)
    return Verdict(passes=False, until=until, counted=found, left=left)


def _strictness(verdict: Verdict) -> tuple[bool, bool, datetime, int]:
    never = not verdict.passes and verdict.until is None
    return not verdict.passes, never, verdict.until or _LONG_AGO, verdict.counted or 0
