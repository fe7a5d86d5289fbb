"""Examples about what customers allow and refuse."""

from serving.examples.shared import Example

CONSENT_REQUEST: Example = {
    "customer_id": 100042,
    "action": "dnc",
    "channel": "phone",
    "evidence_source": "hotline",
    "happened_at": "2026-06-01T10:05:00+08:00",
    "agent": 4,
}
SAID: Example = {
    "happened_at": "2026-06-01T02:05:00Z",
    "action": "dnc",
    "channel": "phone",
    "purpose": None,
    "scope": None,
    "evidence_source": "hotline",
    "text_version": None,
    "expires_on": None,
}
CONSENTS_ANSWER: Example = {
    "customer_id": 100042,
    "at": "2026-06-01T14:30:00Z",
    "consents": [SAID],
}
