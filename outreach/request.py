"""What is asked of the contact policy, what it may know, and what a rule answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from goodcall.profile import (
    Case,
    Consent,
    Hold,
    Merge,
    NeverOffer,
    PastContact,
    Pause,
    Preference,
    Profile,
    Snooze,
    StopLifted,
    Verified,
)
from goodcall.vocabulary import CATEGORIES, CHANNELS
from outreach.customer_facts import Row
from outreach.errors import RequestError
from outreach.offer import Offer


@dataclass(frozen=True, slots=True)
class Leg:
    """One more channel of an action that goes out by several at once, and the point it goes to."""

    channel: str
    point_id: int | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Who takes it upon them that some rules do not count this once, and why."""

    approver: str
    reason: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A question: may this customer be contacted, by this channel, for this.

    A request without `purpose` asks for purpose `marketing`. `selection` says whether a model
    chose the customer (`personal`) or not (`general`). `direction` is `inbound` where the customer
    came to the bank; an outbound request that the customer asked for is not `proactive`. `also`
    are further channels of the same action, which are allowed together or not at all. `answers` is
    the contact in which the customer asked to be called back or made an appointment; `at_local` the
    wall clock that the contact is scheduled for, such as 2026-06-08T10:00.
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
    topic: str | None = None
    also: tuple[Leg, ...] = ()
    proactive: bool = True
    queued_at: datetime | None = None
    at_local: str | None = None
    answers: str | None = None
    lead_id: str | None = None
    run_id: str | None = None
    account_id: int | None = None
    override: Override | None = None

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            self._among(name, getattr(self, name), allowed)
        for leg in self.also:
            self._among("channel", leg.channel, CHANNELS)
        if len({self.channel, *(leg.channel for leg in self.also)}) <= len(self.also):
            raise RequestError(
                f"request {self.request_id!r} names a channel twice; name each channel once"
            )
        if self.queued_at is not None:
            check_moment(self.queued_at)
        if self.at_local is not None:
            self._check_wall()
        if self.override is not None:
            self._check_override(self.override)

    @property
    def legs(self) -> tuple["Request", ...]:
        """The request by each of its channels alone."""
        if not self.also:
            return (self,)
        first = replace(self, also=())
        more = (replace(first, channel=leg.channel, point_id=leg.point_id) for leg in self.also)
        return (first, *more)

    def _among(self, name: str, said: str, allowed: tuple[str, ...]) -> None:
        if said not in allowed:
            raise RequestError(
                f"request {self.request_id!r}: {name} {said!r} is unknown; "
                f"choose one of: {', '.join(allowed)}"
            )

    def _check_wall(self) -> None:
        said = str(self.at_local)
        try:
            wall = datetime.fromisoformat(said)
        except ValueError:
            wall = None
        if wall is None or wall.tzinfo is not None or wall.isoformat(timespec="minutes") != said:
            raise RequestError(
                f"request {self.request_id!r}: at_local {said!r} is no wall clock; write it to the "
                "minute and without a zone, such as 2026-06-08T10:00"
            )

    def _check_override(self, override: Override) -> None:
        for name in ("approver", "reason"):
            if not getattr(override, name).strip():
                raise RequestError(
                    f"request {self.request_id!r}: the override has no {name}; "
                    "name who approves it and why"
                )
        if not override.rules:
            raise RequestError(
                f"request {self.request_id!r}: the override names no rule; name one or more"
            )


_ALLOWED = {
    "channel": CHANNELS,
    "category": CATEGORIES,
    "direction": ("outbound", "inbound"),
    "selection": ("personal", "general"),
}


