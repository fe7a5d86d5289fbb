"""The HTTP interface answers what models say, and says why where it cannot."""

import json
import re

import lightgbm
import numpy as np
import pytest
from pydantic import TypeAdapter

from features.catalog import CATALOG
from serving import schemas
from serving.examples import problems

DAY = "2026-06-01"


def row_of(features, customer_id):
    """A customer's features straight from the table that was published."""
    place = features["customer_id"].to_pylist().index(customer_id)
    return np.array([[features[name][place].as_py() for name in CATALOG.names]], float)


def booster_of(workspace, label):
    text = (workspace.models / f"{label.replace(':', '_')}/1/booster.txt").read_text()
    return lightgbm.Booster(model_str=text)


def test_a_score_is_the_boosters_probability_of_the_published_row(client, finished, features):
    """What the service says equals LightGBM's own text asked about the row of the features."""
    for customer_id in (1, 60, 120):
        answer = client.post("/v1/score", json={"customer_id": customer_id}).json()
        assert answer["customer_id"] == customer_id
        assert answer["as_of"] == DAY
        for label in ("buys:credit_card", "buys:deposit", "buys:fund", "churn"):
            expected = booster_of(finished, label).predict(row_of(features, customer_id))[0]
            assert answer["probabilities"][label] == pytest.approx(expected, abs=1e-12)
            card = json.loads(
                (finished.models / f"{label.replace(':', '_')}/1/card.json").read_text()
            )
            assert answer["model_versions"][label] == card["content_hash"][:12]


def test_only_the_labels_asked_for_are_scored(client):
    """A request that names labels gets those and no others."""
    answer = client.post("/v1/score", json={"customer_id": 1, "labels": ["churn"]}).json()
    assert list(answer["probabilities"]) == list(answer["model_versions"]) == ["churn"]


def test_an_explanation_adds_up_to_the_log_odds(client, finished, features):
    """Base value and concepts are TreeSHAP's, and their sum is the log-odds of the probability."""
    answer = client.post("/v1/explain", json={"customer_id": 7, "label": "churn"}).json()
    shares = booster_of(finished, "churn").predict(row_of(features, 7), pred_contrib=True)[0]
    by_concept = {}
    for name, share in zip(CATALOG.names, shares[:-1], strict=True):
        concept = CATALOG.get(name).concept
        by_concept[concept] = by_concept.get(concept, 0) + share
    said = {each["concept"]: each["contribution"] for each in answer["concepts"]}
    assert said == pytest.approx({name: share for name, share in by_concept.items() if share})
    assert answer["base_value"] == pytest.approx(shares[-1])
    log_odds = answer["base_value"] + sum(said.values())
    assert answer["probability"] == pytest.approx(1 / (1 + np.exp(-log_odds)))
    sizes = [abs(each["contribution"]) for each in answer["concepts"]]
    assert sizes == sorted(sizes, reverse=True)


def test_reasons_name_a_feature_and_its_value_in_two_languages(client, features):
    """At most three reasons, each with a column of the catalogue and that column's value."""
    answer = client.post("/v1/explain", json={"customer_id": 7, "label": "churn"}).json()
    assert 1 <= len(answer["reasons"]) <= 3
    row = row_of(features, 7)[0]
    for reason in answer["reasons"]:
        assert reason["value"] == row[CATALOG.names.index(reason["feature"])]
        assert reason["contribution"] > 0
        assert re.search(r"[a-z]", reason["text"]["en"])
        assert re.search(r"[\u4e00-\u9fff]", reason["text"]["zh"])


UNKNOWN = [
    ("score", {"customer_id": 999}, "unknown_customer", "customer 999 is not in the snapshot"),
    ("explain", {"customer_id": 999, "label": "churn"}, "unknown_customer", "customer 999"),
    ("next_best_offers", {"customer_id": -(2**63)}, "unknown_customer", "is not in the snapshot"),
    ("score", {"customer_id": 1, "labels": ["chrun"]}, "unknown_label", "no model predicts"),
    ("explain", {"customer_id": 1, "label": "chrun"}, "unknown_label", "no model predicts"),
    ("next_best_offers", {"customer_id": 1, "channel": "fax"}, "unknown_channel", "'fax'"),
]


