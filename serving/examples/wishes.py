"""Examples about how customers wish to be contacted."""

from serving.examples.shared import Example

WISH_REQUEST: Example = {
    "customer_id": 100042,
    "only_channels": ["branch", "phone"],
    "prefers_from": "18:00",
    "prefers_to": "20:00",
    "agent": 4,
}
WISHED: Example = {
    "about": "only_channel",
    "text": {"en": "only by branch, phone", "zh": "仅限branch, phone"},
}
WISHES_ANSWER: Example = {
    "customer_id": 100042,
    "at": "2026-06-01T14:30:00Z",
    "wishes": [WISHED],
}
