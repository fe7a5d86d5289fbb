"""Signing in through a real OpenID provider on this machine, and every way in which it may not."""

import base64
import hashlib
import hmac
import json
from contextlib import closing

import httpx
import pytest
from governed import NOW, a_person, a_store
from identity_provider import KEY, SECRET, Provider, settings_text
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from governance import (
    AccessError,
    SignInRefused,
    default_access_text,
    parse_access,
    sign_on_secret,
)
from governance.oidc import OpenIdProvider

OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
ROTATED = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})


@pytest.fixture
def provider():
    with closing(Provider()) as running:
        yield running


@pytest.fixture
def http():
    with httpx.Client(timeout=5, trust_env=False) as client:
        yield client


def settings(provider):
    return parse_access(default_access_text() + settings_text(provider)).sign_on


def signed_in(provider, http, now=NOW, **more):
    """Who signs in there and back."""
    to = OpenIdProvider(settings(provider), http, more.get("secret", SECRET))
    begun = to.begin(now)
    state, code = provider.visit(begun.url)
    return to.finish(begun, state=more.get("state", state), code=more.get("code", code), now=now)


def test_a_person_signs_in_at_the_bank_and_is_what_its_claims_say(provider, http):
    """Role, staff id and branches come from claims; the subject is issuer and subject."""
    who = signed_in(provider, http)
    assert (who.role, who.staff_id, who.branches) == ("teller", 44, {1, 2})
    assert who.subject == f"{provider.url}|77"


def test_a_session_comes_of_it_once_and_follows_the_claims(provider, http, store):
    """A new person is added; the next sign-in gives what the bank says then."""
    to = OpenIdProvider(settings(provider), http, SECRET)

    def sign_in():
        begun = to.begin(NOW)
        store.keep_sign_on(begun, now=NOW)
        state, code = provider.visit(begun.url)
        taken = store.take_sign_on(state, now=NOW)
        with pytest.raises(SignInRefused, match="not begun here"):
            store.take_sign_on(state, now=NOW)
        who = to.finish(taken, state=state, code=code, now=NOW)
        return store.sign_on(who, now=NOW, note=lambda _: None)

    first = store.principal_of_session(sign_in(), NOW)
    assert (first.id, first.role, first.branches) == ("staff 44", "teller", {1, 2})
    provider.changes = {"groups": "goodcall-compliance", "branches": None}
    second = store.principal_of_session(sign_in(), NOW)
    assert (second.id, second.role, second.branches) == ("staff 44", "compliance", set())
    assert len(store.users()) == 1
    store.disable_user(a_person("administrator", 1), "staff-44", now=NOW)
    with pytest.raises(SignInRefused):
        sign_in()


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(claims):
    return f"{encoded({'alg': 'none'})}.{encoded(claims)}."


def by_public_key(claims):
    """Signed by HMAC with the public key as its secret, as libraries were once fooled."""
    said = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(claims)}"
    mark = hmac.new(KEY.as_pem(private=False), said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def tampered(claims):
    head, _, mark = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY).split(".")
    return f"{head}.{encoded(claims | {'groups': ['goodcall-compliance']})}.{mark}"


EC = ECKey.generate_key("P-256", {"kid": "one"})
FORGED = (
    (lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER), "bad_signature"),
    (lambda claims: jwt.encode({"alg": "RS256", "kid": "no"}, claims, KEY), "kid|key"),
    (tampered, "bad_signature"),
    (unsigned, "none|algorithm"),
    (by_public_key, "HS256|algorithm"),
    (lambda claims: jwt.encode({"alg": "ES256", "kid": "one"}, claims, EC), "ES256|algorithm"),
    (lambda _: "no.token", "Invalid|invalid|decode|value"),
)


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(("sign", "message"), FORGED)
def test_a_token_that_the_bank_did_not_sign_lets_nobody_in(provider, http, sign, message):
    """Another key, another text, no signature, a shared secret, an algorithm not allowed."""
    provider.sign = sign
    with pytest.raises(SignInRefused, match=f"not accepted.*({message})"):
        signed_in(provider, http)


AT = int(NOW.timestamp())
WRONG = (
    ({"iss": "https://other.example"}, "iss"),
    ({"aud": "another app"}, "aud"),
    ({"aud": ["goodcall", "another app"]}, "another client"),
    ({"azp": "another app"}, "another client"),
    ({"exp": AT - 61}, "exp"),
    ({"iat": AT + 61}, "iat|future"),
    ({"nonce": "another"}, "nonce"),
    *(({name: None}, name) for name in ("iss", "sub", "aud", "exp", "iat", "nonce")),
    ({"groups": ["staff"]}, "no role here"),
    ({"groups": None}, "no role here"),
    ({"groups": ["goodcall-tellers", "goodcall-compliance"]}, "compliance, teller at once"),
    ({"employee_number": "44; drop"}, "is no number"),
    ({"branches": ["1", True]}, "is no number"),
)


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_claims_that_do_not_hold_let_nobody_in(provider, http, changes, message):
    """Issuer, audience, time, nonce and role: each is told by name."""
    provider.changes = changes
    with pytest.raises(SignInRefused, match=message):
        signed_in(provider, http)


