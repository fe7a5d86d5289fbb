"""Outcomes that are known by now, told alike by every kind of definition."""

from datetime import date

import pytest

from banks import simulate
from features import cohort_at, open_bank
from training import Horizon, PurchaseLabel, label
from training.definitions.definition import GrowthLabel, LeavingEvents, NeedEvents, NextProduct
from training.monitoring.known import known_outcomes

DAYS = [date(2025, 9, 1), date(2025, 12, 1), date(2026, 2, 1)]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """400 simulated customers over a year and a half."""
    path = tmp_path_factory.mktemp("known") / "bank"
    simulate(path, customers=400, months=18, seed=5)
    return open_bank(path)


def said(rows):
    """Rows as a set, whatever their order."""
    return set(
        zip(*(rows[name].to_pylist() for name in ("customer_id", "as_of", "y")), strict=True)
    )


@pytest.mark.parametrize("family", ["fund", "credit_card"])
def test_a_next_product_turns_out_as_its_purchase_label_says(bank, family):
    """A family of many is judged on the rows, and with the outcomes, of its own purchase label."""
    cohort = cohort_at(bank, DAYS)
    several = NextProduct(families=("wealth", family), horizon=Horizon(90))
    alone = label(bank, cohort, PurchaseLabel(family, Horizon(90)))
    found = known_outcomes(bank, cohort, several)
    assert said(found[f"buys:{family}"]) == said(alone.rows)
    assert sum(row[2] for row in said(alone.rows)) > 0


def test_a_need_turns_out_within_its_horizons(bank):
    """A need that arose within 90 days is what the purchase label of 90 days says."""
    cohort = cohort_at(bank, DAYS)
    need = NeedEvents("fund", period_days=30, periods=3, horizons=(30, 90))
    found = known_outcomes(bank, cohort, need)
    assert set(found) == {"needs:fund:30d", "needs:fund:90d"}
    alone = label(bank, cohort, PurchaseLabel("fund", Horizon(90)))
    assert said(found["needs:fund:90d"]) == said(alone.rows)
    early = label(bank, cohort, PurchaseLabel("fund", Horizon(30)))
    assert said(found["needs:fund:30d"]) >= said(early.rows)


def test_longer_horizons_know_fewer_rows_and_more_events(bank):
    """A row of a long horizon stands under a short one too, and what came early came by then."""
    found = known_outcomes(bank, cohort_at(bank, DAYS), LeavingEvents())
    short, middle, long = (
        {row[:2]: row[2] for row in said(found[name])}
        for name in ("churn:30d", "churn", "churn:180d")
    )
    assert set(long) < set(middle) <= set(short)
    assert all(short[key] <= middle[key] for key in middle)
    assert all(middle[key] <= long[key] for key in long)
    assert 0 < sum(short.values()) < sum(middle.values())


def test_what_is_told_in_cents_has_no_yes_or_no(bank):
    """A margin to come is no outcome that a probability can be judged by."""
    assert known_outcomes(bank, cohort_at(bank, DAYS), GrowthLabel()) == {}
