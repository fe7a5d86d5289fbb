"""The examples that stand in the API's documentation; a test holds each against its schema."""

from typing import Any

Example = dict[str, Any]

SCORE_REQUEST: Example = {"customer_id": 100042, "labels": ["churn", "buys:fund"]}
OFFERS_REQUEST: Example = {"customer_id": 100042, "channel": "phone", "limit": 3}
EXPLAIN_REQUEST: Example = {"customer_id": 100042, "label": "churn"}

WORDS: Example = {"en": "term deposit, one year", "zh": "一年期定期存款"}
BECAUSE: Example = {
    "concept": "money to other banks",
    "feature": "sent_to_other_banks_30d",
    "value": 8000000.0,
    "contribution": 0.62,
    "about": "flagged",
    "text": {
        "en": "Money sent to other banks, last 30 days: CNY 80,000",
        "zh": "近30天转往他行资金:80,000元",
    },
}
EVENT: Example = {
    "event_id": 88000123,
    "customer_id": 100042,
    "happened_at": "2026-06-01T13:30:00+08:00",
    "kind": "page_view",
    "channel": "mobile",
    "topic": "fund",
}
EVENTS_REQUEST: Example = {"events": [EVENT]}
EVENTS_ANSWER: Example = {"added": 1, "unchanged": 0, "customers": 1}
ROW: Example = {
    "customer_id": 100042,
    "as_of": "2026-06-01",
    "at": "2026-06-01T14:30:00Z",
    "facts_since": 2,
    "stands_as_of": ["families_held"],
}
SCORE_ANSWER: Example = {
    **ROW,
    "probabilities": {"churn": 0.183, "buys:fund": 0.041},
    "model_versions": {"churn": "3f9a1c0b7d22", "buys:fund": "a1b2c3d4e5f6"},
}
FAILING: Example = {"rule": "suitability", "because": "too_risky"}
CHANNEL_VERDICT: Example = {
    "channel": "phone",
    "verdict": "defer",
    "until": "2026-06-02T01:00:00Z",
    "failing": [{"rule": "calling_hours", "because": None}],
}
PRICE_TOLD: Example = {"band": "long relationship", "rate_bps": 320, "fee_bps": None}
RANKED_ACTION: Example = {
    "rank": 1,
    "action": "offer",
    "offer_code": "D12",
    "family": "deposit",
    "name": WORDS,
    "value_cents": 5230,
    "label": "buys:deposit",
    "probability": 0.12,
    "channel": "phone",
    "channels": [CHANNEL_VERDICT],
    "reasons": [BECAUSE],
    "effect": 0.031,
    "drop": None,
    "effect_from": "learned",
    "assumed": ["cost"],
    "price": PRICE_TOLD,
}
WITHHELD_ACTION: Example = {
    "action": "offer",
    "offer_code": "F07",
    "name": {"en": "balanced fund", "zh": "平衡型基金"},
    "because": "blocked",
    "text": {"en": "The contact policy does not allow it.", "zh": "联络规则不允许。"},
    "channels": [
        {"channel": "phone", "verdict": "block", "until": None, "failing": [FAILING]},
    ],
}
OFFERS_ANSWER: Example = {
    **ROW,
    "decided_at": "2026-06-01T14:30:00Z",
    "policy_version": "9c1185a5c5e9",
    "model_versions": {"churn": "3f9a1c0b7d22", "buys:deposit": "a1b2c3d4e5f6"},
    "currency": "CNY",
    "actions": [RANKED_ACTION],
    "withheld": [WITHHELD_ACTION],
}
CONCEPT_SHARE: Example = {"concept": "money to other banks", "contribution": 0.62}
CONTACT_EFFECT: Example = {
    "label": "leaves:retention:phone",
    "change": -0.021,
    "known": "learned",
    "reasons": [{**BECAUSE, "contribution": 0.008, "about": "call"}],
    "model_version": "77aa01c4de90",
}
EXPLAIN_ANSWER: Example = {
    **ROW,
    "label": "churn",
    "meaning": {"en": "leaves within 90 days", "zh": "90天内流失"},
    "probability": 0.183,
    "log_odds": -1.496,
    "base_value": -2.3,
    "concepts": [CONCEPT_SHARE, {"concept": "logins", "contribution": 0.184}],
    "reasons": [BECAUSE],
    "contacts": [CONTACT_EFFECT],
    "model_version": "3f9a1c0b7d22",
}
PROBLEM: Example = {
    "error": "unknown_customer",
    "message": "customer 7 is not in the snapshot of 2026-06-01",
    "what_to_do": "check the number, or publish a snapshot that holds the customer",
}
SOURCE_HEALTH: Example = {"source": "models", "serving": True, "problem": None}
HEALTH_ANSWER: Example = {
    "status": "ready",
    "model_versions": {"churn": "3f9a1c0b7d22"},
    "snapshot_as_of": "2026-06-01",
    "snapshot_age_days": 0,
    "bank": "Demo Bank",
    "policy_version": "9c1185a5c5e9",
    "sources": [SOURCE_HEALTH],
}
UNREADY: Example = {
    "error": "not_ready",
    "message": "not ready: models",
    "what_to_do": "see the problem of each source",
    "sources": [
        {
            "source": "models",
            "serving": False,
            "problem": "no champion; run `goodcall train`",
        }
    ],
}

UNKNOWN_LABEL: Example = {
    "error": "unknown_label",
    "message": "no model predicts 'chrun'",
    "what_to_do": "choose among: buys:fund, churn",
}
UNKNOWN_CHANNEL: Example = {
    "error": "unknown_channel",
    "message": "the policy has no channel 'fax'",
    "what_to_do": "choose among: phone, branch, sms",
}
BAD_REQUEST: Example = {
    "error": "bad_request",
    "message": "customer_id: Input should be a valid integer",
    "what_to_do": "send a body as /docs describes it",
}
NO_MODEL: Example = {
    "error": "no_model",
    "message": "the models folder has no champion",
    "what_to_do": "run `goodcall train`, which registers a model and makes it champion",
}
NO_SNAPSHOT: Example = {
    "error": "no_snapshot",
    "message": "no online store at online.db",
    "what_to_do": "publish one with `goodcall outreach plan`",
}
OLD_SNAPSHOT: Example = {
    "error": "stale_snapshot",
    "message": "the snapshot of 2026-06-01 in online.db is 40 days old, allowed are 35",
    "what_to_do": "publish one of today with `goodcall outreach plan`, or allow more with "
    "GOODCALL_MAX_AGE",
}
REFUSED_FACTS: Example = {
    "error": "refused_facts",
    "message": "1 of 1 new events break the contract: row 1: kind is not one of login, page_view",
    "what_to_do": "mend them and send the lot again, nothing of it was taken",
}
STALE_SNAPSHOT: Example = {
    "error": "no_snapshot",
    "message": "online.db was built by catalogue 0011aabb2233, this one is 445566ccddee",
    "what_to_do": "build it anew with `goodcall features build`, and train anew",
}
NO_POLICY: Example = {
    "error": "no_policy",
    "message": "policy.toml cannot be read",
    "what_to_do": "name a UTF-8 TOML file that exists",
}
