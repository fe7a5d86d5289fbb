"""The checks that hold for every bank: no policy file can switch them off or take their ids."""

from datetime import datetime

from goodcall.calendar import local_date, start_of_day
from goodcall.profile import Profile
from goodcall.vocabulary import CREDIT_FAMILIES, REFUSALS
from outreach.offer import Offer, birthday, ineligible, offer_named, unsuitable
from outreach.points import (
    DEAD,
    DOUBTFUL,
    BankTerms,
    against,
    is_doubtful,
    why_none,
)
from outreach.request import PASS, Facts, PointMark, Request, Verdict, outcome_moment
from outreach.rules import answer, local_zone

RESERVED_IDS = (
    *("identity", "exempt_offer", "legal_hold", "dnc", "pause", "profiling", "eligibility"),
    *("suitability", "stop", "never_offer", "holdout", "queue_age", "wall_once", "only_channel"),
)
OVERDUE_DAYS = 30


def identity(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether the person is alive, a customer, and can be reached at the point asked for.

    A point that nobody verified for long passes and is named doubtful.
    """
    if facts.profile.status != "active":
        return Verdict(passes=False, because=facts.profile.status)
    stops = [
        contact.outcome.lower()
        for contact in facts.profile.contacts
        if contact.outcome in {"DECEASED", "MINOR"} and outcome_moment(contact) <= now
    ]
    if stops:
        return Verdict(passes=False, because=min(stops))
    kind = terms.points.get(request.channel)
    return PASS if kind is None else _reachable(request, facts, now, kind, terms)


def exempt_offer(request: Request, _facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether a regulatory or risk message carries no offer."""
    return PASS if request.offer_code is None else Verdict(passes=False, because="carries_offer")


def legal_hold(_request: Request, facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether nobody noted that the customer is in litigation."""
    held = any(c.outcome == "LEGAL" and outcome_moment(c) <= now for c in facts.profile.contacts)
    return Verdict(passes=False, because="litigation") if held else PASS


def dnc(request: Request, facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether neither the customer nor anyone on the number asked not to be contacted this way.

    A refusal bites from its own second, for ever, until the same customer lifts it with evidence;
    of two words in one second the refusal counts.
    """
    for mark in facts.marks:
        if _mark_refuses(mark, request) and mark.happened_at <= now:
            return Verdict(passes=False, because="number_refused")
    words = [
        (consent.happened_at, consent.action == "dnc")
        for consent in facts.profile.consents
        if consent.channel in {None, request.channel}
        and (
            consent.action == "dnc"
            or (consent.action == "dnc_lifted" and consent.evidence_source and consent.text_version)
        )
    ]
    words += [
        (outcome_moment(c), True)
        for c in facts.profile.contacts
        if c.outcome in REFUSALS and (c.outcome == "REFUSED_ALL" or c.channel == request.channel)
    ]

    def passes(at: datetime) -> bool:
        last = max((word for word in words if word[0] <= at), default=(at, False))
        return not last[1]

    return answer(now, [at for at, _ in words], passes, because="refused")


def profiling(request: Request, facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether a customer who objects to profiling is not one that a model chose."""
    if facts.profile.profiling_opt_out and request.selection == "personal":
        return Verdict(passes=False, because="objects_to_profiling")
    return PASS


def eligibility(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether the offer is open to this kind of customer, at this age, today."""
    if request.offer_code is None:
        return PASS
    offer = offer_named(facts.offers, request.offer_code)
    zone = local_zone(facts.profile, terms.bank_zone)
    because = ineligible(offer, facts.profile, local_date(now, zone))
    if because is None:
        return PASS
    until = _grown_up(offer, facts.profile, zone) if because == "too_young" else None
    return Verdict(passes=False, until=until, because=because)


def suitability(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether an investment's risk is within the customer's assessed tolerance."""
    if request.offer_code is None:
        return PASS
    today = local_date(now, local_zone(facts.profile, terms.bank_zone))
    because = unsuitable(offer_named(facts.offers, request.offer_code), facts.profile, today)
    return PASS if because is None else Verdict(passes=False, because=because)


def stop(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether a customer who is offered credit is not overdue for more than 30 days.

    The due date is day 0, so the offer stops at the local start of day 31.
    """
    if request.offer_code is None or facts.profile.overdue_since is None:
        return PASS
    if offer_named(facts.offers, request.offer_code).family not in CREDIT_FAMILIES:
        return PASS
    today = local_date(now, local_zone(facts.profile, terms.bank_zone))
    overdue = (today - facts.profile.overdue_since).days > OVERDUE_DAYS
    return Verdict(passes=False, because="overdue") if overdue else PASS


def holdout(_request: Request, facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether the customer is not in the hold-out, which no proactive marketing reaches."""
    return Verdict(passes=False, because="holdout") if facts.holdout else PASS


def _grown_up(offer: Offer, profile: Profile, zone: str) -> datetime | None:
    if profile.birth_date is None or offer.min_age is None:
        return None
    day = birthday(profile.birth_date, offer.min_age)
    return start_of_day(day, zone) if ineligible(offer, profile, day) is None else None


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


def _mark_refuses(mark: PointMark, request: Request) -> bool:
    return mark.point_id == request.point_id and (
        mark.code == "REFUSED_ALL"
        or (mark.code == "REFUSED_CHANNEL" and mark.channel == request.channel)
    )
