"""Examples about who is being served now."""

from serving.examples.shared import Example

SERVING_REQUEST: Example = {"customer_id": 100042, "evidence": "card", "minutes": 20}
SERVING_ANSWER: Example = {
    "customer_id": 100042,
    "serving_id": 118,
    "evidence": "card",
    "opened_at": "2026-06-01T06:00:00Z",
    "ends_at": "2026-06-01T06:20:00Z",
}
SERVED_ANSWER: Example = {"customer_id": 100042, "at": "2026-06-01T06:11:00Z"}
