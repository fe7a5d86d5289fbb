"""Customers as the online store has them, for many threads: a connection for each question."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, inspect, select

from features.errors import StaleSnapshot
from features.online_database import shown, told
from features.online_personal import opened_profile
from features.online_tables import CURRENT, HOUSEHOLDS, PROFILES
from features.online_versions import current
from goodcall.ports import FieldCipher
from goodcall.profile import Profile, profile_from_json

# SQLite takes 32,766 parameters in one statement.
_BATCH = 10_000
_CURRENT = select(CURRENT.c.version).scalar_subquery()
_SAID = select(PROFILES.c.customer_id, PROFILES.c.json).where(
    PROFILES.c.version == _CURRENT, PROFILES.c.customer_id.in_(bindparam("who", expanding=True))
)


@dataclass(frozen=True, slots=True)
class OnlinePeople:
    """The profiles and households of the snapshot that is in force when they are asked for.

    StoreUnreachable where the database does not answer, PersonalSealed without the cipher.
    """

    engine: Engine
    url: str
    cipher: FieldCipher | None = None

    def profile(self, customer_id: int) -> Profile | None:
        """What the bank knew about one customer when the snapshot was published."""
        asked = select(PROFILES.c.json).where(
            PROFILES.c.version == _CURRENT, PROFILES.c.customer_id == customer_id
        )
        with told(self.url), self.engine.connect() as connection:
            found = connection.execute(asked).scalar()
        if found is None:
            return None
        return opened_profile(profile_from_json(found), self.cipher)

    def belong(self, customer_ids: Sequence[int]) -> dict[int, tuple[int | None, int | None]]:
        """The manager and the branch of those customers whom the snapshot holds."""
        return {who: _whose(said) for who, said in self._said(customer_ids)}

    def objecting(self, customer_ids: Sequence[int]) -> frozenset[int]:
        """Those customers whom the snapshot holds and who object to profiling."""
        return frozenset(
            who for who, said in self._said(customer_ids) if said.get("profiling_opt_out")
        )

    def edition(self) -> tuple[int, datetime]:
        """What is another one whenever a snapshot is published: its version, and when it was."""
        with told(self.url), self.engine.connect() as connection:
            version, mark = current(connection, self.url)
        return version, mark.published_at

    def everyone(self) -> tuple[int, ...]:
        """The customers whom the snapshot holds, ascending."""
        asked = select(PROFILES.c.customer_id).where(PROFILES.c.version == _CURRENT)
        with told(self.url), self.engine.connect() as connection:
            return tuple(connection.execute(asked.order_by(PROFILES.c.customer_id)).scalars())

    def household(self, household_id: int) -> tuple[int, ...]:
        """The customers who were of a household when the snapshot was published, ascending.

        StaleSnapshot where an earlier release published it, which did not keep households.
        """
        asked = (
            select(HOUSEHOLDS.c.customer_id)
            .where(HOUSEHOLDS.c.version == _CURRENT, HOUSEHOLDS.c.household_id == household_id)
            .order_by(HOUSEHOLDS.c.customer_id)
        )
        with told(self.url), self.engine.connect() as connection:
            if not inspect(connection).has_table(HOUSEHOLDS.name):
                raise StaleSnapshot(
                    f"the snapshot in {shown(self.url)} does not know households: an earlier "
                    "release published it; publish one again with `goodcall outreach plan`"
                )
            return tuple(connection.execute(asked).scalars())

    def _said(self, customer_ids: Sequence[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The profiles, still sealed, of those customers whom the snapshot holds."""
        asked = sorted(set(customer_ids))
        with told(self.url), self.engine.connect() as connection:
            for start in range(0, len(asked), _BATCH):
                rows = connection.execute(_SAID, {"who": asked[start : start + _BATCH]})
                yield from ((who, json.loads(said)) for who, said in rows)


def _whose(said: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return said.get("manager_id"), said.get("branch_id")
