"""Role by role, payload by payload, field by field: nobody gets what access.toml does not give."""

import tomllib
from datetime import date, datetime
from types import UnionType
from typing import Literal, Union, get_args, get_origin

import pytest
from asked_by import Keys, Lines, a_gate
from busy import AT, BRANCH, KNOWN, MANAGER, person
from pydantic import BaseModel
from served import talking_to

from governance.access import Subject
from governance.access_file import default_access_text, parse_access
from governance.errors import AccessRefused
from governance.pseudonyms import Pseudonyms
from serving.api import build_api
from serving.errors import Unclassed
from serving.openapi import describe
from serving.payloads import PAYLOADS, fields_of, refuse_unclassed

TEXT = default_access_text()
SAID = tomllib.loads(TEXT)
ACCESS = parse_access(TEXT)
PSEUDONYMS = Pseudonyms(b"a key of thirty-two bytes, or so")
ROLES = tuple(SAID["role"])


def doors():
    """Every (action, payload) that an endpoint declares, as the document says."""
    document = describe(build_api(None, None))
    for path in document["paths"].values():
        for operation in path.values():
            if operation.get("x-goodcall-payload") is not None:
                yield operation["x-goodcall-action"], operation["x-goodcall-payload"]


DOORS = sorted({*doors(), ("score", "score_features"), ("explain", "explain_features")})


def seen(role, payload):
    """The leaves that a role may see, straight from the file: an oracle that knows no mask."""
    said = SAID["role"][role]
    classes = said["sees"]
    if classes == "everything":
        return set(fields_of(payload))
    if any(rows == "pseudonymous" for rows in said["may"]):
        classes = [each for each in classes if each not in SAID["personal"]["classes"]]
    names = [name for each in classes for name in SAID["fields"][payload].get(each, [])]
    return {
        leaf
        for leaf in fields_of(payload)
        if any(leaf == name or leaf.startswith(f"{name}.") for name in names)
    }


def full(kind):  # noqa: PLR0911 - one line a sort of annotation
    """A value of an annotation in which nothing is empty: every list has two, no null anywhere."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: full(field.annotation) for name, field in kind.model_fields.items()}
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return full(next(each for each in inner if each is not type(None)))
    if origin in (tuple, list):
        return [full(inner[0]), full(inner[0])]
    if origin is dict:
        return {"a": full(inner[1]), "b": full(inner[1])}
    if origin is Literal:
        return inner[0]
    if hasattr(kind, "__metadata__"):
        return full(kind.__origin__)
    plain = {int: 7, float: 0.5, str: "words", bool: True}
    if kind is date:
        return "2026-06-01"
    return "2026-06-01T00:00:00Z" if kind is datetime else plain[kind]


def leaves(body, above=""):
    """The dotted names of what is in a JSON body; a dictionary by free keys is one leaf."""
    if isinstance(body, list):
        for each in body:
            yield from leaves(each, above)
    elif isinstance(body, dict) and set(body) != {"a", "b"}:
        for name, value in body.items():
            yield from leaves(value, f"{above}.{name}" if above else name)
    else:
        yield above


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_full_body_has_every_field(payload):
    """What the tests below fill is all that a payload may hold."""
    assert set(leaves(full(PAYLOADS[payload]))) == set(fields_of(payload))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("action", "payload"), DOORS)
def test_a_role_gets_its_fields_and_no_other(role, action, payload):
    """For every role and payload: refused, or exactly the fields of the role's classes."""
    who = person(role)
    pseudonymous = "pseudonymous" in SAID["role"][role]["may"]
    access = parse_access(TEXT)
    access = type(access)(**{
        name: getattr(access, name) for name in access.__dataclass_fields__
    } | {"pseudonyms": PSEUDONYMS})  # fmt: skip
    at = Subject(7, MANAGER, BRANCH, frozenset({who.id}), pseudonym="p-" if pseudonymous else None)
    allowed = any(action in actions for actions in SAID["role"][role]["may"].values())
    if not allowed:
        with pytest.raises(AccessRefused):
            access.permit(who, action, at, now=AT)
        return
    body = full(PAYLOADS[payload])
    shaped = access.permit(who, action, at, now=AT).shape(payload, body)
    assert set(leaves(shaped)) == seen(role, payload)
    if pseudonymous:
        assert shaped.get("customer_id") != 7


def test_every_endpoint_declares_what_it_needs_and_answers():
    """But for health and sessions; and each payload's name is one of the list."""
    document = describe(build_api(None, None))
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path == "/v1/metrics":
                assert operation["x-goodcall-action"] == "metrics"
            elif path != "/v1/health" and not path.startswith("/v1/session"):
                assert operation["x-goodcall-payload"] in PAYLOADS, path
                assert operation["security"] == [{"key": []}], path


def test_the_shipped_file_classes_every_field_once():
    """No field is forgotten, none stands in two classes, none is made up."""
    refuse_unclassed(ACCESS)
    for payload in PAYLOADS:
        named = [name for names in SAID["fields"][payload].values() for name in names]
        for leaf in fields_of(payload):
            over = [each for each in named if leaf == each or leaf.startswith(f"{each}.")]
            assert len(over) == 1, (payload, leaf, over)
    assert set(SAID["fields"]) == set(PAYLOADS)


