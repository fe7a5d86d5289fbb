"""Straight lines for effects: each fit against scikit-learn's."""

import numpy as np
import pytest
from lots import a_lot
from sklearn.linear_model import LogisticRegression, Ridge

from training.effects.lines import _Ridge, _ridges, _Twin, fit_values, scale_of


def a_design(rows=500, seed=0):
    """A design with gaps, outcomes, weights, and who was contacted."""
    data, _ = a_lot(rows, seed)
    weight = np.random.default_rng(seed).uniform(0.5, 2.0, rows)
    return scale_of(data.matrix), data, weight


def logistic(columns, y, weight):
    """An unpenalised enough constant and ridge 1 on all given columns, by scikit-learn."""
    line = LogisticRegression(C=1.0, tol=1e-10, max_iter=5_000)
    line.fit(columns, y, sample_weight=weight)
    return line


def test_two_lines_are_one_regression_with_interactions():
    """The twin lines equal scikit-learn's regression on features, contact and their products.

    scikit-learn has one ridge for all columns, so columns are scaled to carry their own.
    """
    scale, data, weight = a_design()
    design, mean, penalty, pull = scale.design(data.matrix), 0.4, 7.0, 30.0
    left, contacted = _Twin(design, data.y, weight, data.treated).fit(_Ridge(mean, penalty, pull))
    tau = (data.treated - mean)[:, None]
    free = 1e3 * tau
    columns = [design[:, 1:] / np.sqrt(penalty), free, tau * design[:, 1:] / np.sqrt(pull)]
    theirs = logistic(np.hstack(columns), data.y, weight)
    ours = np.where(data.treated, design @ contacted, design @ left)
    assert ours == pytest.approx(theirs.decision_function(np.hstack(columns)), abs=1e-3)


def test_an_endless_pull_leaves_a_constant_between_the_lines():
    """Both lines then have the same slopes, and the contact moves all odds alike."""
    scale, data, weight = a_design()
    left, contacted = _Twin(scale.design(data.matrix), data.y, weight, data.treated).fit(
        _Ridge(0.5, 3.0, 1e6)
    )
    assert contacted[1:] == pytest.approx(left[1:], abs=1e-4)
    assert contacted[0] > left[0] + 0.1


def test_values_are_fitted_as_ridge_regression_does():
    """For one share of the rows' weight the line equals scikit-learn's."""
    scale, data, weight = a_design()
    design = scale.design(data.matrix)
    target = np.random.default_rng(1).normal(size=500) + design[:, 1]
    theirs = Ridge(alpha=0.3 * weight.sum()).fit(design[:, 1:], target, sample_weight=weight)
    ours = _ridges(design, target, weight, [0.3])[:, 0]
    assert ours == pytest.approx(np.r_[theirs.intercept_, theirs.coef_], abs=1e-8)


def test_noise_gets_the_firmest_ridge_and_a_law_the_loosest():
    """The folds choose: nothing to learn shrinks to the mean, an exact line is kept."""
    scale, data, weight = a_design()
    design = scale.design(data.matrix)
    folds = [(np.arange(250), np.arange(250, 500)), (np.arange(250, 500), np.arange(250))]
    noise = np.random.default_rng(2).normal(size=500)
    assert np.abs(fit_values(design, noise, weight, folds)[1:]).max() < 0.02
    law = 2.0 + 3.0 * design[:, 1]
    assert fit_values(design, law, weight, folds)[1] == pytest.approx(3.0, rel=0.02)


def test_a_line_says_what_its_design_said():
    """The line kept for serving equals design times weights, gaps and clipped extremes included."""
    scale, data, _ = a_design()
    matrix = data.matrix.copy()
    matrix[0, 0], matrix[1, 2] = 1e9, np.nan
    weights = np.random.default_rng(3).normal(size=scale.design(matrix).shape[1])
    line = scale.line(weights)
    known = ~np.isnan(matrix[:, 2])
    said = line.constant + line.shares(matrix).sum(axis=1)
    assert said[known] == pytest.approx(scale.design(matrix)[known] @ weights)
    assert np.isfinite(said).all()
