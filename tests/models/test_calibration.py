"""Calibration: the error it measures and the line that mends it."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.calibration import (
    Platt,
    calibration_for,
    expected_calibration_error,
    fit_platt,
    logit,
    sigmoid,
)


def overconfident(rows=20_000, slope=2.0, shift=0.7, seed=3):
    rng = np.random.default_rng(seed)
    truth = rng.normal(-2, 1, rows)
    return slope * truth + shift, (rng.random(rows) < sigmoid(truth)).astype(np.int8)


def test_platt_finds_the_line_that_was_bent():
    """Log-odds bent by a known line come back straight."""
    log_odds, y = overconfident()
    line = fit_platt(log_odds, y)
    assert line.slope == pytest.approx(1 / 2, abs=0.03)
    assert line.intercept == pytest.approx(-0.7 / 2, abs=0.08)


def test_platt_equals_an_unpenalised_logistic_regression():
    """With many rows Platt's smoothing fades, and scikit-learn finds the same line."""
    log_odds, y = overconfident()
    line = fit_platt(log_odds, y)
    oracle = LogisticRegression(C=np.inf).fit(log_odds[:, None], y)
    assert line.slope == pytest.approx(oracle.coef_[0, 0], rel=2e-3)
    assert line.intercept == pytest.approx(oracle.intercept_[0], rel=5e-3)


def test_a_perfect_separation_stays_finite():
    """Smoothed targets keep probabilities inside 0 and 1."""
    log_odds = np.linspace(-5, 5, 40)
    line = fit_platt(log_odds, (log_odds > 0).astype(np.int8))
    assert np.isfinite([line.slope, line.intercept]).all()


def test_a_line_never_turns_the_ranking_round():
    """Scores that rank backwards become a constant, the smoothed base rate."""
    log_odds = np.linspace(-2, 2, 1_000)
    line = fit_platt(log_odds, (log_odds < 0).astype(np.int8))
    assert line.slope == 0
    assert sigmoid(line.apply(log_odds)) == pytest.approx(0.5, abs=1e-6)


def test_only_what_is_off_is_calibrated():
    """True probabilities are left alone; bent ones are mended below the tolerated error."""
    bent, y = overconfident()
    assert calibration_for((bent - 0.7) / 2, y) is None
    line = calibration_for(bent, y)
    assert line is not None
    assert expected_calibration_error(sigmoid(line.apply(bent)), y) < 0.01


def test_the_error_is_the_mean_gap_of_ten_equal_bins():
    """A slow loop over ten slices of sorted rows gives the same figure."""
    rng = np.random.default_rng(5)
    p = rng.random(1_000)
    y = (rng.random(1_000) < p**2).astype(np.int8)
    order = np.argsort(p)
    slices = np.array_split(order, 10)
    slow = sum(abs(p[part].mean() - y[part].mean()) * len(part) for part in slices) / 1_000
    assert expected_calibration_error(p, y) == pytest.approx(slow)


def test_a_constant_score_is_judged_in_one_bin():
    """Equal probabilities fall into one bin, so a true base rate has no error."""
    y = np.array([0, 1] * 50, dtype=np.int8)
    assert expected_calibration_error(np.full(100, 0.5), y) == 0


def test_logit_undoes_sigmoid():
    """Probabilities and log-odds are one thing, without overflow at the ends."""
    line = np.linspace(-30, 30, 101)
    assert logit(sigmoid(line)) == pytest.approx(line, abs=1e-2)
    assert (sigmoid(np.array([-1e6, 1e6])) == [0, 1]).all()
    assert (Platt(1.0, 0.0).apply(line) == line).all()
