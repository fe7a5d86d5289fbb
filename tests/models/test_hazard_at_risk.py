"""What a curve of leaving means in money and in time."""

from fractions import Fraction

import numpy as np
import pytest

from models.at_risk import assets_at_risk, expected_days, median_days

CURVE = np.array([[0.1, 0.2, 0.4], [0.0, 0.0, 0.5], [0.3, 0.3, 0.3], [0.0, 0.0, 0.0]])


def test_assets_at_risk_are_whole_cents_with_halves_to_the_even():
    """Assets times the probability, exactly rounded; who is overdrawn has none."""
    assets = np.array([100, 150, 250, -5_000, 123_456_789_012])
    probability = np.array([0.125, 0.5, 0.25, 0.9, 0.5])
    exact = [
        round(Fraction(max(int(a), 0)) * Fraction(float(p)))
        for a, p in zip(assets, probability, strict=True)
    ]
    found = assets_at_risk(assets, probability)
    assert found.dtype == np.int64
    assert found.tolist() == exact


@pytest.mark.parametrize("periods", [1, 2, 3])
def test_lead_time_is_that_of_customers_drawn_from_the_curve(periods):
    """Mean and median days agree with those of many customers who leave as the curve says."""
    rng = np.random.default_rng(1)
    expected, median = (f(CURVE, 30, periods) for f in (expected_days, median_days))
    for row, curve in enumerate(CURVE):
        drawn = rng.random(200_000)
        period = np.searchsorted(curve[:periods], drawn, side="right")
        days = 30 * (period + rng.random(len(period)))[period < periods]
        if not len(days):
            assert np.isnan([expected[row], median[row]]).all()
            continue
        assert expected[row] == pytest.approx(days.mean(), abs=0.3)
        assert median[row] == pytest.approx(np.median(days), abs=0.6)
