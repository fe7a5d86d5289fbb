"""The contact rules that a policy file may list, each a function that answers with a Verdict.

Every rule takes (request, facts, now, terms): `terms` are the parameters that the file gave it.
A span of n days counted from a contact or an outcome is n times 24 hours, its end excluded; only
maturities and overdue days work on local dates.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from goodcall.calendar import is_zone, local_date, start_of_day
from goodcall.profile import Consent, Holding, PastContact, Profile
from goodcall.vocabulary import COUNTED_STATES
from outreach.hours import Window, next_open
from outreach.offer import offer_named
from outreach.request import PASS, Facts, Request, Verdict, outcome_moment

_BOUGHT = ("ACCEPTED", "APPLIED", "PURCHASED")


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """Whether silence means no, and which purposes a marketing consent also covers."""

    restrictive: bool
    covers: tuple[str, ...]
    bank_zone: str


@dataclass(frozen=True, slots=True)
class CapTerms:
    """At most so many counted contacts in any (t - window, t], over channels and categories."""

    at_most: int
    window: timedelta
    channels: frozenset[str] | None
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class HoursTerms:
    """The windows in which contacts may happen, and what becomes of those outside."""

    windows: tuple[Window, ...]
    queue: bool


@dataclass(frozen=True, slots=True)
class HoldsTerms:
    """Families not offered to one who holds them, until shortly before maturity."""

    families: tuple[str, ...] | None
    days_before_maturity: int
    accepted: timedelta | None
    bank_zone: str


@dataclass(frozen=True, slots=True)
class RejectTerms:
    """How long one rejection stops its offer, and several stop their family."""

    offer: timedelta
    family_rejects: int
    family_within: timedelta
    family: timedelta


@dataclass(frozen=True, slots=True)
class ComplaintTerms:
    """How long after a complaint is settled no marketing happens."""

    span: timedelta


def consent(request: Request, facts: Facts, now: datetime, terms: ConsentTerms) -> Verdict:
    """Whether the latest word on this channel and purpose is a good grant.

    A grant is good with source, text version and a time not after `now`; an expired or unproven
    one is as no record; a revocation needs no evidence and wins a tie.
    """
    purpose = request.purpose or "marketing"
    asked = {purpose, "marketing"} if purpose in terms.covers else {purpose}
    zone = local_zone(facts.profile, terms.bank_zone)
    records = [
        record
        for record in facts.profile.consents
        if record.action in {"grant", "revoke"}
        and record.channel in {None, request.channel}
        and (record.purpose or "marketing") in asked
    ]

    def passes(at: datetime) -> bool:
        said = [r for r in records if r.happened_at <= at and _stands(r, zone, at)]
        last = max(said, key=lambda r: (r.happened_at, r.action == "revoke"), default=None)
        return not terms.restrictive if last is None else last.action == "grant"

    edges = [r.happened_at for r in records]
    edges += [start_of_day(r.expires_on + timedelta(days=1), zone) for r in records if r.expires_on]
    because = "no_consent" if not any(r.action == "revoke" for r in records) else "revoked"
    return answer(now, edges, passes, because=because)


def complaint_cooloff(
    _request: Request, facts: Facts, now: datetime, terms: ComplaintTerms
) -> Verdict:
    """Whether no complaint is open or was settled within the span.

    An outcome COMPLAINT counts from its own second; its case brings the time of settlement.
    """
    spans: list[tuple[datetime, datetime | None]] = [
        (case.happened_at, None if case.closed_at is None else case.closed_at + terms.span)
        for case in facts.profile.cases
        if case.kind == "complaint"
    ]
    spans += [
        (outcome_moment(contact), outcome_moment(contact) + terms.span)
        for contact in facts.profile.contacts
        if contact.outcome == "COMPLAINT"
    ]
    return outside(now, spans)


def quiet_hours(_request: Request, facts: Facts, now: datetime, terms: HoursTerms) -> Verdict:
    """Whether a window is open on the customer's clock; in an unknown zone none ever is."""
    if not is_zone(facts.profile.zone):
        return Verdict(passes=False, because="unknown_zone")
    until = next_open(terms.windows, facts.profile.zone, now)
    return PASS if until == now else Verdict(passes=False, until=until)


def already_holds(request: Request, facts: Facts, now: datetime, terms: HoldsTerms) -> Verdict:
    """Whether the customer neither holds the offer's family nor accepted it just now."""
    if request.offer_code is None:
        return PASS
    family = offer_named(facts.offers, request.offer_code).family
    if terms.families is not None and family not in terms.families:
        return PASS
    zone = local_zone(facts.profile, terms.bank_zone)
    spans = [
        _held(holding, zone, terms.days_before_maturity)
        for holding in facts.profile.holdings
        if holding.family == family
    ]
    if terms.accepted is not None:
        spans += [
            (outcome_moment(contact), outcome_moment(contact) + terms.accepted)
            for contact in facts.profile.contacts
            if contact.outcome in _BOUGHT and _family(facts, contact) == family
        ]
    return outside(now, spans)


