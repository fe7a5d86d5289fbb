"""The yardsticks: a rule of thumb, and a line that a known library agrees with."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from small_sets import a_set

from training.baseline import (
    LineForm,
    choose_line,
    draw,
    fit_line,
    logistic_baseline,
    rule_baseline,
)
from training.definitions.definition import (
    ChurnLabel,
    ClosureLabel,
    GrowthLabel,
    InactivityLabel,
    LeavingEvents,
    NeedEvents,
    NextProduct,
)
from training.split import grouped_folds


def test_a_straight_line_is_the_librarys_ridge_regression():
    """On complete data the line is scikit-learn's logistic regression on standardised logs."""
    data = a_set(rows=500, missing=0.0)
    logs = np.sign(data.matrix) * np.log(1 + np.abs(data.matrix))
    design = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    library = LogisticRegression(C=1 / 30, tol=1e-10, max_iter=5_000).fit(design, data.y)
    ours = fit_line(data.matrix, data.y, LineForm(ridge=30.0))
    assert ours.raw(data.matrix) == pytest.approx(library.decision_function(design), abs=1e-4)


@pytest.mark.parametrize("knots", [0, 8])
def test_contributions_have_mean_zero_over_the_rows_learned_from(knots):
    """Missing values or none, each feature adds nothing on average."""
    data = a_set(rows=800, missing=0.2)
    line = fit_line(data.matrix, data.y, LineForm(knots, 10.0))
    assert line.contributions(data.matrix).mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_a_bent_line_finds_what_a_straight_one_cannot():
    """An outcome at both ends of a feature is told by a path and not by a slope."""
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(4_000, 2))
    y = (rng.random(4_000) < 1 / (1 + np.exp(2 - 2 * np.abs(matrix[:, 0])))).astype(np.int8)
    bent = fit_line(matrix[:2_000], y[:2_000], LineForm(8, 10.0)).raw(matrix[2_000:])
    straight = fit_line(matrix[:2_000], y[:2_000], LineForm(0, 10.0)).raw(matrix[2_000:])
    assert roc_auc_score(y[2_000:], bent) > 0.7
    assert roc_auc_score(y[2_000:], straight) < 0.6


def test_a_gap_has_a_number_of_its_own():
    """Where a missing value goes with the outcome, it adds to the score."""
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(2_000, 1))
    gone = rng.random(2_000) < 0.3
    y = (rng.random(2_000) < np.where(gone, 0.6, 0.2)).astype(np.int8)
    matrix[gone] = np.nan
    (curve,) = fit_line(matrix, y, LineForm()).curves
    assert curve.gap > 0.8
    (bent,) = fit_line(matrix, y, LineForm(8)).curves
    assert bent.gap == pytest.approx(curve.gap, abs=0.1)


@pytest.mark.parametrize("knots", [0, 8])
def test_a_column_that_says_nothing_adds_nothing(knots):
    """A constant, an empty and a later filled column leave the scores alone."""
    data = a_set(rows=300, missing=0.0)
    dull = np.column_stack([data.matrix, np.ones(300), np.full(300, np.nan)])
    line = fit_line(dull, data.y, LineForm(knots))
    asked = np.column_stack([data.matrix, np.full(300, 7.0), np.full(300, 7.0)])
    plain = fit_line(data.matrix, data.y, LineForm(knots))
    assert line.raw(asked) == pytest.approx(plain.raw(data.matrix), abs=1e-6)


def test_beyond_what_was_seen_a_path_is_level():
    """A value far outside gets what the outermost hundredth got."""
    data = a_set(rows=500, missing=0.0)
    line = fit_line(data.matrix, data.y, LineForm(8))
    far = line.contributions(np.array([[1e3] * 5, [1e9] * 5]))
    assert far[0] == pytest.approx(far[1], abs=0)


def test_the_form_is_chosen_on_rows_that_did_not_teach():
    """The chosen form has the lowest mean loss over the folds, and its scores are kept."""
    data = a_set(rows=600)
    folds = grouped_folds(data.customer_id, data.y, np.random.default_rng(0), 3)
    chosen = choose_line(data.matrix, data.y, folds, forward=False)
    for knots in (0, 8):
        for ridge in (3.0, 30.0, 300.0):
            other = draw(data.matrix, data.y, folds, LineForm(knots, ridge))
            assert other.loss >= chosen.loss
    teach, test = folds[1]
    alone = fit_line(data.matrix[teach], data.y[teach], chosen.form).raw(data.matrix[test])
    assert chosen.log_odds[1] == pytest.approx(alone, abs=0)


def test_the_past_fades_where_the_world_has_turned():
    """When the sign of an effect has turned lately, the latest rows count for more."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(6_000, 3))
    sign = np.where(np.arange(6_000) < 4_000, 1.0, -1.0)
    y = (rng.random(6_000) < 1 / (1 + np.exp(-2 * sign * matrix[:, 0]))).astype(np.int8)
    rows = np.arange(6_000)
    folds = [(rows[:5_500], rows[5_500:]), (rows[:5_000], rows[5_000:5_500])]
    form = choose_line(matrix, y, folds, forward=True).form
    assert form.fade == 0.08
    faded = fit_line(matrix, y, form).raw(matrix[5_500:])
    even = fit_line(matrix, y, replace(form, fade=None)).raw(matrix[5_500:])
    assert roc_auc_score(y[5_500:], faded) > 0.8
    assert roc_auc_score(y[5_500:], even) < 0.5


def test_the_plain_logistic_regression_is_a_line_of_a_firm_ridge():
    """The yardstick's ridge is ten, and one in a hundred of the rows from a thousand on."""
    for rows, ridge in ((500, 10.0), (3_000, 30.0)):
        data = a_set(rows=rows)
        line = fit_line(data.matrix, data.y, LineForm(ridge=ridge))
        plain = logistic_baseline(data.matrix, data.y, data.matrix)
        assert plain == pytest.approx(line.raw(data.matrix), abs=0)


def test_the_rule_is_its_column_and_silence_is_activity():
    """Days of silence rank as the catalogue's column does; what is unknown ranks lowest."""
    data = replace(a_set(rows=100), definition=ChurnLabel())
    assert rule_baseline(data) is None
    named = replace(data, features=("inactive_90d", *data.features[1:]))
    said = rule_baseline(named)
    assert said is not None
    known = ~np.isnan(data.matrix[:, 0])
    assert (said[known] == data.matrix[known, 0]).all()
    assert (said[~known] == 0).all()


def test_the_rule_speaks_of_leaving_only():
    """Labels that warn of leaving have the rule beside them, those of buying do not."""
    data = a_set(rows=100)
    named = replace(data, features=("inactive_90d", *data.features[1:]))
    assert rule_baseline(named) is None
    for leaving in (LeavingEvents(), ClosureLabel(), InactivityLabel()):
        assert rule_baseline(replace(named, definition=leaving)) is not None
    for other in (NextProduct(), NeedEvents("mortgage"), GrowthLabel()):
        assert rule_baseline(replace(named, definition=other)) is None
