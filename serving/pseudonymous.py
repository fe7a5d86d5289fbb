"""Customers named by pseudonym: found inside, and never named by number to who asks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from features.errors import StoreUnreachable
from governance.pseudonyms import Pseudonyms
from serving.asking import Door, gate_of, shelf_of
from serving.errors import NotReady, ObjectsToProfiling, UnknownCustomer
from serving.gate import Permit, Subject
from serving.shelf import Shelf, need

_UNKNOWN = (
    "no customer of the snapshot has this pseudonym; ask with one that was made under the key of "
    "pseudonyms that this service has now"
)
_OBJECTS = "this customer objects to profiling, so no score is made; ask about another"


async def named(door: Door, request: Request, pseudonym: str) -> tuple[Permit, int]:
    """The permit about a customer named by pseudonym, and the customer's number.

    Whose role names customers by number is refused before anybody is looked for. UnknownCustomer
    where the pseudonym is nobody's.
    """
    gate, shelf = gate_of(request), shelf_of(request)
    found = None
    if gate.reaches(request, door.action, Subject(None, by_pseudonym=True)):
        keyed = gate.access.keyed_pseudonyms()
        found = await asyncio.to_thread(_found, shelf, keyed, pseudonym)
    at = Subject(found, by_pseudonym=True)
    permit = door.admit(request, at, pseudonym=pseudonym)
    if found is None:
        raise UnknownCustomer(_UNKNOWN)
    return permit, found


@contextmanager
def unnumbered() -> Iterator[None]:
    """Errors about the customer within, told without the number."""
    try:
        yield
    except ObjectsToProfiling:
        raise ObjectsToProfiling(_OBJECTS) from None
    except UnknownCustomer:
        raise UnknownCustomer(_UNKNOWN) from None


def _found(shelf: Shelf, keyed: Pseudonyms, pseudonym: str) -> int | None:
    """Whose pseudonym it is; every customer's is made until one fits."""
    store = need(shelf.snapshot, "no_snapshot")
    try:
        everyone = store.people.everyone()
    except StoreUnreachable as error:
        raise NotReady("no_snapshot", str(error)) from error
    return keyed.find("customer_id", pseudonym, everyone)
