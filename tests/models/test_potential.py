"""Laws of growth in cents: what is expected, less the pace, and what it is made of."""

import lightgbm
import numpy as np
import pytest
from learned import a_card
from numpy.testing import assert_allclose

from models.boosted import Boosted
from models.errors import BrokenModel
from models.model import load_model, save_model, sealed_model
from models.potential import Growth, Pace, Part, read_growth
from models.potential_grow import (
    best_level,
    fit_growth,
    growth_params,
    tweedie_deviance,
)

FEATURES = ("deposits", "fees", "age")
PACE = Pace((Part(0, 0.015), Part(1, 4.0)))
CARD = a_card(label="growth", kind="growth", unit="cents", features=FEATURES)


def some_customers(rng, rows):
    """Deposits of very different size, fees with gaps, and age."""
    matrix = np.column_stack(
        [np.exp(rng.normal(14, 2, rows)), rng.gamma(1, 500, rows), rng.uniform(18, 80, rows)]
    )
    matrix[rng.random(rows) < 0.2, 1] = np.nan
    return matrix


def came_of(rng, matrix):
    """The young grow by a third, the old shrink by a fifth, some leave altogether."""
    ratio = np.where(matrix[:, 2] < 40, 4 / 3, 0.8)
    kept = rng.random(len(matrix)) > 0.05
    return PACE.of(matrix) * ratio * rng.lognormal(0, 0.2, len(matrix)) * kept


RNG = np.random.default_rng(1)
TAUGHT = some_customers(RNG, 4_000)
BOOSTER = fit_growth(
    TAUGHT,
    came_of(RNG, TAUGHT),
    PACE.base(TAUGHT),
    growth_params(4_000, 1, rows_each=1.0),
    features=FEATURES,
    rounds=80,
)
GROWTH = Growth(PACE, 0.02, Boosted(BOOSTER))
ASKED = some_customers(np.random.default_rng(2), 400)


def test_growth_is_what_is_expected_less_the_pace():
    """Row by row: (pace + 10 units) x exp(mean + trees), less the pace; a gap counts as nothing."""
    said = lightgbm.Booster(model_str=BOOSTER).predict(ASKED, raw_score=True)
    for row, log_ratio, found in zip(ASKED, said, GROWTH.raw(ASKED)[:, 0], strict=True):
        pace = 0.015 * row[0] + (0.0 if np.isnan(row[1]) else 4.0 * row[1])
        assert found == pytest.approx((pace + 1_000) * np.exp(0.02 + log_ratio) - pace, rel=1e-9)


def test_trees_multiply_the_pace():
    """The young are expected to bring five thirds of what the old do, whatever they bring now."""
    for deposits in (5e5, 5e6, 1e8):
        young, old = (np.array([[deposits, 500.0, age]]) for age in (25.0, 70.0))
        times = GROWTH.expected(young)[0] / GROWTH.expected(old)[0]
        assert times == pytest.approx(5 / 3, rel=0.1)


def test_reasons_are_cents_along_the_straight_way():
    """Against a sum of 20,000 steps from an exponent of 0 to the row's own."""
    shares = lightgbm.Booster(model_str=BOOSTER).predict(ASKED, pred_contrib=True)
    found = GROWTH.contributions(ASKED, 0)
    steps = (np.arange(20_000) + 0.5) / 20_000
    for number in range(8):
        whole = 0.02 + shares[number].sum()
        slope = PACE.base(ASKED)[number] * np.exp(steps * whole).mean()
        assert_allclose(found[number], slope * shares[number, :-1], rtol=1e-6)


def test_reasons_and_their_base_add_up_to_growth():
    """What is left of a row's growth is the floor and the mean of all, at the row's own slope."""
    shares = lightgbm.Booster(model_str=BOOSTER).predict(ASKED, pred_contrib=True)
    left = GROWTH.raw(ASKED)[:, 0] - GROWTH.contributions(ASKED, 0).sum(axis=1)
    whole = 0.02 + shares.sum(axis=1)
    mean = 0.02 + shares[:, -1]
    base = 1_000 + PACE.base(ASKED) * mean * np.expm1(whole) / whole
    assert_allclose(left, base, rtol=1e-6, atol=0.01)


def test_who_brings_nothing_has_nothing_to_grow_from():
    """Without a pace the growth is 0, and nothing is said of why."""
    idle = np.array([[0.0, np.nan, 25.0], [-500.0, 0.0, 70.0]])
    assert not GROWTH.raw(idle).any()
    assert not GROWTH.contributions(idle, 0).any()


def test_without_trees_everyone_grows_alike():
    """One ratio to the base, and no reasons."""
    plain = Growth(PACE, np.log(1.1), None)
    assert_allclose(plain.raw(ASKED)[:, 0], 0.1 * PACE.of(ASKED) + 1_100, rtol=1e-9)
    assert not plain.contributions(ASKED, 0).any()


def test_the_best_level_has_the_least_deviance():
    """No other multiple of what was expected fits better."""
    rng = np.random.default_rng(3)
    expected = np.exp(rng.normal(8, 1, 500))
    cents = expected * 1.3 * (rng.random(500) > 0.3)
    levels = np.linspace(0.5, 1.5, 1_001)
    deviance = [tweedie_deviance(cents, level * expected).mean() for level in levels]
    assert best_level(cents, expected) == pytest.approx(levels[np.argmin(deviance)], abs=1e-3)


def test_the_deviance_is_nothing_where_all_came_as_expected():
    """It is zero for what came, above zero for anything else, also where nothing came."""
    cents = np.array([100.0, 2_500.0])
    assert_allclose(tweedie_deviance(cents, cents), 0, atol=1e-9)
    assert (tweedie_deviance(cents, cents * 1.1) > 0).all()
    assert tweedie_deviance(np.zeros(1), np.array([400.0]))[0] == pytest.approx(4 * np.sqrt(400))


@pytest.mark.parametrize("trees", [None, Boosted(BOOSTER)])
def test_growth_comes_back_from_its_folder(tmp_path, trees):
    """Written and read, it expects to the bit what it did."""
    model = sealed_model(CARD, Growth(PACE, 0.02, trees))
    save_model(model, tmp_path / "model")
    back = load_model(tmp_path / "model")
    assert (back.predict(ASKED) == model.predict(ASKED)).all()
    found = back.contributions(ASKED, "growth")
    assert (found == model.contributions(ASKED, "growth")).all()


@pytest.mark.parametrize("files", [{}, {"growth.json": b"[]"}, {"growth.json": b'{"pace": 1}'}])
def test_a_broken_growth_model_is_refused(files):
    """Files that do not read are named."""
    with pytest.raises(BrokenModel, match="do not read as a growth model"):
        read_growth(CARD, files)
