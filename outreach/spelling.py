"""The words that facts about customers may use; a misspelt one is refused, never ignored."""

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
    STOPS,
    TOLERANCES,
)
from outreach.errors import RequestError

CONSENT_WORDS = ("grant", "revoke", "dnc", "dnc_lifted")
STATUSES = ("active", "closed", "deceased", "merged")
HARD_STOPS = ("DECEASED", "MINOR", "LEGAL")
WORDS: Mapping[type[Any], Mapping[str, tuple[str, ...]]] = {
    Assessment: {"tolerance": TOLERANCES},
    Case: {"kind": ("complaint", "service"), "mood": ("low", "neutral", "satisfied")},
    Consent: {"action": CONSENT_WORDS, "channel": CHANNELS, "scope": ("marketing", "all")},
    Hold: {"kind": (*HOLDS, *STOPS)},
    Holding: {"family": FAMILIES},
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
    Preference: {"only_channels": CHANNELS},
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
