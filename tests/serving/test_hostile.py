"""What nobody should send is refused clearly, on every endpoint that takes a body."""

import pytest
from asked_by import GOOD
from busy import AT, KNOWN, MANAGER
from served import talking_to

POSTS = {
    "/v1/score": {"customer_id": KNOWN},
    "/v1/scores": {"customer_ids": [KNOWN]},
    "/v1/explain": {"customer_id": KNOWN, "label": "churn"},
    "/v1/next_best_offers": {"customer_id": KNOWN},
    "/v1/next": {"customer_id": KNOWN},
    "/v1/contacts/check": {"customer_id": KNOWN, "channel": "branch"},
    "/v1/contacts/reserve": {
        "customer_id": KNOWN,
        "channel": "branch",
        "request_id": "h",
        "agent": 7,
    },
    "/v1/contacts/7/dial": {"agent": 7},
    "/v1/contacts/7/outcome": {"code": "NO_ANSWER", "agent": 7},
    "/v1/contacts/7/keep": {"agent": 7},
    "/v1/wishes": {"customer_id": KNOWN, "prefers_channels": ["email"], "agent": 7},
    "/v1/consents": {"customer_id": KNOWN, "action": "dnc", "agent": 7},
    f"/v1/lists/2026-06-01/{MANAGER}/1/reserve": {"agent": 7},
    f"/v1/lists/2026-06-01/{MANAGER}/1/skip": {"code": "DEFER_MOOD", "agent": 7},
    "/v1/events": {"events": []},
}
# Bodies that no endpoint may take, and that must not cost much to refuse.
NO_BODY = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"customer_id": ' + b"9" * 5000 + b"}",
    b'{"customer_id": NaN}',
    b'{"customer_id": Infinity}',
    b'{"customer_id": -1e400}',
    b'\xff\xfe{"customer_id": 1}',
    b'{"\\ud800": 1}',
    b'{"__proto__": {"admin": true}}',
]
WRONG = [
    True,
    1.5,
    "1",
    "1; DROP TABLE contacts",
    "../../etc/passwd",
    [1],
    {"a": 1},
    2**63,
    -(2**64),
]
WORDS = ["", "a\x00b", "\x07", "x" * 101, "{{7*7}}", "${7*7}", "=cmd|' /C calc'!A0", "' OR '1'='1"]


@pytest.fixture(scope="module")
def client(busy):
    with talking_to(busy, now=AT) as (client, _desk):
        yield client


def refused(response):
    """A problem in the one form, and no server error."""
    assert 400 <= response.status_code < 500, (response.status_code, response.text)
    assert set(response.json()) == {"error", "message", "what_to_do"}
    return response.status_code


@pytest.mark.parametrize("path", POSTS)
def test_what_is_no_body_is_refused(client, path):
    """Broken, deep, endless, or not what JSON says: 4xx in the one form."""
    for body in NO_BODY:
        response = client.post(path, content=body, headers={"content-type": "application/json"})
        assert refused(response) in {404, 422}, body[:40]


@pytest.mark.parametrize("path", POSTS)
def test_every_field_refuses_what_it_is_not(client, path):
    """Each field in turn gets every wrong sort of value; a field that is not known is named."""
    body = POSTS[path]
    for name, right in body.items():
        for value in WRONG:
            if type(right) is type(value) and isinstance(value, str | list):
                continue
            response = client.post(path, json=body | {name: value})
            assert refused(response) in {404, 422}, (name, value)
    assert refused(client.post(path, json=body | {"admin": True})) == 422


@pytest.mark.parametrize("word", WORDS)
def test_words_are_words_and_nothing_else(client, word):
    """A label, a channel, an offer or an id that would be code elsewhere is not known here."""
    for path, name in (
        ("/v1/explain", "label"),
        ("/v1/next_best_offers", "channel"),
        ("/v1/contacts/check", "offer_code"),
        ("/v1/contacts/reserve", "request_id"),
        ("/v1/contacts/7/outcome", "code"),
    ):
        body = POSTS[path] | {name: word}
        assert refused(client.post(path, json=body)) in {404, 422}, path


def test_a_huge_list_is_refused_before_it_is_read(client):
    """By its number of entries, or by its bytes."""
    assert refused(client.post("/v1/scores", json={"customer_ids": list(range(1, 10_002))})) == 422
    headers = {"content-type": "application/json"}
    huge = b'{"customer_ids": [' + b"1," * 1_000_000 + b"1]}"
    assert refused(client.post("/v1/scores", content=huge, headers=headers)) == 413


@pytest.mark.parametrize(
    "path",
    [
        "/v1/customers/..%2f..%2fetc%2fpasswd",
        "/v1/lists/../../etc/passwd",
        "/v1/lists/2026-06-01/..%2f7",
        "/docs/assets/../../../../etc/passwd",
        "/docs/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/contacts/%00/dial",
        "/v1/customers/" + "9" * 5000,
    ],
)
def test_paths_lead_nowhere_else(client, path):
    """Nothing outside the resources is reached by their paths."""
    response = client.get(path)
    assert response.status_code in {404, 405, 422}
    assert "root:" not in response.text


def test_headers_are_no_way_in(client):
    """An id in a header keeps the same form as in a body."""
    body = {
        name: value for name, value in POSTS["/v1/contacts/reserve"].items() if name != "request_id"
    }
    for key in ("a b", "x" * 81, "../x", "a;b"):
        headers = {"idempotency-key": key, "authorization": f"Bearer {GOOD}"}
        assert refused(client.post("/v1/contacts/reserve", json=body, headers=headers)) == 422
