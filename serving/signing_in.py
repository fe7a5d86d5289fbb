"""Begins and ends sessions; every sign-in, that worked or did not, is written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from goodcall.principal import Principal
from governance.errors import SignInRefused
from governance.oidc import OpenIdProvider
from governance.sign_on import sign_on_secret
from serving.errors import Unproven
from serving.gate import Gate

_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has just begun: its token, told once, and whose it is."""

    token: str
    who: Principal


def sign_in(gate: Gate, name: str, password: str, *, request: str, now: datetime) -> Session:
    """The session of a name and its password, or Unproven in one and the same way."""
    try:
        token = gate.keys.sign_in(name, password, now=now)
    except SignInRefused as error:
        raise _refused(gate, error, request) from error
    return _begun(gate, token, "password", request, now)


def begin_sign_on(gate: Gate, provider: OpenIdProvider, *, request: str, now: datetime) -> str:
    """Where to send a browser for the bank's own sign-on."""
    try:
        begun = provider.begin(now)
    except SignInRefused as error:
        raise _refused(gate, error, request) from error
    gate.keys.keep_sign_on(begun, now=now)
    return begun.url


def finish_sign_on(
    gate: Gate, provider: OpenIdProvider, state: str, code: str, *, request: str, now: datetime
) -> Session:
    """The session of whom the bank's own sign-on proved."""
    try:
        begun = gate.keys.take_sign_on(state, now=now)
        token = gate.keys.sign_on(provider.finish(begun, state=state, code=code, now=now), now=now)
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


def _begun(gate: Gate, token: str, how: str, request: str, now: datetime) -> Session:
    who = gate.keys.principal_of_session(token, now)
    if who is None:
        raise Unproven("the session ended as it began; sign in again")
    gate.audit.record(who.id, "sign in", "session", how=how, request=request)
    return Session(token, who)


def _refused(gate: Gate, error: SignInRefused, request: str) -> Unproven:
    gate.audit.record(_NOBODY, "sign in", "session", refused=str(error), request=request)
    return Unproven(str(error))
