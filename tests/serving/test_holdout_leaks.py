"""CP-52 at the counter and in apps: the service proposes nothing to the hold-out, on any route."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from served import CUSTOMERS, DAY, KEY, draw, talking_to

from features.catalog import CATALOG
from features.online import OnlineStore
from outreach.experiment import in_holdout
from outreach.freezing import Standing, freeze
from outreach.ledger import Ledger
from outreach.loading import load_policy
from serving.api import build_api
from serving.openapi import describe

# What each route can bring about; one that proposes contacts is asked below about the hold-out.
ROUTES = {
    "/v1/score": "scores alone",
    "/v1/scores": "scores alone",
    "/v1/next_best_offers": "proposes contacts",
    "/v1/next": "proposes what next_best_offers proposes, and no more",
    "/v1/customers/{customer_id}": "what is known; proposes nothing",
    "/v1/customers/{customer_id}/consents": "what was said",
    "/v1/consents": "takes words in",
    "/v1/servings": "who is being served; proposes nothing",
    "/v1/servings/{customer_id}": "who is served no more",
    "/v1/customers/{customer_id}/wishes": "what was said",
    "/v1/wishes": "takes words in",
    "/v1/contacts/check": "asks the ledger, which is told of the hold-out",
    "/v1/contacts/reserve": "asks the ledger, which is told of the hold-out",
    "/v1/contacts/{contact_id}/dial": "of a contact that the ledger approved",
    "/v1/contacts/{contact_id}/outcome": "of a contact that the ledger approved",
    "/v1/contacts/{contact_id}/keep": "asks the ledger; what was promised may be kept",
    "/v1/lists/{day}/{manager}": "rows of a plan, which leaves the hold-out out",
    "/v1/lists/{day}/{manager}/{rank}/open": "asks the ledger about such a row",
    "/v1/lists/{day}/{manager}/{rank}/reserve": "asks the ledger about such a row",
    "/v1/lists/{day}/{manager}/{rank}/skip": "sets such a row aside",
    "/v1/explain": "what a score is made of",
    "/v1/events": "takes facts in",
    "/v1/health": "the state of the service",
    "/v1/metrics": "figures of the service",
    "/v1/session": "signs in and out",
    "/v1/session/oidc": "leads to the bank's own sign-on",
    "/v1/session/oidc/callback": "comes back from it",
    "/v1/openapi.json": "the description",
    "/docs": "its page",
    "/docs/assets": "the page's files",
    "/docs.json": "leads to the description",
    "/": "leads to the page",
}


@pytest.fixture
def frozen(workspace):
    """The members of a hold-out that was drawn when customers lived in couples, as now no more."""
    with closing(OnlineStore(workspace.online_url, CATALOG)) as store:
        people = [replace(store.profile(who), household_id=who // 2) for who in CUSTOMERS]
    found = freeze(
        (Standing(who, float(who.customer_id)) for who in people),
        key=KEY, share=0.1, bands=(0, 40, 80), day=DAY,
    )  # fmt: skip
    with Ledger.open(f"sqlite:///{workspace.ledger}") as ledger:
        ledger.save_draw(found, now=datetime(2026, 6, 1, tzinfo=UTC))
    return {who.customer_id for who in people if in_holdout(who, KEY, found)}


def test_CP_52_the_service_proposes_nothing_to_whom_the_ledger_holds_out(workspace, frozen):
    """By every channel that the policy has and by none named; others are weighed as ever."""
    channels = [None, *(each.id for each in load_policy(workspace.policy).channels)]
    by_share = {who for who in CUSTOMERS if draw(who) < 0.1}
    assert frozen
    assert frozen != by_share, "the draw must differ from what a share alone would say"
    with talking_to(workspace) as (client, _):

        def asked(who, channel=None):
            body = {"customer_id": who} | ({"channel": channel} if channel else {})
            answer = client.post("/v1/next_best_offers", json=body)
            assert answer.status_code == 200
            at_once = client.post("/v1/next", json=body | {"budget_ms": 10_000}).json()
            assert at_once["offers"]["actions"] == answer.json()["actions"]
            return [each["action"] for each in answer.json()["actions"]]

        for who in frozen:
            for channel in channels:
                assert asked(who, channel) == ["nothing"]
        assert any(asked(who) != ["nothing"] for who in sorted(by_share - frozen))


def test_CP_52_no_route_of_the_service_is_forgotten():
    """A new one fails here until it is said what it brings about, and is tried above."""
    app = build_api(lambda: None, lambda: None)
    own = {route.path for route in app.routes if hasattr(route, "path")}
    assert own | set(describe(app)["paths"]) == set(ROUTES)
