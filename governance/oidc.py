"""Signing in through the bank's own sign-on: OpenID Connect, code flow with PKCE.

OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636. What the token endpoint returns counts only
where its signature, issuer, audience, nonce and time hold.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from governance.errors import SignInRefused
from governance.sign_on import Begun, SignedOn, SignOn, is_secure, signed_on

_SKEW_SECONDS = 60
_MOST_AGE = timedelta(hours=1)
# Tokens that name unknown keys make nobody ask the provider more often than this.
_LEAST_AGE = timedelta(minutes=1)
_MOST_BYTES = 1_000_000
_SECRET_BYTES = 32
# OpenID Connect Core 3.1.3.7: the times and names that every token tells.
_NEEDED = ("iss", "sub", "aud", "exp", "iat", "nonce")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of a provider, and when."""

    about: Mapping[str, Any]
    keys: KeySet
    at: datetime


class OpenIdProvider:
    """The bank's sign-on. `secret` is the client's, where it has one; `http` does the asking."""

    def __init__(self, to: SignOn, http: httpx.Client, secret: str | None = None) -> None:
        self._to, self._http, self._secret = to, http, secret
        self._found: _Found | None = None

    @property
    def returns_over_tls(self) -> bool:
        """Whether the browser comes back over TLS; else it does so within one machine."""
        return self._to.redirect.startswith("https:")

    def begin(self, now: datetime) -> Begun:
        """A sign-in that begins: a state, a nonce and a verifier of its own."""
        state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
        url = prepare_grant_uri(
            self._provider(now).about["authorization_endpoint"],
            client_id=self._to.client_id,
            response_type="code",
            redirect_uri=self._to.redirect,
            scope="openid profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Begun(url, state, nonce, verifier)

    def finish(self, begun: Begun, *, state: str, code: str, now: datetime) -> SignedOn:
        """Who signed in, from what the browser brought back; SignInRefused where it does not hold.

        What `begin` returned counts once: whoever calls lets go of it before.
        """
        if not secrets.compare_digest(begun.state.encode(), state.encode()):
            raise SignInRefused(
                "the sign-in that came back is not the one that was begun; begin again"
            )
        token = self._token(begun, code, now)
        return signed_on(self.claims(token, begun.nonce, now), self._to)

    def claims(self, token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        """What an id_token says, where it holds; SignInRefused says why where it does not."""
        try:
            proved = self._verified(token, now)
            self._registry(nonce, now).validate(proved)
        except (JoseError, ValueError) as error:
            raise _refused(str(error)) from error
        several = isinstance(proved["aud"], list) and len(proved["aud"]) > 1
        if (several or "azp" in proved) and proved.get("azp") != self._to.client_id:
            raise _refused("the token was given to another client")
        return proved

    def _registry(self, nonce: str, now: datetime) -> jwt.JWTClaimsRegistry:
        """What a token must say now, in answer to a sign-in of that nonce."""
        wanted: dict[str, Any] = {name: {"essential": True} for name in _NEEDED}
        wanted["iss"]["value"] = self._provider(now).about["issuer"]
        wanted["aud"]["value"] = self._to.client_id
        wanted["nonce"]["value"] = nonce
        return jwt.JWTClaimsRegistry(int(now.timestamp()), _SKEW_SECONDS, **wanted)

    def _verified(self, token: str, now: datetime) -> dict[str, Any]:
        """The claims of a token whose signature holds; for an unknown key they are read anew."""
        algorithms, found = list(self._to.algorithms), self._provider(now)
        try:
            return jwt.decode(token, found.keys, algorithms).claims
        except InvalidKeyIdError:
            if now - found.at < _LEAST_AGE:
                raise
            self._found = None
            return jwt.decode(token, self._provider(now).keys, algorithms).claims

    def _token(self, begun: Begun, code: str, now: datetime) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._to.redirect,
            "client_id": self._to.client_id,
            "code_verifier": begun.verifier,
        }
        auth = None if self._secret is None else (self._to.client_id, self._secret)
        said = self._asked("POST", self._provider(now).about["token_endpoint"], form, auth)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise _refused("it returned no id_token")
        return token

    def _provider(self, now: datetime) -> _Found:
        """The provider's endpoints and keys, read anew every hour."""
        if self._found is not None and timedelta() <= now - self._found.at < _MOST_AGE:
            return self._found
        about = self._asked("GET", f"{self._to.issuer}/.well-known/openid-configuration")
        if str(about.get("issuer", "")).rstrip("/") != self._to.issuer:
            raise _refused(f"it calls itself {about.get('issuer')!r}, not {self._to.issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(about.get(name), str) or not is_secure(about[name]):
                raise _refused(f"its {name} is no https address")
        try:
            keys = KeySet.import_key_set(self._asked("GET", about["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise _refused(f"its keys do not read: {error}") from error
        self._found = _Found(about, keys, now)
        return self._found

    def _asked(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> dict[str, Any]:
        """What the provider answers in JSON, wherever no redirect leads elsewhere."""
        try:
            answer = self._http.request(
                method, url, data=form, auth=auth, headers={"Accept": "application/json"}
            )
        except httpx.HTTPError as error:
            raise _refused(f"it does not answer: {error}") from error
        if answer.status_code != httpx.codes.OK or len(answer.content) > _MOST_BYTES:
            raise _refused(f"it answers {url} with {answer.status_code}")
        try:
            said = answer.json()
        except ValueError as error:
            raise _refused(f"what it answers to {url} is no JSON") from error
        if not isinstance(said, dict):
            raise _refused(f"what it answers to {url} is no object")
        return said


def _refused(why: str) -> SignInRefused:
    return SignInRefused(
        f"the bank's sign-on was not accepted: {why}; sign in again, and tell whoever manages "
        "access if it stays so"
    )