@dataclass(frozen=True, slots=True)
class PointMark:
    """What someone said or what was found on the number behind a customer's contact point.

    No channel speaks for all.
    """

    point_id: int
    customer_id: int
    channel: str | None
    code: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows about one customer beyond the bank's own tables.

    `merged_away` is set where the customer has been merged into another; `split_at` is when the
    customer last came out of a split, which no grant survives.
    """

    contacts: tuple[PastContact, ...] = ()
    consents: tuple[Consent, ...] = ()
    cases: tuple[Case, ...] = ()
    marks: tuple[PointMark, ...] = ()
    heard: tuple[PastContact, ...] = ()
    household: tuple[PastContact, ...] = ()
    shared: tuple[PastContact, ...] = ()
    holds: tuple[Hold, ...] = ()
    pauses: tuple[Pause, ...] = ()
    never_offers: tuple[NeverOffer, ...] = ()
    verified: tuple[Verified, ...] = ()
    lifted: tuple[StopLifted, ...] = ()
    preferences: tuple[Preference, ...] = ()
    merges: tuple[Merge, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    merged_away: bool = False
    split_at: datetime | None = None

    def onto(self, profile: Profile) -> Profile:
        """The profile with all this history; of a contact that both know this one counts."""
        fresher = {contact.contact_id for contact in (*self.contacts, *self.heard)}
        old = (c for c in profile.contacts if c.contact_id not in fresher)
        newer = {(case.kind, case.happened_at) for case in self.cases}
        consents = (*profile.consents, *self.consents)
        if self.split_at is not None:
            split = self.split_at
            consents = tuple(c for c in consents if c.action != "grant" or c.happened_at > split)
        return replace(
            profile,
            status="merged" if self.merged_away else profile.status,
            contacts=(*old, *self.contacts),
            consents=consents,
            cases=(
                *(c for c in profile.cases if (c.kind, c.happened_at) not in newer),
                *self.cases,
            ),
            holds=(*profile.holds, *self.holds),
            pauses=(*profile.pauses, *self.pauses),
            never_offers=(*profile.never_offers, *self.never_offers),
            verified=(*profile.verified, *self.verified),
            lifted=(*profile.lifted, *self.lifted),
            preferences=(*profile.preferences, *self.preferences),
            merges=(*profile.merges, *self.merges),
            snoozes=(*profile.snoozes, *self.snoozes),
        )


@dataclass(frozen=True, slots=True)
class Volume:
    """How much of a bank's, branch's or manager's volume is used at a moment, and its limit.

    `frees_at` is when the request would fit if nothing were added, absent where that is not known.
    """

    used: int
    limit: int
    frees_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision may rest on: the profile with the ledger's history, offers, hold-out.

    `heard` are outcomes of the profile's contacts that later outcomes followed; `household` are
    contacts of the customer's household with others, `shared` those with others on the customer's
    numbers, under the customer's own point ids; `volumes` are by the id of the rule that caps them;
    `row` holds the customer's features of the day, None where they are not at hand. `stand_in` is
    the colleague on whose list the customer stands while the own manager is away.
    """

    profile: Profile
    offers: Mapping[str, Offer]
    holdout: bool = False
    marks: tuple[PointMark, ...] = ()
    heard: tuple[PastContact, ...] = ()
    household: tuple[PastContact, ...] = ()
    shared: tuple[PastContact, ...] = ()
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    row: Row | None = None
    stand_in: int | None = None

    @property
    def served_by(self) -> int | None:
        """The manager whose contact it would be: whoever stands in, else the customer's own."""
        return self.profile.manager_id if self.stand_in is None else self.stand_in

    @property
    def outcomes(self) -> Iterable[PastContact]:
        """Every contact with an outcome, once for each outcome that it had."""
        for contact in (*self.profile.contacts, *self.heard):
            if contact.outcome is not None:
                yield contact


def facts_of(
    profile: Profile,
    offers: Mapping[str, Offer],
    *,
    holdout: bool,
    history: History | None = None,
    volumes: Mapping[str, Volume] | None = None,
    row: Row | None = None,
) -> Facts:
    """The facts of one customer; of a contact that both know, the ledger's state counts."""
    if history is None:
        return Facts(profile, offers, holdout, volumes=volumes or {}, row=row)
    merged = history.onto(profile)
    return Facts(
        profile=merged,
        offers=offers,
        holdout=holdout,
        marks=history.marks,
        heard=history.heard,
        household=history.household,
        shared=history.shared,
        volumes=volumes or {},
        row=row,
    )


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
