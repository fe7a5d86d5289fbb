"""Every endpoint for every role: let in with one line of the audit log, or refused with one."""

import tomllib
from datetime import timedelta
from itertools import product

import pytest
from asked_by import Keys, Lines, a_gate
from busy import AT
from served import CUSTOMERS, held_out, talking_to

from goodcall.principal import Principal
from governance.access_file import default_access_text
from governance.pseudonyms import Pseudonyms
from serving.api import build_api
from serving.around import Surroundings
from serving.limits import Rate

ROLES = tuple(tomllib.loads(default_access_text())["role"])
WHO = next(who for who in CUSTOMERS if not held_out(who) and who > 2)
# The bank's test customers are manager 7's, in branch 1.
NEAR = {"staff_id": 7, "branches": frozenset({1})}
FAR = {"staff_id": 8, "branches": frozenset({2})}
PLACES = {"near": NEAR, "far": FAR, "serving": FAR}

ASK = {"customer_id": WHO, "channel": "branch", "category": "service"}
EVENT = {"event_id": 1, "customer_id": WHO, "kind": "login", "channel": "mobile"}
EVENT |= {"happened_at": (AT - timedelta(hours=1)).isoformat()}

# How each endpoint is asked about the customer, and about whom it then asks the gate; what it does
# is tested elsewhere, so that what it lacks (404, 409, 422) is an answer too.
ASKED = {
    ("POST", "/v1/score"): {"customer_id": WHO},
    ("POST", "/v1/scores"): {"customer_ids": [WHO]},
    ("POST", "/v1/explain"): {"customer_id": WHO, "label": "churn"},
    ("POST", "/v1/next_best_offers"): {"customer_id": WHO},
    ("POST", "/v1/next"): {"customer_id": WHO},
    ("GET", "/v1/customers/{customer_id}"): None,
    ("GET", "/v1/customers/{customer_id}/consents"): None,
    ("GET", "/v1/customers/{customer_id}/wishes"): None,
    ("POST", "/v1/contacts/check"): ASK,
    ("POST", "/v1/events"): {"events": [EVENT]},
    ("POST", "/v1/servings"): {"customer_id": WHO, "evidence": "card"},
    ("DELETE", "/v1/servings/{customer_id}"): None,
    ("GET", "/v1/metrics"): None,
}
DAY, LIST = "2026-06-01", "/v1/lists/{day}/{manager}"
REFUSAL = {"customer_id": WHO, "action": "dnc", "channel": "sms", "happened_at": AT.isoformat()}
# What changes something is asked with a contact, a promise or a row that is there to be changed;
# whether it may still be, after the roles before, is not the gate's matter.
WORKED = {
    ("POST", "/v1/contacts/reserve"): ASK,
    ("POST", "/v1/contacts/{contact_id}/dial"): {},
    ("POST", "/v1/contacts/{contact_id}/outcome"): {"code": "NO_ANSWER"},
    ("POST", "/v1/contacts/{contact_id}/keep"): {},
    ("POST", "/v1/consents"): REFUSAL,
    ("POST", "/v1/wishes"): {"customer_id": WHO, "prefers_channels": ["email"]},
    ("GET", LIST): None,
    ("POST", f"{LIST}/{{rank}}/open"): None,
    ("POST", f"{LIST}/{{rank}}/reserve"): {},
    ("POST", f"{LIST}/{{rank}}/skip"): {"code": "ALREADY_HANDLED"},
}


def expected(role, action, place, *, ends=False):
    """Whether the access file, read by eye, lets somebody in that role and place do it.

    What one began one `ends`, wherever the customer is, and so does who may begin it at all.
    """
    may = tomllib.loads(default_access_text())["role"][role]["may"]
    scopes = {scope for scope, actions in may.items() if action in actions}
    if action == "metrics":
        return "all" in scopes
    if ends:
        return bool(scopes) or place == "serving"
    return (
        "all" in scopes
        or ("own" in scopes and place == "near")
        or ("branch" in scopes and place == "near")
        or ("serving" in scopes and place == "serving")
    )


def actor(role, place):
    sort = "app" if role == "app" else "person"
    extra = {} if role == "app" else PLACES[place]
    return Principal(f"{role} {place}", sort, role, **extra)


