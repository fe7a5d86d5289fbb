"""A teller begins to serve who stands before him, sees that customer alone, and ends it."""

import json
from contextlib import contextmanager
from datetime import timedelta
from typing import get_args

import pytest
from governed import GOOD, a_store
from served import CUSTOMERS, NOW, held_out, talking_to

from features.errors import StoreUnreachable
from features.online import OnlineStore
from governance.access_file import default_access_text, parse_access
from governance.audit import AuditLog
from governance.people import User
from governance.servings import EVIDENCE, LONGEST_MINUTES
from serving.gate import Gate
from serving.schemas.servings import Evidence, ServingRequest

WHO, NEXT = [who for who in CUSTOMERS if not held_out(who)][3:5]
PEOPLE = (("tess", "teller", 11, 1), ("lobo", "lobby", 12, 1), ("far", "teller", 13, 2))


@pytest.fixture
def counter(workspace):
    """The service as somebody asks it who is signed in, by name; its clock can be moved."""
    clock = {"now": NOW}
    with a_store(workspace.governance_url) as store:
        for name, role, staff, branch in PEOPLE:
            user = User(name, role, staff, frozenset({branch}))
            store.add_user(user, GOOD, now=NOW - timedelta(days=1))
        access, log = parse_access(default_access_text()), AuditLog(workspace.audit)
        gate = Gate(access, store, log, lambda: clock["now"])
        with talking_to(workspace, gate=gate) as (client, _):
            client.headers.pop("authorization")
            client.headers["origin"] = str(client.base_url).rstrip("/")

            @contextmanager
            def signed_in(name):
                client.post("/v1/session", json={"name": name, "password": GOOD})
                yield client

            yield signed_in, clock, workspace.audit


def sees(client, customer_id):
    return client.get(f"/v1/customers/{customer_id}").status_code


def opens(client, customer_id, **more):
    said = {"customer_id": customer_id, "evidence": "card"} | more
    return client.post("/v1/servings", json=said)


def test_a_teller_sees_whom_he_serves_until_the_serving_ends(counter):
    """Refused before, answered while it lasts, refused after; each step has its line."""
    signed_in, _, log = counter
    with signed_in("tess") as client:
        assert sees(client, WHO) == 403
        begun = opens(client, WHO, minutes=5)
        assert begun.status_code == 200
        assert begun.json() == {
            "customer_id": WHO,
            "serving_id": begun.json()["serving_id"],
            "evidence": "card",
            "opened_at": "2026-06-01T06:00:00Z",
            "ends_at": "2026-06-01T06:05:00Z",
        }
        assert sees(client, WHO) == 200
        assert sees(client, NEXT) == 403
        ended = client.delete(f"/v1/servings/{WHO}")
        assert ended.json() == {"customer_id": WHO, "at": "2026-06-01T06:00:00Z"}
        assert sees(client, WHO) == 403
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    opened = [line for line in lines if line["action"] == "serving.open"]
    assert [(e["actor"], e["subject"]) for e in opened] == [("staff 11", f"customer {WHO}")] * 2
    assert opened[0]["facts"]["evidence"] == "card"
    assert opened[1]["facts"]["ends"] is True


def test_a_serving_ends_by_time_and_with_the_next_customer(counter):
    """A lobby manager who turns to the next one sees the one before no more."""
    signed_in, clock, _ = counter
    with signed_in("lobo") as client:
        opens(client, WHO)
        opens(client, NEXT, evidence="queue_ticket")
        assert (sees(client, WHO), sees(client, NEXT)) == (403, 200)
        clock["now"] = NOW + timedelta(minutes=20)
        assert sees(client, NEXT) == 403


def test_a_customer_of_another_branch_is_not_served(counter):
    """Nor is anybody without evidence that is known, or for longer than an hour."""
    signed_in, _, _ = counter
    with signed_in("far") as client:
        refused = opens(client, WHO)
        assert refused.status_code == 403
        assert "the customers of the person's branches" in refused.json()["message"]
        assert sees(client, WHO) == 403
    with signed_in("tess") as client:
        for wrong in ({"evidence": "says so"}, {"minutes": 61}, {"minutes": 0}):
            assert opens(client, WHO, **wrong).status_code == 422
        assert opens(client, 10**30).json()["message"].startswith("customer_id: ")
        assert sees(client, WHO) == 403


def moved(monkeypatch):
    """The customer is of another branch from now on."""
    monkeypatch.setattr(OnlineStore, "belongs", lambda _, __: (None, 2))


def unplaced(monkeypatch):
    """No snapshot tells whose customer it is."""

    def away(_, __):
        raise StoreUnreachable("it does not answer")

    monkeypatch.setattr(OnlineStore, "belongs", away)


@pytest.mark.parametrize("happens", [moved, unplaced])
def test_a_serving_is_ended_wherever_the_customer_is_by_now(counter, monkeypatch, happens):
    """Also where nothing tells it; others may go on, and either has its line with the customer."""
    signed_in, _, log = counter
    with signed_in("tess") as client:
        opens(client, WHO)
        with monkeypatch.context() as patch:
            happens(patch)
            ended = client.delete(f"/v1/servings/{WHO}")
        assert ended.status_code == 200, ended.text
        assert sees(client, WHO) == 403
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (line,) = (each for each in lines if each["facts"].get("ends"))
    assert (line["subject"], line["facts"]["via"]) == (f"customer {WHO}", "own")


def test_the_service_takes_the_evidence_and_the_minutes_that_the_store_takes():
    """One list of evidence, one longest serving."""
    assert get_args(Evidence) == EVIDENCE
    minutes = ServingRequest.model_json_schema()["properties"]["minutes"]
    assert minutes["maximum"] == LONGEST_MINUTES
