"""Shapley values of boosters: equal to LightGBM's, to shap's, and to their definition."""

from itertools import combinations
from math import comb, isnan

import lightgbm
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BrokenModel, WrongFeatures
from models.treeshap import compiled, contributions, expected_value

AGREE = 1e-9


def some_rows(rng, rows=600, features=8, *, missing=0.2, zeros=0.1):
    """Rows of heavy tails, whole numbers, zeros and missing values."""
    matrix = rng.normal(size=(rows, features))
    matrix[:, 0] = np.round(2 * matrix[:, 0])
    matrix[:, 1] = np.exp(3 * matrix[:, 1])
    matrix[rng.random(matrix.shape) < zeros] = 0.0
    matrix[rng.random(matrix.shape) < missing] = np.nan
    return matrix


def a_booster(matrix, y, rounds=12, categories=(), **params):
    plain = {
        "objective": "binary",
        "num_leaves": 31,
        "min_data_in_leaf": 3,
        "verbosity": -1,
        "seed": 3,
        "num_threads": 1,
        "deterministic": True,
    }
    chosen = plain | params
    data = lightgbm.Dataset(
        matrix, label=y, params=chosen, categorical_feature=list(categories) or "auto"
    )
    return lightgbm.train(chosen, data, rounds)


def outcomes(rng, matrix):
    seen = np.nan_to_num(matrix, nan=-0.7)
    return (seen[:, 0] + seen[:, 2] * seen[:, 3] + rng.normal(size=len(seen)) > 0).astype(float)


def lightgbm_says(booster, matrix):
    """Contributions and constants by LightGBM: [rows, classes, features + 1]."""
    said = booster.predict(matrix, pred_contrib=True, num_threads=1)
    return said.reshape(len(matrix), -1, matrix.shape[1] + 1)


def refuse_difference(booster, matrix):
    """Every class agrees with LightGBM, and contributions add up to the raw score."""
    explainer = compiled(booster.model_to_string())
    truth = lightgbm_says(booster, matrix)
    raw = booster.predict(matrix, raw_score=True).reshape(len(matrix), -1)
    for klass in range(truth.shape[1]):
        ours = contributions(explainer, matrix, klass)
        scale = max(1.0, np.abs(truth).max())
        np.testing.assert_allclose(ours, truth[:, klass, :-1], rtol=0, atol=AGREE * scale)
        base = expected_value(explainer, klass)
        assert np.isclose(base, truth[0, klass, -1], rtol=0, atol=AGREE * scale)
        np.testing.assert_allclose(base + ours.sum(1), raw[:, klass], atol=AGREE * scale)
    return explainer


