"""How a customer's request is handled: of whom it may be, one after another, kept and audited."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import typer

from cli.clock import now
from cli.doer import Doer
from cli.errors import BadOption, NightBusy
from cli.night_lock import AT_WORK, alone
from cli.rights_places import banks_places
from cli.show import say_error
from features import erased_in, open_bank
from goodcall import Workspace
from goodcall.atomic import changing, finish_writing
from goodcall.errors import GoodcallError
from governance import RightsError, RightsStore, Vault, vault_of

MOST_DAYS = 366
# What changes a customer's data is handled one after another, and two kinds not beside a night.
_CHANGING, _APART = {"correct", "object", "delete"}, {"object", "delete"}


@dataclass
class Handled:
    """A request that is being handled: what is said of it, and whether it is done by that.

    `before` is what an earlier start kept with it, `stands_for` an erased customer's pseudonym.
    """

    number: int
    store: RightsStore
    vault: Vault
    before: str | None
    said: dict[str, Any] = field(default_factory=dict)
    settled: bool = True
    stands_for: int | None = None


@contextmanager
def handling(
    place: Workspace, customer: int, kind: str, doer: Doer, bank: Path | None = None
) -> Iterator[Handled]:
    """A request that is audited first, and kept as done with what the block says of it.

    RightsError, noted too, and no request is kept, where the bank does not know the customer, or
    the customer was erased; exit 4 where a night is at work that must not see half of it. What a
    killed process left half written is put right before any place is asked.
    """
    with _turn(place, kind):
        with noted(place, doer, f"rights {kind}", customer):
            vault = vault_of(place, os.environ)
            if kind in _APART:
                finish_writing(place.root)
            refuse_others(place, vault, customer, kind, bank)
        with rights_store(place) as store:
            number = store.ask(customer, kind, now=now(), days=days_to_answer())
            (asked,) = (each for each in store.every(customer) if each.request_id == number)
            request = Handled(number, store, vault, asked.said)
            yield request
            if request.settled:
                said = ", ".join(f"{name} {value}" for name, value in request.said.items())
                stands_for = request.stands_for
                store.done(
                    number, by=doer.by or doer.actor, now=now(), said=said, stands_for=stands_for
                )


@contextmanager
def noted(
    place: Workspace, doer: Doer, action: str, customer: int, **facts: object
) -> Iterator[None]:
    """A block that the audit log tells of before it reads anything; its refusal is told too."""
    about = f"customer {customer}"
    doer.record(place, action, about, **facts)
    try:
        yield
    except RightsError as error:
        doer.record(place, action, about, refused=str(error), **facts)
        raise


def refuse_others(
    place: Workspace, vault: Vault, customer: int, kind: str, bank: Path | None = None
) -> None:
    """RightsError of a customer whom the bank does not know, or who was erased.

    A place that cannot be asked is passed over, and named where no other knows the customer. A
    deletion that was begun may be begun again.
    """
    if erased_in(place.erased).holds(customer, vault):
        if kind == "delete":
            return
        raise RightsError(
            f"customer {customer} was erased, so there is nothing to {kind}; "
            f"`goodcall rights scan {customer}` shows that nothing is left"
        )
    if bank is not None and _in_files(bank, customer):
        return
    unasked = []
    for each in banks_places(place, vault):
        try:
            if each.known(customer):
                return
        except (GoodcallError, OSError) as error:
            unasked.append(f"; {each.place} could not be asked: {error}")
    where = f"the workspace {place.root}" + ("" if bank is None else f" or the bank in {bank}")
    raise RightsError(
        f"no customer {customer} is known in {where}; check the number, and name the bank's folder "
        f"by --bank{''.join(unasked)}"
    )


def rights_store(place: Workspace) -> RightsStore:
    """The requests of a workspace's customers."""
    place.root.mkdir(parents=True, exist_ok=True)
    return RightsStore.open(place.governance_url)


def days_to_answer() -> int:
    """How many days a request may take."""
    said = os.environ.get("GOODCALL_RIGHTS_DAYS") or "30"
    if not said.isdigit() or not 1 <= int(said) <= MOST_DAYS:
        raise BadOption(
            f"GOODCALL_RIGHTS_DAYS={said} does not read; write whole days from 1 to {MOST_DAYS}, "
            "such as 30"
        )
    return int(said)


def _in_files(bank: Path, customer: int) -> bool:
    ids = open_bank(bank).read("customers")["customer_id"]
    return bool(pc.any(pc.equal(ids, customer)).as_py())


@contextmanager
def _turn(place: Workspace, kind: str) -> Iterator[None]:
    """Wait for others who change a customer's data, and leave the night to who is at work on it."""
    if kind not in _CHANGING:
        yield
        return
    with changing(place.root / "rights"):
        if kind not in _APART:
            yield
            return
        try:
            with alone(place, now()):
                yield
        except NightBusy as error:
            say_error(str(error))
            raise typer.Exit(AT_WORK) from error
