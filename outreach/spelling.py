"""The words that facts about customers may use; a misspelt one is refused, never ignored."""

import re
from collections.abc import Mapping
from typing import Any

from goodcall.profile import (
    Assessment,
    Case,
    Consent,
    Hold,
    Holding,
    PastContact,
    Pause,
    Point,
    Preference,
    Profile,
    StopLifted,
)
from goodcall.vocabulary import (
    CATEGORIES,
    CHANNELS,
    CONTACT_STATES,
    FAMILIES,
    HOLDS,
    KINDS,
    OUTCOMES,
    RISK_RATINGS,
    STOPS,
    TOLERANCES,
)
from outreach.errors import RequestError
from outreach.offer import Offer

CONSENT_WORDS = ("grant", "revoke", "dnc", "dnc_lifted")
STATUSES = ("active", "closed", "deceased", "merged")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
HARD_STOPS = ("DECEASED", "MINOR", "LEGAL")
WORDS: Mapping[type[Any], Mapping[str, tuple[str, ...]]] = {
    Assessment: {"tolerance": TOLERANCES},
    Case: {"kind": ("complaint", "service"), "mood": ("low", "neutral", "satisfied")},
    Consent: {"action": CONSENT_WORDS, "channel": CHANNELS, "scope": ("marketing", "all")},
    Hold: {"kind": (*HOLDS, *STOPS)},
    Holding: {"family": FAMILIES},
    Offer: {"family": FAMILIES, "kinds": KINDS, "risk": RISK_RATINGS},
    PastContact: {
        "channel": CHANNELS,
        "direction": ("outbound", "inbound"),
        "category": CATEGORIES,
        "state": CONTACT_STATES,
        "outcome": OUTCOMES,
        "family": FAMILIES,
    },
    Pause: {"channel": CHANNELS},
    Point: {"channel": CHANNELS},
    Preference: {"only_channels": CHANNELS, "prefers_channels": CHANNELS},
    Profile: {"kind": KINDS, "status": STATUSES},
    StopLifted: {"outcome": HARD_STOPS},
}


def check_words(said: object, where: str) -> None:
    """Refuse a fact with a word that its field does not know; `where` begins the error."""
    for name, allowed in WORDS.get(type(said), {}).items():
        value = getattr(said, name)
        for word in value if isinstance(value, tuple) else (value,):
            if word is not None and word not in allowed:
                raise RequestError(
                    f"{where}: {name} {word!r} is unknown; choose one of: {', '.join(allowed)}"
                )
    if isinstance(said, Preference):
        _check_wish(said, where)
    if isinstance(said, Pause) and said.to_on < said.from_on:
        raise RequestError(
            f"{where}: the pause ends {said.to_on} before it begins {said.from_on}; "
            "write a later to_on"
        )


def _check_wish(wish: Preference, where: str) -> None:
    """Refuse a wish that would tighten nothing, or leave no contact at all."""
    limits = (wish.at_most, wish.days)
    hours = (wish.prefers_from, wish.prefers_to)
    hints = (wish.prefers_channels, wish.prefers_from, wish.prefers_to, wish.prefers_staff)
    some = wish.at_most is not None or wish.only_channels or any(hint for hint in hints)
    if (wish.at_most is None) != (wish.days is None) or not some:
        raise RequestError(
            f"{where}: the wish says nothing that can be kept; name only_channels, or at_most with "
            "days, or what is preferred: prefers_channels, prefers_from with prefers_to, "
            "prefers_staff"
        )
    if hours != (None, None) and not _is_span(*hours):
        raise RequestError(
            f"{where}: the hours {hours[0]} to {hours[1]} are none; write prefers_from and a later "
            "prefers_to, each such as 18:00"
        )
    if any(limit is not None and limit < 1 for limit in limits):
        raise RequestError(
            f"{where}: at_most {wish.at_most} in {wish.days} days; write whole numbers of 1 or "
            "more, or a pause or dnc where nothing is wanted"
        )


def _is_span(begins: str | None, ends: str | None) -> bool:
    """Whether two times of day are written as 18:00, the second after the first."""
    return (
        begins is not None
        and ends is not None
        and all(_TIME.fullmatch(each) for each in (begins, ends))
        and begins < ends
    )
