"""Schemathesis asks what nobody meant the service to be asked, with every check on.

`python -m benchmarks.api_fuzz` asks 10,000 times; here it asks less, of a smaller bank.
"""

import pytest
from busy import AT, MANAGER, OPEN

from benchmarks.api_fuzz import cases_in, run, served

KNOWN = {
    "customer_id": OPEN[:20],
    "manager": [MANAGER],
    "day": ["2026-06-01"],
    "rank": [1, 2, 3],
    "contact_id": [4_000_000_000_000_000_001],
}


@pytest.mark.slow
def test_no_case_breaks_the_service_or_its_document(busy):
    """No 5xx, no undocumented status, no answer outside its schema, no bad request let through."""
    with served(busy, AT) as served_at:
        code, said = run(served_at, 40, KNOWN)
    assert code == 0, said[-20000:]
    assert cases_in(said) > 500
