"""What the night hands over to be weighed: each customer's own features beside the scores."""

from datetime import UTC, datetime

import pyarrow as pa

from cli.planning import candidates
from goodcall.profile import Profile
from models import Effects
from outreach import default_policy_text, parse_policy

KNOWN = datetime(2026, 6, 8, tzinfo=UTC)


def test_every_customer_comes_with_the_features_of_the_day():
    """By the customer's own line, whatever the order; one without a line has nothing known."""
    people = tuple(Profile(who, KNOWN, "retail", "active", "UTC") for who in (1, 2, 3))
    table = pa.table(
        {
            "customer_id": [3, 1],
            "as_of": [KNOWN.date()] * 2,
            "assets_mean_90d": [300.0, None],
            "idle_cash_30d": [30.0, 10.0],
        }
    )
    policy = parse_policy(default_policy_text())
    scores = pa.table({"customer_id": [3, 1], "as_of": [KNOWN.date()] * 2, "churn": [0.3, 0.1]})
    found = {
        each.profile.customer_id: each
        for each in candidates(people, scores, table, policy, Effects({}, {}))
    }
    cash = {who: found[who].row.get("idle_cash_30d") for who in found}
    assert cash == {1: 10.0, 2: None, 3: 30.0}
    assert {who: found[who].probabilities for who in found} == {
        1: {"churn": 0.1}, 2: {}, 3: {"churn": 0.3}
    }  # fmt: skip
