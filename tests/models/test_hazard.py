"""Hazards: curves, scores of every horizon, what they are made of, and their files."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from learned import NAMES, a_card

from models.calibration import Platt, sigmoid
from models.errors import BrokenModel, WrongFeatures
from models.hazard import Hazard, read_hazard
from models.hazard_walk import log_odds_by_period
from models.kinds import read_scorer
from models.line import Curve, Line
from models.trees import parsed

PERIODS = 6
LABELS = ("churn:30d", "churn", "churn:180d")
LINE = Line(
    -2.0,
    (
        Curve(slope=0.4, gap=0.1),
        Curve(),
        Curve(knots=(-1.0, 1.0), heights=(0.3, -0.3)),
        Curve(),
        Curve(level=0.1),
        Curve(slope=-0.2, level=0.05),
    ),
)


def some_values(rng, rows):
    matrix = rng.normal(size=(rows, len(NAMES)))
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    return matrix


def a_booster(*, rounds=40, rare=2.0, missing_as_zero=False, seed=3):
    """Trees over the features and the period, in which both matter, and together too."""
    rng = np.random.default_rng(seed)
    matrix = some_values(rng, 3_000)
    period = rng.integers(1, PERIODS + 1, 3_000)
    known = np.nan_to_num(matrix)
    log_odds = -rare + known[:, 0] + 0.4 * known[:, 2] * (period - 3) + 0.2 * period
    y = rng.random(3_000) < sigmoid(log_odds)
    params = {"objective": "binary", "num_leaves": 12, "verbosity": -1, "num_threads": 1}
    params |= {"zero_as_missing": missing_as_zero}
    data = lightgbm.Dataset(
        np.column_stack([matrix, period]), label=y, feature_name=[*NAMES, "period"]
    )
    return lightgbm.train(params, data, num_boost_round=rounds).model_to_string()


def a_hazard(**facts):
    return Hazard(**({"booster": a_booster(), "period_days": 30, "periods": PERIODS} | facts))


@pytest.fixture(scope="module")
def plain():
    return a_hazard(horizons=(1, 3, 6))


@pytest.fixture(scope="module")
def full():
    """A hazard with a line beside its trees and a calibration."""
    return a_hazard(horizons=(1, 3, 6), calibration=Platt(0.8, -0.3), line=LINE, weight=0.6)


def by_library(booster, matrix, period):
    """LightGBM's own raw scores of rows in one period."""
    asked = np.column_stack([matrix, np.full(len(matrix), period)])
    return lightgbm.Booster(model_str=booster).predict(asked, raw_score=True)


@pytest.mark.parametrize("missing_as_zero", [False, True])
def test_one_walk_says_what_the_library_says_of_each_period(missing_as_zero):
    """All periods at once give LightGBM's raw score of each, to the last bit."""
    booster = a_booster(missing_as_zero=missing_as_zero)
    matrix = some_values(np.random.default_rng(5), 700)
    matrix[::7, 2] = 0.0
    found = log_odds_by_period(parsed(booster), matrix, PERIODS)
    assert (np.abs(np.diff(found, axis=1)) > 0.01).any()
    for period in range(1, PERIODS + 1):
        assert (found[:, period - 1] == by_library(booster, matrix, period)).all()


def test_threads_change_no_byte():
    """However many threads share the rows, the scores are the same."""
    trees = parsed(a_booster())
    matrix = some_values(np.random.default_rng(5), 2_000)
    alone = log_odds_by_period(trees, matrix, PERIODS, threads=1)
    assert (log_odds_by_period(trees, matrix, PERIODS, threads=3) == alone).all()


def test_matrices_of_another_width_are_refused(plain):
    """A matrix that has the period already, or lacks a feature, is not read."""
    with pytest.raises(WrongFeatures, match="reads matrices of 5 columns"):
        plain.raw(np.zeros((2, 6)))


def test_a_curve_is_one_less_the_product_of_survivals(plain):
    """The probability by a period's end is that of not being spared in any period so far."""
    matrix = some_values(np.random.default_rng(6), 30)
    curve = plain.curve(matrix)
    for row in range(len(matrix)):
        spared = 1.0
        for period in range(1, PERIODS + 1):
            spared *= 1 - sigmoid(by_library(plain.booster, matrix[[row]], period))[0]
            assert curve[row, period - 1] == pytest.approx(1 - spared, rel=1e-9)


def test_scores_are_the_curve_at_the_horizons(full):
    """Each label's raw score is the log-odds of the curve where its horizon ends."""
    matrix = some_values(np.random.default_rng(7), 200)
    found = sigmoid(full.raw(matrix))
    assert found == pytest.approx(full.curve(matrix)[:, [0, 2, 5]], rel=1e-9)


def test_a_longer_horizon_is_never_less_likely(full):
    """Scores rise with the horizon for every row, calibrated and blended or not."""
    raw = full.raw(some_values(np.random.default_rng(8), 500))
    assert (np.diff(raw, axis=1) > 0).all()


