"""Rows that few dates ask about have the outcomes that they have among all rows."""

from datetime import date, timedelta

import pytest
from labelled import a_cohort
from random_bank import CUSTOMERS, random_bank

from training import balances
from training.definitions.definition import ChurnLabel, PurchaseLabel
from training.definitions.horizon import Horizon
from training.labels import label

DAYS = [date(2025, 7, 1) + timedelta(days=5 * number) for number in range(50)]
PAIRS = [(customer, day) for day in DAYS for customer in CUSTOMERS]
# Every so many rows are asked about together: of all customers and dates few.
STEP = len(CUSTOMERS) * 2 + 1


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Customers whose money, holdings and kinds change, and are corrected late."""
    return random_bank(tmp_path_factory.mktemp("bank") / "drawn", 4, zone="Asia/Shanghai")[0]


def by_row(table):
    """A table's rows by customer and date."""
    return {(row["customer_id"], row["as_of"]): row for row in table.to_pylist()}


@pytest.mark.parametrize(
    "definition",
    [
        ChurnLabel(30, 10, 10, 30, 0.9, 1),
        PurchaseLabel("fund", Horizon(60)),
        PurchaseLabel("deposit", Horizon(60), ("retail", "private")),
    ],
)
def test_an_outcome_is_the_same_among_few_rows_as_among_all(bank, definition, monkeypatch):
    """Both outcomes come up; customers are looked at by twos.

    What outcomes among all should be is held against slow readings in the other tests of labels.
    """
    monkeypatch.setattr(balances, "_FEW_AT_ONCE", 2)
    every = by_row(label(bank, a_cohort(*PAIRS), definition).rows)
    found = {}
    for first in range(STEP):
        found |= by_row(label(bank, a_cohort(*PAIRS[first::STEP]), definition).rows)
    assert found == every
    assert {row["y"] for row in every.values()} == {0, 1}
