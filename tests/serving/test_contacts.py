"""Contacts, consents and lists over HTTP do what the ledger does, once."""

from datetime import timedelta

import pytest
from asked_by import Lines, a_gate
from busy import AT, KNOWN, MANAGER, OPEN
from served import talking_to

from outreach.ledger import Ledger

FREE = OPEN[5:]
DAY = "2026-06-01"


@pytest.fixture(scope="module")
def client(busy):
    with talking_to(busy, now=AT) as (client, _desk):
        yield client


def contact(who, **more):
    return {"customer_id": who, "channel": "branch", "category": "service"} | more


def reserved(client, who, key, **more):
    response = client.post(
        "/v1/contacts/reserve", json=contact(who, request_id=key, agent=7, **more)
    )
    assert response.status_code == 200, response.text
    return response.json()


def error(response):
    return response.status_code, response.json()["error"]


def test_a_check_says_what_a_reservation_would_and_writes_nothing(client, busy):
    """The same verdict, rule by rule; the ledger has no contact more."""
    with Ledger.open(busy.ledger_url) as ledger:
        before = ledger.contacts_table().num_rows
        body = {"customer_id": KNOWN, "channel": "phone", "offer_code": "F1"}
        checked = client.post("/v1/contacts/check", json=body).json()
        assert ledger.contacts_table().num_rows == before
    assert checked["verdict"] == "block"
    assert {"rule": "suitability", "because": "too_risky"} in checked["failing"]
    assert checked["point_id"] == KNOWN
    taken = reserved(
        client, KNOWN, "check-1", channel="phone", category="marketing", offer_code="F1"
    )
    same = ("verdict", "until", "failing", "mind", "point_id", "policy_version")
    assert {name: taken[name] for name in same} == {name: checked[name] for name in same}
    assert taken["contact_id"] is None


def test_a_reservation_sent_twice_is_one_contact(client, busy):
    """By request_id or by Idempotency-Key; another body under the same id is in conflict."""
    first = reserved(client, FREE[0], "twice")
    assert first["verdict"] == "allow"
    assert reserved(client, FREE[0], "twice") == first
    headers = {"idempotency-key": "twice"}
    again = client.post("/v1/contacts/reserve", json=contact(FREE[0], agent=7), headers=headers)
    assert again.json() == first
    with Ledger.open(busy.ledger_url) as ledger:
        found = ledger.contacts_table().to_pylist()
    assert [row["contact_id"] for row in found if row["customer_id"] == FREE[0]] == [
        first["contact_id"]
    ]
    other = client.post("/v1/contacts/reserve", json=contact(FREE[1], request_id="twice", agent=7))
    assert error(other) == (409, "conflict")


def test_what_is_lacking_is_said(client):
    """No id, no agent, no such offer, channel, customer or contact."""
    path = "/v1/contacts/reserve"
    assert error(client.post(path, json=contact(FREE[2], agent=7))) == (422, "no_key")
    assert error(client.post(path, json=contact(FREE[2], request_id="a"))) == (422, "no_agent")
    unknown = contact(FREE[2], request_id="b", agent=7, category="marketing", offer_code="D99")
    assert error(client.post(path, json=unknown)) in {(404, "unknown_offer"), (422, "refused_word")}
    fax = contact(FREE[2], request_id="c", agent=7) | {"channel": "fax"}
    assert error(client.post(path, json=fax)) == (422, "bad_request")
    nobody = contact(999, request_id="d", agent=7)
    assert error(client.post(path, json=nobody)) == (404, "unknown_customer")
    for verb in ("dial", "outcome", "keep"):
        body = {"agent": 7} | ({"code": "NO_ANSWER"} if verb == "outcome" else {})
        assert error(client.post(f"/v1/contacts/7/{verb}", json=body)) == (404, "not_found")


