"""Requests that waited or were scheduled: too old to send, or sent already at that hour."""

from datetime import datetime, timedelta

from goodcall.vocabulary import COUNTED_STATES
from outreach.points import BankTerms
from outreach.request import PASS, Facts, Request, Verdict

QUEUE_AGE = timedelta(days=7)


def queue_age(request: Request, _facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether a request that waited in a queue has not waited for more than seven days."""
    if request.queued_at is None or now - request.queued_at <= QUEUE_AGE:
        return PASS
    return Verdict(passes=False, because="queued_too_long")


def wall_once(request: Request, facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether what is scheduled for a wall clock was not sent when the clock showed it before."""
    if request.at_local is None:
        return PASS
    sent = any(
        (c.at_local, c.offer_code, c.channel)
        == (request.at_local, request.offer_code, request.channel)
        and c.state in COUNTED_STATES
        and c.direction == "outbound"
        for c in facts.profile.contacts
    )
    return Verdict(passes=False, because="sent_at_this_hour") if sent else PASS
