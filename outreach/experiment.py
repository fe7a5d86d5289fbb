"""The hold-out: households drawn by a keyed hash that no proactive marketing reaches."""

import hashlib
import hmac

from goodcall.profile import Profile
from outreach.errors import ExperimentError

MIN_KEY_BYTES = 16


def draw(profile: Profile, key: bytes) -> float:
    """A number in [0, 1) that only the key's holder can foretell, one for a whole household.

    The first 8 bytes of HMAC-SHA256 of the household, or of a customer without one.
    """
    if len(key) < MIN_KEY_BYTES:
        raise ExperimentError(
            f"the hold-out's key has {len(key)} bytes; give a secret of {MIN_KEY_BYTES} or more "
            "and keep it, for another key draws other households"
        )
    subject = (
        f"customer:{profile.customer_id}"
        if profile.household_id is None
        else f"household:{profile.household_id}"
    )
    digest = hmac.new(key, subject.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def in_holdout(profile: Profile, key: bytes, share: float) -> bool:
    """Whether a customer's household is among the share that is left alone."""
    return draw(profile, key) < share
