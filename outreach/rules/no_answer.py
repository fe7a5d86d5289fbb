"""No answer: how long to wait before another call, and when to stop calling."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from goodcall.profile import PastContact
from goodcall.section import Section
from goodcall.vocabulary import CONTACT_GROUP, UNANSWERED
from outreach.request import Facts, Request, Verdict, outcome_moment
from outreach.rules.answers import Place, Span, outside


@dataclass(frozen=True, slots=True)
class NoAnswerTerms:
    """The wait after each unanswered call in a row; the last of them is the stop."""

    waits: tuple[timedelta, ...]
    per_lead: int | None


def read_no_answer(section: Section, _place: Place) -> NoAnswerTerms:
    """The terms of a back-off."""
    meant = "whole numbers of days in square brackets, such as [1, 3]"
    days = section.value("wait_days", list, meant)
    stop = section.whole("stop_days", 1)
    per_lead = section.optional("attempts_per_lead", lambda key: section.whole(key, 1))
    if not days or not all(type(day) is int and day > 0 for day in days):
        raise section.refuse(f"wait_days is {days!r}", f"write {meant}", key="wait_days")
    waits = [*days, stop]
    if waits != sorted(waits):
        raise section.refuse(
            f"waits of {', '.join(map(str, waits))} days grow shorter",
            "let each be as long as the one before, stop_days the longest",
            key="wait_days",
        )
    return NoAnswerTerms(tuple(timedelta(days=day) for day in waits), per_lead)


def no_answer_backoff(
    request: Request, facts: Facts, now: datetime, terms: NoAnswerTerms
) -> Verdict:
    """Whether the wait after the last unanswered calls is over.

    A lead with so many unanswered calls of its own is closed for ever; other leads are judged by
    the customer's calls in a row, which an answered call ends, and which begin anew after a stop.
    A call of which several things were noted is one call.
    """
    heard = _last_of_each_call(c for c in facts.outcomes if outcome_moment(c) <= now)
    if request.lead_id is not None and terms.per_lead is not None:
        own = sum(c.outcome in UNANSWERED and c.lead_id == request.lead_id for c in heard)
        if own >= terms.per_lead:
            return Verdict(passes=False, counted=own, left=0, because="lead_closed")
    return outside(now, _waits(heard, terms))


def _last_of_each_call(heard: Iterable[PastContact]) -> list[PastContact]:
    """The outcomes; of several that say of one call that nobody answered, the last."""
    ordered = sorted(heard, key=outcome_moment)
    last = {c.contact_id: c for c in ordered if c.outcome in UNANSWERED}
    return [c for c in ordered if c.outcome not in UNANSWERED or last[c.contact_id] is c]


def _waits(heard: list[PastContact], terms: NoAnswerTerms) -> Iterator[Span]:
    """From when to when each unanswered call asks for rest."""
    row, stopped_to = 0, datetime.min.replace(tzinfo=UTC)
    # Of an answer and a missed call in one second the missed call counts.
    for contact in sorted(heard, key=lambda c: (outcome_moment(c), c.outcome in UNANSWERED)):
        at = outcome_moment(contact)
        if contact.outcome in CONTACT_GROUP:
            row = 0
        elif contact.outcome in UNANSWERED:
            after_stop = row == len(terms.waits) and at >= stopped_to
            row = 1 if after_stop else min(row + 1, len(terms.waits))
            stopped_to = at + terms.waits[row - 1]
            yield at, stopped_to