def test_a_contact_goes_from_reserved_to_its_outcome(client):
    """Dialled, told of once however often it is sent, with a word that is known."""
    number = reserved(client, FREE[3], "life")["contact_id"]
    dialled = client.post(f"/v1/contacts/{number}/dial", json={"agent": 7}).json()
    assert (dialled["customer_id"], dialled["noted"]) == (FREE[3], "dialled")
    path = f"/v1/contacts/{number}/outcome"
    told = {"code": "CONNECTED_INTERESTED", "agent": 7, "happened_at": AT.isoformat()}
    assert client.post(path, json=told).json() == client.post(path, json=told).json()
    assert error(client.post(path, json=told | {"code": "HAPPY"})) == (422, "refused_word")
    late = told | {"happened_at": (AT + timedelta(days=1)).isoformat()}
    assert error(client.post(path, json=late)) == (422, "refused_word")
    soon = told | {"happened_at": (AT + timedelta(seconds=40)).isoformat()}
    assert client.post(path, json=soon).json()["at"] == client.post(path, json=told).json()["at"]
    bare = told | {"code": "CONNECTED_CALLBACK"}
    assert error(client.post(path, json=bare)) == (422, "bad_outcome")
    nul = told | {"note": "a\x00b"}
    assert error(client.post(path, json=nul)) == (422, "bad_request")


def test_a_promise_is_foreseen_and_kept(client):
    """What was promised says how it would be answered then; keeping it takes a contact."""
    number = reserved(client, FREE[4], "promise", dial=True)["contact_id"]
    due = (AT + timedelta(hours=3)).isoformat()
    said = {"code": "CONNECTED_CALLBACK", "agent": 7, "due_at": due}
    told = client.post(f"/v1/contacts/{number}/outcome", json=said).json()
    assert told["promised"]["customer_id"] == FREE[4]
    kept = client.post(f"/v1/contacts/{number}/keep", json={"agent": 7}).json()
    assert kept["customer_id"] == FREE[4]
    assert kept["verdict"] in {"allow", "block", "defer"}
    assert (kept["contact_id"] is not None) == (kept["verdict"] == "allow")


def test_a_refusal_counts_at_once(client):
    """Words are only ever added; the next check knows of them, and the list does too."""
    who = FREE[6]
    before = client.get(f"/v1/customers/{who}/consents").json()["consents"]
    assert [each["action"] for each in before] == ["grant"]
    body = {"customer_id": who, "action": "dnc", "agent": 7, "happened_at": AT.isoformat()}
    said = client.post("/v1/consents", json=body).json()["consents"]
    assert [each["action"] for each in said] == ["dnc", "grant"]
    assert client.post("/v1/consents", json=body).json()["consents"] == said
    check = {"customer_id": who, "channel": "branch", "offer_code": "D1"}
    failing = client.post("/v1/contacts/check", json=check).json()["failing"]
    assert "dnc" in [each["rule"] for each in failing]
    later = body | {"happened_at": (AT + timedelta(hours=1)).isoformat()}
    assert error(client.post("/v1/consents", json=later)) == (422, "bad_consent")
    assert error(client.post("/v1/consents", json=body | {"customer_id": 999})) == (
        *(404, "unknown_customer"),
    )


def test_a_wish_counts_at_the_next_check_and_stands_in_the_view(client):
    """Until it is taken back; what cannot be is refused, and of half a span both ends are asked."""
    who = FREE[7]
    path = f"/v1/customers/{who}"
    assert client.get(f"{path}/wishes").json()["wishes"] == []
    assert client.get(path).json()["wishes"]["state"] == "none"
    wish = {"customer_id": who, "only_channels": ["email"], "agent": 7}
    said = client.post("/v1/wishes", json=wish).json()["wishes"]
    assert [each["about"] for each in said] == ["only_channel"]
    seen = client.get(path).json()["wishes"]
    assert (seen["value"], seen["source"], seen["on"]) == (said, "ledger", DAY)
    check = {"customer_id": who, "channel": "branch", "offer_code": "D1"}
    failing = client.post("/v1/contacts/check", json=check).json()["failing"]
    assert "only_channel" in [each["rule"] for each in failing]
    back = {"customer_id": who, "take_back": ["only_channel"], "agent": 7}
    assert client.post("/v1/wishes", json=back).json()["wishes"] == []
    failing = client.post("/v1/contacts/check", json=check).json()["failing"]
    assert "only_channel" not in [each["rule"] for each in failing]
    half = {"customer_id": who, "prefers_from": "18:00", "agent": 7}
    assert error(client.post("/v1/wishes", json=half)) == (422, "refused_word")
    nothing = {"customer_id": who, "agent": 7}
    assert error(client.post("/v1/wishes", json=nothing)) == (422, "refused_word")
    assert error(client.post("/v1/wishes", json=wish | {"customer_id": 999})) == (
        *(404, "unknown_customer"),
    )


