"""Who was contacted to be kept, what they said of leaving, and which contacts saved them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from outreach import LoggedContact, Span

RETENTION = "retention"
STAYS, LEAVES = "SAVED", "LEAVING_CONFIRMED"


def retained(span: Span) -> tuple[LoggedContact, ...]:
    """The first contact of the span with each customer that was made to keep him."""
    first: dict[int, LoggedContact] = {}
    for contact in sorted(span.made, key=_order):
        if contact.purpose == RETENTION:
            first.setdefault(contact.customer_id, contact)
    return tuple(first[who] for who in sorted(first))


def leavers(span: Span) -> frozenset[int]:
    """Who of those contacted to be kept said last that they leave, from that contact on."""
    heard = _heard(span)
    found = set()
    for begun in retained(span):
        words = [each for each in heard[begun.customer_id] if _order(each) >= _order(begun)]
        if words and _word(words[-1]) == LEAVES:
            found.add(begun.customer_id)
    return frozenset(found)


def saves_of(span: Span, days: int) -> tuple[LoggedContact, ...]:
    """The contacts of the span that saved a customer, in the order in which they began.

    One was made to keep the customer, the last that was told of it about leaving is `SAVED`, and no
    contact that began up to so many days later was told anything of it: that one counts instead, or
    says that the customer leaves. Spans side by side, with contacts so many days after, add up.
    """
    found = []
    for contacts in _heard(span).values():
        for contact, later in zip(contacts, [*contacts[1:], None], strict=True):
            stands = later is None or later.day > contact.day + timedelta(days)
            ours = contact.made and contact.purpose == RETENTION and contact.day <= span.last
            if ours and stands and _word(contact) == STAYS:
                found.append(contact)
    return tuple(sorted(found, key=_order))


def _heard(span: Span) -> Mapping[int, list[LoggedContact]]:
    """The contacts in which each customer said something of leaving, as they began."""
    found: dict[int, list[LoggedContact]] = defaultdict(list)
    for contact in sorted(span.contacts, key=_order):
        if _word(contact) is not None:
            found[contact.customer_id].append(contact)
    return found


def _word(contact: LoggedContact) -> str | None:
    """The last that was told of a contact about leaving."""
    return next((each for each in reversed(contact.said) if each in (STAYS, LEAVES)), None)


def _order(contact: LoggedContact) -> tuple[int, int]:
    return (contact.day.toordinal(), contact.contact_id)
