"""Tests of two policies in the ledger: begun, ended, who was placed in which arm, what came of it.

A test is two rows that nobody changes: its beginning and its end. One runs at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from goodcall.database import hold
from goodcall.vocabulary import REFUSALS
from outreach import recording
from outreach.arms import Arms, Placed, PolicyTest, check_comparable
from outreach.decide import instant_of, instant_text
from outreach.errors import ExperimentError
from outreach.experiment import key_print
from outreach.loading import parse_policy
from outreach.logged import BOUGHT
from outreach.policy import Policy
from outreach.row_states import WORKED, event_known
from outreach.schema import AB_MEMBERS, AB_STOPS, AB_TESTS, CONTACT_EVENTS, CONTACTS

_LOCK = ("the test of policies",)
_LONGEST_NAME = 60
_TESTS = select(AB_TESTS, AB_STOPS.c.stopped_at).outerjoin_from(AB_TESTS, AB_STOPS)
# How many contacts each customer had, by measure and customer.
Tallies = Mapping[str, Mapping[int, int]]
MEASURES = ("bought", "contacts", "refusals", "complaints")


@dataclass(frozen=True, slots=True)
class NewTest:
    """A test as it is asked for: its name, both policies, the share of households of arm B."""

    name: str
    policy_a: Policy
    policy_b: Policy
    share: float
    key: bytes

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > _LONGEST_NAME:
            raise ExperimentError(
                f"a test cannot be called {self.name!r}; give it a name of 1 to {_LONGEST_NAME} "
                "characters"
            )
        if not 0 < self.share < 1:
            raise ExperimentError(
                f"share {self.share:g} leaves an arm without households; give a share above 0 and "
                "below 1, such as 0.5"
            )
        check_comparable(self.policy_a, self.policy_b)


def start(connection: Connection, asked: NewTest, now: datetime) -> PolicyTest:
    """Write that a test begins, and return it."""
    hold(connection, _LOCK)
    going = running(connection)
    if going is not None:
        raise ExperimentError(
            f"test {going.name!r} runs since {going.started_at}; end it with "
            "`goodcall outreach ab stop` before another begins"
        )
    if connection.execute(_TESTS.where(AB_TESTS.c.name == asked.name)).first() is not None:
        raise ExperimentError(
            f"there was a test {asked.name!r} already, whose arms would be drawn again; give the "
            "new one a name of its own"
        )
    for policy in (asked.policy_a, asked.policy_b):
        recording.keep_policy(connection, policy)
    recording.put(
        connection,
        AB_TESTS,
        {
            "name": asked.name,
            "policy_a": asked.policy_a.version,
            "policy_b": asked.policy_b.version,
            "share": asked.share,
            "key_print": key_print(asked.key),
            "started_at": instant_text(now),
        },
    )
    return found(connection, asked.name)


def stop(connection: Connection, now: datetime) -> PolicyTest:
    """Write that the running test ends, and return it."""
    hold(connection, _LOCK)
    going = running(connection)
    if going is None:
        raise ExperimentError("no test runs; `goodcall outreach ab start` begins one")
    recording.put(connection, AB_STOPS, {"test_id": going.test_id, "stopped_at": instant_text(now)})
    return found(connection, going.name)


def running(connection: Connection) -> Row[Any] | None:
    """The row of the test that runs, None where none does."""
    return connection.execute(_TESTS.where(AB_STOPS.c.stopped_at.is_(None))).first()


def tries(connection: Connection, *, policy_a: str, policy_b: str) -> bool:
    """Whether the running test compares these versions of policies."""
    going = running(connection)
    return going is not None and (going.policy_a, going.policy_b) == (policy_a, policy_b)


def found(connection: Connection, name: str | None) -> PolicyTest:
    """The test of a name, or the newest one, with everyone who was placed."""
    asked = _TESTS.order_by(AB_TESTS.c.test_id.desc()).limit(1)
    row = connection.execute(asked if name is None else asked.where(AB_TESTS.c.name == name))
    test = row.first()
    if test is None:
        names = connection.scalars(select(AB_TESTS.c.name).order_by(AB_TESTS.c.test_id)).all()
        wanted = "no test was begun" if name is None else f"there is no test {name!r}"
        raise ExperimentError(
            f"{wanted}; known are: {', '.join(names) or 'none'}; `goodcall outreach ab start` "
            "begins one"
        )
    return PolicyTest(
        number=test.test_id,
        name=test.name,
        policy_a=test.policy_a,
        policy_b=parse_policy(recording.policy_text(connection, test.policy_b)),
        share=test.share,
        key_print=test.key_print,
        started_at=datetime.fromisoformat(test.started_at),
        stopped_at=instant_of(test.stopped_at),
        members=_members(connection, test.test_id),
    )


def place(connection: Connection, arms: Arms) -> None:
    """Write where a plan placed those whom no earlier plan had placed."""
    known = _members(connection, arms.test.number)
    new = [
        {
            "test_id": arms.test.number,
            "customer_id": who,
            "household_id": placed.household_id,
            "arm": placed.arm,
        }
        for who, placed in sorted(arms.places.items())
        if who not in known
    ]
    if new:
        connection.execute(insert(AB_MEMBERS), new)


def tallied(connection: Connection, test: PolicyTest, *, by: datetime | None = None) -> Tallies:
    """How many contacts of each measure every member of a test had, by measure and customer.

    Contacts that began between the test's beginning and its end count, whoever began them, and with
    them all that was told of them since, or before the moment `by`; one contact counts once.
    """
    asked = (
        select(
            *(CONTACTS.c.contact_id, CONTACTS.c.customer_id, CONTACTS.c.direction),
            *(CONTACTS.c.category, CONTACT_EVENTS.c.state, CONTACT_EVENTS.c.outcome),
        )
        .join_from(CONTACTS, CONTACT_EVENTS)
        .where(CONTACTS.c.happened_at >= instant_text(test.started_at), event_known(by))
    )
    if test.stopped_at is not None:
        asked = asked.where(CONTACTS.c.happened_at < instant_text(test.stopped_at))
    counted: dict[str, set[tuple[int, int]]] = {name: set() for name in MEASURES}
    for event in connection.execute(asked).all():
        if event.customer_id in test.members:
            made = (event.direction, event.category) == ("outbound", "marketing")
            for name in _said_by(event.state, event.outcome, made=made):
                counted[name].add((event.customer_id, event.contact_id))
    sums: dict[str, dict[int, int]] = {name: {} for name in MEASURES}
    for name, contacts in counted.items():
        for who, _ in contacts:
            sums[name][who] = sums[name].get(who, 0) + 1
    return sums


def _said_by(state: str, outcome: str | None, *, made: bool) -> list[str]:
    """The measures for which an event makes its contact count; `made` where marketing was."""
    says = {
        "bought": outcome in BOUGHT,
        "contacts": made and state in WORKED,
        "refusals": outcome in REFUSALS,
        "complaints": outcome == "COMPLAINT",
    }
    return [name for name, said in says.items() if said]


def _members(connection: Connection, test_id: int) -> dict[int, Placed]:
    rows = connection.execute(select(AB_MEMBERS).where(AB_MEMBERS.c.test_id == test_id))
    return {row.customer_id: Placed(row.household_id, row.arm) for row in rows}
