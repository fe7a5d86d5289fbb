"""What is asked of the contact policy, what it may know, and what a rule answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from goodcall.profile import Case, Consent, PastContact, Profile
from goodcall.vocabulary import CATEGORIES, CHANNELS
from outreach.errors import RequestError
from outreach.offer import Offer


@dataclass(frozen=True, slots=True)
class Request:
    """A question: may this customer be contacted, by this channel, for this.

    A request without `purpose` asks for purpose `marketing`. `selection` says whether a model
    chose the customer (`personal`) or not (`general`). `direction` is `inbound` where the customer
    came to the bank.
    """

    request_id: str
    customer_id: int
    channel: str
    category: str = "marketing"
    purpose: str | None = None
    offer_code: str | None = None
    point_id: int | None = None
    direction: str = "outbound"
    selection: str = "personal"

    def __post_init__(self) -> None:
        for field, allowed in _ALLOWED.items():
            if getattr(self, field) not in allowed:
                raise RequestError(
                    f"request {self.request_id!r}: {field} {getattr(self, field)!r} is unknown; "
                    f"choose one of: {', '.join(allowed)}"
                )


_ALLOWED = {
    "channel": CHANNELS,
    "category": CATEGORIES,
    "direction": ("outbound", "inbound"),
    "selection": ("personal", "general"),
}


@dataclass(frozen=True, slots=True)
class PointMark:
    """What someone said or what was found on the number behind a customer's contact point."""

    point_id: int
    customer_id: int
    channel: str
    code: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows about one customer beyond the bank's own tables."""

    contacts: tuple[PastContact, ...] = ()
    consents: tuple[Consent, ...] = ()
    cases: tuple[Case, ...] = ()
    marks: tuple[PointMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision may rest on: the profile with the ledger's history, offers, hold-out."""

    profile: Profile
    offers: Mapping[str, Offer]
    holdout: bool = False
    marks: tuple[PointMark, ...] = ()


def facts_of(
    profile: Profile,
    offers: Mapping[str, Offer],
    *,
    holdout: bool,
    history: History | None = None,
) -> Facts:
    """The facts of one customer; of a contact that both know, the ledger's state counts."""
    if history is None:
        return Facts(profile, offers, holdout)
    fresher = {contact.contact_id for contact in history.contacts}
    merged = replace(
        profile,
        contacts=(
            *(c for c in profile.contacts if c.contact_id not in fresher),
            *history.contacts,
        ),
        consents=(*profile.consents, *history.consents),
        cases=(*profile.cases, *history.cases),
    )
    return Facts(merged, offers, holdout, history.marks)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule answers at one moment.

    `until` is the first later instant at which this rule alone would pass if no further fact
    arrived, None where there is none or the rule passes; `counted` and `left` are what a rule that
    counts found before this request; `because` is a code that says more than the rule's id.
    """

    passes: bool
    until: datetime | None = None
    counted: int | None = None
    left: int | None = None
    because: str | None = None


PASS = Verdict(passes=True)


def outcome_moment(contact: PastContact) -> datetime:
    """When a contact's outcome was given: its own moment, else the contact's."""
    return contact.outcome_at or contact.happened_at


def check_moment(now: datetime) -> None:
    """Refuse a moment without a zone or finer than a second."""
    if now.utcoffset() is None:
        raise RequestError(f"moment {now.isoformat()} has no zone; give a UTC instant")
    if now.microsecond:
        raise RequestError(
            f"moment {now.isoformat()} is finer than a second; give whole seconds "
            f"such as {(now - timedelta(microseconds=now.microsecond)).isoformat()}"
        )
