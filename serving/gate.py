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
from governance.access import Access, Grant, Permit, Subject
from governance.access_file import load_access
from governance.audit import AuditLog, open_audit
from governance.errors import AccessRefused
from governance.keys import KeyLimits
from governance.pseudonyms import pseudonyms_at
from governance.store import AccessStore
from serving.errors import NotReady, Refused, Unanswered, Unproven

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

        NotReady in place of Refused where it hangs on whose customer it is and nothing tells that.
        Either is in the audit log before this returns, with the request's id and what `facts` tell.
        """
        who = self.caller(request)
        try:
            return self._recorded(
                *(request, action, _about(subject), facts),
                lambda: self._permit(who, action, subject),
            )
        except AccessRefused as error:
            raise self._answer_to(who, action, subject, error) from error

    def admit_end(self, request: Request, action: str, customer_id: int, **facts: object) -> Permit:
        """The permit to end what the caller began about a customer by an action; Refused otherwise.

        It asks nobody whose customer that is by now. It may ask the store of access, so a thread
        should wait for it.
        """
        who = self.caller(request)
        own = customer_id in self.keys.served_of(who.id, self.clock())
        try:
            return self._recorded(
                *(request, action, _about(Subject(customer_id)), facts),
                lambda: self.access.permit_to_end(who, action, own=own),
            )
        except AccessRefused as error:
            raise Refused(error.unnamed) from error

    def reaches(self, request: Request, action: str, at: Subject | None = None) -> bool:
        """Whether the caller's role may do something: for `at`, or for every customer there is."""
        try:
            self.access.permit(self.caller(request), action, at, now=self.clock())
        except AccessRefused:
            return False
        return True

    def admit_each(
        self,
        request: Request,
        action: str,
        subjects: Sequence[Subject],
        *,
        whole: bool = False,
        told: Mapping[str, object] | None = None,
    ) -> tuple[Permit, tuple[bool, ...]]:
        """The permit for an action about many customers, and about which of them it is given.

        One line of the audit log names all of them. Refused, or NotReady, where it is given for
        none, or, for what is done as a `whole` or not at all, where it is not given for each: then
        the line says of nobody that it was done. It asks the store of access twice at most; a
        thread should wait for it.
        """
        who = self.caller(request)
        found = self._permit_each(who, action, subjects)
        may = tuple(each is not None for each in found)
        permits = [each for each in found if each is not None]
        given = [at.customer_id for at, yes in zip(subjects, may, strict=True) if yes]
        missing = [at for at, yes in zip(subjects, may, strict=True) if not yes]
        refused = not permits or (whole and bool(missing))
        facts = {
            **(told or {}),
            "request": request.scope.get(REQUEST_ID, ""),
            "customers": [] if refused else given,
        }
        if missing:
            facts["refused"] = [at.customer_id for at in missing]
        self.audit.record(who.id, action, f"{len(subjects)} customers", **facts)
        if refused:
            raise self._answer_to_many(who, action, missing, some=bool(permits))
        request.scope[ADMITTED] = True
        return permits[0], may

    def close(self) -> None:
        """Bring the audit log to the disk, and let go of both."""
        self.audit.close()
        self.keys.close()

    def _recorded(
        self,
        request: Request,
        action: str,
        about: str,
        facts: Mapping[str, object],
        permitted: Callable[[], Permit],
    ) -> Permit:
        """The permit, or AccessRefused, once either is in the audit log."""
        who = self.caller(request)
        said = {**facts, "request": request.scope.get(REQUEST_ID, "")}
        try:
            permit = permitted()
        except AccessRefused as error:
            self.audit.record(who.id, action, about, refused=str(error), **said)
            raise
        self.audit.record(who.id, action, about, via=permit.via, **said)
        request.scope[ADMITTED] = True
        return permit

    def _permit_each(
        self, who: Principal, action: str, subjects: Sequence[Subject]
    ) -> list[Permit | None]:
        """The permit about each customer, None where there is none; two questions for all."""
        now = self.clock()
        found = [self._permitted(who, action, each, (), now) for each in subjects]
        if all(found):
            return found
        served, grants = self.keys.served_of(who.id, now), self.keys.grants_of(who.id, now)
        if not served and not grants:
            return found
        by = frozenset({who.id})
        return [
            permit
            or self._permitted(
                *(who, action, replace(at, served_by=by) if at.customer_id in served else at),
                *(grants, now),
            )
            for permit, at in zip(found, subjects, strict=True)
        ]

    def _permitted(
        self, who: Principal, action: str, at: Subject, grants: Sequence[Grant], now: datetime
    ) -> Permit | None:
        try:
            return self.access.permit(who, action, at, grants=grants, now=now)
        except AccessRefused:
            return None

    def _answer_to(
        self, who: Principal, action: str, at: Subject | None, error: AccessRefused
    ) -> Unanswered:
        """What is answered to who is refused: not yet, where it cannot be told whose it is."""
        if at is not None and at.unplaced is not None:
            now = self.clock()
            grants = self.keys.grants_of(who.id, now)
            if self.access.rests_on_place(who, action, grants=grants, now=now):
                return NotReady("no_snapshot", at.unplaced)
        return Refused(error.unnamed)

    def _answer_to_many(
        self, who: Principal, action: str, missing: Sequence[Subject], *, some: bool
    ) -> Unanswered:
        """What is answered where not each was permitted; `some` were, and could be asked alone."""
        at = next((each for each in missing if each.unplaced is not None), missing[0])
        answer = self._answer_to(who, action, at, self.access.refusal(who, action, at))
        if not some or isinstance(answer, NotReady):
            return answer
        more = ", ..." if len(missing) > _SHOWN else ""
        told = ", ".join(str(each.customer_id) for each in missing[:_SHOWN])
        return Refused(
            f"{who.id} may not do {action} for customers {told}{more}, so nothing was done; leave "
            "them out, or ask for wider access"
        )

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


def _about(subject: Subject | None) -> str:
    """Whom or what a line of the audit log is about: a customer as whoever asks named them."""
    if subject is None:
        return "service"
    name = subject.customer_id if subject.pseudonym is None else subject.pseudonym
    return "service" if name is None else f"customer {name}"


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
