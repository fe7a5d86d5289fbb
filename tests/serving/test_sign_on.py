"""Signing in through the bank's sign-on over HTTP: browser, service and a real provider."""

import json
from contextlib import closing, contextmanager
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from governed import a_store
from identity_provider import SECRET, Provider, settings_text
from served import NOW, talking_to

from governance.access_file import default_access_text, parse_access
from governance.audit import AuditLog
from serving.gate import SESSION, Gate
from serving.signing_in import provider_of

BACK = "/v1/session/oidc/callback"
STATE = "goodcall_sign_on"


class Browsers:
    """The service, its provider and audit log, and browsers with cookies of their own each."""

    def __init__(self, base, provider, log):
        self.base, self.provider, self.log, self.opened = base, provider, log, []

    def open(self):
        self.opened.append(httpx.Client(base_url=self.base, timeout=30, trust_env=False))
        return self.opened[-1]

    def close(self):
        for browser in self.opened:
            browser.close()

    def sent_back(self, browser):
        """The path to which the bank leads a browser back that began here and signed in there."""
        begun = browser.get("/v1/session/oidc")
        assert begun.status_code == 303
        at_the_bank = httpx.get(begun.headers["location"], trust_env=False)
        back = urlsplit(at_the_bank.headers["location"])
        assert back.path == BACK
        return f"{back.path}?{back.query}"

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def signing_on(workspace, redirect=f"http://127.0.0.1:3000{BACK}"):
    with (
        closing(Provider(redirect, NOW)) as provider,
        a_store(workspace.governance_url) as store,
    ):
        access = parse_access(default_access_text() + settings_text(provider))
        gate = Gate(access, store, AuditLog(workspace.audit), lambda: NOW)
        to = provider_of(gate, {"GOODCALL_SIGN_ON_SECRET": SECRET})
        with (
            talking_to(workspace, gate=gate, sign_on=to) as (client, _),
            closing(Browsers(str(client.base_url), provider, workspace.audit)) as world,
        ):
            yield world


@pytest.fixture
def world(workspace):
    with signing_on(workspace) as found:
        yield found


def refused(world, answer, why):
    """No session came of it, and the audit log says why."""
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "unproven"
    assert SESSION not in answer.cookies
    last = world.lines()[-1]
    assert (last["actor"], last["action"]) == ("nobody", "sign in")
    assert why in last["facts"]["refused"]


def test_a_person_signs_in_at_the_bank_and_is_signed_in_here(world):
    """The browser goes there, comes back, and has a session by its claims; all of it once."""
    browser = world.open()
    back = world.sent_back(browser)
    answer = browser.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    who = browser.get("/v1/session").json()
    assert who == {"id": "staff 44", "role": "teller", "branches": [1, 2]}
    assert STATE not in browser.cookies
    last = world.lines()[-1]
    assert (last["actor"], last["action"], last["facts"]["how"]) == (
        *("staff 44", "sign in", "sign-on"),
    )


@pytest.mark.parametrize(
    ("redirect", "secure"),
    [(f"http://127.0.0.1:3000{BACK}", False), (f"https://goodcall.bank.example{BACK}", True)],
)
def test_the_state_is_kept_where_scripts_and_other_sites_cannot_use_it(workspace, redirect, secure):
    """Scripts do not read it; other sites' forms do not send it; only this machine goes bare."""
    with signing_on(workspace, redirect) as world:
        said = world.open().get("/v1/session/oidc").headers["set-cookie"].split("; ")
    assert said[0].startswith(f"{STATE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/v1/session/oidc", "Max-Age=600"} <= set(said)
    assert ("Secure" in said) is secure


@pytest.mark.parametrize("began", [False, True])
def test_the_way_back_of_another_browser_signs_nobody_in(world, began):
    """A link that leads into somebody else's sign-in is refused, and that one still works."""
    attacker, victim = world.open(), world.open()
    back = world.sent_back(attacker)
    if began:
        world.sent_back(victim)
    refused(world, victim.get(back), "not begun in this browser")
    assert attacker.get(back).status_code == 303


def test_a_way_back_counts_once(world):
    """The same address again, or its code with a state of one's own, is refused."""
    browser = world.open()
    back = world.sent_back(browser)
    state = browser.cookies[STATE]
    assert browser.get(back).status_code == 303
    browser.cookies.clear()
    browser.cookies.set(STATE, state, domain="127.0.0.1", path="/v1/session/oidc")
    refused(world, browser.get(back), "not begun here")
    browser.cookies.clear()
    world.sent_back(browser)
    again = {"state": browser.cookies[STATE], "code": "the-code"}
    world.provider.codes.clear()
    refused(world, browser.get(f"{BACK}?{urlencode(again)}"), "with 401")


def test_a_code_of_another_sign_in_is_refused(world):
    """PKCE: the verifier of one sign-in does not open the code of another."""
    mine, other = world.open(), world.open()
    world.sent_back(mine)
    code = urlsplit(world.sent_back(other)).query.partition("code=")[2]
    mixed = {"state": mine.cookies[STATE], "code": code}
    refused(world, mine.get(f"{BACK}?{urlencode(mixed)}"), "with 400")


AT = int(NOW.timestamp())
WRONG = (
    ({"nonce": "another"}, "nonce"),
    ({"nonce": None}, "nonce"),
    ({"aud": "another app"}, "aud"),
    ({"iss": "https://other.example"}, "iss"),
    ({"iat": AT - 3600, "exp": AT - 61}, "exp"),
    ({"groups": ["staff"]}, "no role here"),
)


@pytest.mark.parametrize(("changes", "why"), WRONG)
def test_a_token_that_does_not_hold_signs_nobody_in(world, changes, why):
    """Nonce, audience, issuer, time and role, each of a token that the bank's key signed."""
    world.provider.changes = changes
    browser = world.open()
    refused(world, browser.get(world.sent_back(browser)), why)
    assert browser.get("/v1/session").status_code == 401
