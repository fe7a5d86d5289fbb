"""What may be offered to whom: open to the customer, within the tolerance for risk, affordable."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from goodcall.calendar import local_date, start_of_day
from goodcall.profile import Profile
from goodcall.vocabulary import CREDIT_FAMILIES, STOPS
from outreach.customer_facts import Subject
from outreach.lineage import out_of_turn
from outreach.offer import Offer, age_on, birthday, ineligible, offer_named, unsuitable
from outreach.offer_terms import Stage, against, turning_days_of
from outreach.points import BankTerms
from outreach.request import PASS, Facts, Request, Verdict
from outreach.rules.answers import local_zone, outside

OVERDUE_DAYS = 30
SENIOR_YEARS = 65
HIGH_RISK = "R4"
SENIOR_FLAG = "age65_high_risk"
# What no passing of days changes.
_FOR_GOOD = ("kind_not_served", "offer_expired", "age_unknown", "too_old")


def eligibility(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether the offer is open to this customer, in its turn, today.

    It must be on sale to this kind of customer at this age, what the policy's terms need must be
    known to hold, and what comes first must have come. `until` is the start of the first later
    local day on which time alone opens it.
    """
    if request.offer_code is None:
        return PASS
    offer = offer_named(facts.offers, request.offer_code)
    return _by_day(offer, facts, now, terms, _closed)


def applicability(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether the offer makes sense for this customer now, as the policy's terms say.

    Who comes to the bank to ask for it knows best; an offer of the bank's own must apply.
    """
    if request.offer_code is None or request.direction == "inbound" or not terms.offer_terms:
        return PASS
    offer = offer_named(facts.offers, request.offer_code)
    return _by_day(offer, facts, now, terms, _pointless)


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


def _closed(offer: Offer, facts: Facts, now: datetime, day: date, terms: BankTerms) -> str | None:
    """Why an offer is not open to a customer on a local day."""
    return (
        ineligible(offer, facts.profile, day)
        or against(terms.offer_terms, "eligibility", offer, Subject(facts.profile, day, facts.row))
        or out_of_turn(offer, facts, now, day, terms.lineages)
    )


def _pointless(
    offer: Offer, facts: Facts, _now: datetime, day: date, terms: BankTerms
) -> str | None:
    """Why an offer makes no sense for a customer on a local day."""
    return against(
        terms.offer_terms, "applicability", offer, Subject(facts.profile, day, facts.row)
    )


def _by_day(
    offer: Offer,
    facts: Facts,
    now: datetime,
    terms: BankTerms,
    reason: Callable[[Offer, Facts, datetime, date, BankTerms], str | None],
) -> Verdict:
    """The verdict of a reason that can only change as local days pass."""
    zone = local_zone(facts.profile, terms.bank_zone)
    today = local_date(now, zone)
    because = reason(offer, facts, now, today, terms)
    if because is None:
        return PASS
    if because in _FOR_GOOD:
        return Verdict(passes=False, because=because)
    stage: Stage = "eligibility" if reason is _closed else "applicability"
    turning = turning_days_of(
        terms.offer_terms, stage, offer, Subject(facts.profile, today, facts.row)
    )
    if stage == "eligibility":
        turning |= {day for day in _own_turns(offer, facts.profile) if day > today}
    opens = (day for day in sorted(turning) if reason(offer, facts, now, day, terms) is None)
    first = next(opens, None)
    until = None if first is None else start_of_day(first, zone)
    return Verdict(passes=False, until=until, because=because)


def _own_turns(offer: Offer, profile: Profile) -> set[date]:
    """The days on which an offer begins, and a customer is old enough for it."""
    days = set() if offer.valid_from is None else {offer.valid_from}
    if profile.birth_date is not None and offer.min_age is not None:
        days.add(birthday(profile.birth_date, offer.min_age))
    return days
