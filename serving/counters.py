"""The counter of outreach as the service stands at it, over the shelf of one moment."""

from datetime import UTC, datetime, timedelta

from goodcall.principal import Principal
from outreach.counter import Counter
from outreach.ledger import Ledger
from serving.errors import NoAgent, NotReady
from serving.shelf import Shelf, need

_CLOCKS_APART = timedelta(minutes=1)


def counter_of(shelf: Shelf, now: datetime) -> Counter:
    """The counter at `now`; NotReady where something that a decision needs is missing.

    It may be used by a thread beside the one that answers.
    """
    return Counter(
        ledger=ledger_of(shelf),
        policy=need(shelf.policy, "no_policy"),
        offers=tuple(need(shelf.offers, "no_offers").values()),
        holdout_key=need(shelf.holdout_key, "no_holdout_key"),
        people=need(shelf.snapshot, "no_snapshot").people,
        now=now,
    )


def ledger_of(shelf: Shelf) -> Ledger:
    """The ledger, or NotReady where there is none yet."""
    ledger = need(shelf.ledger, "no_ledger").ledger
    if ledger is None:
        raise NotReady(
            "no_ledger", "there is no ledger yet; `goodcall outreach plan` makes the first one"
        )
    return ledger


def agent_of(caller: Principal, named: int | None) -> int:
    """Who does it: the person who asks, or whom an app names."""
    if caller.staff_id is not None:
        if named not in {None, caller.staff_id}:
            raise NoAgent(
                f"{caller.id} cannot act as staff {named}; leave agent out, or give your own id"
            )
        return caller.staff_id
    if named is None:
        raise NoAgent("an app must say for whom it acts; give agent, a staff id")
    return named


def heard_at(said: datetime | None, now: datetime) -> datetime:
    """When something was heard: as the caller says, or now.

    A clock that is ahead of this one by less than a minute means now.
    """
    at = now if said is None else whole(said)
    return now if now < at < now + _CLOCKS_APART else at


def whole(moment: datetime) -> datetime:
    """A moment in UTC, in the whole seconds that the ledger keeps."""
    return moment.astimezone(UTC).replace(microsecond=0)
