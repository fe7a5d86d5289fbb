"""What a colleague said of when a customer is to be approached again."""

from datetime import datetime
from itertools import pairwise

from outreach.points import BankTerms
from outreach.request import PASS, Facts, Request, Verdict
from outreach.rules.answers import outside


def snoozed(request: Request, facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether no colleague put the customer off to a later moment; who comes himself may be served.

    Of several words the last one stands, from its own second on.
    """
    if not request.proactive or request.direction == "inbound":
        return PASS
    # Of words of one second, the one that was told last stands.
    said = sorted(facts.profile.snoozes, key=lambda snooze: snooze.happened_at)
    spans = [(one.happened_at, min(one.until, other.happened_at)) for one, other in pairwise(said)]
    spans += [(last.happened_at, last.until) for last in said[-1:]]
    return outside(now, (span for span in spans if span[0] < span[1]))