def test_what_came_back_must_be_what_was_begun(provider, http, tmp_path):
    """Another state, another code, another client's secret, or ten minutes too late."""
    with pytest.raises(SignInRefused, match="not the one that was begun"):
        signed_in(provider, http, state="another")
    with pytest.raises(SignInRefused, match=r"answers .*/token with 401"):
        signed_in(provider, http, code="stolen")
    with pytest.raises(SignInRefused, match=r"answers .*/token with 401"):
        signed_in(provider, http, secret="wrong")  # noqa: S106 - no secret
    begun = OpenIdProvider(settings(provider), http, SECRET).begin(NOW)
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        store.keep_sign_on(begun, now=NOW)
        with pytest.raises(SignInRefused, match="too long ago"):
            store.take_sign_on(begun.state, now=NOW.replace(minute=11))


def test_a_verifier_of_another_sign_in_is_refused_by_the_provider(provider, http):
    """PKCE: whoever stole the code lacks the verifier."""
    to = OpenIdProvider(settings(provider), http, SECRET)
    mine, stolen = to.begin(NOW), to.begin(NOW)
    state, code = provider.visit(mine.url)
    stolen_one = type(mine)(mine.url, mine.state, mine.nonce, stolen.verifier)
    with pytest.raises(SignInRefused, match="with 400"):
        to.finish(stolen_one, state=state, code=code, now=NOW)


CONFIGURATION = "/.well-known/openid-configuration"
BROKEN = (
    ({"about": {"issuer": "https://other.example"}}, "calls itself 'https://other.example'"),
    ({"about": {"token_endpoint": "http://bank.example/token"}}, "token_endpoint is no https"),
    ({"about": {"jwks_uri": None}}, "jwks_uri is no https"),
    ({"broken": {CONFIGURATION: (500, "")}}, "with 500"),
    ({"broken": {CONFIGURATION: (302, "")}}, "with 302"),
    ({"broken": {CONFIGURATION: (200, "<html>")}}, "is no JSON"),
    ({"broken": {CONFIGURATION: (200, "[]")}}, "is no object"),
    ({"broken": {"/keys": (200, '{"keys": [{"kty": "RSA"}]}')}}, "keys do not read"),
    ({"broken": {"/keys": (200, "{}")}}, "keys do not read"),
)


@pytest.mark.parametrize(("wrong", "message"), BROKEN)
def test_a_provider_that_is_not_what_it_should_be_is_refused(provider, http, wrong, message):
    """Another issuer, plain http, redirects, errors and what does not read."""
    for name, value in wrong.items():
        setattr(provider, name, value)
    with pytest.raises(SignInRefused, match=message):
        signed_in(provider, http)


def test_a_provider_that_is_away_is_told(provider, http):
    """No traceback, and no secret."""
    to = OpenIdProvider(settings(provider), http, SECRET)
    provider.close()
    with pytest.raises(SignInRefused, match="does not answer") as refused:
        to.begin(NOW)
    assert SECRET not in str(refused.value)


def test_keys_are_read_once_an_hour_and_anew_when_the_bank_changes_them(provider, http):
    """A token by a new key is accepted after one look; unknown keys do not make us ask for ever."""
    to = OpenIdProvider(settings(provider), http, SECRET)

    def sign_in(now):
        begun = to.begin(now)
        state, code = provider.visit(begun.url)
        return to.finish(begun, state=state, code=code, now=now)

    sign_in(NOW)
    assert provider.asked.count("/keys") == 1
    provider.keys = [ROTATED]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, ROTATED)
    with pytest.raises(SignInRefused):
        sign_in(NOW)
    assert provider.asked.count("/keys") == 1
    assert sign_in(NOW.replace(minute=2)).staff_id == 44
    assert provider.asked.count("/keys") == 2


def test_the_clients_secret_comes_from_environment_or_file_and_is_long(tmp_path):
    """Nowhere else; a short one and a file that cannot be read are refused without showing it."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", "utf-8")
    assert sign_on_secret({}) is None
    assert sign_on_secret({"GOODCALL_SIGN_ON_SECRET": SECRET}) == SECRET
    assert sign_on_secret({"GOODCALL_SIGN_ON_SECRET_FILE": str(file)}) == SECRET
    with pytest.raises(SignInRefused, match="has 6 characters") as refused:
        sign_on_secret({"GOODCALL_SIGN_ON_SECRET": "hunter"})
    assert "hunter" not in str(refused.value)
    with pytest.raises(SignInRefused, match="cannot be read"):
        sign_on_secret({"GOODCALL_SIGN_ON_SECRET_FILE": str(tmp_path)})


BAD_SETTINGS = (
    ('issuer = "http://', 'issuer = "http://bank.example/', "is no https address"),
    ('client_id = "goodcall"', "", "client_id is missing"),
    (
        'role_claim = "groups"',
        'role_claim = "groups"\nalgorithms = ["none"]',
        "holds 'none'",
    ),
    (
        'role_claim = "groups"',
        'role_claim = "groups"\nalgorithms = ["HS256"]',
        "holds 'HS256'",
    ),
    ('tellers = "teller"', 'tellers = "king"', "'king' is unknown; choose one of: teller"),
    ('role_claim = "groups"', 'role_claim = "groups"\nsecret = "x"', "key 'secret' is unknown"),
)


@pytest.mark.parametrize(("was", "becomes", "message"), BAD_SETTINGS)
def test_a_mistake_in_the_settings_is_told(was, becomes, message):
    """Insecure addresses, unknown roles and algorithms, and secrets in the file."""
    text = """
[sign_on]
issuer = "http://localhost"
client_id = "goodcall"
redirect = "https://bank.example/back"
role_claim = "groups"
[sign_on.roles]
tellers = "teller"
"""
    assert was in text
    with pytest.raises(AccessError, match=message):
        parse_access(default_access_text() + text.replace(was, becomes))
