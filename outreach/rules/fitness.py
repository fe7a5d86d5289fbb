"""What may be offered to whom: open to the customer, within the tolerance for risk, affordable."""

from datetime import datetime, timedelta

from goodcall.calendar import local_date, start_of_day
from goodcall.profile import Profile
from goodcall.vocabulary import CREDIT_FAMILIES, STOPS
from outreach.offer import Offer, age_on, birthday, ineligible, offer_named, unsuitable
from outreach.points import BankTerms
from outreach.request import PASS, Facts, Request, Verdict
from outreach.rules.answers import local_zone, outside

OVERDUE_DAYS = 30
SENIOR_YEARS = 65
HIGH_RISK = "R4"
SENIOR_FLAG = "age65_high_risk"


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
    """Whether an investment's risk is within the customer's assessed tolerance.

    One of high risk for a customer of 65 or more passes with a flag: a special duty of care is due.
    """
    if request.offer_code is None:
        return PASS
    offer = offer_named(facts.offers, request.offer_code)
    today = local_date(now, local_zone(facts.profile, terms.bank_zone))
    because = unsuitable(offer, facts.profile, today)
    if because is not None:
        return Verdict(passes=False, because=because)
    age = age_on(facts.profile, today)
    risky = offer.investment and offer.risk is not None and offer.risk >= HIGH_RISK
    senior = age is not None and age >= SENIOR_YEARS
    return Verdict(passes=True, because=SENIOR_FLAG) if risky and senior else PASS


def stop(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether no circumstance asks for rest, and no credit is offered to one who is overdue.

    The due date is day 0, so credit stops at the local start of day 31.
    """
    for kind in STOPS:
        spans = ((h.happened_at, h.ended_at) for h in facts.profile.holds if h.kind == kind)
        verdict = outside(now, spans, because=kind)
        if not verdict.passes:
            return verdict
    if request.offer_code is None or facts.profile.overdue_since is None:
        return PASS
    if offer_named(facts.offers, request.offer_code).family not in CREDIT_FAMILIES:
        return PASS
    zone = local_zone(facts.profile, terms.bank_zone)
    first = facts.profile.overdue_since + timedelta(days=OVERDUE_DAYS + 1)
    return outside(now, ((start_of_day(first, zone), None),), because="overdue")


def _grown_up(offer: Offer, profile: Profile, zone: str) -> datetime | None:
    if profile.birth_date is None or offer.min_age is None:
        return None
    day = birthday(profile.birth_date, offer.min_age)
    return start_of_day(day, zone) if ineligible(offer, profile, day) is None else None
