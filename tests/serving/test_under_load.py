"""A running service takes a new model in, and ends, without failing or losing a request."""

import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from chained import verify_audit
from running import ANY_AGE, a_free_port, give_key, running
from served import CUSTOMERS, NOW, a_model, promote

from serving.bento import bentoml_environment
from serving.run import Listening, serve_arguments


class Caller(threading.Thread):
    """Asks one thing after another until it is told to stop, and keeps what became of it."""

    def __init__(self, base, key, ask):
        super().__init__()
        self.base, self.key, self.ask = base, key, ask
        self.stop, self.good, self.bad, self.broken = threading.Event(), [], [], 0

    def run(self):
        headers = {"authorization": f"Bearer {self.key}"}
        with httpx.Client(base_url=self.base, headers=headers, timeout=60) as client:
            turn = 0
            while not self.stop.is_set():
                turn += 1
                path, body, name = self.ask(turn)
                try:
                    answer = client.post(path, json=body)
                except httpx.TransportError:
                    self.broken += 1
                    return
                (self.good if answer.status_code == 200 else self.bad).append((name, answer))


def until(wanted, seconds=120):
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def score(turn):
    return "/v1/score", {"customer_id": CUSTOMERS[turn % 100], "labels": ["churn"]}, turn


def event_of(first):
    """What posts one new event after another, each under a number of its own."""

    def event(turn):
        number = first + turn
        fact = {"event_id": number, "customer_id": CUSTOMERS[turn % 100], "kind": "page_view"}
        fact |= {"happened_at": NOW.isoformat(), "topic": "fund", "channel": "mobile"}
        return "/v1/events", {"events": [fact]}, number

    return event


@pytest.mark.slow
def test_a_promoted_model_answers_and_an_end_loses_nothing(workspace, computed, tmp_path):
    """None fails while a champion is replaced; what was acknowledged before the end is kept."""
    port, key = a_free_port(), give_key(workspace)
    command = serve_arguments(Listening(port=port))
    environment = bentoml_environment(workspace) | ANY_AGE
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    with running(command, environment, tmp_path, port, key=key) as (client, process):
        callers = [Caller(str(client.base_url), key, score) for _ in range(2)]
        for caller in callers:
            caller.start()
        until(lambda: all(len(caller.good) > 20 for caller in callers))
        challenger = a_model(computed.features, "churn", seed=9)
        promote(workspace, challenger, 2)
        new = challenger.card.content_hash[:12]

        def version(caller):
            return caller.good[-1][1].json()["model_versions"]["churn"]

        until(lambda: all(version(caller) == new for caller in callers))
        for caller in callers:
            caller.stop.set()
            caller.join()
            assert caller.bad == []
            assert caller.broken == 0
            assert caller.good[0][1].json()["model_versions"]["churn"] != new

        writers = [Caller(str(client.base_url), key, event_of(10**6 * n)) for n in (1, 2)]
        for writer in writers:
            writer.start()
        until(lambda: all(len(writer.good) > 10 for writer in writers))
        process.send_signal(signal.SIGTERM)
        for writer in writers:
            writer.join(60)
        assert process.wait(60) is not None
    acknowledged = {name for writer in writers for name, _ in writer.good}
    assert len(acknowledged) > 20
    assert [each for writer in writers for each in writer.bad] == []
    with closing(sqlite3.connect(workspace.online)) as store:
        kept = {row[0] for row in store.execute("SELECT key FROM online_facts")}
    assert {f"[{number}]" for number in acknowledged} <= kept
    assert verify_audit(workspace.audit) >= len(acknowledged)
