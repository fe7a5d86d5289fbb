"""The client: typed answers, the problem's own words, and one effect however often it is sent."""

import re
import subprocess
import sys
from datetime import UTC, date, timedelta
from pathlib import Path

import httpx
import pytest
from asked_by import Keys, a_gate
from busy import AT, KNOWN, MANAGER, OPEN, person
from served import talking_to

from governance.pseudonyms import Pseudonyms
from outreach.ledger import Ledger
from serving import client as client_file
from serving.client import (
    Client,
    ClientError,
    InConflict,
    NotAllowed,
    NotNow,
    NotProved,
    NotThere,
    NotUnderstood,
    TooFast,
    Unreachable,
)

WHO = OPEN[5]
PSEUDONYMS = Pseudonyms(b"a key of thirty-two bytes, or so")
DAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def address(busy):
    keys = Keys(
        {role: person(role) for role in ("app", "teller", "scientist")},
        served={KNOWN: {"person teller"}},
    )
    gate = a_gate(keys, now=AT, pseudonyms=PSEUDONYMS)
    with talking_to(busy, now=AT, gate=gate) as (client, _desk):
        yield str(client.base_url)


@pytest.fixture
def client(address):
    with Client(address, "app", clock=lambda: AT) as client:
        yield client


def test_answers_are_typed(client):
    """Dates are dates, lists are tuples, nested things are what they are."""
    score = client.score(WHO)
    assert score.as_of == date(2026, 6, 1)
    assert 0 <= score.probabilities["churn"] <= 1
    many = client.scores([WHO, 999])
    assert many.scores[1].problem.error == "unknown_customer"
    assert client.explain(WHO, "churn").reasons[0].text.zh
    assert client.next_best_offers(WHO, limit=1).actions[0].rank == 1
    said = client.next(WHO, budget_ms=10_000)
    assert said.offers.actions
    assert client.health().status in {"ready", "degraded"}
    view = client.customer(KNOWN)
    assert view.opened_on.value == date(2019, 3, 4)
    assert view.holdings.value[0].family == "deposit"
    listed = client.list(date(2026, 6, 1), MANAGER)
    assert client.open_row(listed.day, MANAGER, listed.rows[0].rank).decision.verdict


def test_a_contact_is_worked_and_counts_once(client, busy):
    """Reserved, dialled, told of twice by a client that sends again."""
    more = {"category": "service", "agent": 7}
    taken = client.reserve_contact(WHO, "branch", request_id="client-1", **more)
    assert client.reserve_contact(WHO, "branch", request_id="client-1", **more) == taken
    assert client.dial(taken.contact_id, agent=7).noted == "dialled"
    for _ in range(2):
        told = client.outcome(taken.contact_id, "CONNECTED_INTERESTED", agent=7)
    assert told.at == AT.astimezone(UTC)
    with Ledger.open(busy.ledger_url) as ledger:
        rows = [r for r in ledger.contacts_table().to_pylist() if r["customer_id"] == WHO]
    assert {row["contact_id"] for row in rows} == {taken.contact_id}
    assert [row["outcome"] for row in rows if row["outcome"]] == ["CONNECTED_INTERESTED"]
    assert client.say_consent(WHO, "dnc", agent=7, channel="sms").consents[0].action == "dnc"
    assert client.consents(WHO).consents[0].channel == "sms"
    said = client.wish(WHO, agent=7, only_channels=["branch"])
    assert [each.about for each in said.wishes] == ["only_channel"]
    assert client.wishes(WHO).wishes == said.wishes


def test_a_customer_is_served_until_it_is_ended(address):
    """By whom the key is of, with its evidence, for as long as is said."""
    with Client(address, "teller") as teller:
        begun = teller.serve(KNOWN, "document", minutes=5)
        assert (begun.customer_id, begun.evidence) == (KNOWN, "document")
        assert begun.ends_at - begun.opened_at == timedelta(minutes=5)
        assert teller.serve(KNOWN, "card").ends_at - AT == timedelta(minutes=20)
        assert teller.end_serving(KNOWN).at == AT
        with pytest.raises(NotUnderstood, match="evidence"):
            teller.serve(KNOWN, "smile")


def test_who_works_under_pseudonyms_asks_by_them(address, client):
    """The figures of the customer under the name that was asked."""
    name = PSEUDONYMS.of("customer_id", KNOWN)
    with Client(address, "scientist") as scientist:
        score = scientist.score_pseudonym(name, ["churn"])
        assert score.customer_id == name
        assert score.probabilities == client.score(KNOWN, ["churn"]).probabilities
        why = scientist.explain_pseudonym(name, "churn")
        assert (why.customer_id, why.probability) == (name, score.probabilities["churn"])
        with pytest.raises(NotAllowed):
            scientist.score(KNOWN)


def test_it_asks_for_all_that_programs_are_answered(address):
    """A path of the service that the client lacks is found here; sessions are for browsers."""
    source = Path(client_file.__file__).read_text(encoding="utf-8")
    paths = httpx.get(f"{address}/v1/openapi.json").json()["paths"]
    wanted = {path for path in paths if not path.startswith("/v1/session")} - {"/v1/metrics"}
    lacking = {path for path in wanted if re.sub(r"{\w+}", "{}", path) not in _asked(source)}
    assert not lacking


