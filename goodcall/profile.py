"""What the bank knows about a customer at the moment a decision is taken.

The features' floor gathers a Profile from the raw tables; rules and offers read it; the online
store keeps it as JSON. Only facts known before `known_before` are in it.
"""

import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args, get_type_hints


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
    """A grant, revocation, do-not-call (`dnc`) or its lifting; no channel speaks for all."""

    happened_at: datetime
    action: str
    channel: str | None = None
    purpose: str | None = None
    evidence_source: str | None = None
    text_version: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class PastContact:
    """A contact by anyone, with its state and what came of it.

    `outcome_at` is the outcome's own moment where the source tells it, else the contact's counts.
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


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint or service case; open while `closed_at` is absent."""

    kind: str
    happened_at: datetime
    closed_at: datetime | None = None
    mood: str | None = None


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


def profile_to_json(profile: Profile) -> str:
    """A profile as JSON; instants as UTC in ISO 8601, absent facts left out."""
    return json.dumps(_plain(profile), ensure_ascii=False, separators=(",", ":"))


def profile_from_json(text: str) -> Profile:
    """The profile that `profile_to_json` wrote."""
    profile: Profile = _built(Profile, json.loads(text))
    return profile


def _plain(value: Any) -> Any:  # noqa: ANN401 - a walk over any field's value
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(part) for name, part in named.items() if part is not None}
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
