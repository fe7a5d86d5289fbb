"""Who must not be reached at all: the dead, those merged away, dead numbers, orders to stop."""

from collections.abc import Iterable
from datetime import datetime

from goodcall.vocabulary import HOLDS
from outreach.points import DEAD, DOUBTFUL, BankTerms, against, is_doubtful, why_none
from outreach.request import PASS, Facts, Request, Verdict, outcome_moment
from outreach.rules.answers import Span, outside

FRAUD = "fraud"


def identity(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether the person is alive, a customer, and can be reached at the point asked for.

    A point that nobody verified for long passes and is named doubtful.
    """
    if facts.profile.status != "active":
        return Verdict(passes=False, because=facts.profile.status)
    for outcome in ("DECEASED", "MINOR"):
        verdict = outside(now, heard_until_lifted(facts, outcome), because=outcome.lower())
        if not verdict.passes:
            return verdict
    kind = terms.points.get(request.channel)
    return PASS if kind is None else _reachable(request, facts, now, kind, terms)


def exempt_offer(request: Request, _facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether a regulatory or risk message carries no offer."""
    return PASS if request.offer_code is None else Verdict(passes=False, because="carries_offer")


def legal_hold(request: Request, facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether no order stops this contact, and nobody noted that the customer is in litigation.

    A warning of category `risk` reaches a customer who is held for fraud: it is they who are
    being defrauded.
    """
    binding = [kind for kind in HOLDS if kind != FRAUD or request.category != "risk"]
    for kind in binding:
        spans = ((h.happened_at, h.ended_at) for h in facts.profile.holds if h.kind == kind)
        verdict = outside(now, spans, because=kind)
        if not verdict.passes:
            return verdict
    return outside(now, heard_until_lifted(facts, "LEGAL"), because="litigation")


def heard_until_lifted(facts: Facts, outcome: str) -> Iterable[Span]:
    """From each second at which a hard stop was heard to the end of the check that lifted it."""
    lifts = [word.happened_at for word in facts.profile.lifted if word.outcome == outcome]
    for contact in facts.outcomes:
        if contact.outcome == outcome:
            at = outcome_moment(contact)
            yield at, min((lift for lift in lifts if lift > at), default=None)


def _reachable(
    request: Request, facts: Facts, now: datetime, kind: str, terms: BankTerms
) -> Verdict:
    """Whether the point asked for may be used."""
    if request.point_id is None:
        return Verdict(passes=False, because=why_none(facts, kind, now, terms))
    mine = (p for p in facts.profile.points if p.point_id == request.point_id)
    point = next((p for p in mine if p.channel == kind), None)
    if point is None:
        return Verdict(passes=False, because=DEAD)
    if because := against(point, facts, now, terms):
        return Verdict(passes=False, because=because)
    doubtful = is_doubtful(point, facts.profile, now, terms)
    return Verdict(passes=True, because=DOUBTFUL) if doubtful else PASS
