"""Builders for the tests of access: people, keys and a store with a quick hash."""

from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

from goodcall.principal import Principal
from governance import AccessStore, NewKey, User

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = "harbour violin seventeen plums"
OTHER = "lantern gravel otter forty-two"


def a_store(url, **more):
    """A store whose passwords are hashed as argon2id, only not so slowly."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return AccessStore.open(url, **({"hasher": quick} | more))


def a_user(name="wei", role="relationship_manager", staff_id=4, branches=(1,), **more):
    """A user, a relationship manager of branch 1."""
    return User(name, role, staff_id, frozenset(branches), **more)


def a_person(role="relationship_manager", staff_id=4, branches=(1,)):
    """A person who was proved."""
    return Principal(f"staff {staff_id}", "person", role, staff_id, frozenset(branches))


def a_key(**more):
    """A key that is wanted, for a mobile app that asks for scores."""
    said = {
        "name": "mobile",
        "role": "app",
        "actions": frozenset({"score", "offers"}),
        "branches": frozenset(),
        "per_minute": 600,
        "expires_at": NOW + 90 * DAY,
    }
    return NewKey(**(said | more))
