"""A PostgreSQL that stops and comes back under a running service."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from running import ANY_AGE, a_free_port, give_key, running
from served import CUSTOMERS, held_out

from benchmarks.ledger_server import Server
from governance.errors import AccessError
from outreach.ledger import Ledger
from serving.run import Listening, serve_arguments, serve_environment
from serving.shelf import Reading, Source, reread

WHO = next(who for who in CUSTOMERS if not held_out(who) and who > 2)


def until(wanted, seconds=90):
    """What becomes true, asked again and again."""
    deadline = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


@pytest.mark.slow
def test_a_ledger_that_stops_and_starts_is_told_and_taken_back_without_a_restart(
    workspace, tmp_path
):
    """Meanwhile answers fall back and say so, scores go on, and no request is to be sent here."""
    with Server(durable=False) as server:
        place = replace(workspace, ledger_at=server.url.render_as_string(hide_password=False))
        with Ledger.open(place.ledger_url):
            pass
        where = Listening(port=a_free_port())
        environment = serve_environment(place, where) | ANY_AGE
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        started = running(
            serve_arguments(where), environment, tmp_path, where.port, key=give_key(place)
        )
        with started as (client, process):

            def told():
                answer = client.post("/v1/next", json={"customer_id": WHO, "budget_ms": 10_000})
                assert answer.status_code == 200, answer.text
                return answer.json()

            def ready(status):
                return client.get("/readyz").status_code == status

            whole = told()
            assert (whole["fallback"], bool(whole["channels"])) == (False, True)
            server.kill()
            less = told()
            assert less["fallback"]
            assert less["channels"] is None
            assert less["probabilities"] == whole["probabilities"]
            assert "no_ledger" in {each["code"] for each in less["left_out"]}
            until(lambda: ready(503))
            health = client.get("/v1/health")
            assert health.status_code == 503
            (ledger,) = (s for s in health.json()["sources"] if s["source"] == "ledger")
            assert not ledger["serving"]
            assert "the ledger" in ledger["problem"]
            server.start()
            until(lambda: ready(200))
            again = until(lambda: (found := told())["fallback"] is False and found)
            assert again["channels"] == whole["channels"]
            assert client.get("/v1/health").json()["status"] == "ready"
            assert process.poll() is None


def test_a_source_of_which_nothing_can_be_told_is_followed_again():
    """The last value goes on; once its database answers again it is read anew."""
    away = True

    def stamp():
        if away:
            raise AccessError("the store of access does not answer; check that its database runs")
        return (1,)

    things = Source("things", stamp, lambda: "value")
    away = False
    first = reread(Reading(), things)
    away = True
    second = reread(first, things)
    assert (second.value, str(second.problem)[:21]) == ("value", "the store of access d")
    away = False
    third = reread(second, things)
    assert (third.value, third.problem) == ("value", None)
