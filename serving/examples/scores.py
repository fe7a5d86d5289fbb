"""Examples about scores and what they are made of."""

from serving.examples.problems import UNKNOWN_CUSTOMER
from serving.examples.shared import ROW, Example

_PSEUDONYM = "p-k3q5d7ax2m4nvb6tyzc2fgh7"
PSEUDONYM_REQUEST: Example = {"pseudonym": _PSEUDONYM, "labels": ["churn"]}
EXPLAIN_PSEUDONYM_REQUEST: Example = {"pseudonym": _PSEUDONYM, "label": "churn"}
SCORE_REQUEST: Example = {"customer_id": 100042, "labels": ["churn", "buys:fund"]}
EXPLAIN_REQUEST: Example = {"customer_id": 100042, "label": "churn"}
FEATURES_REQUEST: Example = {
    "features": {"age": 41.0, "sent_to_other_banks_30d": 8000000.0, "days_to_maturity": None},
    "labels": ["churn"],
}
EXPLAIN_FEATURES_REQUEST: Example = {
    "features": {"age": 41.0, "sent_to_other_banks_30d": 8000000.0, "days_to_maturity": None},
    "label": "churn",
}
MANY_REQUEST: Example = {"customer_ids": [100042, 7], "labels": ["churn"]}
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
SCORE_ANSWER: Example = {
    **ROW,
    "probabilities": {"churn": 0.183, "buys:fund": 0.041},
    "model_versions": {"churn": "3f9a1c0b7d22", "buys:fund": "a1b2c3d4e5f6"},
}
PSEUDONYM_SCORED: Example = {**SCORE_ANSWER, "customer_id": _PSEUDONYM}
FEATURES_ANSWER: Example = {
    "probabilities": {"churn": 0.183},
    "model_versions": {"churn": "3f9a1c0b7d22"},
}
ONE_OF_MANY: Example = {
    "customer_id": 100042,
    "probabilities": {"churn": 0.183},
    "facts_since": 2,
    "stands_as_of": ["families_held"],
    "problem": None,
}
MANY_ANSWER: Example = {
    "as_of": "2026-06-01",
    "at": "2026-06-01T14:30:00Z",
    "model_versions": {"churn": "3f9a1c0b7d22"},
    "scores": [
        ONE_OF_MANY,
        {
            "customer_id": 7,
            "probabilities": None,
            "facts_since": None,
            "stands_as_of": [],
            "problem": UNKNOWN_CUSTOMER,
        },
    ],
}
CONCEPT_SHARE: Example = {"concept": "money to other banks", "contribution": 0.62}
CONTACT_EFFECT: Example = {
    "label": "leaves:retention:phone",
    "change": -0.021,
    "known": "learned",
    "reasons": [{**BECAUSE, "contribution": 0.008, "about": "call"}],
    "model_version": "77aa01c4de90",
}
EXPLAINED: Example = {
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
EXPLAIN_ANSWER: Example = {**ROW, **EXPLAINED}
PSEUDONYM_EXPLAINED: Example = {**EXPLAIN_ANSWER, "customer_id": _PSEUDONYM}
