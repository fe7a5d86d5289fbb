"""Rest after an answer: what was shown too often, rejected, bought, or asked for at a bad time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from goodcall.calendar import start_of_day
from goodcall.profile import Holding, PastContact
from goodcall.section import Section
from goodcall.vocabulary import FAMILIES, OUTCOMES
from outreach.offer import offer_named
from outreach.request import PASS, Facts, Request, Verdict, outcome_moment
from outreach.rules.answers import Place, Span, family_of, local_zone, outside, triggered

_BOUGHT = ("ACCEPTED", "APPLIED", "PURCHASED")
_SCOPES = ("customer", "offer", "group")


@dataclass(frozen=True, slots=True)
class SuppressionTerms:
    """How many of which outcomes within how long stop the customer, the offer or its group.

    Without `within` outcomes count however long ago they were.
    """

    codes: frozenset[str]
    at_least: int
    within: timedelta | None
    span: timedelta
    scope: str


@dataclass(frozen=True, slots=True)
class RejectTerms:
    """How long one rejection stops its offer, and several stop their family."""

    offer: timedelta
    family_rejects: int
    family_within: timedelta
    family: timedelta


@dataclass(frozen=True, slots=True)
class HoldsTerms:
    """Families not offered to one who holds them, until shortly before maturity."""

    families: tuple[str, ...] | None
    days_before_maturity: int
    accepted: timedelta | None
    bank_zone: str


def read_suppression(section: Section, _place: Place) -> SuppressionTerms:
    """The terms of a suppression by outcomes."""
    days = partial(section.whole, least=1)
    at_least = section.optional("at_least", days) or 1
    within = section.optional("within_days", days)
    if at_least > 1 and within is None:
        raise section.refuse(
            f"at_least is {at_least} of an unnamed time",
            "add within_days = 7, or leave at_least out",
            key="at_least",
        )
    return SuppressionTerms(
        codes=frozenset(section.texts("codes", OUTCOMES)),
        at_least=at_least,
        within=None if within is None else timedelta(days=within),
        span=timedelta(days=section.whole("days", 1)),
        scope=section.text("scope", _SCOPES),
    )


def read_rejects(section: Section, _place: Place) -> RejectTerms:
    """The terms of a rest after rejections."""
    return RejectTerms(
        offer=timedelta(days=section.whole("offer_days", 1)),
        family_rejects=section.whole("family_rejects", 1),
        family_within=timedelta(days=section.whole("family_within_days", 1)),
        family=timedelta(days=section.whole("family_days", 1)),
    )


def read_holds(section: Section, place: Place) -> HoldsTerms:
    """The terms of a rest for what is held already."""
    days = partial(section.whole, least=1)
    accepted = section.optional("accepted_days", days)
    return HoldsTerms(
        section.optional("families", partial(section.texts, among=FAMILIES)),
        section.optional("days_before_maturity", days) or 0,
        None if accepted is None else timedelta(days=accepted),
        place.zone,
    )


def outcome_suppression(
    request: Request, facts: Facts, now: datetime, terms: SuppressionTerms
) -> Verdict:
    """Whether no outcome of late stops this customer, offer or group.

    Every outcome that makes their number full starts a span of its own.
    """
    if terms.scope != "customer" and request.offer_code is None:
        return PASS
    about = [
        outcome_moment(contact)
        for contact in facts.outcomes
        if contact.outcome in terms.codes and _in_scope(request, facts, contact, terms.scope)
    ]
    starts = triggered(about, terms.at_least, terms.within)
    return outside(now, [(at, at + terms.span) for at in starts])


def reject_cooloff(request: Request, facts: Facts, now: datetime, terms: RejectTerms) -> Verdict:
    """Whether the offer was not rejected of late, nor its family several times.

    Each rejection, and each that completes a family's number, starts a span of its own.
    """
    if request.offer_code is None:
        return PASS
    rejects = [c for c in facts.outcomes if c.outcome == "NOT_INTERESTED_OFFER"]
    spans: list[Span] = [
        (outcome_moment(c), outcome_moment(c) + terms.offer)
        for c in rejects
        if c.offer_code == request.offer_code
    ]
    of_family = [outcome_moment(c) for c in rejects if _in_scope(request, facts, c, "group")]
    full = triggered(of_family, terms.family_rejects, terms.family_within)
    return outside(now, spans + [(last, last + terms.family) for last in full])


def already_holds(request: Request, facts: Facts, now: datetime, terms: HoldsTerms) -> Verdict:
    """Whether the customer neither holds the offer's family nor accepted it just now."""
    if request.offer_code is None:
        return PASS
    family = offer_named(facts.offers, request.offer_code).family
    if terms.families is not None and family not in terms.families:
        return PASS
    zone = local_zone(facts.profile, terms.bank_zone)
    held: Sequence[Holding] = [h for h in facts.profile.holdings if h.family == family]
    spans = [_held(holding, zone, terms.days_before_maturity) for holding in held]
    if terms.accepted is not None:
        spans += [
            (outcome_moment(contact), outcome_moment(contact) + terms.accepted)
            for contact in facts.outcomes
            if contact.outcome in _BOUGHT and family_of(facts, contact) == family
        ]
    return outside(now, spans)


def _in_scope(request: Request, facts: Facts, contact: PastContact, scope: str) -> bool:
    if scope == "customer":
        return True
    if scope == "offer":
        return contact.offer_code == request.offer_code
    family = offer_named(facts.offers, request.offer_code or "").family
    return family_of(facts, contact) == family


def _held(holding: Holding, zone: str, days: int) -> Span:
    """From when to when a holding stops its family, in instants."""
    free_on: list[date] = [] if holding.closed_on is None else [holding.closed_on]
    if holding.matures_on is not None:
        free_on.append(holding.matures_on - timedelta(days=days))
    end = start_of_day(min(free_on), zone) if free_on else None
    return start_of_day(holding.opened_on, zone), end
