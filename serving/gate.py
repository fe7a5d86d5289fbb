"""The gate of the endpoints: who asks, whether that is allowed, and what of an answer they see.

Every endpoint names its action and its payload; what it answers with passes through the permit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request

from goodcall.principal import Principal

# The whole machine is one caller as long as nobody is asked who they are.
_HERE = Principal(id="app local", sort="app", role="app")


@dataclass(frozen=True, slots=True)
class Subject:
    """The customer who is asked about, and whose customer that is."""

    customer_id: int
    manager_id: int | None = None
    branch_id: int | None = None


class Permit(Protocol):
    """The leave to do one thing, and which fields of each payload the role may see."""

    @property
    def whole(self) -> bool:
        """Whether every payload passes as it is."""
        ...

    def shape(self, payload: str, body: dict[str, Any]) -> dict[str, Any]:
        """A payload with the fields that the role may see, and no others."""
        ...


class Gate(Protocol):
    """Knows who asks, and what they may."""

    def caller(self, request: Request) -> Principal:
        """Who asks, proved; or a refusal."""
        ...

    def admit(self, request: Request, action: str, subject: Subject | None = None) -> Permit:
        """The permit for an action, about a customer where it is about one; or a refusal.

        Either is recorded in the audit log.
        """
        ...

    def admit_each(
        self, request: Request, action: str, subjects: Sequence[Subject]
    ) -> tuple[Permit, tuple[bool, ...]]:
        """The permit for an action about many customers, and about which of them it is given."""
        ...


@dataclass(frozen=True, slots=True)
class _Whole:
    """Nothing is left out."""

    whole: bool = True

    def shape(self, payload: str, body: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """The payload itself."""
        return body


class OpenGate:
    """Lets every program on this machine in, which is all that can reach a loopback address."""

    def caller(self, request: Request) -> Principal:  # noqa: ARG002 - nobody is asked
        """The machine."""
        return _HERE

    def admit(
        self,
        request: Request,  # noqa: ARG002
        action: str,  # noqa: ARG002
        subject: Subject | None = None,  # noqa: ARG002
    ) -> Permit:
        """A permit for everything."""
        return _Whole()

    def admit_each(
        self,
        request: Request,  # noqa: ARG002
        action: str,  # noqa: ARG002
        subjects: Sequence[Subject],
    ) -> tuple[Permit, tuple[bool, ...]]:
        """A permit for everything about everybody."""
        return _Whole(), (True,) * len(subjects)
