"""Learning: what is chosen is chosen within the rows, and what is written says it again."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from small_sets import a_set

from models.boosted import Boosted
from models.booster import default_params, fading, fit_booster, grow
from models.calibration import Platt, levelled_loss, logit
from training.baseline import LineForm, fit_line
from training.fit import Choices, Settings, blend_of, learn
from training.split import grouped_folds

FIRM = {"objective": "binary", "num_leaves": 4, "learning_rate": 0.1, "seed": 3}


def thirds(data):
    return grouped_folds(data.customer_id, data.y, np.random.default_rng(0), 3)


def test_trees_on_folds_are_those_that_a_bare_training_grows():
    """Grown in turns of ten, the trees are those that LightGBM grows in one go on the same bins."""
    data, fixed = a_set(rows=900), {"deterministic": True, "force_col_wise": True, "verbosity": -1}
    folds = thirds(data)
    grown = grow(data.matrix, data.y, FIRM, folds)
    whole = lightgbm.Dataset(data.matrix, label=data.y, params=FIRM | fixed, free_raw_data=False)
    for (teach, test), ours in zip(folds, grown.log_odds, strict=True):
        bare = lightgbm.train(FIRM | fixed, whole.subset(teach), num_boost_round=grown.rounds)
        assert ours == pytest.approx(bare.predict(data.matrix[test], raw_score=True), abs=1e-9)


def test_rounds_are_those_of_the_lowest_loss():
    """No number of rounds that was looked at did better on the tested rows."""
    data, seen = a_set(rows=900), {}
    grown = grow(data.matrix, data.y, FIRM, thirds(data), watch=seen.__setitem__)
    assert grown.loss == min(seen.values()) == seen[grown.rounds]
    assert sorted(seen) == list(range(10, grown.rounds + 61, 10))


@pytest.mark.parametrize("shift", [0.0, -3.0, 4.0])
def test_a_levelled_loss_forgives_the_base_rate_and_nothing_else(shift):
    """A constant added to all log-odds changes no loss; the best constant is found by search."""
    rng = np.random.default_rng(1)
    log_odds = rng.normal(size=2_000)
    y = (rng.random(2_000) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
    tried = [np.mean(np.logaddexp(0, log_odds + c) - y * (log_odds + c)) for c in shifts()]
    assert levelled_loss(log_odds + shift, y) == pytest.approx(min(tried), abs=1e-6)
    assert levelled_loss(rng.permutation(log_odds), y) > min(tried) + 0.05


def shifts():
    return np.linspace(-1, 1, 4_001)


def test_the_last_row_counts_one_and_older_ones_half_each_share():
    """A row that lies a share of the rows back counts half, and none fades unasked."""
    weight = fading(200, 0.25)
    assert weight is not None
    assert weight[-1] == 1
    assert weight[:-50] == pytest.approx(weight[50:] / 2)
    assert fading(200, None) is None


def test_what_is_learned_is_the_blend_of_its_parts():
    """The scorer says weight x trees + the rest x line, calibrated, whatever weighs nothing."""
    data = a_set(rows=700)
    learned = learn(data, Settings(1))
    trees = lightgbm.Booster(model_str=learned.booster).predict(data.matrix, raw_score=True)
    line = learned.line.raw(data.matrix)
    for weight in (0.0, 0.3, 1.0):
        choices = replace(learned.choices, weight=weight)
        blend = blend_of(replace(learned, choices=choices))
        mixed = weight * trees + (1 - weight) * line
        if learned.calibration:
            mixed = learned.calibration.apply(mixed)
        assert blend.raw(data.matrix)[:, 0] == pytest.approx(mixed, abs=1e-9)
        rest = blend.raw(data.matrix)[:, 0] - blend.contributions(data.matrix, 0).sum(axis=1)
        assert rest == pytest.approx(rest[0], abs=1e-9)
        assert ("booster.txt" in blend.files()) == (weight > 0)
        assert ("line.json" in blend.files()) == (weight < 1)


def test_a_straight_truth_is_left_to_the_line():
    """Where log-odds are a line in the features, trees weigh little."""
    rng = np.random.default_rng(2)
    data = a_set(rows=1_500, missing=0.0)
    slopes = np.array([1.0, -1.0, 0.8, 0.5, -0.5])
    truth = np.sign(data.matrix) * np.log1p(np.abs(data.matrix)) @ slopes * 2
    y = (rng.random(1_500) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    assert learn(replace(data, y=y), Settings(1)).weight <= 0.4


def test_a_truth_of_two_features_together_is_left_to_the_trees():
    """Where only the sign of a product tells, a line that adds features weighs nothing."""
    rng = np.random.default_rng(2)
    data = a_set(rows=1_500, missing=0.0)
    truth = 2.5 * np.sign(data.matrix[:, 0] * data.matrix[:, 1])
    y = (rng.random(1_500) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    learned = learn(replace(data, y=y), Settings(1))
    assert learned.weight >= 0.9
    raw = blend_of(learned).raw(data.matrix)[:, 0]
    assert roc_auc_score(y, raw) > 0.9
    assert roc_auc_score(y, learned.line.raw(data.matrix)) < 0.6


@pytest.mark.parametrize("knots", [0, 8])
def test_a_column_that_says_nothing_changes_no_line(knots):
    """A constant, or a value that is always missing, adds nothing and moves no other curve."""
    data = a_set(rows=500)
    form = LineForm(knots, 10.0)
    wider = np.column_stack([np.full(500, 7.0), data.matrix, np.full(500, np.nan)])
    plain, wide = fit_line(data.matrix, data.y, form), fit_line(wider, data.y, form)
    assert wide.raw(wider) == pytest.approx(plain.raw(data.matrix), abs=1e-9)
    assert wide.contributions(wider)[:, [0, -1]] == pytest.approx(0)
    alone = fit_line(wider[:, [0]], data.y, form).raw(wider[:, [0]])
    assert alone == pytest.approx(logit(data.y.mean()[None])[0], abs=1e-3)


def test_choices_made_before_stand():
    """Learning by given choices keeps parameters, form and weight, whatever the rows say; rounds
    and calibration too, once there are any.
    """  # noqa: D205 - one sentence
    data = a_set(rows=400)
    choices = Choices(default_params(400, 80, 1), LineForm(8, 3.0), 0.3)
    learned = learn(data, Settings(1, choices=choices))
    assert learned.rounds > 0
    found = learned.choices
    assert (found.params, found.form, found.weight) == (choices.params, choices.form, 0.3)
    whole = replace(found, rounds=7, calibration=Platt(0.5, 1.0))
    again = learn(data, Settings(1, choices=whole))
    assert again.choices == whole
    assert lightgbm.Booster(model_str=again.booster).num_trees() == 7
    mixed = 0.3 * Boosted(again.booster).raw(data.matrix)[:, 0]
    mixed += 0.7 * again.line.raw(data.matrix)
    assert blend_of(again).raw(data.matrix)[:, 0] == pytest.approx(0.5 * mixed + 1.0)


def test_a_rare_outcome_learned_overconfident_is_calibrated_on_what_it_did_not_learn():
    """Outcomes that were mostly lot get log-odds near their rate, seen from fresh rows."""
    data, fresh = a_set(rows=600, noise=True), a_set(rows=4_000, noise=True, seed=9)
    raw = blend_of(learn(data, Settings(1))).raw(fresh.matrix)[:, 0]
    assert np.mean(raw) == pytest.approx(logit(fresh.y.mean()[None])[0], abs=0.35)
    assert np.std(raw) < 0.5


def test_equal_runs_learn_the_same():
    """The same rows and seed give the same trees, line and calibration."""
    data = a_set(rows=400)
    assert learn(data, Settings(4)) == learn(data, Settings(4))


def test_booster_of_faded_rows_leans_to_the_latest():
    """Trees too count late rows for more when the past fades."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(2_000, 2))
    sign = np.where(np.arange(2_000) < 1_500, 1.0, -1.0)
    y = (sign * matrix[:, 0] > 0).astype(np.int8)
    names = ("turned", "noise")
    late = slice(1_500, None)
    even = lightgbm.Booster(model_str=fit_booster(matrix, y, names, FIRM, 40))
    faded = lightgbm.Booster(model_str=fit_booster(matrix, y, names, FIRM, 40, fade=0.08))
    assert roc_auc_score(y[late], faded.predict(matrix[late])) > 0.9
    assert roc_auc_score(y[late], even.predict(matrix[late])) < 0.5