@pytest.mark.parametrize(("path", "body", "code", "said"), UNKNOWN)
def test_what_is_not_known_is_404_with_what_to_do(client, path, body, code, said):
    """An unknown customer, label or channel gets a code, a sentence and an advice."""
    response = client.post(f"/v1/{path}", json=body)
    problem = response.json()
    assert response.status_code == 404
    assert sorted(problem) == ["error", "message", "what_to_do"]
    assert problem["error"] == code
    assert said in problem["message"]
    assert len(problem["what_to_do"]) > 10


BAD = [
    b"",
    b"not json",
    b"[]",
    b"null",
    b"{}",
    b'"\xff"',
    b'{"customer_id": 1}trailing',
    b'{"customer_id": null}',
    b'{"customer_id": "1"}',
    b'{"customer_id": 1.0}',
    b'{"customer_id": 1.5}',
    b'{"customer_id": true}',
    b'{"customer_id": NaN}',
    b'{"customer_id": 9223372036854775808}',
    b'{"customer_id": -9223372036854775809}',
    b'{"customer_id": 1e400}',
    b'{"customer_id": ' + b"9" * 5000 + b"}",
    b'{"customer_id": 1, "unknown": 2}',
    b'{"customer_id": 1, "\\ud800": 2}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("path", ["score", "explain", "next_best_offers"])
def test_a_bad_body_is_422(client, path):
    """A body that does not keep the schema is refused in the one form that errors have."""
    for body in BAD:
        response = client.post(
            f"/v1/{path}", content=body, headers={"content-type": "application/json"}
        )
        assert response.status_code == 422, body[:60]
        assert sorted(response.json()) == ["error", "message", "what_to_do"]
        assert response.json()["error"] == "bad_request"


NARROW = [
    ("score", {"customer_id": 1, "labels": []}),
    ("score", {"customer_id": 1, "labels": [""]}),
    ("score", {"customer_id": 1, "labels": "churn"}),
    ("score", {"customer_id": 1, "labels": ["x" * 101]}),
    ("explain", {"customer_id": 1}),
    ("explain", {"customer_id": 1, "label": 3}),
    ("next_best_offers", {"customer_id": 1, "limit": 0}),
    ("next_best_offers", {"customer_id": 1, "limit": 21}),
    ("next_best_offers", {"customer_id": 1, "limit": "3"}),
    ("next_best_offers", {"customer_id": 1, "channel": ""}),
]


@pytest.mark.parametrize(("path", "body"), NARROW)
def test_values_outside_their_bounds_are_422(client, path, body):
    """Limits, lists and words outside what the schema allows are refused with the field's name."""
    response = client.post(f"/v1/{path}", json=body)
    assert response.status_code == 422
    last = list(body)[-1] if len(body) > 1 else "label"
    assert last in response.json()["message"]


def test_the_largest_ids_are_read(client):
    """Both ends of int64 are ids; no customer has them."""
    for customer_id in (2**63 - 1, -(2**63)):
        assert client.post("/v1/score", json={"customer_id": customer_id}).status_code == 404


def test_other_methods_and_paths_keep_the_form_of_errors(client):
    """A wrong method and a wrong path get the same kind of body."""
    wrong = {405: client.get("/v1/score"), 404: client.post("/v1/nothing", json={})}
    for status, response in wrong.items():
        assert response.status_code == status
        assert sorted(response.json()) == ["error", "message", "what_to_do"]


# Every path, and what it may answer beside what all may.
GUARDED = {"401", "403", "413", "422", "429", "504"}
PATHS = {
    "/v1/score": {"404", "409"},
    "/v1/scores": {"404"},
    "/v1/explain": {"404", "409"},
    "/v1/next_best_offers": {"404"},
    "/v1/next": {"404"},
    "/v1/customers/{customer_id}": {"404"},
    "/v1/customers/{customer_id}/consents": {"404"},
    "/v1/consents": {"404"},
    "/v1/servings": {"404"},
    "/v1/servings/{customer_id}": set(),
    "/v1/customers/{customer_id}/wishes": {"404"},
    "/v1/wishes": {"404"},
    "/v1/contacts/check": {"404"},
    "/v1/contacts/reserve": {"404", "409"},
    "/v1/contacts/{contact_id}/dial": {"404", "409"},
    "/v1/contacts/{contact_id}/outcome": {"404", "409"},
    "/v1/contacts/{contact_id}/keep": {"404", "409"},
    "/v1/lists/{day}/{manager}": {"404"},
    "/v1/lists/{day}/{manager}/{rank}/open": {"404"},
    "/v1/lists/{day}/{manager}/{rank}/reserve": {"404", "409"},
    "/v1/lists/{day}/{manager}/{rank}/skip": {"404", "409"},
    "/v1/events": set(),
}
# What says how the service does, or who asks, and nothing about a customer.
OF_THE_SERVICE = {
    *("/v1/health", "/v1/metrics"),
    *("/v1/session", "/v1/session/oidc", "/v1/session/oidc/callback"),
}


@pytest.fixture(scope="module")
def document(client):
    return client.get("/v1/openapi.json").json()


def test_the_document_is_openapi_3_0(document):
    """The packaged docs page reads 3.0 only: no null types, constants or lists of examples."""
    assert document["openapi"] == "3.0.3"
    for schema in nodes(document["components"]["schemas"]):
        assert "const" not in schema
        assert schema.get("type") != "null"
        assert not isinstance(schema.get("type"), list)
        assert not isinstance(schema.get("examples"), list)
        assert "prefixItems" not in schema
    named = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))
    assert set(named) <= set(document["components"]["schemas"])


