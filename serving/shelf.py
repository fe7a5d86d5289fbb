"""What the service answers from, and how it takes in what is published while it runs.

Every source is a file, or a database, that others replace. A new one is read and checked beside the
old one; when it is broken the old one goes on serving and `/v1/health` says so.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from features.catalog import CATALOG
from features.errors import StoreUnreachable
from features.online import MAX_AGE_DAYS, OnlineStore, Served
from features.online_versions import published
from goodcall.breaker import Breaker, Resting
from goodcall.errors import GoodcallError
from goodcall.profile import Profile
from goodcall.workspace import Workspace
from governance.approved import approved_version, refuse_unapproved
from governance.vault import vault_of
from models.card import Unit
from models.champion import load_champions, stamp
from models.model import Model
from outreach.errors import LedgerError
from outreach.experiment import MIN_KEY_BYTES, Draw
from outreach.ledger import Ledger
from outreach.loading import load_policy
from outreach.offer import Offer
from outreach.offer_book import load_offers
from outreach.openings import ledger_mark
from outreach.policy import Policy
from outreach.request import History
from serving.errors import NotReady, Unreadable
from serving.journal import note, warn

# Chances are answered, and so is what a contact changes about them.
UNITS: tuple[Unit, ...] = ("probability", "difference")

T = TypeVar("T")
Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """The last good reading of a source, and what is wrong with the file that came after it."""

    value: T | None = None
    problem: GoodcallError | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """Where something is read from, and a stamp that changes whenever it is published anew."""

    name: str
    stamp: Callable[[], Stamp]
    read: Callable[[], T]


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger knows of a customer; where there is no ledger nobody was contacted.

    NotReady where it does not answer: without it no rule can be judged.
    """

    ledger: Ledger | None
    breaker: Breaker = field(default_factory=Breaker)

    def of(self, profile: Profile) -> History:
        """A customer's history as it stands now."""
        if self.ledger is None:
            return History()
        ledger = self.ledger
        return self._asked(lambda: ledger.history([profile])[profile.customer_id])

    def close(self) -> None:
        """Let go of the ledger."""
        if self.ledger is not None:
            self.ledger.close()

    def draw(self, profile: Profile) -> Draw | None:
        """The hold-out that stands, as far as it concerns a customer; None before any is drawn."""
        if self.ledger is None:
            return None
        ledger = self.ledger
        return self._asked(lambda: ledger.draw([profile]))

    def _asked(self, work: Callable[[], T]) -> T:
        try:
            return self.breaker.call(work, (LedgerError,))
        except Resting:
            raise NotReady(
                "no_ledger",
                "the ledger did not answer of late and is left alone for some seconds; check that "
                "its database runs",
            ) from None
        except LedgerError as error:
            raise NotReady("no_ledger", str(error)) from error


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything that answers are made from, each as last read; one source a field."""

    models: Reading[Mapping[str, Model]] = Reading()
    snapshot: Reading[OnlineStore] = Reading()
    policy: Reading[Policy] = Reading()
    offers: Reading[Mapping[str, Offer]] = Reading()
    holdout_key: Reading[bytes] = Reading()
    ledger: Reading[Past] = Reading()

    @property
    def ready(self) -> bool:
        """Whether every kind of request can be answered."""
        return all(serves(self.reading(each.name)) for each in fields(self))

    def close(self) -> None:
        """Let go of the databases."""
        for each in (self.snapshot.value, self.ledger.value):
            if each is not None:
                each.close()

    def reading(self, name: str) -> Reading[Any]:
        """One source as last read."""
        found: Reading[Any] = getattr(self, name)
        return found


def serves(reading: Reading[Any]) -> bool:
    """Whether something is answered from a source.

    An earlier value goes on where a newer file is broken; a database that does not answer does not.
    """
    away = isinstance(reading.problem, (StoreUnreachable, LedgerError))
    return reading.value is not None and not away


def need(reading: Reading[T], code: str) -> T:
    """What a source holds, or NotReady with `code` and the reason why it holds nothing."""
    if reading.value is None:
        raise NotReady(code, str(reading.problem))
    return reading.value


def sources_of(
    workspace: Workspace,
    packed: Path | None,
    *,
    max_age_days: int = MAX_AGE_DAYS,
    tell: Callable[[Served], None] | None = None,
) -> tuple[Source[Any], ...]:
    """The sources of a workspace; `packed` holds the champions that came with a Bento, if any.

    The workspace's own champions win over the packed ones, from the moment it has any. Rows of a
    snapshot older than `max_age_days` are refused; `tell` hears of every row that is served.
    """

    def champions() -> Path:
        own = workspace.champions.exists() or packed is None
        return workspace.models if own else packed  # type: ignore[return-value]  # None is own

    return (
        Source(
            "models",
            lambda: (champions(), *stamp(champions())),
            lambda: _warm(load_champions(champions(), CATALOG.fingerprint, CATALOG.names, UNITS)),
        ),
        Source(
            "snapshot",
            lambda: published(workspace.online_url),
            lambda: OnlineStore(
                workspace.online_url,
                CATALOG,
                max_age_days=max_age_days,
                tell=tell,
                cipher=vault_of(workspace, os.environ),
            ),
        ),
        Source(
            "policy",
            lambda: (*file_stamp(workspace.policy), approved_version(workspace)),
            lambda: _policy(workspace),
        ),
        Source("offers", lambda: file_stamp(workspace.offers), lambda: _offers(workspace.offers)),
        Source(
            "holdout_key",
            lambda: file_stamp(workspace.holdout_key),
            lambda: _holdout_key(workspace.holdout_key),
        ),
        Source(
            "ledger",
            lambda: _identity(workspace.ledger_url),
            lambda: _past(workspace),
        ),
    )


def file_stamp(path: Path) -> Stamp:
    """What changes whenever a file is replaced or written."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return ()
    return (seen.st_ino, seen.st_mtime_ns, seen.st_size)


