"""Who asks in the service's tests: keys, sessions and an audit log that are held in memory."""

from dataclasses import replace
from datetime import UTC, datetime

from goodcall.principal import Principal
from governance.access_file import default_access_text, parse_access
from governance.keys import KeyLimits
from serving.gate import Gate

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
APP = Principal("app crm", "app", "app")
RM = Principal("staff 7", "person", "relationship_manager", staff_id=7, branches=frozenset({1}))
GOOD, MINE = "good", "mine"


class Keys:
    """Principals by key and by session; nobody was granted anything more but in `grants`."""

    def __init__(self, by_key, by_session=(), *, per_minute=1_000_000, grants=(), served=()):
        self.by_key, self.by_session = dict(by_key), dict(by_session)
        self.per_minute, self.grants, self.served = per_minute, tuple(grants), dict(served)
        self.opened = []

    def principal_of_key(self, key, now):  # noqa: ARG002
        found = self.by_key.get(key)
        return None if found is None else (found, KeyLimits(key, self.per_minute))

    def principal_of_session(self, token, now):  # noqa: ARG002
        return self.by_session.get(token)

    def grants_of(self, who, now):  # noqa: ARG002
        return [each for each in self.grants if each.who == who]

    def served_by(self, customer_id, now):  # noqa: ARG002
        return self.served.get(customer_id, frozenset())

    def open_serving(self, who, customer_id, evidence, *, now, minutes):  # noqa: ARG002
        self.opened.append((who.id, customer_id))
        return len(self.opened)

    def close_serving(self, who, *, now, customer_id):  # noqa: ARG002
        self.opened.append((who.id, -customer_id))

    def served_of(self, who, now):  # noqa: ARG002
        return frozenset(customer for customer, by in self.served.items() if who in by)

    def close(self):
        """Nothing is held open."""


class Lines(list):
    """An audit log in memory: (actor, action, subject, facts)."""

    def record(self, actor, action, subject, **facts):
        self.append((actor, action, subject, facts))

    def close(self):
        """Nothing is held open."""


def a_gate(keys=None, lines=None, *, now=NOW, pseudonyms=None):
    """A gate by the shipped access file; one app and one relationship manager are known."""
    access = parse_access(default_access_text())
    if pseudonyms is not None:
        access = replace(access, pseudonyms=pseudonyms)
    keys = keys or Keys({GOOD: APP}, {MINE: RM})
    return Gate(access, keys, Lines() if lines is None else lines, lambda: now)
