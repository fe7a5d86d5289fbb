"""What stands around every request: id, proof, limits, headers, and the answer held back."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
from asked_by import APP, RM, Keys, Lines
from fastapi import FastAPI, Request
from prometheus_client.parser import text_string_to_metric_families

from governance.access_file import default_access_text, parse_access
from serving.around import Around, Bounds, Surroundings
from serving.errors import TooMany
from serving.gate import SESSION, Gate, Subject
from serving.limits import Buckets, Rate
from serving.problems import HANDLERS
from serving.telemetry import Telemetry

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


class World:
    """A small application behind the gate, with all that stands around it."""

    def __init__(self, *, per_minute=6000, bounds=Bounds()):  # noqa: B008 - frozen
        self.lines, self.seconds = Lines(), 0.0
        access = parse_access(default_access_text())
        self.gate = Gate(
            access,
            Keys({"good": APP}, {"mine": RM}, per_minute=per_minute),
            self.lines,
            lambda: NOW,
        )
        self.telemetry = Telemetry()
        app = FastAPI(openapi_url=None, exception_handlers=HANDLERS)

        @app.post("/v1/score")
        async def score(request: Request):
            asked = json.loads(await request.body())
            self.gate.admit(request, "score", Subject(asked["customer_id"], asked.get("of")))
            return {"ok": True}

        @app.post("/v1/forgotten")
        async def forgotten():
            return {"name": "a secret"}

        @app.post("/v1/broken")
        async def broken(request: Request):
            self.gate.admit(request, "score", Subject(1))
            return {"a": 1 / 0}

        @app.get("/v1/health")
        async def health():
            return {"status": "ready"}

        around = Around(
            app.build_middleware_stack(),
            lambda: self.gate,
            Surroundings(bounds, self.telemetry, lambda: self.seconds, "t"),
        )
        self.app = around
        self.base, self.cookies = "http://here", {}

    def ask(
        self, path="/v1/score", *, key="good", body=None, content=None, method="POST", **headers
    ):
        """The answer to one request; content is sent as it is, in parts where it has several."""
        proof = {"authorization": f"Bearer {key}"} if key else {}
        body = {"customer_id": 1} if body is None else body

        async def one():
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=self.base, cookies=self.cookies
            ) as client:
                sent = {"json": body} if content is None else {"content": content}
                return await client.request(method, path, headers=proof | headers, **sent)

        return asyncio.run(one())


def test_a_key_lets_in_and_leaves_one_line():
    """The line names who asked what about whom, by which right, in which request."""
    world = World()
    answer = world.ask(**{"x-request-id": "abc-1"})
    assert answer.json() == {"ok": True}
    facts = {"via": "role", "request": "abc-1"}
    assert world.lines == [("app crm", "score", "customer 1", facts)]


@pytest.mark.parametrize("key", ["", "bad"])
def test_without_proof_nothing_is_asked(key):
    """The answer is 401 with how to prove it, and no endpoint runs."""
    world = World()
    answer = world.ask(key=key)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"] == "unproven"
    assert world.lines == []


def test_a_refusal_is_403_and_leaves_one_line():
    """A manager who asks about another's customer is told so, and that is written down."""
    world = World()
    world.cookies[SESSION] = "mine"
    same = {"origin": "http://here"}
    assert world.ask(key="", body={"customer_id": 1, "of": 7}, **same).status_code == 200
    answer = world.ask(key="", body={"customer_id": 2, "of": 8}, **same)
    assert answer.status_code == 403
    assert answer.json()["error"] == "refused"
    ((_, _, about, facts),) = world.lines[1:]
    assert about == "customer 2"
    assert "customers whom the person looks after" in facts["refused"]


@pytest.mark.parametrize("origin", [{}, {"origin": "https://evil.example"}])
def test_another_sites_page_cannot_use_a_session(origin):
    """A cookie alone changes nothing: the page must be of this service."""
    world = World()
    world.cookies[SESSION] = "mine"
    assert world.ask(key="", **origin).status_code == 401


def test_an_answer_that_did_not_ask_the_gate_is_held_back():
    """An endpoint that forgets its check answers 500, and nothing of what it said."""
    answer = World().ask("/v1/forgotten")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_health_needs_no_proof():
    """Who watches the service holds no key."""
    assert World().ask("/v1/health", method="GET", key="").status_code == 200


