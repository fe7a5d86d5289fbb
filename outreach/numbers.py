"""Numbers and addresses as a plan speaks of them: equal ones are equal, however they are spelt.

Few numbers exist, so such a hash is soon undone: a sealed ledger keeps none, but a pseudonym of it
under a key (`seals.py`).
"""

import hashlib
from collections.abc import Iterable

from goodcall.profile import Point, Profile


def number_hash(value: str) -> str:
    """The hash of a number in its one spelling, or of an address."""
    return hashlib.sha256(value.encode()).hexdigest()


def hash_of_point(profile: Profile, point_id: int | None) -> str | None:
    """The hash of what stands behind a customer's point, None where the customer has no such."""
    return next((number_hash(p.number) for p in profile.points if p.point_id == point_id), None)


def hashes_of(points: Iterable[Point]) -> set[str]:
    """The hashes under which the ledger may know what stands behind points."""
    return {number_hash(each) for point in points for each in spellings_of(point)}


def spellings_of(point: Point) -> set[str]:
    """A number's one spelling, and the one that it was typed in: earlier releases kept that."""
    return {point.number, point.value}
