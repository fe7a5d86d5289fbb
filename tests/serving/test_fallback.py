"""A server that dies takes no rule with it; two services share one ledger's rules."""

import threading
from dataclasses import replace

import pytest
from busy import AT, OPEN
from postgres import postgres_url
from served import talking_to

from benchmarks.ledger_server import Server
from outreach.ledger import Ledger

WHO = OPEN[7]


def told(client):
    """What an app is told at once, in time without end."""
    answer = client.post("/v1/next", json={"customer_id": WHO, "budget_ms": 10_000})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_ledger_that_dies_stops_offers_and_nothing_else(workspace):
    """Without it no rule can be judged: nothing is proposed, scores go on, health says it."""
    with Server(durable=False) as server:
        url = server.url.render_as_string(hide_password=False)
        with Ledger.open(url):
            pass
        with talking_to(replace(workspace, ledger_at=url), now=AT) as (client, desk):
            whole = told(client)
            assert whole["channels"]
            assert whole["offers"]
            server.kill()
            for _ in range(5):
                less = told(client)
                assert less["fallback"]
                assert less["channels"] is None
                assert less["offers"] is None
                assert {each["code"] for each in less["left_out"]} >= {"no_ledger"}
                assert less["probabilities"] == whole["probabilities"]
            assert desk.shelf.ledger.value.breaker.open
            refused = client.post("/v1/next_best_offers", json={"customer_id": WHO})
            assert (refused.status_code, refused.json()["error"]) == (503, "no_ledger")
            assert client.post("/v1/score", json={"customer_id": WHO}).status_code == 200


@pytest.mark.parametrize("rounds", [3])
def test_two_services_on_one_ledger_reserve_a_customer_once(workspace, tmp_path, rounds):
    """However many ask at the same moment, one contact is reserved and the others are told why."""
    place = replace(workspace, ledger_at=postgres_url(tmp_path))
    with Ledger.open(place.ledger_url):
        pass
    with (
        talking_to(place, now=AT) as (one, _),
        talking_to(place, now=AT) as (other, _),
    ):
        for who in OPEN[10 : 10 + rounds]:
            verdicts, together = [], threading.Barrier(4)

            def reserve(client, number, who=who, verdicts=verdicts, together=together):
                body = {"customer_id": who, "channel": "phone", "category": "marketing"}
                body |= {"offer_code": "D1", "request_id": f"{who}-{number}", "agent": 7}
                together.wait(30)
                answer = client.post("/v1/contacts/reserve", json=body)
                assert answer.status_code == 200, answer.text
                verdicts.append(answer.json()["verdict"])

            asking = [
                threading.Thread(target=reserve, args=(client, number))
                for number, client in enumerate((one, other, one, other))
            ]
            for thread in asking:
                thread.start()
            for thread in asking:
                thread.join()
            assert len(verdicts) == 4
            assert verdicts.count("allow") == 1
