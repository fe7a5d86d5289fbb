"""Who runs a command, proved by password, and whether that person may; refusals are audited."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from cli.clock import now
from cli.doer import COMMAND_LINE, Doer
from cli.errors import BadOption
from cli.records import audit_of
from goodcall import Workspace
from goodcall.principal import Principal
from governance import (
    Access,
    AccessRefused,
    AccessStore,
    SignInRefused,
    load_access,
    pseudonyms_at,
)


@dataclass(frozen=True, slots=True)
class Acting:
    """A proved person at the store of access; `who` is None where the first one is added."""

    place: Workspace
    access: Access
    store: AccessStore
    who: Principal | None

    @property
    def doer(self) -> Doer:
        """Who it is in the audit log."""
        return Doer(None if self.who is None else self.who.id)

    @property
    def person(self) -> Principal:
        """The person; there is none only where the first user is added."""
        if self.who is None:
            raise AssertionError("only who adds the first user acts without a name")
        return self.who

    def record(self, action: str, subject: str, **facts: object) -> None:
        """Write into the audit log what the person is about to do or did."""
        self.doer.record(self.place, action, subject, **facts)


@contextmanager
def acting(
    place: Workspace,
    name: str | None,
    action: str | None = None,
    *,
    for_some: bool = False,
    first: bool = False,
    may_be_one_time: bool = False,
) -> Iterator[Acting]:
    """The person of that name, proved, who may do `action`; what is refused is audited.

    Where it is done `for_some` customers, whose they are is not asked.
    A password that another person gave is good where it `may_be_one_time`. Before anybody was added
    nobody can be proved, and whoever adds the `first` acts without a name.
    """
    access = access_of(place)
    place.root.mkdir(parents=True, exist_ok=True)
    with AccessStore.open(place.governance_url) as store:
        who = None if first and store.is_empty() else _proved(place, store, name, may_be_one_time)
        at = Acting(place, access, store, who)
        try:
            if who is not None and action is not None:
                if for_some:
                    access.refuse_unable(who, action)
                else:
                    access.permit(who, action, now=now())
            yield at
        except AccessRefused as error:
            at.record("refused", action or "access", because=str(error))
            raise


def access_of(place: Workspace) -> Access:
    """The rules of access of a workspace: its own file's, else the shipped ones."""
    return load_access(place.access, pseudonyms_at(place.pseudonym_key, os.environ))


def new_password(name: str) -> str:
    """A new password, asked for twice, or read from GOODCALL_NEW_PASSWORD."""
    return os.environ.get("GOODCALL_NEW_PASSWORD") or str(
        typer.prompt(f"New password of {name}", hide_input=True, confirmation_prompt=True, err=True)
    )


def _proved(
    place: Workspace,
    store: AccessStore,
    name: str | None,
    may_be_one_time: bool,  # noqa: FBT001 - passed on as it is
) -> Principal:
    if store.is_empty():
        raise BadOption(
            "access is not set up: there is no user; begin with `goodcall access user add NAME "
            "--role administrator`"
        )
    if name is None:
        raise BadOption("say who you are with --as NAME; access is set up, so nobody acts unnamed")
    password = os.environ.get("GOODCALL_PASSWORD") or typer.prompt(
        f"Password of {name}", hide_input=True, err=True
    )
    try:
        found = store.proved(name, password, now=now(), may_be_one_time=may_be_one_time)
    except SignInRefused:
        audit_of(place).record(COMMAND_LINE, "sign-in refused", f"user {name[:60]}")
        raise
    return found.principal
