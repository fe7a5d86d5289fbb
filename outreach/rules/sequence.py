"""Sequences: what must never follow what, and what must come first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from goodcall.calendar import local_date, start_of_day
from goodcall.profile import PastContact
from goodcall.section import Section
from goodcall.vocabulary import CONTACT_STATES, COUNTED_STATES, FAMILIES
from outreach.offer import offer_named
from outreach.request import PASS, Facts, Request, Verdict, outcome_moment
from outreach.rules.answers import (
    SECOND,
    Place,
    Span,
    family_of,
    first_passing,
    local_zone,
    outside,
)

_SEEN = frozenset(COUNTED_STATES) | {"planned"}
# The ends of the contacts that did reach someone.
_REACHED = ("delivered", "connected")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a contact is about: some offers or families, by some channels; None means any."""

    offers: frozenset[str] | None
    families: frozenset[str] | None
    channels: frozenset[str] | None

    def fits(self, offer: str | None, family: str | None, channel: str) -> bool:
        """Whether a contact is such a one."""
        named = self.offers is not None or self.families is not None
        about = offer in (self.offers or ()) or family in (self.families or ())
        return (about or not named) and (self.channels is None or channel in self.channels)

    def meets(self, other: "Proposal") -> bool:
        """Whether one contact may be both, as far as the file tells."""
        pairs = ((self.offers, other.offers), (self.families, other.families))
        about = any(a and b and not a.isdisjoint(b) for a, b in pairs)
        # Who names neither offers nor families means any.
        any_offer = any(p.offers is None and p.families is None for p in (self, other))
        channels = self.channels is None or other.channels is None
        same = channels or not (self.channels or frozenset()).isdisjoint(other.channels or ())
        return (about or any_offer) and same

    def covers(self, other: "Proposal") -> bool:
        """Whether every contact that is the other is this one too, as far as the file tells."""
        pairs = ((self.offers, other.offers), (self.families, other.families))
        any_offer = self.offers is None and self.families is None
        named = other.offers is not None or other.families is not None
        about = any_offer or (named and all((b or set()) <= (a or set()) for a, b in pairs))
        return about and (
            self.channels is None
            or (other.channels is not None and other.channels <= self.channels)
        )


@dataclass(frozen=True, slots=True)
class NeverTerms:
    """What must not follow what within how long."""

    first: Proposal
    then: Proposal
    span: timedelta
    bank_zone: str


@dataclass(frozen=True, slots=True)
class AfterTerms:
    """What needs which contact before it, in which of its states, how long ago at the most."""

    then: Proposal
    first: Proposal
    states: frozenset[str]
    same_offer: bool
    within: timedelta | None


def read_never_followed(section: Section, place: Place) -> NeverTerms:
    """The terms of a pair that must not follow each other."""
    first, then = _proposal(section, "first", place), _proposal(section, "then", place)
    if first.meets(then):
        raise section.refuse(
            "first and then overlap, so that a contact would forbid itself",
            'name different ones, or write a frequency_cap with per = "offer"',
            key="then",
        )
    return NeverTerms(first, then, timedelta(days=section.whole("days", 1)), place.zone)


def read_only_after(section: Section, place: Place) -> AfterTerms:
    """The terms of what needs another contact first."""
    first, then = _proposal(section, "first", place), _proposal(section, "then", place)
    if first.meets(then):
        raise section.refuse(
            "first and then overlap, so that a contact would need itself",
            "name different offers, families or channels",
            key="then",
        )
    states = section.optional("states", partial(section.texts, among=CONTACT_STATES))
    days = section.optional("within_days", partial(section.whole, least=1))
    return AfterTerms(
        then=then,
        first=first,
        states=frozenset(states or _REACHED),
        same_offer=bool(section.optional("same_offer", section.flag)),
        within=None if days is None else timedelta(days=days),
    )


def never_followed(request: Request, facts: Facts, now: datetime, terms: NeverTerms) -> Verdict:
    """Whether neither what forbids this request lies behind it, nor what it forbids ahead.

    Planned contacts count, the request's own plan apart. The two on one local date forbid each
    other in whatever order.
    """
    zone = local_zone(facts.profile, terms.bank_zone)
    family = _family(request, facts)
    seen = [c for c in facts.profile.contacts if c.state in _SEEN and c.direction == "outbound"]
    row = request.request_id.partition("#")[0]
    seen = [c for c in seen if c.state != "planned" or c.request_id != row]
    spans: list[Span] = []
    for leg in request.legs:
        if terms.then.fits(leg.offer_code, family, leg.channel):
            before = (c.happened_at for c in _such(seen, terms.first, facts))
            spans += [_or_same_day((at, at + terms.span), at, zone) for at in before]
        if terms.first.fits(leg.offer_code, family, leg.channel):
            after = (c.happened_at for c in _such(seen, terms.then, facts))
            spans += [
                _or_same_day((at - terms.span + SECOND, at + SECOND), at, zone) for at in after
            ]
    return outside(now, spans)


def only_after(request: Request, facts: Facts, now: datetime, terms: AfterTerms) -> Verdict:
    """Whether the contact that must come first has come, and not too long ago."""
    family = _family(request, facts)
    bound = [leg for leg in request.legs if terms.then.fits(leg.offer_code, family, leg.channel)]
    if not bound:
        return PASS
    found = (
        c
        for c in _such(facts.profile.contacts, terms.first, facts)
        if c.state in terms.states and (not terms.same_offer or c.offer_code == request.offer_code)
    )
    moments = [_reached_at(c, facts, terms.states) for c in found]

    def passes(at: datetime) -> bool:
        return any(ts <= at and (terms.within is None or at < ts + terms.within) for ts in moments)

    if passes(now):
        return PASS
    return Verdict(passes=False, until=first_passing(now, moments, passes))


def _reached_at(contact: PastContact, facts: Facts, states: frozenset[str]) -> datetime:
    """When a contact came into one of the states: a letter is delivered days after it is sent."""
    earlier = (c for c in facts.heard if c.contact_id == contact.contact_id and c.state in states)
    return min(map(outcome_moment, earlier), default=outcome_moment(contact))


def _or_same_day(span: tuple[datetime, datetime], at: datetime, zone: str) -> Span:
    """A span that holds at least the whole local day of a contact."""
    day = local_date(at, zone)
    tomorrow = day + timedelta(days=1)
    return min(span[0], start_of_day(day, zone)), max(span[1], start_of_day(tomorrow, zone))


def _such(
    contacts: Iterable[PastContact], proposal: Proposal, facts: Facts
) -> Iterable[PastContact]:
    return (c for c in contacts if proposal.fits(c.offer_code, family_of(facts, c), c.channel))


def _family(request: Request, facts: Facts) -> str | None:
    if request.offer_code is None:
        return None
    return offer_named(facts.offers, request.offer_code).family


def _proposal(section: Section, key: str, place: Place) -> Proposal:
    table = section.table(key, '{ offers = ["platinum-card"] }')
    said = {
        "offers": table.optional("offers", table.texts),
        "families": table.optional("families", partial(table.texts, among=FAMILIES)),
        "channels": table.optional("channels", partial(table.texts, among=place.minutes)),
    }
    table.done()
    if not any(said.values()):
        raise section.refuse(
            f"{key} names nothing",
            f'write {key} = {{ offers = ["platinum-card"] }}, or families, or channels',
            key=key,
        )
    return Proposal(**{name: None if not v else frozenset(v) for name, v in said.items()})