@pytest.mark.parametrize("wrong", ["2", True, 2.0, 0])
def test_a_limit_that_is_no_whole_number_is_refused(client, wrong):
    """Nothing is read as a number that is not one, in either of both."""
    whole = {"customer_id": FREE[7], "at_most": 2, "days": 30, "agent": 7}
    for name in ("at_most", "days"):
        answer = client.post("/v1/wishes", json=whole | {name: wrong})
        assert answer.status_code == 422
        assert name in answer.json()["message"]


def test_the_audit_log_tells_what_is_wished_and_for_whom_an_app_notes_it(busy):
    """All that the request says, whether it is noted or refused."""
    lines, who = Lines(), FREE[8]
    said = {"only_channels": ["email"], "pause_from": DAY, "pause_to": DAY, "agent": 7}
    with talking_to(busy, now=AT, gate=a_gate(lines=lines, now=AT)) as (client, _):
        assert client.post("/v1/wishes", json=said | {"customer_id": who}).status_code == 200
    ((_, action, about, facts),) = lines
    assert (action, about) == ("consent.write", f"customer {who}")
    assert {name: facts[name] for name in said} == said


def test_a_list_is_pulled_opened_taken_and_set_aside(client, busy):
    """The rows are the ledger's; what is done over HTTP stands in it."""
    listed = client.get(f"/v1/lists/{DAY}/{MANAGER}").json()
    with Ledger.open(busy.ledger_url) as ledger:
        rows = ledger.list_rows(AT.date(), MANAGER)
    assert [each["customer_id"] for each in listed["rows"]] == [r.row.customer_id for r in rows]
    assert all("*" in each["name"] for each in listed["rows"] if each.get("name"))
    first, second = (each["rank"] for each in listed["rows"][:2])
    card = client.post(f"/v1/lists/{DAY}/{MANAGER}/{first}/open").json()
    assert card["customer_id"] == listed["rows"][0]["customer_id"]
    taken = client.post(f"/v1/lists/{DAY}/{MANAGER}/{first}/reserve", json={"agent": 7}).json()
    assert taken["verdict"] == card["decision"]["verdict"]
    again = client.post(f"/v1/lists/{DAY}/{MANAGER}/{first}/reserve", json={"agent": 7}).json()
    assert again["contact_id"] == taken["contact_id"]
    skip = f"/v1/lists/{DAY}/{MANAGER}/{second}/skip"
    assert error(client.post(skip, json={"agent": 7, "code": "NOT_WORKED"})) == (
        *(422, "refused_word"),
    )
    assert client.post(skip, json={"agent": 7, "code": "ALREADY_HANDLED"}).status_code == 200
    states = {
        each["rank"]: each["state"]
        for each in client.get(f"/v1/lists/{DAY}/{MANAGER}").json()["rows"]
    }
    assert states[second] == "set_aside"
    aside = client.post(f"/v1/lists/{DAY}/{MANAGER}/{second}/reserve", json={"agent": 7})
    assert error(aside) == (409, "conflict")


@pytest.mark.parametrize(
    "path", [f"{DAY}/99", "2020-01-01/7", f"{DAY}/7/99999/open", "2026-13-01/7", "0/7", f"{DAY}/x"]
)
def test_lists_that_are_not_there(client, path):
    """No such list, day or row, or no day at all."""
    response = (
        client.post(f"/v1/lists/{path}") if "open" in path else client.get(f"/v1/lists/{path}")
    )
    assert response.status_code in {404, 422}
    assert set(response.json()) == {"error", "message", "what_to_do"}


def test_without_a_ledger_nothing_is_reserved_and_the_answer_says_so(finished):
    """503, and what makes one."""
    with talking_to(finished) as (client, _desk):
        said = client.post("/v1/contacts/check", json=contact(FREE[0]))
    assert error(said) == (503, "no_ledger")
