"""Laws of what customers had on a day."""

from datetime import date

import pytest
from builders import EARLY, a_bank, a_customer

from reports import Assets


@pytest.mark.parametrize(
    ("day", "cents"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), 500),
        (date(2020, 1, 31), 500),
        (date(2020, 2, 1), 0),
        (date(2026, 12, 31), 0),
        (date(2027, 1, 1), None),
    ],
)
def test_assets_of_days_that_the_bank_does_not_tell_of_are_not_known(tmp_path, day, cents):
    """Neither before its first day nor after its last; between, no balance is none."""
    balance = {
        "account_id": 1,
        "customer_id": 1,
        "happened_at": EARLY,
        "known_at": EARLY,
        "family": "deposit",
        "balance_cents": 500,
        "period_days": 31,
    }
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1)], balances=[balance])
    assert Assets(bank, [1, 2]).of(1, day) == cents
    assert Assets(bank, [1, 2]).of(2, day) == (None if cents is None else 0)
