"""Raw scores by our own walk are LightGBM's own, bit by bit."""

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.boosted import Boosted
from models.errors import BrokenModel, WrongFeatures
from models.tree_walk import raw_scores
from models.trees import parsed


def some_rows(rng, rows, features=9):
    """Heavy tails, whole numbers that serve as categories, zeros, infinities and missing values."""
    matrix = rng.normal(size=(rows, features)) * 10.0 ** rng.integers(-6, 7, features)
    matrix[:, 0] = rng.integers(-1, 70, rows)
    matrix[rng.random(matrix.shape) < 0.1] = 0.0
    matrix[rng.random(matrix.shape) < 0.15] = np.nan
    matrix[rng.random(matrix.shape) < 0.01] = np.inf
    return matrix


def a_text(rng, matrix, rounds=15, **params):
    plain = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 2, "num_threads": 1}
    chosen = plain | {"verbosity": -1, "seed": 5} | params
    y = rng.integers(0, chosen.get("num_class", 2), len(matrix))
    data = lightgbm.Dataset(matrix, label=y, categorical_feature=[0], params=chosen)
    return lightgbm.train(chosen, data, rounds).model_to_string()


def refuse_another_bit(text, matrix):
    """Every class of every row is what the library says, to the last bit."""
    theirs = lightgbm.Booster(model_str=text).predict(matrix, raw_score=True, num_threads=1)
    ours = Boosted(text).raw(matrix)
    assert ours.tobytes() == theirs.reshape(ours.shape).tobytes()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"zero_as_missing": True},
        {"use_missing": False},
        {"boosting": "dart"},
        {"objective": "multiclass", "num_class": 4},
        {"objective": "regression"},
        {"num_leaves": 200, "min_data_in_leaf": 1},
        {"min_data_in_leaf": 10_000},
    ],
    ids=str,
)
def test_scores_are_those_of_the_library(params):
    """However missing values, zeros, categories and classes are treated."""
    rng = np.random.default_rng(3)
    refuse_another_bit(a_text(rng, some_rows(rng, 900), **params), some_rows(rng, 700))


@given(seed=st.integers(0, 2**16), leaves=st.integers(2, 60))
@settings(max_examples=20)
def test_any_booster_scores_as_the_library_does(seed, leaves):
    """Trees of any size over any rows."""
    rng = np.random.default_rng(seed)
    refuse_another_bit(a_text(rng, some_rows(rng, 200), 4, num_leaves=leaves), some_rows(rng, 60))


def test_neither_threads_nor_neighbours_change_a_bit():
    """A row scores the same alone, in a large table, and on any number of threads."""
    rng = np.random.default_rng(8)
    trees, matrix = parsed(a_text(rng, some_rows(rng, 500))), some_rows(rng, 2_000)
    whole = raw_scores(trees, matrix, threads=1)
    assert raw_scores(trees, matrix, threads=3).tobytes() == whole.tobytes()
    assert raw_scores(trees, np.asfortranarray(matrix)).tobytes() == whole.tobytes()
    assert raw_scores(trees, matrix[1234:1235]).tobytes() == whole[1234].tobytes()
    assert raw_scores(trees, matrix[:0]).shape == (0, 1)


def test_what_does_not_fit_is_refused():
    """Rows of another width, and a text that is no booster."""
    rng = np.random.default_rng(9)
    text = a_text(rng, some_rows(rng, 300))
    with pytest.raises(WrongFeatures, match="matrices of 9 columns, this one has shape"):
        Boosted(text).raw(np.zeros((3, 8)))
    with pytest.raises(BrokenModel, match="does not read as LightGBM's text"):
        Boosted("no trees")
