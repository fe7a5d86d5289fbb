"""Cooling off: after a complaint, and while a customer is in low spirits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from goodcall.section import Section
from outreach.request import PASS, Facts, Request, Verdict, outcome_moment
from outreach.rules.answers import Place, Span, outside

RETENTION = "retention"
_MOODS = ("LOW_MOOD", "DEFER_MOOD")


@dataclass(frozen=True, slots=True)
class CoolOffTerms:
    """How long the rest is."""

    span: timedelta


def read_days(section: Section, _place: Place) -> CoolOffTerms:
    """The terms of a rest of so many days."""
    return CoolOffTerms(timedelta(days=section.whole("days", 1)))


def complaint_cooloff(
    _request: Request, facts: Facts, now: datetime, terms: CoolOffTerms
) -> Verdict:
    """Whether no complaint is open or was settled within the span.

    An outcome COMPLAINT counts from its own second; its case brings the time of settlement.
    """
    spans: list[Span] = [
        (case.happened_at, None if case.closed_at is None else case.closed_at + terms.span)
        for case in facts.profile.cases
        if case.kind == "complaint"
    ]
    spans += [
        (outcome_moment(contact), outcome_moment(contact) + terms.span)
        for contact in facts.outcomes
        if contact.outcome == "COMPLAINT"
    ]
    return outside(now, spans)


def low_mood(request: Request, facts: Facts, now: datetime, terms: CoolOffTerms) -> Verdict:
    """Whether someone who was found in low spirits is left in peace by all who sell.

    A call to care for the customer, of purpose `retention`, may be made.
    """
    if request.purpose == RETENTION:
        return PASS
    low = (outcome_moment(c) for c in facts.outcomes if c.outcome in _MOODS)
    return outside(now, ((at, at + terms.span) for at in low))
