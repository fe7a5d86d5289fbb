"""The hold-out: households drawn by a keyed hash that no proactive marketing reaches.

A draw is frozen: it keeps of which household and stratum each customer was when it was made, and
of each stratum the highest hash that was drawn. Who is in the hold-out follows from that and the
key alone, whatever becomes of the customer's tier, branch or household later.

Those with much money may be held out less often: leaving them alone costs by their assets and
teaches no more of purchases and leaving than leaving anybody alone. The cheapest hold-out of some
precision takes of each stratum by one over the root of its cost (Neyman 1934; Cochran 1977, 5.5).
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from goodcall.profile import Profile
from outreach.errors import ExperimentError

MIN_KEY_BYTES = 16
_PRINT_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Band:
    """Households with assets from so many cents on, and the share of them that is held out."""

    from_cents: int
    share: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """Households that were alike when the hold-out was drawn, and how many of them were drawn.

    `name` holds kind, assets and branch, empty where small strata were put together. `last_hash`
    is the highest hash that was drawn, empty where none was.
    """

    name: tuple[str, str, str]
    households: int
    drawn: int
    last_hash: str

    @property
    def chance(self) -> float:
        """Each household's chance of being held out."""
        return self.drawn / self.households


@dataclass(frozen=True, slots=True)
class Member:
    """A customer as the draw found him: the household, None of one alone, and its stratum."""

    household_id: int | None
    stratum: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike the hold-out and the others were in one respect when it was drawn.

    Means over customers, each stratum with the weight that it has in the bank; `difference` is that
    of the means in standard deviations (the root of the mean of both variances), None where nothing
    varies.
    """

    name: str
    held: float
    others: float
    difference: float | None


@dataclass(frozen=True, slots=True)
class Draw:
    """A hold-out that was drawn: its share, the strata, and where each customer belonged.

    `bands` are those with a share of their own, ascending.

    `members` are customers and `homes` the strata of households, as they were on `day`; of a draw
    that was read for some customers only, theirs. Without any, everyone is a newcomer.
    """

    share: float
    strata: tuple[Stratum, ...] = ()
    members: Mapping[int, Member] = field(default_factory=dict)
    homes: Mapping[int, int] = field(default_factory=dict)
    key_print: str | None = None
    day: date | None = None
    balance: tuple[Likeness, ...] = ()
    number: int | None = None
    bands: tuple[Band, ...] = ()

    def has(self, share: float, bands: Sequence[Band]) -> bool:
        """Whether it was drawn with these shares."""
        return self.share == share and self.bands == tuple(bands)


def shares_text(share: float, bands: Sequence[Band]) -> str:
    """The shares of a hold-out in words.

    >>> shares_text(0.1, [Band(60_000_000, 0.03)])
    'share 0.1 (0.03 from 60,000,000 cents on)'
    """
    less = ", ".join(f"{band.share:g} from {band.from_cents:,} cents on" for band in bands)
    return f"share {share:g} ({less})" if less else f"share {share:g}"


def in_holdout(profile: Profile, key: bytes, draw: Draw) -> bool:
    """Whether a customer is left alone: the one answer for plans, reservations and the service.

    A customer whom the draw knows stays with the household of that day. A newcomer goes with the
    household that he is in now, by its stratum where the draw knows it, else by the share.
    """
    if draw.key_print not in (None, key_print(key)):
        raise ExperimentError(
            f"the hold-out's key is not the one that draw {draw.number} was made with; put that "
            "key back, or draw anew with `goodcall outreach holdout freeze`"
        )
    member = draw.members.get(profile.customer_id)
    home = profile.household_id if member is None else member.household_id
    said = hash_of(profile.customer_id, home, key)
    stratum = draw.homes.get(home, -1) if member is None and home is not None else -1
    if member is not None:
        stratum = member.stratum
    if stratum < 0:
        return int(said[:16], 16) / 2**64 < draw.share
    return said <= draw.strata[stratum].last_hash


def hash_of(customer_id: int, household_id: int | None, key: bytes) -> str:
    """The HMAC-SHA256 of a household, or of a customer without one, in hex.

    Only the key's holder can foretell it.
    """
    _check(key)
    subject = f"customer:{customer_id}" if household_id is None else f"household:{household_id}"
    return hmac.digest(key, subject.encode(), "sha256").hex()


@lru_cache(maxsize=8)
def key_print(key: bytes) -> str:
    """What tells one key from another without telling the key."""
    _check(key)
    return hashlib.sha256(b"the hold-out's key:" + key).hexdigest()[:_PRINT_LENGTH]


def _check(key: bytes) -> None:
    if len(key) < MIN_KEY_BYTES:
        raise ExperimentError(
            f"the hold-out's key has {len(key)} bytes; give a secret of {MIN_KEY_BYTES} or more "
            "and keep it, for another key draws other households"
        )
