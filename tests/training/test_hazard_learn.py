"""Learning when something happens: what is found, and what cannot be looked at."""

from dataclasses import replace
from datetime import timedelta

import lightgbm
import numpy as np
import pytest
from happening import FIRST, PERIODS, some_events
from learned import NAMES
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from models.booster import default_params
from models.hazard_grow import binned, fit_hazard
from training.baseline import LineForm
from training.hazards.cells import cell_folds, cells_of
from training.hazards.learn import learn_hazard
from training.hazards.line import beside


@pytest.fixture(scope="module")
def world():
    """Rows watched in part, their true hazards, and what they teach."""
    events, hazards = some_events(
        np.random.default_rng(1), dates=10, customers=240, until=FIRST + timedelta(days=330)
    )
    return events, hazards, learn_hazard(events, 1)


def unseen():
    return some_events(np.random.default_rng(99), dates=4, customers=1_000)


def test_the_truth_is_found_at_every_horizon(world):
    """On new rows each horizon ranks nearly as well as the truth, and its mean is right."""
    _, _, learned = world
    events, hazards = unseen()
    truth = 1 - np.cumprod(1 - hazards, axis=1)
    curve = learned.hazard.curve(events.data.matrix)
    for horizon in events.horizons:
        y = (events.period > 0) & (events.period <= horizon)
        ours, best = (roc_auc_score(y, each[:, horizon - 1]) for each in (curve, truth))
        assert ours > best - 0.035
        assert curve[:, horizon - 1].mean() == pytest.approx(y.mean(), abs=0.03)


def test_rows_watched_in_part_bend_no_curve(world):
    """What censored rows teach is the truth of all periods, not of those seen first."""
    events, _, learned = world
    assert (events.observed < PERIODS).mean() > 0.15
    fresh, hazards = unseen()
    truth = (1 - np.cumprod(1 - hazards, axis=1)).mean(axis=0)
    found = learned.hazard.curve(fresh.data.matrix).mean(axis=0)
    assert found == pytest.approx(truth, abs=0.03)


def test_a_draw_teaches_nearly_what_all_periods_do(world):
    """From a third of the periods the curves are near those from all of them, unbiased."""
    events, _, learned = world
    few = learn_hazard(events, 1, choices=learned.choices, most=learned.cells // 3)
    assert few.cells < 0.4 * learned.cells
    fresh, _ = unseen()
    whole, part = (each.hazard.curve(fresh.data.matrix) for each in (learned, few))
    assert np.corrcoef(whole[:, -1], part[:, -1])[0, 1] > 0.97
    assert part.mean(axis=0) == pytest.approx(whole.mean(axis=0), abs=0.02)


def test_equal_runs_give_equal_bytes(world):
    """The same rows and seed give the same files."""
    events, _, learned = world
    assert learn_hazard(events, 1).hazard.files() == learned.hazard.files()


def test_what_comes_later_changes_no_byte():
    """Whatever happens after a day, what is learned as of it stays the same."""
    events, _ = some_events(np.random.default_rng(7), customers=200)
    on = FIRST + timedelta(days=185)
    ends = events.data.as_of + 30 * events.period.astype(int)
    later = (events.period > 0) & (ends > np.datetime64(on))
    other = replace(events, period=np.where(later, 0, events.period).astype(np.int16))
    assert later.sum() > 50
    assert (
        learn_hazard(events.until(on), 1).hazard.files()
        == learn_hazard(other.until(on), 1).hazard.files()
    )


def test_trees_grow_as_from_a_plain_matrix(world):
    """Periods made as they are asked for give the library's own booster on all of them copied."""
    events, _, _ = world
    cells = cells_of(events, np.random.default_rng(2), most=2_000)
    params = default_params(300, 200, 5)
    matrix = events.data.matrix
    found = fit_hazard(binned(matrix, cells, NAMES, params), 30)
    fixed = {"deterministic": True, "force_col_wise": True, "verbosity": -1, "num_threads": 1}
    plain = lightgbm.Dataset(
        np.column_stack([matrix[cells.row], cells.period]), label=cells.y, weight=cells.weight
    )
    expected = lightgbm.train({**params, **fixed}, plain, num_boost_round=30)
    asked = np.column_stack([matrix[:500], np.full(500, 2.0)])
    ours = lightgbm.Booster(model_str=found)
    assert ours.feature_name() == [*NAMES, "period"]
    assert ours.predict(asked, raw_score=True) == pytest.approx(
        expected.predict(asked, raw_score=True), abs=1e-9
    )


def test_the_line_learns_what_weights_would_teach(world):
    """Drawn without weights and shifted, the line agrees with a weighted regression."""
    events, _, _ = world
    whole = replace(events, data=replace(events.data, matrix=np.nan_to_num(events.data.matrix)))
    cells = cells_of(whole, np.random.default_rng(3), most=3_000)
    assert cells.weight.max() > 1.5
    folds = cell_folds(whole, cells, np.random.default_rng(3))
    line = beside(whole.data.matrix, cells, folds.cells).of_all(LineForm(ridge=0.01))
    raw = np.column_stack([whole.data.matrix[cells.row], cells.period])
    design = np.sign(raw) * np.log1p(np.abs(raw))
    weighted = LogisticRegression(C=1e4, max_iter=500).fit(design, cells.y, cells.weight)
    expected = weighted.decision_function(design)
    found = line.raw(raw)
    assert found.mean() == pytest.approx(expected.mean(), abs=0.05)
    assert np.corrcoef(found, expected)[0, 1] > 0.995


def test_nothing_to_find_gives_flat_curves(world):
    """Where outcomes are shuffled among the rows, scores hardly differ from row to row."""
    events, _, learned = world
    order = np.random.default_rng(8).permutation(len(events.period))
    shuffled = replace(events, period=np.minimum(events.period[order], events.observed))
    matrix = unseen()[0].data.matrix
    flat, told = (
        each.hazard.raw(matrix)[:, -1].std() for each in (learn_hazard(shuffled, 1), learned)
    )
    assert flat < 0.2 * told