def _asked(source):
    """The paths in a program, with what is filled in left empty."""
    return {re.sub(r"{\w+}", "{}", path) for path in re.findall(r'"(/v1/[^"]+)"', source)}


ERRORS = [
    (lambda c: c.score(999), NotThere, "unknown_customer"),
    (lambda c: c.score(WHO, ["chrun"]), NotThere, "unknown_label"),
    (lambda c: c.score_features({"age": 1.0}), NotUnderstood, "bad_features"),
    (lambda c: c.reserve_contact(WHO, "fax"), NotUnderstood, "bad_request"),
    (lambda c: c.dial(7, agent=7), NotThere, "not_found"),
    (lambda c: c.skip_row(DAY, MANAGER, 1, "NOT_WORKED", agent=7), NotUnderstood, "refused_word"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kind", "code"), ERRORS)
def test_a_problem_is_an_error_in_its_own_words(client, asked, kind, code):
    """One tree, with status, code, message and advice."""
    with pytest.raises(kind) as caught:
        asked(client)
    error = caught.value
    assert isinstance(error, ClientError)
    assert error.code == code
    assert error.message in str(error)
    assert error.what_to_do


def test_who_may_not_is_told_so(address):
    """No key, another's key; and a field that a role does not see is not there."""
    with Client(address) as stranger, pytest.raises(NotProved):
        stranger.score(WHO)
    with Client(address, "teller") as teller:
        with pytest.raises(NotAllowed):
            teller.score(KNOWN)
        view = teller.customer(KNOWN)
        assert view.opened_on.value == date(2019, 3, 4)
        with pytest.raises(AttributeError, match="overdue"):
            _ = view.overdue


class Line:
    """A transport that answers what a test lays before it, and keeps what was sent."""

    def __init__(self, *answers):
        self.answers, self.sent, self.slept = list(answers), [], []

    def client(self, **more):
        transport = httpx.MockTransport(self.answer)
        return Client(
            "http://bank", transport=transport, sleep=self.slept.append, clock=lambda: AT, **more
        )

    def answer(self, request):
        self.sent.append(request.read())
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def problem(status, **headers):
    body = {"error": "busy", "message": "the ledger was busy", "what_to_do": "try again"}
    return httpx.Response(status, json=body, headers=headers)


GOOD = httpx.Response(200, json={"contact_id": 5, "verdict": "allow"})


def test_it_sends_the_very_same_again():
    """A reservation whose first answer was lost goes out under the same id."""
    line = Line(httpx.ReadTimeout("slow"), problem(503), GOOD)
    assert line.client().reserve_contact(1, "phone", agent=4).contact_id == 5
    assert len(line.sent) == 3
    assert len(set(line.sent)) == 1
    assert b"request_id" in line.sent[0]
    assert 0.1 <= line.slept[0] <= 0.2
    assert 0.2 <= line.slept[1] <= 0.4


def test_an_outcome_sent_again_is_of_the_same_second():
    """The moment is taken once, before the first try."""
    line = Line(problem(503), GOOD)
    line.client().outcome(5, "NO_ANSWER", agent=4)
    assert len(set(line.sent)) == 1
    assert AT.isoformat().encode() in line.sent[0]


def test_it_waits_as_long_as_it_is_told_to():
    """Retry-After counts, within reason."""
    line = Line(problem(429, **{"retry-after": "7"}), problem(503, **{"retry-after": "900"}), GOOD)
    line.client().score(1)
    assert line.slept == [7.0, 30.0]


@pytest.mark.parametrize(
    ("status", "kind", "tries"), [(404, NotThere, 1), (409, InConflict, 1), (422, NotUnderstood, 1),
    (500, NotNow, 1), (503, NotNow, 4), (429, TooFast, 4)]
)  # fmt: skip
def test_only_what_may_pass_is_sent_again(status, kind, tries):
    """A refusal stays one; a busy service is asked four times in all."""
    line = Line(*[problem(status)] * 4)
    with pytest.raises(kind, match="the ledger was busy; try again"):
        line.client().score(1)
    assert len(line.sent) == tries


def test_nobody_there_is_told_with_the_address():
    """After the last try, what httpx said."""
    line = Line(*[httpx.ConnectError("refused")] * 2)
    with pytest.raises(Unreachable, match=r"POST /v1/score: ConnectError: refused; check"):
        line.client(tries=2).score(1)


def test_something_else_that_answers_is_no_riddle():
    """A proxy's page has no problem in it; the status still tells."""
    line = Line(httpx.Response(502, text="<html>"), httpx.Response(403, text=""))
    client = line.client(tries=1)
    with pytest.raises(NotNow, match="502 no_problem"):
        client.score(1)
    with pytest.raises(NotAllowed):
        client.score(1)


def test_nothing_heavy_comes_with_it():
    """A program that only asks needs neither models nor tables nor a database."""
    heavy = "lightgbm, ibis, sqlalchemy, numpy, pandas, pyarrow, fastapi, numba, duckdb, bentoml"
    code = (
        f"import sys, serving.client; print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
