"""Examples about contacts."""

from serving.examples.shared import Example

CONTACT_REQUEST: Example = {"customer_id": 100042, "channel": "phone", "offer_code": "D12"}
RESERVE_REQUEST: Example = {
    **CONTACT_REQUEST,
    "request_id": "crm-2026-06-01-000731",
    "agent": 4,
    "dial": False,
}
RULE_FAILING: Example = {"rule": "calling_hours", "because": None}
DECISION_ANSWER: Example = {
    "customer_id": 100042,
    "channel": "phone",
    "verdict": "defer",
    "until": "2026-06-02T01:00:00Z",
    "failing": [RULE_FAILING],
    "mind": [],
    "point_id": 9,
    "policy_version": "9c1185a5c5e9",
    "decided_at": "2026-06-01T14:30:00Z",
}
RESERVE_ANSWER: Example = {
    **DECISION_ANSWER,
    "verdict": "allow",
    "until": None,
    "failing": [],
    "request_id": "crm-2026-06-01-000731",
    "contact_id": 4000000000000000017,
    "dialled": False,
}
CONTACTED: Example = {
    "at": "2026-05-12T03:00:00Z",
    "channel": "phone",
    "direction": "outbound",
    "category": "marketing",
    "offer_code": "D12",
    "state": "connected",
    "outcome": "CONNECTED_THINKING",
    "text": {"en": "thinking about it", "zh": "考虑中"},
}
DIAL_REQUEST: Example = {"agent": 4}
OUTCOME_REQUEST: Example = {
    "code": "CONNECTED_CALLBACK",
    "agent": 4,
    "happened_at": "2026-06-01T10:05:00+08:00",
    "due_at": "2026-06-03T15:00:00+08:00",
    "note": "asks for the rate of a year",
}
TOLD_ANSWER: Example = {
    "contact_id": 4000000000000000017,
    "customer_id": 100042,
    "noted": "CONNECTED_CALLBACK",
    "text": {"en": "call-back agreed", "zh": "接通-约定再联系"},
    "at": "2026-06-01T02:05:00Z",
    "promised": DECISION_ANSWER,
}
