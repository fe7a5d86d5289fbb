"""Examples about the day's lists."""

from serving.examples.contacts import CONTACTED, DECISION_ANSWER
from serving.examples.shared import WORDS, Example

_WHY: Example = {"en": "940 days since the newest product began", "zh": "最近一项产品已持有940天"}
PROMISE_TOLD: Example = {
    "contact_id": 4000000000000000017,
    "customer_id": 100042,
    "code": "CONNECTED_CALLBACK",
    "due_at": "2026-06-01T07:00:00Z",
    "channel": "phone",
}
ROW_TOLD: Example = {
    "rank": 1,
    "customer_id": 100042,
    "name": "王**",
    "band": "grow",
    "reasons": [_WHY],
    "offer": WORDS,
    "channel": {"en": "phone", "zh": "电话"},
    "value_cents": 5230,
    "allowed_from": "2026-06-01T09:00:00+08:00",
    "phone": "199******01",
    "assumed": [{"en": "cost of the contact", "zh": "联系成本"}],
    "state": "planned",
    "because": None,
    "because_text": None,
    "rolled_over": None,
    "badges": [{"en": "65+", "zh": "65岁以上"}],
    "last_contact": None,
}
LIST_ANSWER: Example = {
    "day": "2026-06-01",
    "list_id": 4,
    "currency": "CNY",
    "published": True,
    "banner": None,
    "rows": [ROW_TOLD],
    "promised": [PROMISE_TOLD],
}
ROW_REQUEST: Example = {"agent": 4}
TAKE_REQUEST: Example = {"agent": 4, "dial": True}
SKIP_REQUEST: Example = {"agent": 4, "code": "ALREADY_HANDLED", "reason": None}
DO_NOT_MENTION: Example = {
    "offer_code": "F07",
    "name": {"en": "balanced fund", "zh": "平衡型基金"},
    "because": "too_risky",
}
CARD_ANSWER: Example = {
    "list_id": 4,
    "rank": 1,
    "customer_id": 100042,
    "band": "grow",
    "state": "planned",
    "contact_id": None,
    "may_dial": False,
    "decision": DECISION_ANSWER,
    "badges": [],
    "reasons": [_WHY],
    "offer_code": "D12",
    "offer": WORDS,
    "price_band": None,
    "channel": "phone",
    "value_cents": 5230,
    "promise": None,
    "do_not_mention": [DO_NOT_MENTION],
    "last_contacts": [CONTACTED],
}
TAKEN_ANSWER: Example = {
    **DECISION_ANSWER,
    "verdict": "allow",
    "until": None,
    "failing": [],
    "contact_id": 4000000000000000017,
    "dialled": True,
}
SKIPPED_ANSWER: Example = {
    "list_id": 4,
    "rank": 1,
    "customer_id": 100042,
    "noted": "ALREADY_HANDLED",
    "text": {"en": "handled by someone else", "zh": "已由他人处理"},
}