SETTINGS = {
    "missing values": {},
    "zeros as missing": {"zero_as_missing": True},
    "no missing values": {"use_missing": False},
    "dart": {"boosting": "dart", "drop_rate": 0.5},
    "shallow": {"max_depth": 2},
    "large leaves": {"num_leaves": 120, "min_data_in_leaf": 1},
    "weights": {"objective": "poisson"},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_contributions_are_those_of_lightgbm(settings):
    """However missing values and zeros are treated, each feature gets what LightGBM gives it."""
    rng = np.random.default_rng(5)
    matrix = some_rows(rng)
    booster = a_booster(matrix, outcomes(rng, matrix), **settings)
    refuse_difference(booster, some_rows(rng, 200))


@given(seed=st.integers(0, 2**16), leaves=st.integers(2, 40), features=st.integers(4, 12))
@settings(max_examples=25)
def test_any_booster_is_taken_apart_as_lightgbm_does(seed, leaves, features):
    """Trees of any size over any rows."""
    rng = np.random.default_rng(seed)
    matrix = some_rows(rng, 150, features, missing=rng.random() / 2)
    booster = a_booster(matrix, outcomes(rng, matrix), 4, num_leaves=leaves, min_data_in_leaf=1)
    refuse_difference(booster, some_rows(rng, 40, features, missing=0.3))


def test_contributions_are_those_of_shap():
    """The shap package's own trees give the same with missing values present.

    Asked for values it would only ask LightGBM; its interactions, which sum up to the values, are
    its own work.
    """
    rng = np.random.default_rng(6)
    matrix = some_rows(rng)
    booster = a_booster(matrix, outcomes(rng, matrix))
    rows = some_rows(rng, 50)
    theirs = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    ours = contributions(compiled(booster.model_to_string()), rows)
    summed = theirs.shap_interaction_values(rows).sum(axis=2)
    np.testing.assert_allclose(ours, summed, rtol=0, atol=1e-5)


def known(node, row, seen):
    """What a tree says where only the features `seen` are known, by the covers of the others."""
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in seen:
        value = row[node["split_feature"]]
        goes = node["default_left"] if isnan(value) else value <= node["threshold"]
        return known(left if goes else right, row, seen)
    covers = [child.get("leaf_count", child.get("internal_count")) for child in (left, right)]
    said = known(left, row, seen), known(right, row, seen)
    return (covers[0] * said[0] + covers[1] * said[1]) / sum(covers)


def shapley(trees, row):
    """Shapley values by their definition: over all coalitions of the other features."""
    count = len(row)
    shares = []
    for feature in range(count):
        others = [each for each in range(count) if each != feature]
        shares.append(
            sum(
                (known(tree, row, {*seen, feature}) - known(tree, row, set(seen)))
                / (count * comb(count - 1, size))
                for tree in trees
                for size in range(count)
                for seen in combinations(others, size)
            )
        )
    return shares


def test_contributions_are_shapley_values():
    """Each feature gets its mean gain over every order in which features become known."""
    rng = np.random.default_rng(8)
    matrix = some_rows(rng, 400, 5, zeros=0.0)
    booster = a_booster(matrix, outcomes(rng, matrix), 3, num_leaves=20)
    trees = [each["tree_structure"] for each in booster.dump_model()["tree_info"]]
    rows = np.vstack([some_rows(rng, 6, 5, zeros=0.0), np.full((1, 5), np.nan)])
    ours = contributions(compiled(booster.model_to_string()), rows)
    np.testing.assert_allclose(ours, [shapley(trees, row) for row in rows], atol=1e-12)


def test_categories_are_told_apart():
    """A feature of categories goes the ways LightGBM sends it, unknown and missing ones too."""
    rng = np.random.default_rng(9)
    matrix = some_rows(rng)
    matrix[:, 0] = rng.integers(0, 90, len(matrix))
    matrix[:, 5] = rng.integers(0, 5, len(matrix))
    y = (matrix[:, 0] % 7 < 3) ^ (matrix[:, 5] == 2)
    booster = a_booster(
        *(matrix, y.astype(float)), categories=[0, 5], min_data_per_group=1, max_cat_to_onehot=1
    )
    rows = some_rows(rng, 200)
    rows[:, 0] = rng.integers(-5, 300, 200) + rng.choice([0.0, 0.4], 200)
    rows[:10, 0] = [np.nan, -1, -0.5, 1e9, 31, 32, 63, 64, 89, 90]
    explainer = refuse_difference(booster, rows)
    assert explainer.trees.nodes["words"].max() > 1


def test_each_class_has_its_own_trees():
    """Of three classes each is taken apart by its own trees."""
    rng = np.random.default_rng(10)
    matrix = some_rows(rng)
    y = outcomes(rng, matrix) + (np.nan_to_num(matrix[:, 5]) > 0.5)
    explainer = refuse_difference(
        a_booster(matrix, y, objective="multiclass", num_class=3), some_rows(rng, 80)
    )
    shares = [contributions(explainer, matrix, klass) for klass in range(3)]
    assert np.abs(shares[0] - shares[1]).max() > AGREE


def test_a_booster_that_learned_nothing_gives_nothing():
    """Trees without a question leave every row at the mean."""
    rng = np.random.default_rng(11)
    matrix = some_rows(rng, 50)
    booster = a_booster(matrix, np.arange(50) % 2, 2, min_data_in_leaf=40)
    explainer = refuse_difference(booster, matrix)
    assert not contributions(explainer, matrix).any()


def test_deep_ways_are_exact():
    """Each question isolates one row more; deep ways stay exact."""
    steps = np.arange(48)
    matrix = (steps[:, None] >= steps[None, 1:]).astype(float)
    booster = a_booster(
        *(matrix, 2.0**steps, 3),
        objective="regression",
        boost_from_average=False,
        num_leaves=45,
        min_data_in_leaf=1,
        min_data_in_bin=1,
        feature_pre_filter=False,
    )
    explainer = refuse_difference(booster, matrix)
    assert explainer.trees.distinct.max() >= 22


def a_chain(features):
    """A booster of one tree that asks each feature once, whose questions each keep four of ten."""
    ask = range(features)
    kept = [round(2e9 * 0.4**depth) for depth in range(features + 1)]
    left = [depth + 1 for depth in ask[:-1]] + [-1]
    lines = {
        "num_leaves": [features + 1],
        "num_cat": [0],
        "split_feature": ask,
        "split_gain": [1] * features,
        "threshold": [0] * features,
        "decision_type": [2] * features,
        "left_child": left,
        "right_child": [-2 - depth for depth in ask],
        "leaf_value": [1] + [0] * features,
        "leaf_count": [kept[-1]] + [kept[depth] - kept[depth + 1] for depth in ask],
        "internal_count": kept[:-1],
        "is_linear": [0],
        "shrinkage": [1],
    }
    tree = "".join(f"{name}={' '.join(map(str, value))}\n" for name, value in lines.items())
    names = " ".join(f"f{number}" for number in ask)
    infos = " ".join("[-1:1]" for _ in ask)
    return (
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"
        f"max_feature_idx={features - 1}\nobjective=regression\nfeature_names={names}\n"
        f"feature_infos={infos}\ntree_sizes={len(tree) + 8}\n\nTree=0\n{tree}\n\nend of trees\n"
    )


@pytest.mark.parametrize("features", [1, 2, 8, 9, 10, 16, 20])
def test_as_many_points_as_a_way_has_features_are_enough(features):
    """However many features a way asks, the integral over them is exact."""
    booster = lightgbm.Booster(model_str=a_chain(features))
    rng = np.random.default_rng(15)
    rows = np.where(rng.random((60, features)) < 0.1, 1.0, -1.0)
    refuse_difference(booster, np.vstack([rows, -np.ones((1, features))]))


def test_neither_threads_nor_neighbours_change_a_byte():
    """A row's contributions are the same alone, in a table, and on any number of threads."""
    rng = np.random.default_rng(12)
    matrix = some_rows(rng)
    explainer = compiled(a_booster(matrix, outcomes(rng, matrix)).model_to_string())
    whole = contributions(explainer, matrix, threads=1)
    assert contributions(explainer, matrix, threads=3).tobytes() == whole.tobytes()
    assert contributions(explainer, matrix[77:78]).tobytes() == whole[77].tobytes()
    assert contributions(explainer, np.asfortranarray(matrix)).tobytes() == whole.tobytes()
    assert contributions(explainer, matrix[:0]).shape == (0, matrix.shape[1])


def test_some_trees_and_the_others_add_up_to_all():
    """Of each class, whichever trees are asked first; no tree gives nothing."""
    rng = np.random.default_rng(15)
    matrix = some_rows(rng)
    several = {"objective": "multiclass", "num_class": 3}
    booster = a_booster(matrix, rng.integers(0, 3, len(matrix)), **several)
    explainer = compiled(booster.model_to_string())
    some = rng.random(len(explainer.points)) < 0.5
    for klass in range(3):
        parts = [contributions(explainer, matrix, klass, among=each) for each in (some, ~some)]
        assert all(part.any() for part in parts)
        np.testing.assert_allclose(sum(parts), contributions(explainer, matrix, klass), atol=1e-12)
    assert not contributions(explainer, matrix, among=some & False).any()


def test_a_feature_that_is_never_asked_gets_nothing():
    """A constant column is in no tree; its contribution is zero in every row."""
    rng = np.random.default_rng(13)
    matrix = some_rows(rng)
    matrix[:, 7] = 1.0
    explainer = compiled(a_booster(matrix, outcomes(rng, matrix)).model_to_string())
    shares = contributions(explainer, matrix)
    assert not shares[:, 7].any()
    assert np.abs(shares[:, :7]).max(axis=0).all()


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(14)
    matrix = some_rows(rng, 200)
    return a_booster(matrix, outcomes(rng, matrix), 2, num_leaves=4).model_to_string()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: "", "does not read as LightGBM's text"),
        (lambda text: text.split("\nTree=")[0], "0 trees of 1 classes"),
        (lambda text: text.replace("leaf_count=", "leaf_count=1 "), "leaf_count has 5 entries"),
        (lambda text: text.replace("threshold=", "threshold=x"), "could not convert"),
        (lambda text: text.replace("\nleaf_value=", "\nleaf="), "leaf_value"),
        (lambda text: text.replace("is_linear=0", "is_linear=1"), "linear_tree=false"),
        (lambda text: text.replace("\nversion", "\naverage_output\nversion"), "averages its trees"),
        (lambda text: text.replace("feature_names=", "feature_names=A\nx="), "asks feature"),
        (lambda text: text.replace("left_child=", "left_child=7 7 7\nx="), "does not have"),
        (lambda text: text.replace("left_child=", "left_child=2 2 2\nx="), "reaches 0 of"),
        (
            lambda text: text.replace("tree_per_iteration=1", "tree_per_iteration=3"),
            "2 trees of 3 classes",
        ),
    ],
)
def test_a_text_that_is_no_booster_is_refused(text, spoil, message):
    """What cannot be read, or is read otherwise than it was meant, is a named error."""
    with pytest.raises(BrokenModel, match=message):
        compiled(spoil(text))


def test_rows_and_classes_must_be_the_boosters(text):
    """Too few columns or an unknown class say what would be right."""
    explainer = compiled(text)
    with pytest.raises(WrongFeatures, match="8 columns, this one has shape"):
        contributions(explainer, np.zeros((2, 7)))
    with pytest.raises(WrongFeatures, match="classes are 0 to 0"):
        contributions(explainer, np.zeros((2, 8)), 1)
    with pytest.raises(WrongFeatures, match="no class number -1"):
        expected_value(explainer, -1)
