"""What shows only afterwards: contacts that late facts speak against, numbers to put right."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from goodcall.profile import PastContact, Profile, Verified
from goodcall.vocabulary import DEAD_FOR_ALL, DEAD_FOR_ONE
from outreach.contact_events import EVENTS
from outreach.decide import decide, instant_text
from outreach.loading import parse_policy
from outreach.notes import of_kind, read_notes
from outreach.offer import Offer
from outreach.recording import opened_request
from outreach.remembered import read_history
from outreach.request import Facts, Request, facts_of
from outreach.schema import CONTACTS, DECISIONS, POLICIES


@dataclass(frozen=True, slots=True)
class Violation:
    """A contact that was allowed by what was known, and would not be by what is known now."""

    request_id: str
    customer_id: int
    decided_at: datetime
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataFix:
    """A number of a customer that proved dead or wrong: ask the customer for the right one."""

    customer_id: int
    point_id: int
    code: str
    found_at: datetime


def violations(
    connection: Connection, profiles: Iterable[Profile], offers: Iterable[Offer], since: datetime
) -> tuple[Violation, ...]:
    """The contacts of these customers allowed since a moment that late facts speak against.

    Each is judged once more at its own moment and under its own policy, by what had happened by
    then. The decision itself is never rewritten.
    """
    people = {profile.customer_id: profile for profile in profiles}
    past = read_history(connection, list(people.values()), None)
    book = {offer.code: offer for offer in offers}
    asked = (
        select(DECISIONS.c.request, DECISIONS.c.decided_at, POLICIES.c.text)
        .join_from(DECISIONS, CONTACTS)
        .join(POLICIES)
        .where(DECISIONS.c.decided_at >= instant_text(since))
        .order_by(DECISIONS.c.decision_id)
    )
    found = []
    for row in connection.execute(asked):
        request, at = (
            opened_request(connection, row.request),
            datetime.fromisoformat(row.decided_at),
        )
        if request.customer_id not in people:
            continue
        history = past[request.customer_id]
        facts = facts_of(people[request.customer_id], book, holdout=False, history=history)
        decision = decide(request, _by_then(facts, request, at), parse_policy(row.text), at)
        if decision.verdict != "allow":
            found.append(Violation(request.request_id, request.customer_id, at, decision.failing))
    return tuple(found)


def data_fixes(connection: Connection) -> tuple[DataFix, ...]:
    """The points whose last finding is that they are dead or wrong, which nobody verified since."""
    found: dict[tuple[int, int], DataFix] = {}
    for event in connection.execute(EVENTS):
        if event.outcome in (*DEAD_FOR_ALL, *DEAD_FOR_ONE) and event.point_id is not None:
            at = datetime.fromisoformat(event.told_at)
            fix = DataFix(event.customer_id, event.point_id, event.outcome, at)
            found[event.customer_id, event.point_id] = fix
    notes = read_notes(connection, sorted({who for who, _ in found}), None)
    right = {
        (who, word.point_id): word.happened_at
        for who, said in notes.items()
        for word in of_kind(said, Verified)
    }
    return tuple(
        fix for key, fix in sorted(found.items()) if key not in right or right[key] <= fix.found_at
    )


def _by_then(facts: Facts, request: Request, at: datetime) -> Facts:
    """The facts as they were at a moment, without the contact that the request itself reserved.

    Such a contact may have come back in the bank's own table; the ledger's copy tells which it is.
    """

    def before(contacts: Iterable[PastContact]) -> tuple[PastContact, ...]:
        return tuple(
            replace(c, outcome=None) if (c.outcome_at or c.happened_at) > at else c
            for c in contacts
            if c.happened_at <= at and c.request_id != request.request_id
        )

    return replace(
        facts,
        profile=replace(facts.profile, contacts=before(facts.profile.contacts)),
        heard=before(facts.heard),
        household=before(facts.household),
        shared=before(facts.shared),
    )
