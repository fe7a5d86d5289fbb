"""The gate of the endpoints: who asks, whether that is allowed, and what of an answer they see.

Every endpoint names its action and its payload; what it answers with passes through the permit.
"""

from collections.abc import Sequence
from typing import Protocol

from fastapi import Request

from goodcall.language import Text
from goodcall.principal import Principal
from governance.access import Access, Permit, Role, Subject
from governance.access_file import default_access_text, parse_access

__all__ = ["Gate", "OpenGate", "Permit", "Subject"]

# The whole machine is one caller as long as nobody is asked who they are.
_HERE = Principal(id="app local", sort="app", role="app")


class Gate(Protocol):
    """Knows who asks, and what they may."""

    def caller(self, request: Request) -> Principal:
        """Who asks, proved; or a refusal."""
        ...

    def admit(
        self, request: Request, action: str, subject: Subject | None = None, **facts: object
    ) -> Permit:
        """The permit for an action, about a customer where it is about one; or a refusal.

        Either is recorded in the audit log, with what `facts` tell.
        """
        ...

    def admit_each(
        self, request: Request, action: str, subjects: Sequence[Subject]
    ) -> tuple[Permit, tuple[bool, ...]]:
        """The permit for an action about many customers, and about which of them it is given."""
        ...


class OpenGate:
    """Lets every program on this machine in, which is all that can reach a loopback address."""

    def __init__(self) -> None:
        self._access: Access = parse_access(default_access_text())
        self._role = Role("app", Text("App", "应用"), {}, None, None)

    def caller(self, request: Request) -> Principal:  # noqa: ARG002 - nobody is asked
        """The machine."""
        return _HERE

    def admit(
        self,
        request: Request,  # noqa: ARG002
        action: str,
        subject: Subject | None = None,  # noqa: ARG002
        **facts: object,  # noqa: ARG002
    ) -> Permit:
        """A permit for everything."""
        return Permit(action, "role", None, False, self._access, self._role)  # noqa: FBT003

    def admit_each(
        self, request: Request, action: str, subjects: Sequence[Subject]
    ) -> tuple[Permit, tuple[bool, ...]]:
        """A permit for everything about everybody."""
        return self.admit(request, action), (True,) * len(subjects)
