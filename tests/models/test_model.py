"""A model's scores, its contributions, and its folder."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
import shap
from learned import FINGERPRINT, NAMES, a_card, a_model, some_rows

from models import BrokenModel, Estimate, WrongFeatures, load_model, save_model
from models.base_rate import BaseRate
from models.calibration import Platt, logit
from models.held_out import held_out
from models.kinds import read_scorer
from models.model import sealed_model

PLATT = Platt(0.8, -0.3)


def rows(count=50, seed=1):
    return some_rows(np.random.default_rng(seed), count)[0]


def base_rate():
    return sealed_model(a_card(kind="base_rate", rows=80, positives=20), BaseRate((0.25,)))


@pytest.mark.parametrize("calibration", [None, PLATT])
def test_contributions_equal_the_shap_package(calibration):
    """A feature's contribution is what shap's own walk of the trees says, calibrated alike."""
    model, matrix = a_model(calibration=calibration), rows(200)
    trees = lightgbm.Booster(model_str=model.scorer.trees.text)
    oracle = shap.TreeExplainer(trees, feature_perturbation="tree_path_dependent")
    # Left to itself shap asks LightGBM; as an internal model it walks the trees itself.
    oracle.model.model_type = "internal"
    values = oracle.shap_values(matrix)
    slope = calibration.slope if calibration else 1.0
    assert np.abs(model.contributions(matrix, "churn") - slope * values).max() < 1e-6


@pytest.mark.parametrize("calibration", [None, PLATT])
def test_contributions_and_a_constant_add_up_to_the_score(calibration):
    """What is left of the log-odds without the contributions is the same for every row."""
    model, matrix = a_model(calibration=calibration), rows(200)
    rest = logit(model.predict(matrix))[:, 0] - model.contributions(matrix, "churn").sum(axis=1)
    assert np.ptp(rest) < 1e-9


def test_one_row_scores_as_it_does_among_many():
    """A row's score does not depend on its company."""
    model, matrix = a_model(), rows(300)
    alone = np.concatenate([model.predict(matrix[i : i + 1]) for i in range(20)])
    assert (alone == model.predict(matrix)[:20]).all()


def test_no_rows_give_no_scores():
    """An empty matrix is answered with empty arrays of the right shape."""
    model, nothing = a_model(), np.empty((0, len(NAMES)))
    assert model.predict(nothing).shape == (0, 1)
    assert model.contributions(nothing, "churn").shape == (0, len(NAMES))


def test_a_base_rate_gives_everyone_the_same_probability():
    """Without a booster the share of positives is everyone's score, and nothing explains it."""
    assert base_rate().predict(rows(3))[:, 0] == pytest.approx([0.25] * 3)
    assert not base_rate().contributions(rows(3), "churn").any()


def test_a_matrix_of_another_width_is_refused():
    """A column too few or too many is an error, not a guess."""
    with pytest.raises(WrongFeatures, match="5 columns"):
        a_model().predict(np.zeros((2, 4)))


def own_scores(matrix):
    ids, days = np.arange(len(matrix))[::-1], np.full(len(matrix), np.datetime64("2026-01-01"))
    raw = np.linspace(-1, 1, len(matrix))[:, None]
    return held_out(ids, days, raw, matrix[:, None].copy())


@pytest.mark.parametrize(
    "model",
    [
        a_model(),
        a_model(calibration=PLATT, held_out=own_scores(np.ones((4, 5)))),
        a_model(
            metrics={"auc": Estimate(0.8, 0.7, 0.9)}, over_baseline=Estimate(0.01, -0.01, 0.03)
        ),
        base_rate(),
    ],
)
def test_a_model_comes_back_from_its_folder(tmp_path, model):
    """What is loaded is what was saved: card, scores, contributions and held-out scores."""
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model", expect_fingerprint=FINGERPRINT)
    assert again.card == model.card
    assert (again.predict(rows()) == model.predict(rows())).all()
    assert (again.held_out is None) == (model.held_out is None)
    if again.held_out and model.held_out:
        assert again.held_out.digest() == model.held_out.digest()


def test_equal_training_gives_equal_versions():
    """Two equal runs give the same content hash; another seed gives another."""
    assert a_model().version == a_model().version != a_model(seed=8).version


def test_another_catalogue_is_refused(tmp_path):
    """A model speaks only for the catalogue that it was trained on."""
    save_model(a_model(), tmp_path / "model")
    with pytest.raises(WrongFeatures, match=f"{FINGERPRINT}, the one in use is ffff"):
        load_model(tmp_path / "model", expect_fingerprint="ffff")


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("booster.txt", None, "not those that were trained"),
        ("card.json", None, "is no model"),
        ("blend.json", None, "not those that were trained"),
        ("card.json", ("400", "401"), "not those that were trained"),
        ("booster.txt", ("leaf_value=", "leaf_value=9"), "not those that were trained"),
        ("blend.json", ("null", '{"slope": 2.0, "intercept": 0.0}'), "not those that were"),
        ("blend.json", ("null", "nul"), "not those that were trained"),
        ("card.json", ('"rows"', '"lines"'), "does not read as one"),
    ],
)
def test_a_folder_that_was_touched_is_refused(tmp_path, file, change, message):
    """A missing file or a changed byte is found when the model is loaded."""
    save_model(a_model(), tmp_path / "model")
    path = tmp_path / "model" / file
    if change is None:
        path.unlink()
    else:
        path.write_text(path.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(BrokenModel, match=message):
        load_model(tmp_path / "model")


def test_an_estimate_is_shown_when_its_interval_leaves_zero_out():
    """A difference whose interval covers zero is not shown."""
    shown = Estimate(0.2, 0.1, 0.3)
    assert shown.shown
    assert replace(shown, value=-0.2, low=-0.3, high=-0.1).shown
    assert not replace(shown, low=-0.1).shown


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "does not read as base rates"),
        ({"base_rate.json": b"[0.1"}, "does not read as base rates"),
        ({"base_rate.json": b"[0.1, 0.2]"}, "2 rates for 1 labels"),
    ],
)
def test_a_base_rate_that_does_not_read_is_named(files, message):
    """Files that are no base rates, or not one a label, are refused."""
    with pytest.raises(BrokenModel, match=message):
        read_scorer(a_card(kind="base_rate"), files)


@pytest.mark.parametrize("files", [{}, {"blend.json": b"{}"}, {"blend.json": b"[]"}])
def test_a_blend_that_does_not_read_is_named(files):
    """Files that are no blend are refused before LightGBM sees them."""
    with pytest.raises(BrokenModel, match="do not read as a blend"):
        read_scorer(a_card(), files)


def test_a_kind_from_the_future_is_refused():
    """A folder of a kind that this code does not know says which ones it knows."""
    with pytest.raises(BrokenModel, match="of kind 'oracle'; known: base_rate, blend"):
        read_scorer(a_card(kind="oracle"), {})


def test_a_label_that_a_model_does_not_speak_for_is_refused():
    """A model names the labels that it has when another is asked of it."""
    with pytest.raises(WrongFeatures, match="gives no score of 'buys:gold'; it gives: churn"):
        a_model().contributions(rows(1), "buys:gold")
