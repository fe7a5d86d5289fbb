"""A customer in the store of access: who served him, what was granted for him, what he asked for.

All of it stays as proof, under a pseudonym; free words to it go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, not_, select, update

from goodcall.amending import amending
from goodcall.database import reading, wipe_freed, written
from governance.rights_store import OPEN
from governance.schema import ACCESS_REQUESTS, ACCESS_WORDS, RIGHTS_REQUESTS, SERVINGS
from governance.store import AccessStore

_ERASED = "erased on the customer's request"


@dataclass(frozen=True, slots=True)
class AccessErasable:
    """The store of access: servings, grants and requests about a customer.

    `stands_for` gives the negative number that takes the place of a customer's. The deletion that
    is under way keeps the number until it is done, so that it can be resumed.
    """

    url: str
    stands_for: Callable[[int], int]
    place: str = "store of access"

    def known(self, customer_id: int) -> Sequence[Mapping[str, object]]:
        """Every serving, every request for access and what was said to it, every right asked."""
        with AccessStore.open(self.url) as store, reading(store.engine) as connection:
            return _told(connection, customer_id)

    def erase(self, customer_id: int) -> int:
        """Put the customer's rows under a pseudonym, and take free words out."""
        stands_for = self.stands_for(customer_id)
        with AccessStore.open(self.url) as store:
            done = written(store.engine, lambda c: _pseudonymise(c, customer_id, stands_for))
            wipe_freed(store.engine)
        return done

    def forget_scores(self, _customer_id: int) -> int:
        """No score is kept here."""
        return 0


def _told(connection: Connection, who: int) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for table, mine in _mine(who):
        for row in connection.execute(select(table).where(mine)).mappings():
            told = {str(name): value for name, value in row.items() if value is not None}
            found.append({"table": table.name, **told})
    return found


def _pseudonymise(connection: Connection, who: int, stands_for: int) -> int:
    done = 0
    with amending(connection, ACCESS_REQUESTS, ACCESS_WORDS):
        # Words hang on requests by their number, so they go first.
        for (table, mine), values in zip(_mine(who), _anew(stands_for), strict=True):
            done += connection.execute(update(table).where(mine).values(values)).rowcount
    return done


def _mine(who: int) -> tuple[tuple[Table, Any], ...]:
    granted = and_(ACCESS_REQUESTS.c.reach == "customer", ACCESS_REQUESTS.c.of == who)
    asked = select(ACCESS_REQUESTS.c.request_id).where(granted)
    words = and_(ACCESS_WORDS.c.request_id.in_(asked), ACCESS_WORDS.c.note.is_not(None))
    deleting = and_(RIGHTS_REQUESTS.c.kind == "delete", RIGHTS_REQUESTS.c.state == OPEN)
    return (
        (ACCESS_WORDS, words),
        (ACCESS_REQUESTS, granted),
        (SERVINGS, SERVINGS.c.customer_id == who),
        (RIGHTS_REQUESTS, and_(RIGHTS_REQUESTS.c.customer_id == who, not_(deleting))),
    )


def _anew(stands_for: int) -> tuple[Mapping[str, object], ...]:
    number = {"customer_id": stands_for}
    return ({"note": _ERASED}, {"of": stands_for, "reason": _ERASED}, number, number)
