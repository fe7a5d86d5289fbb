"""Two processes of the service on one ledger in PostgreSQL keep one set of rules and one list."""

import os
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from busy import MANAGER, OPEN, busy_workspace
from chained import verify_audit
from postgres import postgres_url
from running import a_free_port, give_key, running

from outreach.ledger import Ledger

TESTS = Path(__file__).parents[1]
LIST = f"/v1/lists/2026-06-01/{MANAGER}"


@pytest.fixture
def two(tmp_path, finished, bank, computed):
    """A client of each process, and the workspace that they share."""
    ledger = postgres_url(tmp_path)
    place = busy_workspace(tmp_path / "var", finished, bank, computed, ledger_at=ledger)
    environment = os.environ | {"PYTHONPATH": f"{TESTS.parent}:{TESTS}"}
    key, ports = give_key(place), (a_free_port(), a_free_port())
    starting = [
        running(
            [sys.executable, str(TESTS / "serving_process.py"), str(place.root), ledger, str(port)],
            environment,
            tmp_path,
            port,
            key=key,
            probe="/v1/health",
        )
        for port in ports
    ]
    with starting[0] as (one, _), starting[1] as (other, _):
        yield one, other, place


def at_once(asks):
    """The answers of several, asked by threads of their own at the same moment."""
    answers, together = [None] * len(asks), threading.Barrier(len(asks))

    def run(place, ask):
        together.wait(30)
        answers[place] = ask()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        assert answer.status_code == 200, answer.text
    return [answer.json() for answer in answers]


@pytest.mark.slow
def test_two_processes_keep_one_set_of_limits_and_one_list(two):
    """However many ask of both at once: one marketing call a customer, one contact a row."""
    one, other, place = two
    for who in OPEN[10:14]:
        marketing = {"customer_id": who, "channel": "phone", "category": "marketing"}
        marketing |= {"offer_code": "D1", "agent": 7}
        said = at_once(
            [
                lambda client=client, body=marketing | {"request_id": f"{who}-{number}"}: (
                    client.post("/v1/contacts/reserve", json=body)
                )
                for number, client in enumerate((one, other, one, other))
            ]
        )
        assert Counter(each["verdict"] for each in said)["allow"] == 1
    with Ledger.open(place.ledger_url) as ledger:
        rows = ledger.contacts_table().to_pylist()
    made = Counter(row["customer_id"] for row in rows)
    assert {who: made[who] for who in OPEN[10:14]} == dict.fromkeys(OPEN[10:14], 1)

    first = one.get(LIST).json()
    assert first["rows"]
    assert other.get(LIST).json() == first
    refused = {"customer_id": OPEN[20], "action": "dnc", "channel": "phone", "agent": 7}
    at_once([lambda: one.post("/v1/consents", json=refused)])
    after = at_once([lambda: one.get(LIST), lambda: other.get(LIST)])
    assert after[0] == after[1]
    checked = {"customer_id": OPEN[20], "channel": "phone", "category": "marketing"}
    checked |= {"offer_code": "D1"}
    verdicts = [
        client.post("/v1/contacts/check", json=checked).json()["verdict"] for client in (one, other)
    ]
    assert verdicts == ["block", "block"]
    assert verify_audit(place.audit) > len(rows)