def test_every_schema_and_every_error_has_an_example(document):
    """Whoever reads the document sees a body for each model, request, answer and error."""
    for name, schema in document["components"]["schemas"].items():
        assert schema["example"], name
    assert set(document["paths"]) == set(PATHS) | OF_THE_SERVICE
    for path, own in PATHS.items():
        for said in document["paths"][path].values():
            assert set(said["responses"]) == {"200", "503", *GUARDED} | own, path
            for status in {*said["responses"]} - {"200"}:
                assert said["responses"][status]["content"]["application/json"]["examples"]


def test_examples_keep_their_schemas():
    """Every example is read by the model that it stands in, and comes back as it was."""
    models = {
        found
        for room in (getattr(schemas, name) for name in schemas.__all__)
        for found in vars(room).values()
        if isinstance(found, type) and found.__module__ == room.__name__
    }
    assert len(models) > 50
    for model in models:
        (example,) = model.model_config["json_schema_extra"]["examples"]
        adapter = TypeAdapter(model)
        read = adapter.validate_python(example)
        assert adapter.dump_python(read, mode="json", exclude_unset=True) == example
    examples = [found for found in vars(problems).values() if isinstance(found, dict)]
    said = [found for found in examples if sorted(found) == ["error", "message", "what_to_do"]]
    assert len(said) >= 7


def test_the_docs_page_loads_nothing_from_elsewhere(client):
    """The page names no host, and all that it loads is served from here."""
    page = client.get("/docs").text
    assert not re.search(r"(https?:)?//\w", page)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) == 3
    for path in loaded:
        response = client.get(path)
        assert response.status_code == 200, path
        assert len(response.content) > 500
    assert '"validatorUrl": null' in page
    assert "/v1/openapi.json" in page


def test_the_root_leads_to_the_docs(client):
    """`/` and `/docs.json`, which BentoML would fill, lead to the one page and document."""
    assert client.get("/").headers["location"] == "/docs"
    assert client.get("/docs.json").headers["location"] == "/v1/openapi.json"


def nodes(tree):
    """Every object inside a JSON tree but those of examples and named properties."""
    if isinstance(tree, dict):
        yield tree
        for key, value in tree.items():
            if key != "example":
                yield from nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from nodes(value)
