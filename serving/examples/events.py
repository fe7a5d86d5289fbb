"""Examples about what customers just did."""

from serving.examples.shared import Example

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