def test_request_ids_are_taken_over_or_made():
    """A plain one is echoed, another is replaced, and no two made ones are equal."""
    world = World()
    assert world.ask(**{"x-request-id": "a.B-1_"}).headers["x-request-id"] == "a.B-1_"
    for odd in ("", "a b", "x" * 65, 'a"}'):
        assert world.ask(**{"x-request-id": odd}).headers["x-request-id"].startswith("t-")
    made = {world.ask().headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3


def test_every_answer_carries_the_secure_headers():
    """Good, refused, broken and unknown ones alike; TLS is insisted on where it is spoken."""
    world = World()
    answers = [
        world.ask(),
        world.ask(key=""),
        world.ask("/v1/forgotten"),
        world.ask("/v1/broken"),
        world.ask("/v1/nothing"),
        world.ask("/v1/health", method="GET"),
    ]
    assert [each.status_code for each in answers] == [200, 401, 500, 500, 404, 200]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-request-id"]
        assert "strict-transport-security" not in answer.headers
    world.base = "https://here"
    assert "max-age" in world.ask().headers["strict-transport-security"]


def test_a_large_body_is_413_announced_or_not():
    """Neither a length that says so nor parts that add up to it get in."""
    world = World(bounds=Bounds(body=100))
    large = b'{"customer_id": 1, "x": "' + b"x" * 100 + b'"}'

    async def parts():
        yield large[:60]
        yield large[60:]

    for content in (large, parts()):
        answer = world.ask(content=content)
        assert answer.status_code == 413
        assert answer.json()["error"] == "too_large"
    assert world.lines == []
    small = b'{"customer_id": 1}'
    assert world.ask(content=small).status_code == 200


def test_a_keys_rate_is_kept():
    """A tenth of a minute's requests come at once, then one every so often; 429 says when."""
    world = World(per_minute=60)
    assert [world.ask().status_code for _ in range(7)] == [200] * 6 + [429]
    assert world.ask().headers["retry-after"] == "1"
    world.seconds += 1.0
    assert [world.ask().status_code for _ in range(2)] == [200, 429]


def test_strangers_are_held_to_a_rate_of_their_own():
    """Whoever tries out keys is slowed down; whoever has one is not."""
    world = World()
    tried = [world.ask(key="bad").status_code for _ in range(21)]
    assert tried == [401] * 20 + [429]
    assert world.ask().status_code == 200


@pytest.mark.parametrize("per_second", [0.5, 3.0])
def test_a_bucket_lets_through_what_the_rate_allows(per_second):
    """Over a long time it is the burst and the rate, whatever the moments of asking."""
    at = [0.0]
    buckets, rate = Buckets(lambda: at[0]), Rate(per_second, 4)
    let_in = 0
    for step in range(1000):
        at[0] += (step % 7) / 10
        with suppress(TooMany):
            buckets.take("a", rate)
            let_in += 1
    assert let_in <= 4 + per_second * at[0]
    assert let_in >= min(1000, per_second * at[0]) - 1


def test_buckets_forget_who_has_not_asked_for_long():
    """Memory is bounded, and forgetting gives nobody more than the rate."""
    at = [0.0]
    buckets = Buckets(lambda: at[0], kept=2)
    for name in ("a", "b", "c"):
        buckets.take(name, Rate(1.0, 1))
    with pytest.raises(TooMany):
        buckets.take("c", Rate(1.0, 1))
    assert len(buckets) == 2


def test_answers_are_counted_by_route_and_status():
    """The page of figures holds each answer once, by its template."""
    world = World()
    world.ask()
    world.ask()
    world.ask(key="")
    world.ask("/v1/nothing")
    page = world.telemetry.page(None).decode()
    found = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "goodcall_requests_total"
    }
    assert found == {("/v1/score", "200"): 2, ("other", "401"): 1, ("other", "404"): 1}


def test_a_request_that_takes_too_long_is_504():
    """What is not answered in time is given up, and the answer says so."""
    world = World(bounds=Bounds(seconds=0.01))

    async def stuck(_scope, receive, _send):
        await receive()
        await asyncio.Event().wait()

    world.app._app = stuck  # noqa: SLF001 - what never answers
    answer = world.ask()
    assert answer.status_code == 504
    assert answer.json()["error"] == "too_slow"
