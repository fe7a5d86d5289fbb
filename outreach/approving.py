"""Whether the ledger approves a contact: what it knows, counted and judged in one transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, false, select

from goodcall.database import hold
from goodcall.profile import PastContact, Profile
from outreach import ab_tests
from outreach.builtin import OWN_CAP
from outreach.contact_events import EVENTS, contacts_in
from outreach.decide import Decision, decide, instant_text
from outreach.listed import OPEN_ROW, OPEN_ROWS, row_of
from outreach.loading import parse_policy
from outreach.locks import volume_names
from outreach.offer import Offer
from outreach.policy import Policy, Rule
from outreach.remembered import read_history
from outreach.request import Facts, Request, Volume, facts_of
from outreach.rules.answers import first_passing
from outreach.rules.counting import concerns
from outreach.rules.volumes import VolumeTerms, dated_by, size, unit_of
from outreach.rules.windows import Rolling
from outreach.schema import CONTACTS, PLANNED, PLANS, POLICIES
from outreach.spent import LONGEST_PERIOD
from outreach.states import as_at

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PLANNED = OPEN_ROWS.add_columns(PLANNED.c.row).where(
    PLANNED.c.customer_id == bindparam("customer_id"), PLANS.c.day >= bindparam("since")
)
_PLANNED_UNDER = OPEN_ROW.add_columns(PLANS.c.policy_version, PLANNED.c.row)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision needs besides the request and the ledger: offers, policy, who is related.

    `relatives` are the profiles of the members of the customer's household now.
    """

    offers: Iterable[Offer]
    policy: Policy
    now: datetime
    holdout: bool
    relatives: Sequence[Profile] = ()


def judge(
    connection: Connection, request: Request, profile: Profile, given: Circumstances
) -> tuple[Decision, Facts]:
    """The decision on a request by all that the ledger knows, and the facts that it rests on.

    A row that was planned under another policy is judged under both; the one that is against it
    counts, so that a policy tightens at once and loosens with the next plan. Rows of arm B of a
    test that runs are judged by the policy that it tries alone.
    """
    row = _newest_row(connection, request)
    facts = _facts(connection, request, profile, given, row)
    tried = None if row is None else _tried(connection, row, given.policy)
    if tried is not None:
        return _under(connection, request, facts, tried, given.now), facts
    counts = _with_volumes(connection, request, facts, given.policy, given.now)
    decision = decide(request, counts, given.policy, given.now)
    planned_under = _policy_of_row(connection, request)
    if planned_under in {None, given.policy.version}:
        return decision, facts
    before = _parsed(_text(connection, str(planned_under)))
    earlier = _under(connection, request, facts, before, given.now)
    return max(decision, earlier, key=_strictness), facts


def _under(
    connection: Connection, request: Request, facts: Facts, policy: Policy, now: datetime
) -> Decision:
    """The decision by a policy that is not the one in force, whose rules an override may name."""
    asked = _as_overridden(request, facts, policy)
    return decide(asked, _with_volumes(connection, asked, facts, policy, now), policy, now)


def _tried(connection: Connection, row: Mapping[str, Any], in_force: Policy) -> Policy | None:
    """The policy of arm B where a row is of that arm and its test runs, else None."""
    version = str(row.get("policy_version"))
    if row.get("arm") != "B" or version == in_force.version:
        return None
    if not ab_tests.tries(connection, policy_a=in_force.version, policy_b=version):
        return None
    return _parsed(_text(connection, version))


def _as_overridden(request: Request, facts: Facts, before: Policy) -> Request:
    """The request with its override of those rules that an earlier policy has too."""
    if request.override is None:
        return request
    wishes = {wish.id or OWN_CAP for wish in facts.profile.preferences}
    known = wishes | {rule.id for rule in before.rules}
    shared = tuple(rule for rule in request.override.rules if rule in known)
    return replace(request, override=replace(request.override, rules=shared) if shared else None)


def _strictness(decision: Decision) -> tuple[int, bool, datetime]:
    """How much a decision holds back; of two alike the first counts."""
    verdicts = ("allow", "defer", "block")
    until = decision.until or _LONG_AGO
    return verdicts.index(decision.verdict), decision.until is None, until


def _facts(
    connection: Connection,
    request: Request,
    profile: Profile,
    given: Circumstances,
    row: Mapping[str, Any] | None,
) -> Facts:
    book = {offer.code: offer for offer in given.offers}
    related = [one for one in given.relatives if one.customer_id != profile.customer_id]
    ids = [one.customer_id for one in related]
    past = read_history(connection, [profile], None, ids)[profile.customer_id]
    known = {c.contact_id for c in (*past.contacts, *past.household, *past.shared)}
    theirs = tuple(c for one in related for c in one.contacts if c.contact_id not in known)
    past = replace(
        past,
        contacts=(*past.contacts, *_planned(connection, request.customer_id, given.now)),
        household=(*past.household, *(theirs if profile.household_id is not None else ())),
    )
    facts = facts_of(profile, book, holdout=given.holdout, history=past)
    return replace(facts, stand_in=_stand_in(row))


