"""How the ledger approves a contact: hold what is counted, judge, and write, in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from goodcall.database import hold
from goodcall.profile import Profile
from outreach import recording
from outreach.approving import Circumstances, judge
from outreach.decide import Decision
from outreach.errors import LedgerError
from outreach.listed import note_reserved
from outreach.locks import customer_names, people_names
from outreach.notes import read_lineage, write_lineage
from outreach.policy import Policy
from outreach.request import Request


def approve(
    connection: Connection, request: Request, profile: Profile, given: Circumstances
) -> Decision:
    """The decision on a request, its first where it has one; an allowed one is reserved."""
    _hold_people(connection, request, profile, given)
    if (first := recording.decided(connection, request)) is not None:
        return first
    decision, facts = judge(connection, request, profile, given)
    recording.keep_policy(connection, given.policy)
    number = recording.insert_decision(connection, request, decision)
    if decision.verdict == "allow":
        for place, leg in enumerate(request.legs):
            if place:
                number = recording.insert_further(connection, leg, decision)
            recording.insert_contact(
                *(connection, number, leg, facts),
                at=given.now,
                expires_at=_expires_at(given.policy, leg.channel, given.now),
            )
        note_reserved(connection, request, given.now)
    return decision


def join(connection: Connection, to: Iterable[int], source: int, kind: str, now: datetime) -> None:
    """Write that customers have the history of another from now on."""
    hold(connection, customer_names({source, *to}))
    lineage = read_lineage(connection, {source, *to})
    for customer_id in sorted(to):
        if kind == "merge" and (
            customer_id == source or any(s.source_id == customer_id for s in lineage.of(source))
        ):
            raise LedgerError(
                f"customer {source} cannot be merged into {customer_id}, who is the same "
                "or has been merged into it; name another"
            )
        write_lineage(connection, customer_id, source, kind, now)


def _hold_people(
    connection: Connection, request: Request, profile: Profile, given: Circumstances
) -> None:
    """Hold the request's id and everyone whose contacts count for it."""
    if connection.dialect.name == "sqlite":
        return
    names = people_names(connection, profile, given.relatives)
    hold(connection, [f"request {request.request_id}", *names])
    # Nobody can be merged into a customer who is held; records merged before are few.
    sources = read_lineage(connection, {profile.customer_id}).of(profile.customer_id)
    hold(connection, customer_names(source.source_id for source in sources))


def _expires_at(policy: Policy, channel: str, now: datetime) -> datetime | None:
    """When a reservation of now runs out, where the channel's do."""
    used = policy.channel(channel)
    if used is None or used.hold_minutes is None:
        return None
    return now + timedelta(minutes=used.hold_minutes)
