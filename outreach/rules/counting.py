"""Which contacts a cap or a gap counts, and what one request would add to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from goodcall.calendar import start_of_day
from goodcall.profile import PastContact
from goodcall.section import Section
from goodcall.vocabulary import CATEGORIES, COUNTED_STATES, FAMILIES
from outreach.offer import offer_named
from outreach.request import Facts, Request
from outreach.rules.answers import Place, family_of

# Channels that reach somebody at a number or an address.
NEED_POINT = frozenset({"phone", "sms", "email"})
SCOPES = ("customer", "contact_point", "household", "offer", "group", "account")


@dataclass(frozen=True, slots=True)
class Counting:
    """What a contact must be like to be counted.

    `per` is the subject within which contacts are counted. The filters (None for all) say which
    requests the rule is about and which contacts count; a contact is taken as it was when it was
    made. `states` are those that count; contacts before `since` do not.
    """

    categories: frozenset[str]
    channels: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    families: frozenset[str] | None = None
    offers: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    per: str = "customer"
    states: frozenset[str] = frozenset(COUNTED_STATES)
    once: bool = False
    same_run: bool = False
    since: datetime | None = None

    @property
    def by_offer(self) -> bool:
        """Whether it matters what is offered."""
        return bool(self.families or self.offers or self.tags) or self.per in {"offer", "group"}

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields of a request that the count depends on."""
        needed = {
            "offer_code": self.by_offer,
            "purpose": self.purposes is not None,
            "point_id": self.per == "contact_point",
            "channel": self.per == "contact_point" or self.channels is not None,
            "account_id": self.per == "account",
            "run_id": self.same_run,
            "request_id": "planned" in self.states,
        }
        return tuple(name for name, need in needed.items() if need)


def read_counting(
    section: Section,
    place: Place,
    *,
    scopes: tuple[str, ...] = SCOPES,
    planned: bool = False,
    same_run: bool = False,
) -> Counting:
    """The filters and the scope that a rule's table says."""
    any_attempt = section.optional(
        "attempt_counts", partial(section.text, among=("any", "connected"))
    )
    states = set(COUNTED_STATES) | ({"planned"} if planned else set())
    exempt = section.optional("counts_toward_caps", section.flag)
    channels = section.optional("multi_channel", partial(section.text, among=_MULTI))
    return Counting(
        categories=frozenset(CATEGORIES) if exempt else place.categories,
        channels=place.channels,
        purposes=_words(section, "purposes", None),
        families=_words(section, "families", FAMILIES),
        offers=_words(section, "offers", None),
        tags=_words(section, "tags", place.tags),
        per=section.optional("per", partial(section.text, among=scopes)) or "customer",
        states=frozenset(states - ({"attempted"} if any_attempt == "connected" else set())),
        once=channels == "once",
        same_run=same_run,
        since=_since(section, place),
    )


def concerns(request: Request, facts: Facts, counting: Counting) -> bool:
    """Whether a request is one of those that are capped."""
    if counting.purposes is not None and (request.purpose or "marketing") not in counting.purposes:
        return False
    if counting.per == "account" and request.account_id is None:
        return False
    if not counting.by_offer:
        return True
    if request.offer_code is None:
        return False
    offer = offer_named(facts.offers, request.offer_code)
    return (
        (counting.families is None or offer.family in counting.families)
        and (counting.offers is None or offer.code in counting.offers)
        and (counting.tags is None or not counting.tags.isdisjoint(offer.tags))
    )


def subjects(request: Request, facts: Facts, counting: Counting) -> list[tuple[Request, int]]:
    """For whom a request is counted, and how many contacts it would add for each.

    By contact point that is each number that it goes to; else there is one subject.
    """
    if counting.per != "contact_point":
        return [(request, adds(request, counting))]
    legs = [
        leg
        for leg in request.legs
        if (counting.channels is None or leg.channel in counting.channels)
        and (leg.point_id is not None or leg.channel in NEED_POINT)
    ]
    numbers = [same_number(leg, facts) for leg in legs]
    return [
        (leg, min(numbers.count(own), 1) if counting.once else numbers.count(own))
        for leg, own in zip(legs, numbers, strict=True)
    ]


