"""Many customers in one call get what each would get alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import current_thread

import httpx
import numpy as np
import pytest
from asked_by import MINE, Keys, a_gate
from served import NOW, talking_to

from features.catalog import CATALOG
from features.online import OnlineStore
from goodcall.principal import Principal
from governance.access import Grant


def test_many_get_what_each_gets_alone(client):
    """In the order asked for, one asked twice twice, one who is not known with a problem."""
    asked = [9, 7, 999, 9, 120]
    said = client.post("/v1/scores", json={"customer_ids": asked}).json()
    assert [each["customer_id"] for each in said["scores"]] == asked
    for each in said["scores"]:
        alone = client.post("/v1/score", json={"customer_id": each["customer_id"]}).json()
        if each["customer_id"] == 999:
            assert each["problem"] == alone
            assert each["probabilities"] is None
            continue
        assert each["problem"] is None
        assert each["probabilities"] == pytest.approx(alone["probabilities"], abs=1e-12)
        assert each["facts_since"] == alone["facts_since"]
        assert said["model_versions"] == alone["model_versions"]
        assert (said["as_of"], said["at"]) == (alone["as_of"], alone["at"])


def test_nobody_known_is_no_error(client):
    """Every one stands in place with a problem."""
    said = client.post("/v1/scores", json={"customer_ids": [998, 999]}).json()
    assert said["as_of"] is None
    assert [each["problem"]["error"] for each in said["scores"]] == ["unknown_customer"] * 2


def test_many_unknown_numbers_at_once_leave_the_service_alive(client):
    """Lots of which nobody is known, beside single questions: each is answered, none disturbed."""

    def ask(path, body):
        return httpx.post(f"{client.base_url}{path}", json=body, headers=client.headers, timeout=60)

    begins = range(1000, 9000, 1000)
    lots = [("/v1/scores", {"customer_ids": [*range(n, n + 1000)]}) for n in begins]
    single = [("/v1/score", {"customer_id": 1 + n % 100}) for n in range(100)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda each: ask(*each), [*lots, *single]))
    assert {each.status_code for each in answers} == {200}
    for lot in answers[: len(lots)]:
        problems = {each["problem"]["error"] for each in lot.json()["scores"]}
        assert problems == {"unknown_customer"}


def test_others_are_answered_where_one_may_not_be_asked_about(finished):
    """A manager asks about own customers and none else; nothing tells who else is known."""
    gate = a_gate(now=NOW)
    with talking_to(finished, gate=gate) as (client, _desk):
        del client.headers["authorization"]
        client.cookies.set("goodcall_session", MINE)
        client.headers["origin"] = str(client.base_url)
        said = client.post("/v1/scores", json={"customer_ids": [1, 999]})
        assert said.status_code == 200, said.text
        one, other = said.json()["scores"]
        assert one["probabilities"]
        assert other["problem"]["error"] == "refused"
        assert client.post("/v1/scores", json={"customer_ids": [999]}).status_code == 403


class Watched(Keys):
    """Keys that note what is asked of them about who is served, and by which thread."""

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.asked = []

    def served_by(self, customer_id, now):
        self.asked.append(("served_by", current_thread()))
        return super().served_by(customer_id, now)

    def served_of(self, who, now):
        self.asked.append(("served_of", current_thread()))
        return super().served_of(who, now)

    def grants_of(self, who, now):
        self.asked.append(("grants_of", current_thread()))
        return super().grants_of(who, now)

    def principal_of_key(self, key, now):
        self.loop = current_thread()
        return super().principal_of_key(key, now)


def test_a_lot_is_admitted_by_two_questions_beside_the_loop(finished):
    """Who is served and what was granted is asked once for a thousand, by another thread."""
    far = Principal("staff 8", "person", "branch_manager", 8, frozenset({2}))
    ends = NOW + timedelta(days=1)
    grant = Grant(1, "staff 8", "score", "customer", 5, NOW, ends)
    keys = Watched({"far": far}, grants=[grant])
    with talking_to(finished, gate=a_gate(keys, now=NOW)) as (client, _desk):
        proof = {"authorization": "Bearer far"}
        asked = {"customer_ids": [*range(1, 1001)]}
        said = client.post("/v1/scores", json=asked, headers=proof).json()
    assert [each["customer_id"] for each in said["scores"] if each["probabilities"]] == [5]
    assert [name for name, _ in keys.asked] == ["served_of", "grants_of"]
    assert keys.loop not in [thread for _, thread in keys.asked]


BAD_LOTS = [
    ([], "customer_ids"),
    (["1"], "customer_ids.0"),
    ([1.5], "customer_ids.0"),
    ([2**63], "customer_ids.0"),
    ([1] * 10_001, "at most 10000"),
    ("1", "customer_ids"),
]


@pytest.mark.parametrize(("ids", "said"), BAD_LOTS)
def test_a_bad_lot_is_refused_by_name(client, ids, said):
    """Empty, huge, or with something in it that is no number."""
    response = client.post("/v1/scores", json={"customer_ids": ids})
    assert response.status_code == 422
    assert said in response.json()["message"]


def test_features_given_score_as_the_row_that_they_are_from(client, finished):
    """A customer's own features, sent by the caller, come to the customer's own probabilities."""
    with OnlineStore(finished.online_url, CATALOG) as store:
        values = store.row(7).tolist()
    features = {
        name: None if np.isnan(value) else value
        for name, value in zip(CATALOG.names, values, strict=True)
    }
    said = client.post("/v1/score", json={"features": features}).json()
    alone = client.post("/v1/score", json={"customer_id": 7}).json()
    assert said["probabilities"] == pytest.approx(alone["probabilities"], abs=1e-12)
    assert "customer_id" not in said
    body = {"features": features, "label": "churn"}
    taken_apart = client.post("/v1/explain", json=body).json()
    own = client.post("/v1/explain", json={"customer_id": 7, "label": "churn"}).json()
    assert taken_apart["concepts"] == own["concepts"]
    assert taken_apart["reasons"] == own["reasons"]


def test_unknown_and_missing_features_are_named(client):
    """One that the catalogue lacks, and one that the models read and nobody sent."""
    every = dict.fromkeys(CATALOG.names)
    unknown = client.post("/v1/score", json={"features": every | {"shoe_size": 1.0}})
    assert (unknown.status_code, unknown.json()["error"]) == (422, "bad_features")
    assert "shoe_size" in unknown.json()["message"]
    del every["age"]
    missing = client.post("/v1/score", json={"features": every})
    assert missing.json()["message"] == "1 features that the models read are missing: age"
    assert client.post("/v1/score", json={"features": {"age": "old"}}).status_code == 422
    both = client.post("/v1/score", json={"features": every, "customer_id": 1})
    assert both.status_code == 422
