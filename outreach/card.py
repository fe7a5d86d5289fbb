"""The card of an opened row: what a manager needs to prepare one contact, judged this moment."""

from dataclasses import dataclass
from datetime import datetime

from goodcall.profile import CustomerTier, PastContact
from outreach.badges import badges_of, last_contacts
from outreach.decide import Decision
from outreach.offer import Offer
from outreach.policy import Policy
from outreach.request import Facts
from outreach.row_states import OPEN, ListedRow
from outreach.trail import Trail

_LAST_CONTACTS = 3
# The steps at which an offer is found not to be for this customer, or not now.
_BLOCKING = ("eligible", "applicable", "suitable", "rules")
# Says nothing about the customer: the offer is for others.
_FOR_OTHERS = "kind_not_served"


@dataclass(frozen=True, slots=True)
class Blocked:
    """An offer that must not be brought up, and the first thing against it."""

    offer: Offer
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """One row with the decision of this moment and what bears on the talk.

    `blocked` are the offers not to mention, as the day's plan found them; `last` the latest
    contacts by anyone, the newest first; `badges` are codes of BADGES; `tier` is the customer's,
    None where it is not known.
    """

    listed: ListedRow
    decision: Decision
    blocked: tuple[Blocked, ...]
    last: tuple[PastContact, ...]
    badges: tuple[str, ...]
    tier: CustomerTier | None = None

    @property
    def may_dial(self) -> bool:
        """Whether the contact may be made now: nothing became of the row, and no rule forbids."""
        fresh = self.listed.state in (*OPEN, "withheld", "rolled_over", "snoozed")
        return fresh and self.decision.verdict == "allow"


def card_of(
    listed: ListedRow,
    facts: Facts,
    decision: Decision,
    trail: Trail,
    *,
    policy: Policy,
) -> Card:
    """The card of a row, from its customer's facts, the decision of now and the day's trail."""
    return Card(
        listed=listed,
        decision=decision,
        blocked=_blocked(trail, facts, listed.row.offer_code),
        last=last_contacts(facts, _LAST_CONTACTS),
        badges=badges_of(facts, trail.day, policy.zone),
        tier=facts.profile.tier,
    )


def allowed_from(card: Card) -> datetime | None:
    """When the contact may be made: now, later, or never (None)."""
    decision = card.decision
    return decision.decided_at if decision.verdict == "allow" else decision.until


def _blocked(trail: Trail, facts: Facts, own: str | None) -> tuple[Blocked, ...]:
    """The offers of which no channel came past the rules, each with its first reason."""
    reasons: dict[str, str | None] = {}
    for attempt in trail.attempts:
        code = attempt.offer_code
        if code is None or code not in facts.offers:
            continue
        if attempt.step not in _BLOCKING:
            reasons[code] = None
        else:
            reasons.setdefault(code, attempt.reason)
    return tuple(
        Blocked(facts.offers[code], reason)
        for code, reason in sorted(reasons.items())
        if reason not in (None, _FOR_OTHERS) and code != own
    )
