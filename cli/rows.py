"""One row of a list at a manager's desk: opened, reserved, dialled; and promises kept by hand."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from cli.clock import now
from cli.errors import NothingFound
from cli.fallback import in_force
from cli.lists import known, listed_rows, profiles_of
from cli.policies import holdout_key
from cli.records import audit_of, ledger_of
from features import CATALOG, OnlineStore
from goodcall import Workspace
from goodcall.profile import Profile
from outreach import (
    Card,
    Decision,
    Draw,
    Ledger,
    ListedRow,
    Policy,
    Promise,
    Request,
    card_of,
    in_holdout,
    load_offers,
    load_policy,
    promised_now,
    request_of,
)

# Nobody promises anything for later than that.
_FAR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Spot:
    """A row of a list, and the staff id of who is at it."""

    day: date
    list_id: int
    rank: int
    agent: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The decision on a contact, and its number where it may be made."""

    decision: Decision
    contact_id: int | None


def open_row(place: Workspace, spot: Spot) -> Card:
    """The card of a row, judged this moment; opening it is audited."""
    moment = now()
    with ledger_of(place) as ledger:
        listed = row_at(place, ledger, spot, moment)
        who = listed.row.customer_id
        request_id = listed.row.request_id
        audit_of(place).record(f"staff {spot.agent}", "open row", request_id, customer=who)
        facts = known(place, ledger, {who})[who]
        profile = profiles_of(place, {who})[who]
        decision = ledger.explain(
            request_of(listed.row), profile, **_circumstances(place, ledger, profile, moment)
        )
        trail = ledger.trail(who, in_force(place, ledger, spot.day).day)
    return card_of(listed, facts, decision, trail, policy=load_policy(place.policy))


def reserve_row(place: Workspace, spot: Spot, *, dial: bool = False) -> Taken:
    """The decision on contacting a row's customer now, and the contact's number where allowed.

    A reservation of the row that nobody dialled is given back as it stands. With `dial` the contact
    is noted as being made.
    """
    moment = now()
    with ledger_of(place) as ledger:
        listed = row_at(place, ledger, spot, moment)
        if listed.word is not None:
            raise NothingFound(f"row {spot.rank} was set aside as {listed.word}; take another row")
        request_id = listed.row.request_id
        audit_of(place).record(f"staff {spot.agent}", "reserve", request_id, dial=dial)
        profile = profiles_of(place, {listed.row.customer_id})[listed.row.customer_id]
        standing = listed.contact_id if listed.state == "reserved" else None
        taken = _taken(
            ledger,
            lambda number: request_of(listed.row, number),
            profile,
            _circumstances(place, ledger, profile, moment),
            standing,
        )
        if dial and taken.contact_id is not None:
            ledger.dial(taken.contact_id, now=moment, agent=spot.agent)
    return taken


def keep_promise(place: Workspace, contact_id: int, agent: int, *, dial: bool = False) -> Taken:
    """The decision on keeping now what was promised in a contact, on a list or on none."""
    moment = now()
    audit_of(place).record(f"staff {agent}", "keep promise", f"contact {contact_id}", dial=dial)
    with ledger_of(place) as ledger:
        promise = _promise(ledger, contact_id)
        who = promise.customer_id
        facts = known(place, ledger, {who})[who]
        profile = profiles_of(place, {who})[who]
        around = _circumstances(place, ledger, profile, moment)
        policy: Policy = around["policy"]
        taken = _taken(
            ledger,
            lambda number: promised_now(promise, facts, policy, moment, number),
            profile,
            around,
            None,
        )
        if dial and taken.contact_id is not None:
            ledger.dial(taken.contact_id, now=moment, agent=agent)
    return taken


def foreseen(place: Workspace, contact_id: int) -> Decision | None:
    """What keeping a promise would be answered at its moment as things stand now, if it is open."""
    with ledger_of(place) as ledger:
        promise = next((p for p in _open(ledger) if p.contact_id == contact_id), None)
        if promise is None:
            return None
        who = promise.customer_id
        facts = known(place, ledger, {who})[who]
        profile = profiles_of(place, {who})[who]
        around = _circumstances(place, ledger, profile, promise.due_at)
        asked = promised_now(promise, facts, around["policy"], promise.due_at, 1)
        return ledger.explain(asked, profile, **around)


def family_of(place: Workspace, spot: Spot) -> str | None:
    """The family of a row's offer, None where it has none or the offer is no longer on sale."""
    with ledger_of(place) as ledger:
        code = row_at(place, ledger, spot, now()).row.offer_code
    return next((each.family for each in load_offers(place.offers) if each.code == code), None)


def row_at(place: Workspace, ledger: Ledger, spot: Spot, moment: datetime) -> ListedRow:
    """A row of a list as it stands; NothingFound where the list has none of that rank."""
    for listed in listed_rows(ledger, in_force(place, ledger, spot.day).day, spot.list_id, moment):
        if listed.row.rank == spot.rank:
            return listed
    raise NothingFound(f"the list has no row {spot.rank}; `goodcall outreach list` shows its rows")


def _taken(
    ledger: Ledger,
    asked: Callable[[int], Request],
    profile: Profile,
    around: Mapping[str, Any],
    standing: int | None,
) -> Taken:
    """What is answered to the first of the requests that was not answered before this moment.

    A decision stands for its request's id; one that reserved the `standing` contact is found again.
    """
    for number in count(1):
        request = asked(number)
        decision = ledger.reserve(request, profile, **around)
        contact = ledger.contact_id(request.request_id) if decision.verdict == "allow" else None
        if decision.decided_at == around["now"] or (contact is not None and contact == standing):
            return Taken(decision, contact)
    raise AssertionError("requests are numbered without end")


def _circumstances(
    place: Workspace, ledger: Ledger, profile: Profile, moment: datetime
) -> dict[str, Any]:
    """What the ledger is told beside a request: offers, policy, hold-out, who lives with whom."""
    policy = load_policy(place.policy)
    draw = ledger.draw([profile]) or Draw(policy.holdout_share)
    return {
        "offers": load_offers(place.offers),
        "policy": policy,
        "now": moment,
        "holdout": in_holdout(profile, holdout_key(place), draw),
        "relatives": _relatives(place, profile),
    }


def _relatives(place: Workspace, profile: Profile) -> tuple[Profile, ...]:
    """The members of a customer's household now, as the online store has them."""
    if profile.household_id is None:
        return ()
    with closing(OnlineStore(place.online_url, CATALOG)) as store:
        members = store.household(profile.household_id)
    others = set(members) - {profile.customer_id}
    return tuple(profiles_of(place, others).values())


def _open(ledger: Ledger) -> tuple[Promise, ...]:
    """Every open promise; one that today's list settled is none."""
    tomorrow = (now() + timedelta(days=1)).date()
    return ledger.open_promises(now() + _FAR, day=tomorrow, now=now())


def _promise(ledger: Ledger, contact_id: int) -> Promise:
    for promise in _open(ledger):
        if promise.contact_id == contact_id:
            return promise
    raise NothingFound(
        f"nothing that was promised in contact {contact_id} is open; `goodcall outreach list` "
        "shows what is"
    )
