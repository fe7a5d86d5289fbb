"""The learners: each finds known effects, weighs the lot's probabilities, and is repeatable."""

import numpy as np
import pytest
from lots import a_lot

from training.effects.learners import LEARNERS, folds_of, response_line, said_of, scorer_of


@pytest.mark.parametrize("name", LEARNERS)
def test_each_learner_finds_a_true_effect(name):
    """On fresh rows what is said goes with the truth, and its mean is the average effect."""
    data, _ = a_lot(8_000, 1, strength=0.2)
    fresh, truth = a_lot(4_000, 2, strength=0.2)
    said = said_of(fresh, LEARNERS[name](data, 0))
    assert np.corrcoef(said, truth)[0, 1] > 0.8
    assert said.mean() == pytest.approx(truth.mean(), abs=0.025)


@pytest.mark.parametrize("name", LEARNERS)
def test_each_learner_weighs_a_lot_of_several_probabilities(name):
    """Where the lot took the eager four times as often, the average effect is still found.

    What makes them eager is no feature, so that only the lot's probabilities can tell.
    """
    eager = a_lot(8_000, 3)[0].matrix[:, 0] > 0
    data, truth = a_lot(8_000, 3, probability=np.where(eager, 0.8, 0.2))
    data.matrix[:, 0] = np.random.default_rng(0).normal(size=8_000)
    assert truth.mean() == pytest.approx(0.06, abs=0.01)
    blind = data.y[data.treated].mean() - data.y[~data.treated].mean()
    assert blind > truth.mean() + 0.05
    said = said_of(data, LEARNERS[name](data, 0))
    assert said.mean() == pytest.approx(truth.mean(), abs=0.03)


@pytest.mark.parametrize("name", ["S-learner, lines", "DR-learner, trees"])
def test_equal_runs_give_equal_bytes(name):
    """Learning twice with one seed writes the same files."""
    data, _ = a_lot(1_500)
    once, again = (scorer_of(data, LEARNERS[name](data, 5)).files() for _ in range(2))
    assert once == again


def test_arms_have_effects_of_their_own():
    """One channel that moves and two that do not are told apart from pooled rows."""
    data, _ = a_lot(9_000, 4, arms=3)
    rng = np.random.default_rng(4)
    chance = 0.1 + 0.15 * (data.treated & (data.arm == 1))
    data.y[:] = rng.random(len(chance)) < chance
    effects = scorer_of(data, LEARNERS["S-learner, lines"](data, 0)).raw(data.matrix).mean(axis=0)
    assert effects == pytest.approx([0, 0.15, 0], abs=0.04)


def test_the_response_is_the_chance_if_left_alone():
    """Its mean is the rate of those left alone, and it goes by what makes customers eager."""
    data, _ = a_lot(6_000, 5, strength=0.0)
    line = response_line(data, 0)
    log_odds = line.constant + line.shares(data.matrix).sum(axis=1)
    chance = 1 / (1 + np.exp(-log_odds))
    assert chance.mean() == pytest.approx(data.y[~data.treated].mean(), abs=0.01)
    assert np.corrcoef(log_odds, data.matrix[:, 0])[0, 1] > 0.95


def test_folds_keep_customers_whole():
    """No customer teaches and tests, and every row is tested once."""
    data, _ = a_lot(3_000, customer_id=np.repeat(np.arange(1_500), 2))
    folds = folds_of(data, 3, 0)
    for teach, test in folds:
        assert not np.intersect1d(data.customer_id[teach], data.customer_id[test]).size
        assert sorted([*teach, *test]) == list(range(3_000))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(3_000))


def test_folds_spread_arms_and_outcomes():
    """Contacted or not, with the outcome or without: each fold has its third, give or take two."""
    data, _ = a_lot(3_000)
    cell = 2 * data.treated + data.y
    counts = np.array([np.bincount(cell[test]) for _, test in folds_of(data, 3, 0)])
    assert np.ptp(counts, axis=0).max() <= 2
