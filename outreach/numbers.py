"""Numbers and addresses as the ledger keeps them: equal ones stay equal, none is readable."""

import hashlib

from goodcall.profile import Profile


def number_hash(value: str) -> str:
    """The hash under which a number or an address is kept."""
    return hashlib.sha256(value.encode()).hexdigest()


def hash_of_point(profile: Profile, point_id: int | None) -> str | None:
    """The hash of what stands behind a customer's point, None where the customer has no such."""
    return next((number_hash(p.value) for p in profile.points if p.point_id == point_id), None)
