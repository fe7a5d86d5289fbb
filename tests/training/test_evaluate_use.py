"""Figures of scores as they are used: by date, on lists of a size, in months, as curves."""

from statistics import NormalDist

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score

from models.calibration import expected_calibration_error, logit, sigmoid
from training import evaluate
from training.evaluation.calibration import CalibrationLine, chance_ece, reliability, wilson
from training.evaluation.curves import gain, months
from training.evaluation.evaluate import DATED, METRICS, PROFIT, Use, log_loss_difference
from training.evaluation.profit import Campaign
from training.evaluation.scored import Dated, Scored


def dated(rows=600, seed=0, digits=2, days=4):
    """Outcomes and tied probabilities over some dates, which differ in how many leave."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, days, rows)
    truth = rng.normal(-1.5, 1.2, rows) + 0.5 * day
    y = (rng.random(rows) < sigmoid(truth)).astype(np.int8)
    p = np.clip(np.round(sigmoid(truth + rng.normal(0, 0.7, rows)), digits), 0.01, 0.99)
    as_of = np.datetime64("2026-01-01") + 30 * day
    return y, p, rng.integers(0, rows // 3, rows), as_of


@pytest.mark.parametrize("seed", range(4))
def test_the_auc_of_one_date_compares_every_pair_of_that_date(seed):
    """A loop over all pairs of a positive and a negative of one date, under row weights."""
    y, p, _, as_of = dated(rows=200, seed=seed, digits=1)
    weight = np.random.default_rng(seed).integers(0, 4, len(y)).astype(float)
    right = pairs = 0.0
    for i in np.flatnonzero(y == 1):
        for j in np.flatnonzero((y == 0) & (as_of == as_of[i])):
            both = weight[i] * weight[j]
            right += both * ((p[i] > p[j]) + 0.5 * (p[i] == p[j]))
            pairs += both
    assert Dated(y, p, as_of).auc(weight) == pytest.approx(right / pairs)


def test_a_score_that_only_tells_the_date_ranks_nobody_within_it():
    """Pooled, such a score looks able; among rows of one date it is chance."""
    y, _, _, as_of = dated(rows=4_000)
    by_date = (as_of - as_of.min()).astype(float)
    assert roc_auc_score(y, by_date) > 0.55
    assert Dated(y, by_date, as_of).auc(np.ones(len(y))) == pytest.approx(0.5)


def test_a_list_takes_the_best_rows_of_each_date():
    """Sorting each date and slicing says the same where scores do not tie."""
    y, _, _, as_of = dated()
    p = np.random.default_rng(1).permutation(len(y)) / len(y) + 0.1999 * y
    found = size = 0
    for day in np.unique(as_of):
        rows = np.flatnonzero(as_of == day)
        best = rows[np.argsort(-p[rows])][:25]
        found, size = found + y[best].sum(), size + len(best)
    told = Dated(y, p, as_of).at_capacity(np.ones(len(y)), 25)
    assert told["precision_at_capacity"] == pytest.approx(found / size)
    assert told["recall_at_capacity"] == pytest.approx(found / y.sum())


def test_rows_that_tie_for_the_last_places_share_them():
    """The precision of a constant score is the mean of all ways to draw the list."""
    y, _, _, as_of = dated()
    told = Dated(y, np.full(len(y), 0.3), as_of).at_capacity(np.ones(len(y)), 40)
    rates = [y[as_of == day].mean() for day in np.unique(as_of)]
    assert told["precision_at_capacity"] == pytest.approx(np.mean(rates))


def test_a_list_longer_than_a_date_takes_all_of_it():
    """Its precision is the base rate and its recall is one."""
    y, p, _, as_of = dated()
    told = Dated(y, p, as_of).at_capacity(np.ones(len(y)), 10_000)
    assert told["precision_at_capacity"] == pytest.approx(y.mean())
    assert told["recall_at_capacity"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_the_calibration_line_is_the_unpenalised_logistic_regression(seed):
    """scikit-learn's regression of the outcome on the log-odds, row weights included."""
    y, p, _, _ = dated(seed=seed)
    weight = np.random.default_rng(seed).integers(0, 4, len(y)).astype(float)
    line = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    line.fit(logit(p)[:, None], y, sample_weight=weight)
    slope, intercept = CalibrationLine(y, p).fit(weight)
    assert slope == pytest.approx(line.coef_[0, 0], rel=1e-4)
    assert intercept == pytest.approx(line.intercept_[0], rel=1e-4, abs=1e-4)


def test_probabilities_that_are_too_extreme_have_a_slope_below_one():
    """True probabilities have slope 1 and intercept 0; doubled log-odds halve the slope."""
    rng = np.random.default_rng(0)
    truth = rng.normal(-1, 1, 200_000)
    y = (rng.random(len(truth)) < sigmoid(truth)).astype(np.int8)
    assert CalibrationLine(y, sigmoid(truth)).fit(np.ones(len(y))) == pytest.approx(
        (1, 0), abs=0.03
    )
    slope, _ = CalibrationLine(y, sigmoid(2 * truth)).fit(np.ones(len(y)))
    assert slope == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),
        ([0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]),
    ],
)
def test_a_line_that_is_not_determined_is_not_a_number(y, p):
    """One score only, one outcome only, and outcomes parted without an error."""
    line = CalibrationLine(np.array(y, np.int8), np.array(p)).fit(np.ones(4))
    assert np.isnan(line).all()


