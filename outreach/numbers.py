"""Numbers and addresses as a plan speaks of them: equal ones stay equal.

Few numbers exist, so such a hash is soon undone: a sealed ledger keeps none, but a pseudonym of it
under a key (`seals.py`).
"""

import hashlib

from goodcall.profile import Profile


def number_hash(value: str) -> str:
    """The hash of a number or an address."""
    return hashlib.sha256(value.encode()).hexdigest()


def hash_of_point(profile: Profile, point_id: int | None) -> str | None:
    """The hash of what stands behind a customer's point, None where the customer has no such."""
    return next((number_hash(p.value) for p in profile.points if p.point_id == point_id), None)
