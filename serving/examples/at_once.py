"""Examples of all that an app needs in one call."""

from serving.examples.offers import OFFERS_ANSWER
from serving.examples.shared import Example

NEXT_REQUEST: Example = {"customer_id": 100042, "limit": 3, "budget_ms": 100}
ALLOWED_CHANNEL: Example = {"channel": "phone", "verdict": "defer", "failing": ["calling_hours"]}
LEFT_OUT: Example = {
    "part": "score",
    "because": "missing_source",
    "code": "no_model",
    "message": "the models folder has no champion",
}
NEXT_ANSWER: Example = {
    "customer_id": 100042,
    "fallback": False,
    "left_out": [],
    "took_ms": 3.2,
    "channels": [ALLOWED_CHANNEL],
    "probabilities": {"churn": 0.183, "buys:deposit": 0.12},
    "offers": OFFERS_ANSWER,
}