def test_a_rule_that_parts_outcomes_has_no_line_in_any_draw():
    """Nobody whom a rule of yes and no warns of leaves, in many banks and draws of customers."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        warned = rng.random(3_000) < 0.001
        y = ((rng.random(3_000) < 0.05) & ~warned).astype(np.int8)
        line = CalibrationLine(y, warned.astype(float))
        for _ in range(5):
            assert np.isnan(line.fit(rng.poisson(1, 3_000).astype(float))).all()


def test_honest_probabilities_err_by_no_more_than_chance_in_95_of_100_cases():
    """Outcomes drawn with the probabilities pass about that often; shifted ones do not."""
    rng = np.random.default_rng(0)
    p = sigmoid(rng.normal(-1.5, 1, 800))
    bound = chance_ece(p, rng)
    drawn = [
        expected_calibration_error(p, (rng.random(800) < p).astype(np.int8)) for _ in range(400)
    ]
    assert 0.90 <= np.mean(np.array(drawn) <= bound) <= 0.99
    shifted = (rng.random(800) < sigmoid(logit(p) + 0.8)).astype(np.int8)
    assert expected_calibration_error(p, shifted) > bound


def test_the_reliability_diagram_counts_each_bin():
    """Bins hold the rows between the deciles; rates are their means; wide where rows are few."""
    y, p, _, _ = dated(rows=1_000, digits=6)
    told = reliability(y, p)
    parts = np.array_split(np.argsort(p), 10)
    assert told.rows.tolist() == [100] * 10
    assert told.predicted == pytest.approx([p[part].mean() for part in parts])
    assert told.observed == pytest.approx([y[part].mean() for part in parts])
    assert ((told.low < told.observed) & (told.observed < told.high)).all()


def test_the_interval_of_a_rate_is_wilsons():
    """Its ends are the rates from which the observed one is just 1.96 standard errors away."""
    low, high = wilson(np.array([0.2]), np.array([50]))
    for end in (low[0], high[0]):
        assert abs(end - 0.2) / np.sqrt(end * (1 - end) / 50) == pytest.approx(
            NormalDist().inv_cdf(0.975)
        )
    assert wilson(np.array([0.0]), np.array([10]))[0][0] == 0


def test_the_gain_curve_catches_what_sorting_catches():
    """Shares of positives among the best rows, by a loop; lift and precision follow from them."""
    y, _, _, _ = dated(rows=500)
    p = np.random.default_rng(1).permutation(len(y)) / len(y) + 0.2999 * y
    curve = gain(y, p, points=50)
    order = np.argsort(-p)
    caught = [y[order[: 10 * step]].sum() / y.sum() for step in range(51)]
    assert curve.caught == pytest.approx(caught)
    assert curve.precision == pytest.approx([y[order[: 10 * step]].mean() for step in range(1, 51)])
    assert curve.lift == pytest.approx(curve.precision / y.mean())
    precision, recall, _ = precision_recall_curve(y, p)
    assert np.interp(0.5, recall[::-1], precision[::-1]) == pytest.approx(
        np.interp(0.5, curve.caught[1:], curve.precision), abs=0.05
    )


def test_each_month_is_measured_on_its_own_rows():
    """AUC by scikit-learn on one date; the interval is the bootstrap of that date's customers."""
    y, p, who, as_of = dated()
    told = months(y, p, who, as_of, seed=3)
    assert [month.as_of for month in told] == np.unique(as_of).tolist()
    for month in told:
        rows = as_of == np.datetime64(month.as_of)
        assert (month.rows, month.positives) == (rows.sum(), y[rows].sum())
        assert month.auc.value == pytest.approx(roc_auc_score(y[rows], p[rows]))
        alone = evaluate(y[rows], p[rows], who[rows], np.random.default_rng(3))
        assert month.auc == alone["auc"]
        assert month.slope == alone["slope"]


def test_figures_by_date_and_of_profit_come_when_they_are_asked_for():
    """Dates bring the figures of lists, a campaign those of profit; each with its interval."""
    y, p, who, as_of = dated()
    rng = np.random.default_rng
    plain = evaluate(y, p, who, rng(1), repetitions=20)
    whole = evaluate(y, p, who, rng(1), as_of=as_of, use=Use(30, Campaign()), repetitions=20)
    assert tuple(plain) == METRICS
    assert tuple(whole) == (*METRICS, *DATED, *PROFIT)
    assert {name: whole[name] for name in METRICS} == plain
    told = Dated(y, p, as_of).at_capacity(np.ones(len(y)), 30)
    assert whole["precision_at_capacity"].value == told["precision_at_capacity"]
    tenth = evaluate(y, p, who, rng(1), as_of=as_of, repetitions=2)["precision_at_capacity"]
    told = Dated(y, p, as_of).at_capacity(np.ones(len(y)), len(y) / 40)
    assert tenth.value == told["precision_at_capacity"]


def test_a_difference_of_log_losses_is_that_of_the_two():
    """Shrinking honest probabilities makes the log-loss worse, and the interval says so."""
    y, p, who, _ = dated(rows=4_000)
    worse = sigmoid(0.3 * logit(p))
    pair = log_loss_difference(y, worse, p, who, np.random.default_rng(0))
    ones = np.ones(len(y))
    assert pair.value == pytest.approx(
        Scored(y, worse).log_loss(ones) - Scored(y, p).log_loss(ones)
    )
    assert pair.low > 0