def _stand_in(row: Mapping[str, Any] | None) -> int | None:
    """The colleague on whose list the request's row stands, where the own manager is away."""
    return None if row is None or row.get("covers") is None else int(row["list_id"])


def _newest_row(connection: Connection, request: Request) -> Mapping[str, Any] | None:
    """What the newest planned row of a request says, None where it has none."""
    row = connection.execute(
        select(PLANNED.c.row)
        .where(
            PLANNED.c.customer_id == request.customer_id,
            PLANNED.c.request_id == request.request_id.partition("#")[0],
        )
        .order_by(PLANNED.c.plan_id.desc())
        .limit(1)
    ).scalar()
    return None if row is None else dict(json.loads(row))


def _planned(connection: Connection, customer_id: int, now: datetime) -> list[PastContact]:
    """The customer's listed rows of today and later that nothing became of yet."""
    since = now.astimezone(UTC).date() - timedelta(days=1)
    rows = connection.execute(_PLANNED, {"customer_id": customer_id, "since": since})
    return [_planned_contact(json.loads(row.row)) for row in rows]


def _planned_contact(said: Mapping[str, Any]) -> PastContact:
    return PastContact(
        contact_id=f"planned:{said['request_id']}",
        happened_at=datetime.fromisoformat(said["allowed_from"]),
        channel=said["channel"],
        direction="outbound",
        category="marketing",
        state="planned",
        purpose=said["purpose"],
        offer_code=said["offer_code"],
        point_id=said["point_id"],
        request_id=said["request_id"],
    )


def _with_volumes(
    connection: Connection, request: Request, facts: Facts, policy: Policy, now: datetime
) -> Facts:
    """The facts with what is used of every volume that the request would take from.

    Who writes holds those volumes first.
    """
    hold(connection, volume_names(policy.rules, request, facts))
    bound = [
        rule
        for rule in policy.rules
        if isinstance(rule.terms, VolumeTerms)
        and rule.binds(request)
        and concerns(request, facts, rule.terms.counting)
    ]
    if not bound:
        return facts
    used = {rule.id: _volume(connection, request, facts, rule, now) for rule in bound}
    return replace(facts, volumes=used)


def _volume(
    connection: Connection, request: Request, facts: Facts, rule: Rule, now: datetime
) -> Volume:
    terms: VolumeTerms = rule.terms
    zone, window = terms.bank_zone, terms.window
    since = now - (window.span if isinstance(window, Rolling) else LONGEST_PERIOD)
    asked = EVENTS.where(CONTACTS.c.happened_at > instant_text(since))
    asked = asked.where(*_of_unit(terms, facts))
    made = tuple(contacts_in(connection.execute(asked)).values())

    def dated(at: datetime) -> list[datetime]:
        standing = tuple(as_at(contact, at) for contact in made)
        everyone = replace(facts, profile=replace(facts.profile, contacts=standing))
        return dated_by(request, everyone, terms)

    room = rule.terms.at_most - size(request, terms)
    ends = [c.expires_at for c in made if c.expires_at is not None]
    edges = (*window.edges(dated(now), now, zone), *ends) if room >= 0 else ()
    frees_at = first_passing(now, edges, lambda at: window.most(dated(at), at, zone) <= room)
    return Volume(window.most(dated(now), now, zone), terms.at_most, frees_at)


def _of_unit(terms: VolumeTerms, facts: Facts) -> tuple[ColumnElement[bool], ...]:
    """Which contacts take from the same volume as the customer's."""
    if terms.within == "bank":
        return ()
    unit = unit_of(terms, facts.profile.branch_id, facts.served_by)
    if unit is None:
        return (false(),)
    if terms.within == "team":
        team = [manager for manager, name in terms.team_of.items() if name == unit]
        return (CONTACTS.c.manager_id.in_(team),)
    return (CONTACTS.c[f"{terms.within}_id"] == unit,)


def _policy_of_row(connection: Connection, request: Request) -> str | None:
    """The policy under which the request's row was planned, where it is an open one."""
    found = connection.execute(_PLANNED_UNDER, row_of(request)).first()
    if found is None:
        return None
    return str(json.loads(found.row).get("policy_version") or found.policy_version)


def _text(connection: Connection, version: str) -> str:
    return str(
        connection.execute(
            select(POLICIES.c.text).where(POLICIES.c.version == version)
        ).scalar_one()
    )


@lru_cache(maxsize=8)
def _parsed(text: str) -> Policy:
    return parse_policy(text)
