"""Reasons that can be trusted: faithful to the score, and the same when trained again."""

from types import SimpleNamespace

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodcall.language import Text
from models.explain import reasons_of
from models.treeshap import compiled, contributions
from training.evaluation.explained import Asked, explain, explained_of, explained_table
from training.evaluation.reasons import agreement, faithfulness, removal

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
    gone = removal(
        *(raw, shares, rows),
        features=FEATURES,
        phrasebook=ByConcept(),
        background=background,
        rng=np.random.default_rng(0),
    )
    return faithfulness(gone, np.arange(len(rows)), seed=0)


def shared(first, second, words):
    """The mean share of the strongest three concepts that two models agree on."""
    return float(np.nanmean(agreement(first, second, FEATURES, words)))


def test_removing_the_top_concept_lowers_the_score(learned):
    """For nine rows of ten the score falls, by about what was said; another moves little."""
    matrix, _, (booster, _) = learned
    rows, _ = some_rows(np.random.default_rng(5), 600)
    found = checked(raw_of(booster), shares_of(booster, rows), rows, matrix[:12])
    assert found.rows > 590
    assert found.fell.low > 0.9
    assert 0.7 * found.said.value < found.fall.value < 1.5 * found.said.value
    assert abs(found.fall_of_another.value) < 0.2 * found.fall.value
    assert found.fall.low < found.fall.value < found.fall.high


def test_reasons_of_another_score_are_not_faithful(learned):
    """Contributions of other rows do not tell what moves these: the measure finds it out."""
    matrix, _, (booster, _) = learned
    rows, _ = some_rows(np.random.default_rng(5), 600)
    shuffled = shares_of(booster, rows[::-1])
    found = checked(raw_of(booster), shuffled, rows, matrix[:12])
    assert found.fell.high < 0.7
    assert found.fall.value < 0.5 * found.said.value


def test_a_sum_of_columns_loses_what_the_removed_ones_gave():
    """Where the score is a sum, removing a concept takes its columns' distance from others'."""
    rows = np.zeros((1, len(FEATURES)))
    rows[0, :COPIES] = 2.0
    others = np.vstack([np.full(len(FEATURES), 0.5), np.full(len(FEATURES), -0.5)])
    found = checked(lambda given: given.sum(axis=1), rows, rows, others)
    assert (found.rows, found.fell.value, found.fall.value) == (1, 1.0, 8.0)
    assert (found.said.value, found.fall_of_another.value) == (8.0, 0.0)


def test_rows_that_nothing_raises_are_not_judged():
    """A row whose concepts all lower its score is left out, and of none there is no figure."""
    shares = np.zeros((2, len(FEATURES)))
    shares[0, 0], shares[1, 0] = 1.0, -1.0
    shares[:, 4:] = -0.1
    others = np.zeros((1, len(FEATURES)))
    found = checked(lambda given: given.sum(axis=1), shares, shares, others)
    assert (found.rows, found.fell.value) == (1, 1.0)
    nobody = checked(lambda given: given.sum(axis=1), shares[1:], shares[1:], others)
    assert nobody.rows == 0
    assert np.isnan([nobody.fell.value, nobody.fall.low]).all()


def test_another_seed_finds_the_same_concepts(learned):
    """Trained again on the same rows, three of four top concepts return, more than features do."""
    _, _, boosters = learned
    rows, _ = some_rows(np.random.default_rng(6), 600)
    first, second = (shares_of(booster, rows) for booster in boosters)
    by_concept = shared(first, second, ByConcept())
    by_feature = shared(first, second, ByFeature())
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
    assert shared(first, second, ByConcept()) == pytest.approx(2 / 3)
    assert shared(first, second, ByFeature()) == 0.0
    assert shared(first, first, ByConcept()) == 1.0


def a_taught(matrix):
    """Rows that taught, as `explain` asks for them."""
    return SimpleNamespace(matrix=matrix, features=FEATURES)


@pytest.fixture(scope="module")
def told(learned):
    """What two boosters say of 200 new rows of 100 customers, in two parts, explained."""
    matrix, _, boosters = learned
    rows, _ = some_rows(np.random.default_rng(8), 200)
    parts = [
        Asked(
            *(part, np.arange(len(part)) // 2, raw_of(boosters[0])),
            *(shares_of(booster, part) for booster in boosters),
        )
        for part in (rows[:120], rows[120:])
    ]
    return rows, boosters[0], explain(parts, a_taught(matrix), ByConcept(), seed=3)


def test_what_moves_scores_is_summed_by_concept(told):
    """The moves of a row add up to its score less the base, and values are of the row itself."""
    rows, booster, found = told
    score = raw_of(booster)(rows)
    base = score - found.moves.sum(axis=1)
    assert base == pytest.approx(np.full(200, base[0]), abs=1e-6)
    strongest = np.abs(shares_of(booster, rows)).mean(axis=0)
    for place, concept in enumerate(found.concepts):
        mine = [n for n, name in enumerate(FEATURES) if name.split("_")[0] == concept]
        best = max(mine, key=lambda n: strongest[n])
        assert found.values[:, place] == pytest.approx(rows[:, best], nan_ok=True)


def test_an_explanation_tells_faithfulness_and_stability_with_intervals(told):
    """Both are high for reasons that hold, and their intervals leave room on both sides."""
    _, _, found = told
    assert found.faithful.fell.low > 0.85
    assert 0.6 < found.stable.low < found.stable.value < found.stable.high < 1


def test_a_score_that_nothing_moves_is_not_explained(learned):
    """Where every contribution is nothing there is nothing to tell."""
    rows = learned[0][:10]
    nothing = np.zeros(rows.shape)
    asked = Asked(rows, np.arange(10), raw_of(learned[2][0]), nothing, nothing)
    assert explain([asked], a_taught(rows), ByConcept(), seed=3) is None


def test_an_explanation_is_kept_and_read_back(told, tmp_path):
    """A table on disk gives back every number, the figures among them; another table none."""
    found = told[2]
    pq.write_table(explained_table(found), tmp_path / "told.parquet")
    again = explained_of(pq.read_table(tmp_path / "told.parquet"))
    assert (again.concepts, again.faithful, again.stable) == (
        found.concepts,
        found.faithful,
        found.stable,
    )
    for name in ("customer_id", "moves", "values"):
        assert np.array_equal(
            getattr(again, name).astype(float), getattr(found, name).astype(float), equal_nan=True
        )
    with pytest.raises(KeyError):
        explained_of(pa.table({"customer_id": [1]}))
