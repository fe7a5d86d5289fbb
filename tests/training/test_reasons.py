"""Reasons that can be trusted: faithful to the score, and the same when trained again."""

import lightgbm
import numpy as np
import pytest

from goodcall.language import Text
from models.explain import reasons_of
from models.treeshap import compiled, contributions
from training.evaluation.reasons import faithfulness, stability

CONCEPTS, COPIES = 10, 4
FEATURES = tuple(f"c{concept}_{copy}" for concept in range(CONCEPTS) for copy in range(COPIES))
TRUTH = np.array([1.5, -1.2, 0.9, 0.6, 0.4, 0, 0, 0, 0, 0])


class ByConcept:
    """Names the concept of a feature, and says its value."""

    def concept_of(self, feature):
        return feature.split("_")[0]

    def say(self, feature, value):
        return None if np.isnan(value) else Text(f"{feature} {value:.1f}", f"{feature}{value:.1f}")


class ByFeature(ByConcept):
    """Every feature is a concept of its own."""

    def concept_of(self, feature):
        return feature


def some_rows(rng, rows=2_500):
    """Rows of concepts, each seen through four noisy features, and outcomes of half of them."""
    hidden = rng.normal(size=(rows, CONCEPTS))
    matrix = np.repeat(hidden, COPIES, axis=1) + 0.4 * rng.normal(size=(rows, len(FEATURES)))
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    y = rng.random(rows) < 1 / (1 + np.exp(1 - hidden @ TRUTH))
    return matrix, y.astype(float)


def trained(matrix, y, seed):
    params = {
        "objective": "binary",
        "num_leaves": 8,
        "learning_rate": 0.08,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "verbosity": -1,
    }
    return lightgbm.train(params, lightgbm.Dataset(matrix, label=y), 60)


@pytest.fixture(scope="module")
def learned():
    rng = np.random.default_rng(3)
    matrix, y = some_rows(rng)
    boosters = [trained(matrix, y, seed) for seed in (1, 2)]
    return matrix, y, boosters


def raw_of(booster):
    return lambda rows: booster.predict(rows, raw_score=True, num_threads=1)


def shares_of(booster, rows):
    return contributions(compiled(booster.model_to_string()), rows)


def checked(raw, shares, rows, background):
    return faithfulness(
        *(raw, shares, rows),
        features=FEATURES,
        phrasebook=ByConcept(),
        background=background,
        rng=np.random.default_rng(0),
    )


def test_removing_the_top_concept_lowers_the_score(learned):
    """For nine rows of ten the score falls, by about what was said; another moves little."""
    matrix, _, (booster, _) = learned
    rows, _ = some_rows(np.random.default_rng(5), 600)
    found = checked(raw_of(booster), shares_of(booster, rows), rows, matrix[:12])
    assert found.rows > 590
    assert found.fell > 0.9
    assert 0.7 * found.said < found.fall < 1.5 * found.said
    assert abs(found.fall_of_another) < 0.2 * found.fall


def test_reasons_of_another_score_are_not_faithful(learned):
    """Contributions of other rows do not tell what moves these: the measure finds it out."""
    matrix, _, (booster, _) = learned
    rows, _ = some_rows(np.random.default_rng(5), 600)
    shuffled = shares_of(booster, rows[::-1])
    found = checked(raw_of(booster), shuffled, rows, matrix[:12])
    assert found.fell < 0.7
    assert found.fall < 0.5 * found.said


def test_a_sum_of_columns_loses_what_the_removed_ones_gave():
    """Where the score is a sum, removing a concept takes its columns' distance from others'."""
    rows = np.zeros((1, len(FEATURES)))
    rows[0, :COPIES] = 2.0
    others = np.vstack([np.full(len(FEATURES), 0.5), np.full(len(FEATURES), -0.5)])
    found = checked(lambda given: given.sum(axis=1), rows, rows, others)
    assert (found.rows, found.fell, found.fall, found.said) == (1, 1.0, 8.0, 8.0)
    assert found.fall_of_another == 0.0


def test_another_seed_finds_the_same_concepts(learned):
    """Trained again on the same rows, three of four top concepts return, more than features do."""
    _, _, boosters = learned
    rows, _ = some_rows(np.random.default_rng(6), 600)
    first, second = (shares_of(booster, rows) for booster in boosters)
    by_concept = stability(first, second, FEATURES, ByConcept())
    by_feature = stability(first, second, FEATURES, ByFeature())
    assert by_concept > 0.75
    assert by_concept > by_feature + 0.1


def test_the_first_reason_returns_with_another_seed(learned):
    """The reason told first by one model is among the three told by the other, nearly always."""
    _, _, boosters = learned
    rows, _ = some_rows(np.random.default_rng(7), 400)
    first, second = (
        reasons_of(shares_of(booster, rows), rows, FEATURES, ByConcept()) for booster in boosters
    )
    returns = [
        told[0].concept in {reason.concept for reason in again}
        for told, again in zip(first, second, strict=True)
        if told
    ]
    assert len(returns) > 300
    assert np.mean(returns) > 0.95


def test_stability_counts_what_two_models_share():
    """Of three concepts that one finds, the other finds two; rows without any do not count."""
    first = np.zeros((2, len(FEATURES)))
    second = first.copy()
    first[0, [0, 4, 8]] = 3, 2, 1
    second[0, [1, 5, 12]] = 3, 2, 1
    second[0, 8] = -1
    assert stability(first, second, FEATURES, ByConcept()) == pytest.approx(2 / 3)
    assert stability(first, second, FEATURES, ByFeature()) == 0.0
    assert stability(first, first, FEATURES, ByConcept()) == 1.0
