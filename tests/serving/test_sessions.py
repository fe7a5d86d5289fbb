"""People sign in with a password, act by a cookie of their own, and are out when they sign out."""

import json
import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest
from governed import GOOD, a_store
from served import CUSTOMERS, NOW, held_out, talking_to

from goodcall.workspace import Workspace
from governance.access_file import default_access_text, parse_access
from governance.audit import AuditLog
from governance.people import User
from serving.around import Surroundings
from serving.gate import SESSION, Gate
from serving.limits import Rate

WHO = next(who for who in CUSTOMERS if not held_out(who))


@contextmanager
def serving_li_na(workspace, around=None):
    """The service with one relationship manager, who looks after everybody; its audit log."""
    with a_store(workspace.governance_url) as store:
        user = User("li.na", "relationship_manager", staff_id=7, branches=frozenset({1}))
        store.add_user(user, GOOD, now=NOW - timedelta(days=1))
        access = parse_access(default_access_text())
        gate = Gate(access, store, AuditLog(workspace.audit), lambda: NOW)
        with talking_to(workspace, gate=gate, around=around) as (client, _):
            client.headers.pop("authorization")
            client.headers["origin"] = str(client.base_url).rstrip("/")
            yield client, workspace.audit


@pytest.fixture
def desk(workspace):
    with serving_li_na(workspace) as served:
        yield served


@pytest.fixture(scope="module")
def narrow(tmp_path_factory, finished):
    """The same, where a stranger has three tries; yields client and what sets the clock on."""
    at = [0.0]
    around = Surroundings(strangers=Rate(0.01, 3), ticks=lambda: at[0])
    place = Workspace(shutil.copytree(finished.root, tmp_path_factory.mktemp("narrow") / "var"))
    with serving_li_na(place, around) as (client, _):

        def later():
            at[0] += 1000
            client.cookies.clear()

        yield client, later


def sign_in(client, password=GOOD):
    return client.post("/v1/session", json={"name": "li.na", "password": password})


def actions(log):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [(line["actor"], line["action"], "refused" in line["facts"]) for line in lines]


def test_a_session_begins_acts_and_ends(desk):
    """The cookie lets in until the person signs out; each step is written down."""
    client, log = desk
    begun = sign_in(client)
    assert begun.json() == {"id": "staff 7", "role": "relationship_manager", "branches": [1]}
    cookie = begun.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie  # this test's service speaks no TLS
    assert client.get("/v1/session").json()["id"] == "staff 7"
    assert client.post("/v1/score", json={"customer_id": WHO}).status_code == 200
    token = client.cookies[SESSION]
    assert client.delete("/v1/session").status_code == 204
    client.cookies.set(SESSION, token)
    assert client.post("/v1/score", json={"customer_id": WHO}).status_code == 401
    assert actions(log) == [
        ("staff 7", "sign in", False),
        ("staff 7", "score", False),
        ("staff 7", "sign out", False),
    ]


def test_a_wrong_password_is_refused_and_written_down(desk):
    """The same answer for a wrong password and an unknown name; neither stands in the log."""
    client, log = desk
    wrong = sign_in(client, "not the password at all")
    unknown = client.post("/v1/session", json={"name": "no.body", "password": GOOD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert actions(log) == [("nobody", "sign in", True)] * 2
    assert "no.body" not in log.read_text()
    assert "not the password" not in log.read_text()


def test_without_the_banks_own_sign_on_there_is_none(desk):
    """The answer says what to add to the access file."""
    client, _ = desk
    answer = client.get("/v1/session/oidc")
    assert (answer.status_code, answer.json()["error"]) == (404, "no_sign_on")


STRANGERS = (
    ("POST", "/v1/session"),
    ("GET", "/v1/session"),
    ("HEAD", "/v1/session"),
    ("PUT", "/v1/session"),
    ("DELETE", "/v1/session"),
    ("GET", "/v1/session/oidc"),
    ("GET", "/v1/session/oidc/callback?state=a&code=b"),
    ("HEAD", "/v1/session/oidc"),
    ("GET", "/v1/session/nothing"),
    ("POST", "/v1/score"),
    ("GET", "/v1/customers/1"),
    ("GET", "/v1/nothing"),
    ("DELETE", "/v1/score"),
)


@pytest.mark.parametrize(("method", "path"), STRANGERS)
@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer no"}, {"cookie": f"{SESSION}=n"}]
)
def test_a_stranger_has_so_many_tries_whatever_is_asked(narrow, method, path, headers):
    """Signing in, its way through the bank's sign-on and wrong keys are slowed down alike."""
    client, later = narrow
    later()
    body = {"json": {"name": "no.body", "password": "wrong"}} if method == "POST" else {}
    answers = [client.request(method, path, headers=headers, **body) for _ in range(4)]
    assert 429 not in [each.status_code for each in answers[:3]]
    assert answers[3].status_code == 429
    assert answers[3].headers["retry-after"] == "100"


def test_whoever_is_signed_in_is_no_stranger(narrow):
    """Asking who one is and signing out take none of the tries; another sign-in takes one."""
    client, later = narrow
    later()
    assert sign_in(client).status_code == 200
    assert {client.get("/v1/session").status_code for _ in range(5)} == {200}
    assert [sign_in(client, "wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert client.delete("/v1/session").status_code == 204
