"""What earlier answers do to the next propensity: much at first, half as much a half-life later."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, cast

from goodcall.profile import PastContact
from goodcall.section import Section
from goodcall.vocabulary import OUTCOMES
from outreach.offer import Offer
from outreach.parameter import Fading, read_fading
from outreach.request import Facts, outcome_moment
from outreach.scope import Scope, read_scope

_OF = ("offer", "family", "customer")
_MOST = 10.0


@dataclass(frozen=True, slots=True)
class Influence:
    """By how much some outcomes multiply a propensity at first, and how fast that fades.

    `of` says whether an outcome bears on its own offer, on its family, or on all offers in `scope`.
    """

    id: str
    outcomes: frozenset[str]
    scope: Scope
    of: Literal["offer", "family", "customer"]
    fading: Fading


@dataclass(frozen=True, slots=True)
class Trace:
    """An outcome that still bears on a customer's propensities: by which influence, how much."""

    influence: Influence
    offer_code: str | None
    family: str | None
    factor: float

    def bears_on(self, offer: Offer) -> bool:
        """Whether it multiplies the propensity of an offer."""
        own = {"offer": self.offer_code == offer.code, "family": self.family == offer.family}
        return own.get(self.influence.of, True) and self.influence.scope.covers(offer)


@dataclass(frozen=True, slots=True)
class Sway:
    """The factor that earlier answers put on a propensity, and each influence's share of it."""

    factor: float
    traces: tuple[tuple[str, float], ...]
    assumed: bool


NO_SWAY = Sway(1.0, (), assumed=False)


def read_influence(section: Section) -> Influence:
    """One [[influence]] of a policy file."""
    influence = Influence(
        id=section.text("id"),
        outcomes=frozenset(section.texts("outcomes", OUTCOMES)),
        scope=read_scope(section),
        of=cast(
            "Literal['offer', 'family', 'customer']",
            section.optional("of", partial(section.text, among=_OF)) or "offer",
        ),
        fading=read_fading(section, _MOST),
    )
    section.done()
    return influence


def traces_of(facts: Facts, influences: Sequence[Influence], now: datetime) -> tuple[Trace, ...]:
    """Every outcome up to `now` that bears on what a customer is likely to want."""
    if not influences:
        return ()
    return tuple(
        Trace(
            influence,
            contact.offer_code,
            _family(contact, facts),
            influence.fading.at(now - outcome_moment(contact)),
        )
        for contact in facts.outcomes
        if outcome_moment(contact) <= now
        for influence in influences
        if contact.outcome in influence.outcomes
    )


def sway_of(traces: Iterable[Trace], offer: Offer) -> Sway:
    """What earlier answers do to the propensity of an offer; several outcomes multiply."""
    found: dict[str, float] = {}
    assumed = False
    for trace in traces:
        if trace.bears_on(offer):
            name = trace.influence.id
            found[name] = found.get(name, 1.0) * trace.factor
            assumed |= trace.influence.fading.assumed
    if not found:
        return NO_SWAY
    return Sway(math.prod(found.values()), tuple(found.items()), assumed)


def _family(contact: PastContact, facts: Facts) -> str | None:
    """The family of what a contact offered, as frozen on it or else as the offer is now."""
    if contact.family is not None or contact.offer_code is None:
        return contact.family
    offer = facts.offers.get(contact.offer_code)
    return None if offer is None else offer.family
