"""Examples that several resources share."""

from typing import Any

Example = dict[str, Any]


WORDS: Example = {"en": "term deposit, one year", "zh": "一年期定期存款"}
ROW: Example = {
    "customer_id": 100042,
    "as_of": "2026-06-01",
    "at": "2026-06-01T14:30:00Z",
    "facts_since": 2,
    "stands_as_of": ["families_held"],
}
