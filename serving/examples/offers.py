"""Examples about next best offers."""

from serving.examples.scores import BECAUSE
from serving.examples.shared import ROW, WORDS, Example

OFFERS_REQUEST: Example = {"customer_id": 100042, "channel": "phone", "limit": 3}
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
FALLBACK: Example = {"code": "no_model", "message": "the models folder has no champion"}
OFFERS_ANSWER: Example = {
    **ROW,
    "decided_at": "2026-06-01T14:30:00Z",
    "policy_version": "9c1185a5c5e9",
    "model_versions": {"churn": "3f9a1c0b7d22", "buys:deposit": "a1b2c3d4e5f6"},
    "currency": "CNY",
    "actions": [RANKED_ACTION],
    "withheld": [WITHHELD_ACTION],
    "fallback": False,
    "fallback_because": None,
}
