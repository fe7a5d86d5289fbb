"""Examples of a customer at a glance."""

from serving.examples.contacts import CONTACTED
from serving.examples.shared import WORDS, Example
from serving.examples.wishes import WISHED

HELD: Example = {
    "product_id": 31,
    "family": "deposit",
    "name": WORDS,
    "opened_on": "2025-07-01",
    "amount_cents": 5000000,
}
MATURING: Example = {
    "product_id": 31,
    "family": "deposit",
    "on": "2026-07-01",
    "in_days": 30,
    "amount_cents": 5000000,
}
OVERDUE: Example = {"since": "2026-05-20", "days": 12, "amount_cents": 134200}
RISK_LEVEL: Example = {"tolerance": "C2", "expires_on": "2027-01-01", "expired": False}
COMPLAINT: Example = {
    "at": "2026-04-02T02:00:00Z",
    "open": False,
    "closed_at": "2026-04-09T07:30:00Z",
}
PITCHED: Example = {
    "offer_code": "D12",
    "times": 2,
    "last_at": "2026-05-12T03:00:00Z",
    "channel": "phone",
    "outcome": "CONNECTED_THINKING",
}
MOOD: Example = {"mood": "low", "at": "2026-05-12T03:00:00Z"}
BADGE: Example = {"badge": "mood", "text": {"en": "low spirits", "zh": "情绪低落"}}


def _known(value: object, source: str, on: str, en: str, zh: str) -> Example:
    text = {"en": en, "zh": zh}
    return {"value": value, "state": "known", "source": source, "on": on, "text": text}


SOURCED: Example = {
    "value": None,
    "state": "not_known",
    "source": "loans",
    "on": None,
    "text": {"en": "not known", "zh": "未知"},
}
VIEW_ANSWER: Example = {
    "customer_id": 100042,
    "as_of": "2026-06-01",
    "at": "2026-06-01T14:30:00Z",
    "name": _known("王**", "customers", "2026-06-01", "王**", "王**"),
    "kind": _known("retail", "customers", "2026-06-01", "retail", "retail"),
    "manager_id": _known(4, "customers", "2026-06-01", "4", "4"),
    "branch_id": _known(1, "customers", "2026-06-01", "1", "1"),
    "opened_on": _known("2019-03-04", "customers", "2026-06-01", "2019-03-04", "2019-03-04"),
    "holdings": _known([HELD], "holdings", "2026-06-01", "1 product", "1项产品"),
    "maturities": _known([MATURING], "holdings", "2026-06-01", "1 falls due", "1项到期"),
    "overdue": SOURCED,
    "last_visit": _known("2026-05-28", "events", "2026-05-28", "2026-05-28", "2026-05-28"),
    "last_complaint": _known(
        COMPLAINT, "cases", "2026-04-02", "2026-04-02, settled", "2026-04-02,已结案"
    ),
    "risk_level": _known(
        RISK_LEVEL, "assessments", "2026-06-01", "C2 until 2027-01-01", "C2,有效期至2027-01-01"
    ),
    "last_contacts": _known([CONTACTED], "contacts", "2026-05-12", "1 contact", "1次联系"),
    "pitched": _known([PITCHED], "contacts", "2026-05-12", "D12", "D12"),
    "mood": _known(MOOD, "ledger", "2026-05-12", "low", "低落"),
    "wishes": _known([WISHED], "ledger", "2026-06-01", "1 wish", "1项要求"),
    "badges": [BADGE],
}
