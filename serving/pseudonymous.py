"""Customers named by pseudonym: found inside, and never named by number to who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import numpy as np
import numpy.typing as npt

from features.errors import StaleSnapshot, StoreUnreachable
from features.online import OnlineStore
from features.online_people import OnlinePeople
from governance.pseudonyms import SHOWN_BYTES, Pseudonyms, digest_in
from serving.errors import NotReady, ObjectsToProfiling, UnknownCustomer

_UNKNOWN = (
    "no customer of the snapshot has this pseudonym; ask with one that was made under the key of "
    "pseudonyms that this service has now"
)
_OBJECTS = "this customer objects to profiling, so no score is made; ask about another"
_DIGEST = np.dtype(f"S{SHOWN_BYTES}")


class Finder:
    """Knows whose a pseudonym is in the snapshot that stands; any thread may ask.

    The first question after a snapshot was published makes every customer's pseudonym, and the
    others wait for it. They take 23 bytes a customer until another snapshot is asked about.
    """

    def __init__(self) -> None:
        self._alone = Lock()
        self._made: _Made | None = None

    def number(self, store: OnlineStore, keyed: Pseudonyms, pseudonym: str) -> int:
        """The number of a customer named by pseudonym; UnknownCustomer where it is nobody's."""
        people = store.people
        try:
            found = self._standing(people, keyed).number(digest_in(pseudonym))
        except StaleSnapshot as error:
            raise NotReady("stale_snapshot", str(error)) from error
        except StoreUnreachable as error:
            raise NotReady("no_snapshot", str(error)) from error
        if found is None:
            raise UnknownCustomer(_UNKNOWN)
        return found

    def _standing(self, people: OnlinePeople, keyed: Pseudonyms) -> "_Made":
        edition = people.edition()
        with self._alone:
            if self._made is None or self._made.edition != edition:
                # The old ones go before the new ones come.
                self._made = None
                self._made = _made(edition, people.everyone(), keyed)
            return self._made


@contextmanager
def unnumbered() -> Iterator[None]:
    """Errors about the customer within, told without the number."""
    try:
        yield
    except ObjectsToProfiling:
        raise ObjectsToProfiling(_OBJECTS) from None
    except UnknownCustomer:
        raise UnknownCustomer(_UNKNOWN) from None


@dataclass(frozen=True, slots=True)
class _Made:
    """The pseudonyms of an edition's customers in their order, and whose each is."""

    edition: object
    digests: npt.NDArray[np.bytes_]
    numbers: npt.NDArray[np.int64]

    def number(self, digest: bytes) -> int | None:
        """The customer of a pseudonym, if any."""
        sought = np.array(digest, _DIGEST)
        place = int(np.searchsorted(self.digests, sought))
        if place == len(self.digests) or self.digests[place] != sought:
            return None
        return int(self.numbers[place])


def _made(edition: object, customers: tuple[int, ...], keyed: Pseudonyms) -> _Made:
    made = (keyed.digest("customer_id", each) for each in customers)
    digests = np.fromiter(made, _DIGEST, len(customers))
    order = np.argsort(digests)
    return _Made(edition, digests[order], np.array(customers, np.int64)[order])
