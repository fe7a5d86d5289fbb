"""Begins and ends sessions; every sign-in, that worked or did not, is written down."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from secrets import compare_digest

import httpx

from goodcall.principal import Principal
from governance.errors import SignInRefused
from governance.oidc import OpenIdProvider
from governance.people import SIGN_ON, User, name_signed_on
from governance.sign_on import Begun, SignedOn, sign_on_secret
from serving.errors import Unproven
from serving.gate import Gate

_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has just begun: its token, told once, and whose it is."""

    token: str
    who: Principal


@dataclass(frozen=True, slots=True)
class Back:
    """What a browser brings back from the bank's sign-on, and the state that it kept meanwhile."""

    state: str
    code: str
    kept: str


def sign_in(gate: Gate, name: str, password: str, *, request: str, now: datetime) -> Session:
    """The session of a name and its password, or Unproven in one and the same way."""
    try:
        token = gate.keys.sign_in(name, password, now=now)
    except SignInRefused as error:
        raise _refused(gate, error, request) from error
    return _begun(gate, token, "password", request, now)


def begin_sign_on(gate: Gate, provider: OpenIdProvider, *, request: str, now: datetime) -> Begun:
    """Where to send a browser for the bank's own sign-on, and the state that it must bring back."""
    try:
        begun = provider.begin(now)
    except SignInRefused as error:
        raise _refused(gate, error, request) from error
    gate.keys.keep_sign_on(begun, now=now)
    return begun


def finish_sign_on(
    gate: Gate, provider: OpenIdProvider, back: Back, *, request: str, now: datetime
) -> Session:
    """The session of whom the bank's own sign-on proved, in the browser that began it."""
    try:
        _refuse_another_browser(back)
        begun = gate.keys.take_sign_on(back.state, now=now)
        who = provider.finish(begun, state=back.state, code=back.code, now=now)
        note = partial(_note_change, gate, who, request)
        token = gate.keys.sign_on(who, now=now, note=note)
    except SignInRefused as error:
        raise _refused(gate, error, request) from error
    return _begun(gate, token, "sign-on", request, now)


def sign_out(gate: Gate, token: str, who: Principal, *, request: str, now: datetime) -> None:
    """End a session."""
    gate.keys.sign_out(token, now=now)
    gate.audit.record(who.id, "sign out", "session", request=request)


def provider_of(gate: Gate, environment: Mapping[str, str]) -> OpenIdProvider | None:
    """The bank's own sign-on, where the access file names one; its secret is never in that file."""
    if gate.access.sign_on is None:
        return None
    secret = sign_on_secret(environment)
    return OpenIdProvider(gate.access.sign_on, httpx.Client(timeout=10), secret)


def note_settings(gate: Gate, *, now: datetime) -> None:
    """Write down that the settings of the bank's own sign-on are others than at the last start."""
    to, before = gate.access.sign_on, gate.keys.sign_on_settings()
    settings = json.dumps(None if to is None else asdict(to), sort_keys=True)
    if settings == before:
        return
    gate.audit.record(
        *("service", "change sign-on settings", "access file"),
        version=gate.access.version,
        before=json.loads(before),
        after=json.loads(settings),
    )
    gate.keys.note_sign_on_settings(settings, now=now)


def _note_change(gate: Gate, who: SignedOn, request: str, found: User | None) -> None:
    """Write down whom the bank's own sign-on adds, or gives another role or branches."""
    said = {"role": who.role, "branches": sorted(who.branches), "request": request}
    if found is None:
        name = name_signed_on(who)
        gate.audit.record(SIGN_ON, "add user", f"user {name}", staff=who.staff_id, **said)
    elif (found.role, found.branches) != (who.role, who.branches):
        gate.audit.record(SIGN_ON, "change user", f"user {found.name}", **said)


def _begun(gate: Gate, token: str, how: str, request: str, now: datetime) -> Session:
    who = gate.keys.principal_of_session(token, now)
    if who is None:
        raise Unproven("the session ended as it began; sign in again")
    gate.audit.record(who.id, "sign in", "session", how=how, request=request)
    return Session(token, who)


def _refuse_another_browser(back: Back) -> None:
    """Whoever is led into somebody else's sign-in did not keep its state."""
    if not compare_digest(back.kept.encode(), back.state.encode()):
        raise SignInRefused("the sign-in was not begun in this browser; begin again here")


def _refused(gate: Gate, error: SignInRefused, request: str) -> Unproven:
    gate.audit.record(_NOBODY, "sign in", "session", refused=str(error), request=request)
    return Unproven(str(error))