@pytest.fixture(scope="module")
def world(busy):
    """The service with a key for every role in every place; yields ask and the audit lines."""
    people = {f"{role}-{place}": actor(role, place) for role, place in product(ROLES, PLACES)}
    serving = {who.id for name, who in people.items() if name.endswith("-serving")}
    lines = Lines()
    keys = Keys(people, served={WHO: frozenset(serving)})
    gate = a_gate(keys, lines, now=AT, pseudonyms=Pseudonyms(b"k" * 32))
    patient = Surroundings(strangers=Rate(1e6, 1_000_000))
    with talking_to(busy, now=AT, gate=gate, around=patient) as (client, _):

        def ask(method, path, key, body):
            lines.clear()
            headers = {"authorization": f"Bearer {key}"} if key else {"authorization": ""}
            path = path.replace("{customer_id}", str(WHO))
            return client.request(method, path, headers=headers, json=body), list(lines)

        yield ask


def promised(ask, name):
    """The number of a contact about the customer in which a call-back was promised."""
    reserve, told = ("POST", "/v1/contacts/reserve"), {"code": "CONNECTED_CALLBACK", "agent": 7}
    taken, _ = ask(*reserve, "app-near", ASK | {"request_id": name, "agent": 7, "dial": True})
    number = taken.json()["contact_id"]
    told |= {"due_at": (AT + timedelta(hours=3)).isoformat()}
    path = f"/v1/contacts/{number}/outcome"
    assert ask("POST", path, "app-near", told)[0].status_code == 200
    return number


def asked_of(ask, endpoint, role, name):
    """The path and body with which a role asks an endpoint that changes something."""
    method, path = endpoint
    body = WORKED[endpoint]
    if body is not None and role == "app":
        body = body | {"agent": 7}
    if path.endswith("/contacts/reserve"):
        body = body | {"request_id": name}
    if "{contact_id}" in path:
        path = path.replace("{contact_id}", str(promised(ask, name)))
    path = path.replace("{day}", DAY).replace("{manager}", "7").replace("{rank}", "1")
    return method, path, body


def guarded():
    """The endpoints that declare an action: (method, path) and the action."""
    app = build_api(lambda: None, lambda: None)
    return {
        (method.upper(), path): said["x-goodcall-action"]
        for path, methods in app.openapi()["paths"].items()
        for method, said in methods.items()
        if "x-goodcall-action" in said
    }


@pytest.mark.parametrize("endpoint", ASKED, ids=" ".join)
def test_every_role_is_let_in_or_refused_with_one_line(world, endpoint):
    """200 and one line that names actor, action and subject; or 403 and one line that says no."""
    action = guarded()[endpoint]
    about = "service" if action == "metrics" else f"customer {WHO}"
    if endpoint[1] in ("/v1/scores", "/v1/events"):
        about = "1 customers"
    for role, place in product(ROLES, PLACES):
        answer, lines = world(*endpoint, f"{role}-{place}", ASKED[endpoint])
        right = expected(role, action, place, ends=endpoint[0] == "DELETE")
        assert answer.status_code == (200 if right else 403), (role, place, answer.text)
        ((who, did, whom, facts),) = lines
        assert (who, did, whom) == (f"{role} {place}", action, about)
        assert ("refused" in facts) is not right
        assert facts["request"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("endpoint", WORKED, ids=" ".join)
def test_every_role_may_change_what_is_its_own_with_one_line(world, endpoint):
    """Let in, or 403, by the same rules; a whole list is nobody's who is being served."""
    action = guarded()[endpoint]
    for role, place in product(ROLES, PLACES):
        method, path, body = asked_of(
            world, endpoint, role, f"{role}-{place}-{endpoint[1].rpartition('/')[2]}"
        )
        whole = endpoint[1] == LIST and place == "serving"
        right = expected(role, action, "far" if whole else place)
        answer, lines = world(method, path, f"{role}-{place}", body)
        assert (answer.status_code != 403) is right, (role, place, answer.text)
        assert answer.status_code < 500
        assert [(who, did) for who, did, _, _ in lines] == [(f"{role} {place}", action)]
        assert ("refused" in lines[0][3]) is not right


@pytest.mark.parametrize("endpoint", ASKED | WORKED, ids=" ".join)
def test_without_a_key_nobody_is_answered(world, endpoint):
    """401, and nothing is written down of somebody who is nobody."""
    for key in ("", "another"):
        answer, lines = world(*endpoint, key, (ASKED | WORKED)[endpoint])
        assert answer.status_code == 401
        assert lines == []


def test_no_endpoint_is_forgotten():
    """Each that declares an action is asked here by every role."""
    assert set(guarded()) == set(ASKED) | set(WORKED)


def test_no_endpoint_is_without_an_action():
    """All that answers under /v1 declares one, but what anybody may ask."""
    app = build_api(lambda: None, lambda: None)
    open_to_all = {"/v1/health", "/v1/session", "/v1/session/oidc", "/v1/session/oidc/callback"}
    for path, methods in app.openapi()["paths"].items():
        for said in methods.values():
            assert ("x-goodcall-action" in said) is (path not in open_to_all), path
