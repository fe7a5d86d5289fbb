"""Figures of scores: each against scikit-learn or a slow loop, and intervals that hold."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from models.calibration import expected_calibration_error, sigmoid
from training import auc_difference, evaluate
from training.baseline import logistic_baseline
from training.evaluation.evaluate import METRICS
from training.evaluation.scored import Scored


def scored(rows=800, seed=0, digits=2):
    """Outcomes and probabilities with many ties, for a third as many customers."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1.5, 1.2, rows)
    y = (rng.random(rows) < sigmoid(truth)).astype(np.int8)
    p = np.clip(np.round(sigmoid(truth + rng.normal(0, 0.7, rows)), digits), 0.01, 0.99)
    return y, p, rng.integers(0, rows // 3, rows)


@pytest.mark.parametrize("seed", range(5))
def test_figures_equal_scikit_learn_under_any_weights(seed):
    """AUC, average precision, log-loss and Brier score, ties and row weights included."""
    y, p, _ = scored(seed=seed)
    weight = np.random.default_rng(seed).integers(0, 4, len(y)).astype(float)
    ours = Scored(y, p).figures(weight)
    assert ours["auc"] == pytest.approx(roc_auc_score(y, p, sample_weight=weight))
    assert ours["pr_auc"] == pytest.approx(average_precision_score(y, p, sample_weight=weight))
    assert ours["log_loss"] == pytest.approx(log_loss(y, p, sample_weight=weight))
    assert ours["brier"] == pytest.approx(brier_score_loss(y, p, sample_weight=weight))


def test_the_calibration_error_is_the_one_that_decides_calibration():
    """Unweighted, it is the figure that models.calibration gives."""
    y, p, _ = scored()
    ours = Scored(y, p).figures(np.ones(len(y)))
    assert ours["ece"] == pytest.approx(expected_calibration_error(p, y))


def test_lift_is_the_rate_of_the_best_tenth_over_the_rate_of_all():
    """Without ties, sorting and slicing says the same; a constant score lifts nothing."""
    y, _, _ = scored()
    p = np.random.default_rng(1).permutation(len(y)) / len(y) + 0.3 * y
    best = np.argsort(-p)[: len(y) // 10]
    lift = Scored(y, p).figures(np.ones(len(y)))["lift_10"]
    assert lift == pytest.approx(y[best].mean() / y.mean())
    assert Scored(y, np.full(len(y), 0.2)).figures(np.ones(len(y)))["lift_10"] == pytest.approx(1)


def test_weights_count_rows():
    """A row of weight three is three rows, for every figure but the bins of the whole."""
    y, p, _ = scored(rows=200)
    times = np.random.default_rng(2).integers(1, 4, 200)
    weighted = Scored(y, p).figures(times.astype(float))
    repeated = Scored(y.repeat(times), p.repeat(times)).figures(np.ones(times.sum()))
    for name in set(METRICS) - {"ece"}:
        assert weighted[name] == pytest.approx(repeated[name])


def test_intervals_are_seeded_and_hold_their_value():
    """Two equal runs give equal intervals, around the figure of the whole."""
    y, p, who = scored()
    first = evaluate(y, p, who, np.random.default_rng(1))
    assert first == evaluate(y, p, who, np.random.default_rng(1))
    assert tuple(first) == METRICS
    assert all(each.low <= each.value <= each.high for name, each in first.items() if name != "ece")


@pytest.mark.slow
def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    """Of 95 % intervals of the AUC, nearly 95 % hold the AUC of a million rows."""
    y, p, _ = scored(rows=1_000_000, seed=99)
    truth = roc_auc_score(y, p)
    held = 0
    for seed in range(100):
        y, p, _ = scored(rows=500, seed=seed)
        auc = evaluate(y, p, np.arange(500), np.random.default_rng(seed))["auc"]
        held += auc.low <= truth <= auc.high
    assert 88 <= held <= 100


def test_customers_are_drawn_whole():
    """Rows that repeat a customer widen the interval, as fewer customers would."""
    y, p, _ = scored(rows=300)
    once = evaluate(y, p, np.arange(300), np.random.default_rng(0))["auc"]
    y, p, who = y.repeat(9), p.repeat(9), np.arange(300).repeat(9)
    whole = evaluate(y, p, who, np.random.default_rng(0))["auc"]
    split = evaluate(y, p, np.arange(2_700), np.random.default_rng(0))["auc"]
    assert (whole.low, whole.high) == pytest.approx((once.low, once.high))
    assert split.high - split.low < 0.5 * (whole.high - whole.low)


def test_a_paired_difference_is_narrower_than_its_parts():
    """Two alike scores differ by little, and the interval knows it; a score equals itself."""
    y, p, who = scored()
    worse = np.clip(p + np.random.default_rng(3).normal(0, 0.02, len(p)), 0, 1)
    pair = auc_difference(y, p, worse, who, np.random.default_rng(0))
    alone = evaluate(y, p, who, np.random.default_rng(0))["auc"]
    assert pair.value == pytest.approx(roc_auc_score(y, p) - roc_auc_score(y, worse))
    assert pair.high - pair.low < 0.5 * (alone.high - alone.low)
    itself = auc_difference(y, p, p, who, np.random.default_rng(0))
    assert (itself.value, itself.low, itself.high, itself.shown) == (0, 0, 0, False)


def test_the_baseline_learns_a_plain_truth_through_gaps_and_scales():
    """Missing values, a constant, an empty column and cents by the million do not hinder it."""
    rng = np.random.default_rng(4)
    signal = rng.normal(size=4_000)
    y = (rng.random(4_000) < sigmoid(2 * signal - 1)).astype(np.int8)
    money = np.sign(signal) * np.expm1(np.abs(signal) * 5) * 100
    gappy = np.where(rng.random(4_000) < 0.3, np.nan, rng.normal(size=4_000))
    matrix = np.column_stack([money, gappy, np.ones(4_000), np.full(4_000, np.nan)])
    log_odds = logistic_baseline(matrix[:2_000], y[:2_000], matrix[2_000:])
    best = roc_auc_score(y[2_000:], signal[2_000:])
    assert roc_auc_score(y[2_000:], log_odds) > best - 0.02