def adds(request: Request, counting: Counting) -> int:
    """How many contacts a request would add: one for each of its channels, or one in all."""
    bound = [
        leg for leg in request.legs if counting.channels is None or leg.channel in counting.channels
    ]
    return min(len(bound), 1) if counting.once else len(bound)


def counted(request: Request, facts: Facts, counting: Counting) -> list[datetime]:
    """When the contacts that count were made, earliest first."""
    found = [c for c in _of_subject(request, facts, counting) if _counts(c, facts, counting)]
    if "planned" in counting.states:
        found = [c for c in found if not _own_plan(c, request)]
    if counting.same_run:
        found = [c for c in found if request.run_id is not None and c.run_id == request.run_id]
    if counting.once:
        return sorted({(c.request_id or c.contact_id): c.happened_at for c in found}.values())
    return sorted(c.happened_at for c in found)


def same_number(request: Request, facts: Facts) -> frozenset[int]:
    """The customer's point ids that lead to the number or address that a request names."""
    points = facts.profile.points
    number = next((p.number for p in points if p.point_id == request.point_id), None)
    return frozenset(p.point_id for p in points if p.number == number)


def _of_subject(request: Request, facts: Facts, counting: Counting) -> Iterable[PastContact]:
    mine = facts.profile.contacts
    match counting.per:
        case "household":
            return (*mine, *facts.household)
        case "contact_point":
            same = same_number(request, facts)
            # A call that names no number may have gone to this one.
            others = {c.contact_id: c for c in facts.shared if c.point_id in same}
            return (
                *(c for c in mine if c.point_id in same or c.point_id is None),
                *others.values(),
            )
        case "offer":
            return (c for c in mine if c.offer_code == request.offer_code)
        case "group":
            family = offer_named(facts.offers, request.offer_code or "").family
            return (c for c in mine if family_of(facts, c) == family)
        case "account":
            return (c for c in mine if c.account_id == request.account_id)
        case _:
            return mine


def _counts(contact: PastContact, facts: Facts, counting: Counting) -> bool:
    return (
        contact.state in counting.states
        and contact.direction == "outbound"
        and contact.category in counting.categories
        and (counting.channels is None or contact.channel in counting.channels)
        and (counting.since is None or contact.happened_at >= counting.since)
        and (counting.purposes is None or (contact.purpose or "marketing") in counting.purposes)
        and (counting.offers is None or contact.offer_code in counting.offers)
        and (counting.families is None or family_of(facts, contact) in counting.families)
        and (counting.tags is None or not counting.tags.isdisjoint(_tags(facts, contact)))
    )


def _tags(facts: Facts, contact: PastContact) -> tuple[str, ...]:
    """The tags of a contact's offer: as they were then where its family was kept with them."""
    if contact.tags or contact.family is not None:
        return contact.tags
    offer = facts.offers.get(contact.offer_code or "")
    return () if offer is None else offer.tags


def _own_plan(contact: PastContact, request: Request) -> bool:
    # What follows # tells further attempts at a planned row apart.
    return contact.state == "planned" and contact.request_id == request.request_id.partition("#")[0]


def _words(section: Section, key: str, among: Iterable[str] | None) -> frozenset[str] | None:
    said = section.optional(key, partial(section.texts, among=among))
    if said is None:
        return None
    if not said:
        raise section.refuse(
            f"{key} is an empty list", "name one or more, or leave it out", key=key
        )
    return frozenset(said)


def _since(section: Section, place: Place) -> datetime | None:
    """From when on contacts count: always, unless the rule says not to look back."""
    looks_back = section.optional("look_back", section.flag)
    since = section.optional("since", section.day)
    if (looks_back is False) != (since is not None):
        raise section.refuse(
            "look_back and since say different things",
            "write look_back = false with since = 2026-06-01, or neither: a rule counts what "
            "happened before it was made",
            key="since" if since is not None else "look_back",
        )
    return None if since is None else start_of_day(since, place.zone)


_MULTI = ("per_channel", "once")
