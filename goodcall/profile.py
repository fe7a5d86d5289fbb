"""What the bank knows about a customer at the moment a decision is taken.

The features' floor gathers a Profile from the raw tables; rules and offers read it; the online
store keeps it as JSON. Only facts known before `known_before` are in it.
"""

import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar, get_args, get_type_hints

from goodcall.language import Text
from goodcall.phones import one_spelling

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Point:
    """A number or address; `value` is personal and leaves the house masked only.

    `since` is when it first became one of the customer's, where the source tells.
    """

    point_id: int
    channel: str
    value: str
    valid: bool
    verified_on: date | None = None
    since: datetime | None = None

    @property
    def rings(self) -> bool:
        """A number rings or takes messages; an address does neither."""
        return self.channel in ("phone", "sms")

    @property
    def number(self) -> str:
        """The number or address in one spelling: equal ones are equal, however they were typed."""
        return one_spelling(self.value) if self.rings else self.value


@dataclass(frozen=True, slots=True)
class Assessment:
    """Risk tolerance C1 to C5 and its last valid local day."""

    tolerance: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Holding:
    """A product the customer holds now or held before (`closed_on` is set)."""

    product_id: int
    family: str
    opened_on: date
    closed_on: date | None = None
    matures_on: date | None = None
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A grant, revocation, do-not-call (`dnc`) or its lifting; no channel speaks for all.

    A `dnc` with `scope` `all` stops service messages too. `part` is the customer who said it, where
    that customer has since been merged into this one.
    """

    happened_at: datetime
    action: str
    channel: str | None = None
    purpose: str | None = None
    evidence_source: str | None = None
    text_version: str | None = None
    expires_on: date | None = None
    topic: str | None = None
    scope: str | None = None
    part: int | None = None


@dataclass(frozen=True, slots=True)
class PastContact:
    """A contact by anyone, with its state and what came of it.

    `outcome_at` is the outcome's own moment where the source tells it, else the contact's counts.
    `family`, `tags` and `household_id` are the offer's and the customer's as they were then;
    `at_local` is the wall clock, such as 2026-06-08T10:00, that the contact was scheduled for;
    `part` is the customer it was with, where that one has since been merged into this one;
    `expires_at` is when a reservation that nobody uses counts no more, None where it always does.
    """

    contact_id: str
    happened_at: datetime
    channel: str
    direction: str
    category: str
    state: str
    purpose: str | None = None
    offer_code: str | None = None
    outcome: str | None = None
    outcome_at: datetime | None = None
    point_id: int | None = None
    request_id: str | None = None
    family: str | None = None
    tags: tuple[str, ...] = ()
    household_id: int | None = None
    account_id: int | None = None
    lead_id: str | None = None
    run_id: str | None = None
    at_local: str | None = None
    part: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint or service case; open while `closed_at` is absent."""

    kind: str
    happened_at: datetime
    closed_at: datetime | None = None
    mood: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """An order to stop (`legal`, `aml`, `fraud`), or a circumstance that asks for rest.

    Such are `bereavement`, `vulnerability`, `litigation` and `collections`; either lasts while
    `ended_at` is absent.
    """

    kind: str
    happened_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Days, both included, on which the customer wants no marketing; no channel means all."""

    from_on: date
    to_on: date
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class NeverOffer:
    """The customer's word that an offer must not be made again."""

    offer_code: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """The customer's own word that a point is right."""

    point_id: int
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class StopLifted:
    """The end of a check that found a death, a minor or a lawsuit not to be so."""

    outcome: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """A colleague's word that the customer is not to be approached before `until`.

    Of several the last one said stands. `request_id` is the row of the list that it was said of.
    """

    happened_at: datetime
    until: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """Another customer record, `part`, turned out to be this customer's."""

    part: int
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Preference:
    """What the customer asks for beyond the bank's rules, which it can only tighten.

    Only these channels, or at most so many contacts in so many days. What is merely preferred binds
    nobody: `prefers_channels`, the hours from `prefers_from` to `prefers_to` on the customer's
    clock (such as 18:00), or the staff id of a colleague, `prefers_staff`.
    """

    id: str | None = None
    only_channels: tuple[str, ...] = ()
    at_most: int | None = None
    days: int | None = None
    prefers_channels: tuple[str, ...] = ()
    prefers_from: str | None = None
    prefers_to: str | None = None
    prefers_staff: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerTier:
    """The tier that the bank's rules computed for the customer, by its code, and what it is called.

    It says how a customer is served, and decides nothing.
    """

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer as known strictly before `known_before` (a UTC instant).

    `zone` is the customer's zone, else the branch's, else the bank's. What the source lacks is
    None or empty, never a guess.
    """

    customer_id: int
    known_before: datetime
    kind: str
    status: str
    zone: str
    name: str | None = None
    birth_date: date | None = None
    stated_age: int | None = None
    household_id: int | None = None
    branch_id: int | None = None
    manager_id: int | None = None
    opened_on: date | None = None
    profiling_opt_out: bool = False
    overdue_since: date | None = None
    assessment: Assessment | None = None
    points: tuple[Point, ...] = ()
    holdings: tuple[Holding, ...] = ()
    consents: tuple[Consent, ...] = ()
    contacts: tuple[PastContact, ...] = ()
    cases: tuple[Case, ...] = ()
    holds: tuple[Hold, ...] = ()
    pauses: tuple[Pause, ...] = ()
    never_offers: tuple[NeverOffer, ...] = ()
    verified: tuple[Verified, ...] = ()
    lifted: tuple[StopLifted, ...] = ()
    preferences: tuple[Preference, ...] = ()
    merges: tuple[Merge, ...] = ()
    tier: CustomerTier | None = None
    snoozes: tuple[Snooze, ...] = ()


def profile_to_json(profile: Profile) -> str:
    """A profile as JSON; instants as UTC in ISO 8601, absent facts left out."""
    return json.dumps(_plain(profile), ensure_ascii=False, separators=(",", ":"))


def profile_from_json(text: str) -> Profile:
    """The profile that `profile_to_json` wrote."""
    profile: Profile = _built(Profile, json.loads(text))
    return profile


def part_to_json(part: Any) -> str:  # noqa: ANN401 - any of a profile's parts
    """One part of a profile, such as a Consent, as JSON."""
    return json.dumps(_plain(part), ensure_ascii=False, separators=(",", ":"))


def part_from_json(kind: type[T], text: str) -> T:
    """The part that `part_to_json` wrote."""
    part: T = _built(kind, json.loads(text))
    return part


def _plain(value: Any) -> Any:  # noqa: ANN401 - a walk over any field's value
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(part) for name, part in named.items() if part not in (None, ())}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _built(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a walk over any field's type
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _built(hints[name], part) for name, part in value.items()})  # type: ignore[operator]
    arguments = get_args(kind)
    if type(None) in arguments:
        return _built(next(a for a in arguments if a is not type(None)), value)
    if isinstance(value, list):
        return tuple(_built(arguments[0], part) for part in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind is date else value