UNCLASSED = [
    ('"mood"]\n\n[fields.score_features]', "]\n\n[fields.score_features]", "does not class 'mood"),
    ('person = ["name"]', 'person = ["name", "shoe_size"]', "names 'shoe_size'"),
    ("[fields.consents]", "[fields.consent]", r"no \[fields.consents\]"),
]


@pytest.mark.parametrize(("old", "new", "said"), UNCLASSED)
def test_a_file_that_forgets_a_field_does_not_start(old, new, said):
    """The error names the field and the answer."""
    assert old in TEXT
    with pytest.raises(Unclassed, match=said):
        refuse_unclassed(parse_access(TEXT.replace(old, new)))


@pytest.fixture(scope="module")
def asked_by(busy):
    """What each role gets over HTTP about the customer of whom everything is known."""
    who = {role: person(role) for role in ROLES}
    keys = Keys(who, served={KNOWN: frozenset(each.id for each in who.values())})
    lines = Lines()
    with talking_to(busy, now=AT, gate=a_gate(keys, lines, now=AT, pseudonyms=PSEUDONYMS)) as (
        client, _desk,
    ):  # fmt: skip

        def ask(role, method, path, body=None):
            headers = {"authorization": f"Bearer {role}"}
            return client.request(method, path, json=body, headers=headers)

        yield ask, lines


BRANCHED = {"customer_id": KNOWN, "channel": "branch"}
ENDPOINTS = [
    ("POST", "/v1/score", {"customer_id": KNOWN}, "score", "score"),
    ("POST", "/v1/scores", {"customer_ids": [KNOWN]}, "score", "scores"),
    ("POST", "/v1/explain", {"customer_id": KNOWN, "label": "churn"}, "explain", "explain"),
    ("POST", "/v1/next_best_offers", {"customer_id": KNOWN}, "offers", "offers"),
    ("POST", "/v1/next", {"customer_id": KNOWN, "budget_ms": 10_000}, "next", "next"),
    ("GET", f"/v1/customers/{KNOWN}", None, "view", "view"),
    ("GET", f"/v1/customers/{KNOWN}/consents", None, "consent.read", "consents"),
    ("GET", f"/v1/customers/{KNOWN}/wishes", None, "consent.read", "wishes"),
    ("POST", "/v1/contacts/check", BRANCHED, "contact.check", "contact"),
    ("GET", f"/v1/lists/2026-06-01/{MANAGER}", None, "list.read", "list"),
]  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_over_http_a_role_gets_no_field_beyond_its_own(asked_by, role, endpoint):
    """Refused with 403, or an answer of the role's own fields alone; either is audited."""
    (ask, lines), (method, path, body, action, payload) = asked_by, endpoint
    before = len(lines)
    response = ask(role, method, path, body)
    scopes = [rows for rows, actions in SAID["role"][role]["may"].items() if action in actions]
    # A scientist names customers by pseudonym, and never by the number that is asked with here.
    if not scopes or scopes == ["pseudonymous"] or (payload == "list" and scopes == ["serving"]):
        assert response.status_code == 403, response.text
    else:
        assert response.status_code == 200, response.text
        got = {leaf.partition(".a")[0] for leaf in leaves(response.json())}
        known = set(fields_of(payload))
        cut = {
            next((each for each in known if leaf == each or leaf.startswith(f"{each}.")), leaf)
            for leaf in got
        }
        may = seen(role, payload)
        above = {leaf.rsplit(".", n)[0] for leaf in may for n in range(1, leaf.count(".") + 1)}
        assert cut <= may | above, sorted(cut - may - above)
    assert len(lines) > before, "asking left no line in the audit log"


def test_a_teller_never_sees_a_score_a_value_or_what_is_overdue(asked_by):
    """S20 and S27 in so many words, on the fullest customer there is."""
    ask, _ = asked_by
    view = ask("teller", "GET", f"/v1/customers/{KNOWN}").json()
    assert not {"overdue", "risk_level", "last_complaint", "badges", "name"} & set(view)
    assert view["opened_on"]["value"] == "2019-03-04"
    assert all("amount_cents" not in each for each in view["holdings"]["value"])
    body = {"customer_id": KNOWN, "budget_ms": 10_000}
    said = ask("teller", "POST", "/v1/next", body).json()
    assert "probabilities" not in said
    for action in said["offers"]["actions"]:
        assert not {"value_cents", "probability", "effect", "price"} & set(action)
    assert ask("teller", "POST", "/v1/score", {"customer_id": KNOWN}).status_code == 403


def test_a_person_acts_as_themselves(asked_by):
    """A manager's own id is put in; another's is refused."""
    ask, _ = asked_by
    body = {"customer_id": KNOWN, "channel": "branch", "category": "service", "request_id": "own-1"}
    assert ask("relationship_manager", "POST", "/v1/contacts/reserve", body).status_code == 200
    other = body | {"request_id": "own-2", "agent": 99}
    said = ask("relationship_manager", "POST", "/v1/contacts/reserve", other)
    assert (said.status_code, said.json()["error"]) == (422, "no_agent")