def test_extreme_log_odds_stay_finite():
    """Where it is all but certain, or all but impossible, scores and shares stay numbers."""
    matrix = some_values(np.random.default_rng(9), 20)
    for shift in (-300.0, 60.0):
        hazard = a_hazard(horizons=(1, 6), calibration=Platt(1.0, shift))
        assert np.isfinite(hazard.raw(matrix)).all()
        assert np.isfinite(hazard.contributions(matrix, 1)).all()


def test_the_line_and_the_trees_are_weighed(full, plain):
    """The log-odds of a period are the calibrated mix of the trees' and the line's."""
    matrix = some_values(np.random.default_rng(10), 40)
    found = full.log_odds(matrix)
    for period in range(1, PERIODS + 1):
        asked = np.column_stack([matrix, np.full(len(matrix), float(period))])
        mixed = 0.6 * by_library(plain.booster, matrix, period) + 0.4 * LINE.raw(asked)
        assert found[:, period - 1] == pytest.approx(0.8 * mixed - 0.3, abs=1e-9)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_contributions_lead_from_the_base_to_the_score(full, place):
    """Contributions and the score of the log-odds without them add up to the raw score."""
    matrix = some_values(np.random.default_rng(11), 60)
    horizon = full.horizons[place]
    booster = lightgbm.Booster(model_str=full.booster)
    spared = np.ones(len(matrix))
    for period in range(1, horizon + 1):
        asked = np.column_stack([matrix, np.full(len(matrix), float(period))])
        shares = booster.predict(asked, pred_contrib=True)
        curve = LINE.curves[-1].at(np.array([float(period)]))[0]
        base = 0.6 * (shares[:, -1] + shares[:, -2]) + 0.4 * (LINE.constant + curve)
        spared *= 1 - sigmoid(0.8 * base - 0.3)
    told = full.contributions(matrix, place).sum(axis=1)
    assert np.log((1 - spared) / spared) + told == pytest.approx(
        full.raw(matrix)[:, place], abs=1e-8
    )


def test_a_feature_that_no_tree_asks_adds_nothing(plain):
    """Noise that the trees never ask of contributes zero, and what they ask does not."""
    asked = parsed(plain.booster).nodes["feature"]
    matrix = some_values(np.random.default_rng(12), 100)
    found = plain.contributions(matrix, 1)
    for feature in range(len(NAMES)):
        assert found[:, feature].any() == (feature in asked)


def test_removing_the_strongest_feature_moves_the_score_as_told(plain):
    """Without the feature that raises a score most, the score falls for nearly every row."""
    matrix = some_values(np.random.default_rng(13), 400)
    shares = plain.contributions(matrix, 1)
    row, top = np.arange(len(matrix)), shares.argmax(axis=1)
    strong = shares[row, top] > 0.5
    others = some_values(np.random.default_rng(14), 50)
    mean = np.zeros(len(matrix))
    for other in others:
        swapped = matrix.copy()
        swapped[row, top] = other[top]
        mean += plain.raw(swapped)[:, 1] / len(others)
    assert strong.sum() > 50
    assert (mean < plain.raw(matrix)[:, 1])[strong].mean() > 0.98


def test_a_hazard_comes_back_from_its_files(full):
    """What is written reads as the same scorer, and equal scorers write equal bytes."""
    card = a_card(kind="hazard", labels=LABELS)
    again = read_scorer(card, full.files())
    matrix = some_values(np.random.default_rng(15), 20)
    assert again == full
    assert again.files() == full.files()
    assert (again.raw(matrix) == full.raw(matrix)).all()


BROKEN = [
    (lambda files: {**files, "hazard.json": b"{}"}, "do not read as a hazard"),
    (lambda files: {"hazard.json": files["hazard.json"]}, "do not read as a hazard"),
    (lambda files: {**files, "booster.txt": b"tree"}, "train again"),
    (lambda files: {**files, "line.json": b'{"constant": 1, "curves": []}'}, "restore the folder"),
    (
        lambda files: {**files, "hazard.json": files["hazard.json"].replace(b"[1, 3", b"[1, 9")},
        r"horizons of \[1, 9, 6\] of its 6 periods",
    ),
    (
        lambda files: {**files, "hazard.json": files["hazard.json"].replace(b"[1, 3, ", b"[")},
        "has 3 labels and 5 features",
    ),
]


@pytest.mark.parametrize(("broken", "message"), BROKEN)
def test_files_that_do_not_read_are_refused(full, broken, message):
    """A folder that was tampered with says what is wrong with it."""
    with pytest.raises(BrokenModel, match=message):
        read_hazard(a_card(kind="hazard", labels=LABELS), broken(full.files()))


def test_no_rows_give_no_scores(full):
    """An empty matrix has empty scores and contributions."""
    nothing = np.empty((0, len(NAMES)))
    assert full.raw(nothing).shape == (0, 3)
    assert full.contributions(nothing, 2).shape == (0, len(NAMES))
    assert replace(full, line=None, weight=1.0).curve(nothing).shape == (0, PERIODS)
