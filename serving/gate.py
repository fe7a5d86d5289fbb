"""The gate: proves who asks, asks what they may, and writes it down before anything is answered.

`caller` proves by an API key or a session; `admit` stands in every endpoint. An answer whose
endpoint did not ask to be admitted never leaves the service (serving/around.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from goodcall.principal import Principal
from goodcall.workspace import Workspace
from governance.access import Access, Permit, Subject
from governance.access_file import load_access
from governance.audit import AuditLog, open_audit
from governance.errors import AccessRefused
from governance.keys import KeyLimits
from governance.pseudonyms import pseudonyms_at
from governance.store import AccessStore
from serving.errors import Refused, Unproven

__all__ = ["Caller", "Gate", "Permit", "Subject", "open_gate"]

SESSION = "goodcall_session"
# A read's audit line is written before the answer, and on the disk within so many milliseconds.
GROUP_MS = 100
# Where the proof of this request lies in the ASGI scope, and that its endpoint was admitted.
CALLER, ADMITTED, REQUEST_ID = "goodcall.caller", "goodcall.admitted", "goodcall.request"
_SHOWN = 5
_READING = frozenset({"GET", "HEAD"})
_HOW = "send `Authorization: Bearer KEY` with a key of `goodcall access key`, or sign in"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how much the key may ask; a session has no limits of its own."""

    who: Principal
    limits: KeyLimits | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets requests in by the rules of `access`, and keeps every yes and every no in `audit`."""

    access: Access
    keys: AccessStore
    audit: AuditLog
    clock: Callable[[], datetime]

    def prove(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Caller:
        """Who asks, by the key or the session in the headers; Unproven where neither holds.

        A session's cookie goes wherever the browser goes, so it changes something only when the
        page that sends it is of this service.
        """
        said = _wanted(headers)
        key = said.get(b"authorization")
        if key is not None:
            scheme, _, secret = key.decode("latin-1").partition(" ")
            found = None
            if scheme.lower() == "bearer":
                found = self.keys.principal_of_key(secret.strip(), self.clock())
            if found is None:
                raise Unproven(f"this key is not, or no longer, valid; {_HOW}")
            return Caller(*found)
        token = _cookie(said.get(b"cookie", b""))
        if token is None:
            raise Unproven(f"nobody says who asks; {_HOW}")
        who = self.keys.principal_of_session(token, self.clock())
        if who is None:
            raise Unproven(f"this session is over; {_HOW}")
        if method not in _READING and not _from_here(said):
            raise Unproven("a page of another site sent this; open the service's own page")
        return Caller(who)

    def caller(self, request: Request) -> Principal:
        """Who asks, as it was proved around this request."""
        found: Caller | None = request.scope.get(CALLER)
        if found is None:
            found = self.prove(request.method, request.scope["headers"])
            request.scope[CALLER] = found
        return found.who

    def admit(
        self, request: Request, action: str, subject: Subject | None = None, **facts: object
    ) -> Permit:
        """The permit for an action, about a customer where it is about one; Refused otherwise.

        Either is in the audit log before this returns, with the request's id and what `facts` tell.
        """
        who = self.caller(request)
        about = "service" if subject is None else f"customer {subject.customer_id}"
        said = facts | {"request": request.scope.get(REQUEST_ID, "")}
        try:
            permit = self._permit(who, action, subject)
        except AccessRefused as error:
            self.audit.record(who.id, action, about, refused=str(error), **said)
            raise Refused(str(error)) from error
        self.audit.record(who.id, action, about, via=permit.via, **said)
        request.scope[ADMITTED] = True
        return permit

    def reaches_all(self, request: Request, action: str) -> bool:
        """Whether the caller may do something for every customer, whosever customer it is."""
        try:
            self.access.permit(self.caller(request), action, now=self.clock())
        except AccessRefused:
            return False
        return True

    def admit_each(
        self, request: Request, action: str, subjects: Sequence[Subject], *, whole: bool = False
    ) -> tuple[Permit, tuple[bool, ...]]:
        """The permit for an action about many customers, and about which of them it is given.

        One line of the audit log names all of them. Refused where it is given for none, or, for
        what is done as a `whole` or not at all, where it is not given for each: then the line says
        of nobody that it was done.
        """
        who = self.caller(request)
        asked = [(each.customer_id, self._permitted(who, action, each)) for each in subjects]
        permits = [found for _, found in asked if isinstance(found, Permit)]
        given = [customer for customer, found in asked if isinstance(found, Permit)]
        missing = [customer for customer, found in asked if not isinstance(found, Permit)]
        error = _none_given(who, action, missing, given, whole=whole)
        facts: dict[str, object] = {"request": request.scope.get(REQUEST_ID, "")}
        facts["customers"] = [] if error else given
        if missing:
            facts["refused"] = missing
        self.audit.record(who.id, action, f"{len(subjects)} customers", **facts)
        if error:
            raise error
        request.scope[ADMITTED] = True
        return permits[0], tuple(isinstance(found, Permit) for _, found in asked)

    def close(self) -> None:
        """Bring the audit log to the disk, and let go of both."""
        self.audit.close()
        self.keys.close()

    def _permitted(self, who: Principal, action: str, at: Subject) -> Permit | AccessRefused:
        try:
            return self._permit(who, action, at)
        except AccessRefused as error:
            return error

    def _permit(self, who: Principal, action: str, at: Subject | None) -> Permit:
        """By the role alone where that suffices; else by who is served and what was granted."""
        now = self.clock()
        try:
            return self.access.permit(who, action, at, now=now)
        except AccessRefused:
            if at is not None and at.customer_id is not None:
                at = replace(at, served_by=self.keys.served_by(at.customer_id, now))
            grants = self.keys.grants_of(who.id, now)
            return self.access.permit(who, action, at, grants=grants, now=now)


def open_gate(
    workspace: Workspace, environment: Mapping[str, str], clock: Callable[[], datetime]
) -> Gate:
    """The gate of a workspace: its access file, its store of access, its audit log."""
    pseudonyms = pseudonyms_at(workspace.pseudonym_key, environment)
    return Gate(
        load_access(workspace.access, pseudonyms),
        AccessStore.open(workspace.governance_url),
        open_audit(workspace, environment, group_ms=GROUP_MS),
        clock,
    )


def _none_given(
    who: Principal,
    action: str,
    missing: Sequence[int | None],
    given: Sequence[int | None],
    *,
    whole: bool,
) -> Refused | None:
    """The refusal of an action about many, or None where it is given for some, or for each."""
    if not given:
        return Refused(f"{who.id} may not do {action} for any of them; ask for your own")
    if whole and missing:
        more = ", ..." if len(missing) > _SHOWN else ""
        told = ", ".join(map(str, missing[:_SHOWN]))
        return Refused(
            f"{who.id} may not do {action} for customers {told}{more}, so nothing was done; leave "
            "them out, or ask for wider access"
        )
    return None


def _wanted(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    return {name: value for name, value in headers if name in _HEADERS}


def token_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The session's token that a request carries, or None."""
    return _cookie(_wanted(headers).get(b"cookie", b""))


def _cookie(said: bytes) -> str | None:
    """The session's token among the cookies, or None."""
    for part in said.decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == SESSION and value:
            return value
    return None


def _from_here(said: dict[bytes, bytes]) -> bool:
    """Whether a page of this very service sent the request."""
    origin = said.get(b"origin")
    if origin is None:
        return False
    return urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") == said.get(b"host")


_HEADERS = frozenset({b"authorization", b"cookie", b"host", b"origin"})
