"""One call for an app: everything within its time, and what is left out is named."""

import shutil
from itertools import count

import pytest
from busy import AT, OPEN, OTHER
from served import talking_to

from features.catalog import CATALOG
from features.online import OnlineStore
from goodcall.workspace import Workspace
from outreach.loading import load_policy
from serving.advising import Pace, advise
from serving.errors import UnknownCustomer
from serving.schemas.at_once import NextRequest


@pytest.fixture(scope="module")
def served(busy):
    with talking_to(busy, now=AT) as (client, desk):
        yield client, desk


def test_it_says_what_the_three_other_calls_say(served, busy):
    """Probabilities, actions with reasons, and every channel of the policy."""
    client, _ = served
    said = client.post("/v1/next", json={"customer_id": OTHER, "budget_ms": 10_000}).json()
    assert not said["fallback"]
    assert said["left_out"] == []
    score = client.post("/v1/score", json={"customer_id": OTHER}).json()
    assert said["probabilities"] == score["probabilities"]
    offers = client.post("/v1/next_best_offers", json={"customer_id": OTHER}).json()
    assert said["offers"] == offers
    channels = [each.id for each in load_policy(busy.policy).channels]
    assert [each["channel"] for each in said["channels"]] == channels


class Clock:
    """A timer that a test moves: each look costs so many milliseconds."""

    def __init__(self, *looks):
        self.looks = iter(looks)
        self.at = 0.0

    def __call__(self):
        self.at += next(self.looks, 0.0) / 1000
        return self.at


def advised(desk, pace, timer, budget, who=OTHER):
    asked = NextRequest(customer_id=who, budget_ms=budget)
    return advise(desk.shelf, asked, AT, timer=timer, began=0.0, pace=pace)


def test_a_part_that_takes_too_long_is_left_out_by_name(served):
    """Reasons have been taking 80 ms: they do not fit into 50, and all else does."""
    _, desk = served
    said = advised(desk, Pace({"reasons": 0.080}), Clock(), 50)
    assert [(each.part, each.because) for each in said.left_out] == [("reasons", "budget")]
    assert said.fallback
    assert said.offers is not None
    assert [each.action for each in said.offers.actions] != []
    assert all(each.reasons == () for each in said.offers.actions)
    assert said.channels
    assert said.probabilities


def test_the_rules_come_first(served):
    """Where only one part fits, it is whether the customer may be approached at all."""
    _, desk = served
    pace = Pace({"channels": 0.001, "score": 0.100, "reasons": 0.100, "offers": 0.100})
    said = advised(desk, pace, Clock(), 50)
    assert said.channels
    assert said.probabilities is None
    assert said.offers is None
    assert [each.part for each in said.left_out] == ["score", "offers", "reasons"]


def test_time_that_was_spent_counts(served):
    """After the budget nothing more is begun."""
    _, desk = served
    said = advised(desk, Pace(), Clock(60), 50)
    assert said.left_out[0].part == "channels"
    assert said.took_ms >= 50


def test_what_did_not_fit_once_is_tried_again(served):
    """A figure that was an exception fades until the part fits."""
    _, desk = served
    pace = Pace({"score": 0.200})
    tries = next(
        number for number in count(1) if advised(desk, pace, Clock(), 100).probabilities is not None
    )
    assert 1 < tries < 10


def test_without_a_model_the_rules_still_hold(busy, tmp_path):
    """The answer says what is missing and which channels are allowed; offers are general ones."""
    place = Workspace(shutil.copytree(busy.root, tmp_path / "var"))
    shutil.rmtree(place.models)
    with talking_to(place, now=AT) as (client, _desk):
        response = client.post("/v1/next", json={"customer_id": OTHER})
        said = response.json()
        alone = client.post("/v1/next_best_offers", json={"customer_id": OTHER}).json()
    assert response.status_code == 200
    assert said["offers"] == alone
    assert alone["fallback_because"]["code"] == "no_model"
    assert said["fallback"]
    assert {(each["part"], each["code"]) for each in said["left_out"]} == {("score", "no_model")}
    assert {each["verdict"] for each in said["channels"]} <= {"allow", "defer", "block"}


def test_an_unknown_customer_is_an_error_not_a_gap(served):
    """Nobody is not somebody of whom nothing is known."""
    client, desk = served
    assert client.post("/v1/next", json={"customer_id": 999}).status_code == 404
    with pytest.raises(UnknownCustomer):
        advised(desk, Pace(), Clock(), 1000, who=999)


def test_the_many_rows_are_the_single_rows(busy):
    """Number by number, for customers with and without facts since the snapshot."""
    with OnlineStore(busy.online_url, CATALOG) as store:
        many = store.rows_at(OPEN, AT)
        assert sorted(many) == sorted(OPEN)
        for who in OPEN:
            one = store.row_at(who, AT)
            assert many[who].values.tobytes() == one.values.tobytes()
            assert (many[who].at, many[who].facts, many[who].marks) == (
                one.at,
                one.facts,
                one.marks,
            )