def reread(old: Reading[T], source: Source[T]) -> Reading[T]:
    """The reading itself where nothing was published since, else the new one.

    A new one that is broken leaves the old value in place, with the problem beside it. So does one
    of which it cannot be told whether it is new; it is read again as soon as that can be told, and
    until then the reading stays itself.
    """
    try:
        seen = source.stamp()
    except GoodcallError as error:
        untold = (type(error).__name__,)
        return old if untold == old.stamp else Reading(old.value, error, untold)
    if seen == old.stamp:
        return old
    try:
        return Reading(source.read(), None, seen)
    except GoodcallError as error:
        return Reading(old.value, error, seen)
    except (OSError, sqlite3.Error) as error:
        problem = Unreadable(
            f"the {source.name} cannot be opened: {error}; check the file and who may read it"
        )
        return Reading(old.value, problem, seen)


class Desk:
    """Holds the shelf in use. `look` may be slow and runs aside; `adopt` swaps in no time.

    An answer takes the shelf once. In the loop it is done with it before anything else runs. In a
    thread it may still be at work when another shelf is adopted: models, policy and offers are
    values, and to a database that was let go of meanwhile a thread opens a connection of its own,
    for what is left of its answer. What is held open for the loop alone (`OnlineStore.row_at`,
    `profile`, `belongs`) no thread may ask.
    """

    def __init__(self, sources: tuple[Source[Any], ...]) -> None:
        self._sources = sources
        self.shelf = Shelf()
        self.adopt(self.look())

    def look(self) -> Shelf:
        """The shelf as it should be now: what is unchanged is shared with the one in use."""
        return Shelf(
            **{
                source.name: reread(self.shelf.reading(source.name), source)
                for source in self._sources
            }
        )

    def adopt(self, shelf: Shelf) -> None:
        """Answer from this shelf from now on, and let go of what it replaces."""
        old, self.shelf = self.shelf, shelf
        for source in self._sources:
            before, now = old.reading(source.name), shelf.reading(source.name)
            if now is not before:
                _tell(source.name, now)
        for before, now in ((old.snapshot, shelf.snapshot), (old.ledger, shelf.ledger)):
            if before.value is not None and before.value is not now.value:
                before.value.close()


def _tell(name: str, reading: Reading[Any]) -> None:
    if reading.problem is None:
        note("source_loaded", source=name)
    else:
        warn(
            "source_refused", source=name, kept=reading.value is not None, why=str(reading.problem)
        )


def _warm(models: Mapping[str, Model]) -> Mapping[str, Model]:
    """The models once each has taken a score apart: what that compiles, no request waits for."""
    for label, model in models.items():
        if model.explains:
            model.contributions(np.zeros((1, len(model.features))), label)
    return models


def _policy(workspace: Workspace) -> Policy:
    policy = load_policy(workspace.policy)
    refuse_unapproved(workspace, policy.version)
    return policy


def _offers(path: Path) -> dict[str, Offer]:
    return {offer.code: offer for offer in load_offers(path)}


def _holdout_key(path: Path) -> bytes:
    if not path.exists():
        raise Unreadable(f"no hold-out key at {path}; `goodcall outreach plan` makes one")
    key = path.read_bytes()
    if len(key) < MIN_KEY_BYTES:
        raise Unreadable(
            f"the hold-out key {path} has {len(key)} bytes where {MIN_KEY_BYTES} are needed; "
            "put the key back that the last plan was made with"
        )
    return key


def _identity(url: str) -> Stamp:
    """What changes when a ledger appears, is replaced or does not answer; writing does not."""
    try:
        return ledger_mark(url)
    except LedgerError as error:
        return (type(error).__name__,)


def _past(workspace: Workspace) -> Past:
    if not ledger_mark(workspace.ledger_url):
        return Past(None)
    return Past(Ledger.of(workspace, vault_of(workspace, os.environ)))
