"""The states of a contact: which may follow which, and how a reservation runs out by itself."""

from dataclasses import replace
from datetime import datetime

from goodcall.profile import PastContact
from outreach.request import Facts

_MADE = ("attempted", "delivered", "connected")
# Once somebody was, or may have been, disturbed, no word undoes it but that of a failed delivery.
_NEXT = {
    "planned": ("reserved", "cancelled"),
    "reserved": (*_MADE, "failed", "cancelled", "expired"),
    "attempted": (*_MADE, "failed"),
    "delivered": ("delivered", "connected", "failed"),
    "connected": ("delivered", "connected"),
    "failed": (*_MADE, "failed"),
    "cancelled": (*_MADE, "failed", "cancelled"),
    "expired": (*_MADE, "failed", "cancelled"),
}


def may_follow(before: str) -> tuple[str, ...]:
    """The states that a contact may come to from another."""
    return _NEXT[before]


def as_at(contact: PastContact, at: datetime) -> PastContact:
    """A contact as it stands at a moment: a reservation that nobody used in time has expired."""
    if contact.expires_at is None or contact.state != "reserved" or at < contact.expires_at:
        return contact
    return replace(contact, state="expired")


def ends_of(facts: Facts) -> tuple[datetime, ...]:
    """The moments, earliest first, at which reservations among the facts run out."""
    every = (facts.profile.contacts, facts.household, facts.shared)
    return tuple(
        sorted(
            {
                contact.expires_at
                for contacts in every
                for contact in contacts
                if contact.expires_at is not None and contact.state == "reserved"
            }
        )
    )


def facts_at(facts: Facts, at: datetime) -> Facts:
    """The facts with every contact as it stands at a moment."""
    return replace(
        facts,
        profile=replace(
            facts.profile, contacts=tuple(as_at(c, at) for c in facts.profile.contacts)
        ),
        household=tuple(as_at(c, at) for c in facts.household),
        shared=tuple(as_at(c, at) for c in facts.shared),
    )