def reject_cooloff(request: Request, facts: Facts, now: datetime, terms: RejectTerms) -> Verdict:
    """Whether the offer was not rejected of late, nor its family several times.

    Each rejection, and each that completes a family's number, starts a span of its own.
    """
    if request.offer_code is None:
        return PASS
    family = offer_named(facts.offers, request.offer_code).family
    rejects = [c for c in facts.profile.contacts if c.outcome == "NOT_INTERESTED_OFFER"]
    spans = [
        (outcome_moment(c), outcome_moment(c) + terms.offer)
        for c in rejects
        if c.offer_code == request.offer_code
    ]
    of_family = sorted(outcome_moment(c) for c in rejects if _family(facts, c) == family)
    spans += [
        (last, last + terms.family)
        for last in of_family
        if sum(last - terms.family_within < at <= last for at in of_family) >= terms.family_rejects
    ]
    return outside(now, spans)


def frequency_cap(_request: Request, facts: Facts, now: datetime, terms: CapTerms) -> Verdict:
    """Whether one more contact keeps every window that holds it within the cap.

    A contact dated after `now` counts in every window that holds both, so a call that is already
    reserved for later is never pushed over the cap.
    """
    dated = sorted(c.happened_at for c in facts.profile.contacts if _counts(c, terms))

    def counted(at: datetime) -> int:
        ends = [at, *(e for e in dated if at < e < at + terms.window)]
        return max(sum(e - terms.window < ts <= e for ts in dated) for e in ends)

    found = counted(now)
    left = max(terms.at_most - found, 0)
    if found < terms.at_most:
        return Verdict(passes=True, counted=found, left=left)
    freed = (at + terms.window for at in dated)
    until = first_passing(now, freed, lambda at: counted(at) < terms.at_most)
    return Verdict(passes=False, until=until, counted=found, left=left)


def answer(
    now: datetime,
    edges: Iterable[datetime],
    passes: Callable[[datetime], bool],
    *,
    because: str | None = None,
) -> Verdict:
    """The verdict of a rule that changes its mind only at `edges`."""
    if passes(now):
        return PASS
    return Verdict(passes=False, until=first_passing(now, edges, passes), because=because)


def first_passing(
    now: datetime, edges: Iterable[datetime], passes: Callable[[datetime], bool]
) -> datetime | None:
    """The first edge after `now` at which a rule passes, if any."""
    return next((at for at in sorted(set(edges)) if at > now and passes(at)), None)


def outside(now: datetime, spans: Iterable[tuple[datetime, datetime | None]]) -> Verdict:
    """The verdict of a rule that fails within spans; one without an end fails for ever."""
    live = sorted((s for s in spans if s[1] is None or s[1] > now), key=lambda span: span[0])
    until = now
    for start, end in live:
        if start <= until:
            if end is None:
                return Verdict(passes=False)
            until = max(until, end)
    return PASS if until == now else Verdict(passes=False, until=until)


def local_zone(profile: Profile, bank_zone: str) -> str:
    """The zone of a customer's dates; the bank's where the customer's is no IANA name."""
    return profile.zone if is_zone(profile.zone) else bank_zone


def _stands(record: Consent, zone: str, at: datetime) -> bool:
    if record.action == "revoke":
        return True
    proven = bool(record.evidence_source) and bool(record.text_version)
    return proven and (record.expires_on is None or local_date(at, zone) <= record.expires_on)


def _counts(contact: PastContact, terms: CapTerms) -> bool:
    return (
        contact.state in COUNTED_STATES
        and contact.direction == "outbound"
        and contact.category in terms.categories
        and (terms.channels is None or contact.channel in terms.channels)
    )


def _family(facts: Facts, contact: PastContact) -> str | None:
    offer = facts.offers.get(contact.offer_code or "")
    return None if offer is None else offer.family


def _held(holding: Holding, zone: str, days: int) -> tuple[datetime, datetime | None]:
    """From when to when a holding stops its family, in instants."""
    free_on: list[date] = [] if holding.closed_on is None else [holding.closed_on]
    if holding.matures_on is not None:
        free_on.append(holding.matures_on - timedelta(days=days))
    end = start_of_day(min(free_on), zone) if free_on else None
    return start_of_day(holding.opened_on, zone), end
