"""Measures of uplift: against a slow reckoning, other libraries' figures, and known truth."""

from itertools import pairwise

import numpy as np
import pytest

from training.effects.uplift import (
    MEASURES,
    Ranking,
    Scored,
    Trial,
    draws_of,
    measure_uplift,
    qini_curve,
    qini_difference,
    random_band,
)

SKLIFT_SMOOTH = [
    0.21907706178144618,
    0.13003945754771484,
    0.32954545454545453,
    0.2981601731601732,
]
SKLIFT_TIED = [0.21534206504924658, 0.12756099068633836]
CAUSALML_QINI = [
    *(14.5, 26.642857142857142, 39.35714285714286, 54.85714285714286, 53.0),
    *(55.5, 53.52238805970149, 53.34188034188034, 54.853932584269664, 53.0),
]


def a_trial(rows=600, seed=0, *, probability=0.5, customers=None):
    """A lot with a true effect for the upper half of a hidden score, and that score with ties."""
    rng = np.random.default_rng(seed)
    hidden = rng.random(rows)
    chance = np.full(rows, probability)
    treated = rng.random(rows) < chance
    gained = rng.random(rows) < 0.2 + 0.2 * treated * (hidden > 0.5)
    ids = np.arange(rows) if customers is None else rng.integers(0, customers, rows)
    return Trial(gained.astype(np.int8), treated, chance, ids), np.round(hidden, 1)


def slow_curve(trial, score, *, qini):
    """The curve by counting anew above every distinct score."""
    points = [(0.0, 0.0)]
    for least in sorted(set(score.tolist()), reverse=True):
        taken = [n for n in range(len(score)) if score[n] >= least]
        contacted = [n for n in taken if trial.treated[n]]
        left = [n for n in taken if not trial.treated[n]]
        hits = sum(int(trial.gained[n]) for n in contacted)
        others = sum(int(trial.gained[n]) for n in left)
        if qini:
            gain = hits - others * (len(contacted) / len(left) if left else 0)
        else:
            rate = hits / len(contacted) if contacted else 0
            gain = (rate - (others / len(left) if left else 0)) * len(taken)
        points.append((len(taken), gain))
    return points


def slow_area(points):
    """What lies between the points and the straight line to the last of them."""
    under = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(points))
    return under - points[-1][0] * points[-1][1] / 2


def slow_share(trial, score, *, qini):
    """The area over that of an order that knows what came."""
    y, t = trial.gained.astype(int), trial.treated.astype(int)
    if qini:
        perfect = y * t - y * (1 - t)
    else:
        ahead = ((y == 1) & (t == 0)).sum() > ((y == 0) & (t == 1)).sum()
        perfect = 2 * (y == t) + (y if ahead else t)
    best = slow_area(slow_curve(trial, perfect, qini=qini))
    return slow_area(slow_curve(trial, score, qini=qini)) / best


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("probability", [0.2, 0.5, 0.8])
def test_qini_and_auuc_equal_a_slow_count(seed, probability):
    """Ties included, whichever arm is larger."""
    trial, score = a_trial(120, seed, probability=probability)
    figures = dict(zip(MEASURES, Ranking(trial, score).figures(np.ones(120)), strict=True))
    assert figures["qini"] == pytest.approx(slow_share(trial, score, qini=True))
    assert figures["auuc"] == pytest.approx(slow_share(trial, score, qini=False))
    curve = qini_curve(trial, score)
    slow = slow_curve(trial, score, qini=True)
    assert np.column_stack([curve.reached, curve.gained]) == pytest.approx(np.array(slow))


def a_fixed_trial():
    """1,000 rows by arithmetic alone, so that another library can be given the very same."""
    n = np.arange(1000)
    treated = (n * 7919) % 1000 < 400
    hidden = (n * 104729) % 1000 / 1000
    gained = (n * 1299709) % 1000 < 150 + 300 * treated * (hidden > 0.6)
    trial = Trial(gained.astype(np.int8), treated, np.full(1000, 0.4), n)
    return trial, hidden, np.floor(hidden * 20)


def test_figures_are_those_of_scikit_uplift():
    """What qini_auc_score, uplift_auc_score and uplift_at_k (strategy overall) of scikit-uplift
    0.5.1 gave for these rows; uplift without ties only, where cutting within a tie is by order.
    """  # noqa: D205 - one sentence
    trial, smooth, tied = a_fixed_trial()
    ones = np.ones(1000)
    figures = Ranking(trial, smooth).figures(ones)
    assert figures == pytest.approx(SKLIFT_SMOOTH)
    assert Ranking(trial, tied).figures(ones)[:2] == pytest.approx(SKLIFT_TIED)


def test_the_curve_is_that_of_causalml():
    """What get_qini of causalml 0.18.0 gave for these rows, at every hundredth row."""
    trial, smooth, _ = a_fixed_trial()
    curve = qini_curve(trial, smooth)
    assert curve.gained[100::100] == pytest.approx(CAUSALML_QINI)


def test_equal_scores_enter_together():
    """The order of rows with equal scores changes nothing; one score for all is worth nothing."""
    trial, score = a_trial()
    order = np.random.default_rng(1).permutation(len(score))
    ones = np.ones(len(score))
    here = Ranking(trial, score).figures(ones)
    there = Ranking(trial.of(order), score[order]).figures(ones)
    assert here == pytest.approx(there, abs=1e-12)
    assert Ranking(trial, np.zeros(len(score))).qini(ones) == pytest.approx(0, abs=1e-12)


def test_weights_count_rows():
    """A row of weight three is three rows."""
    trial, score = a_trial(200)
    times = np.random.default_rng(2).integers(0, 4, 200)
    rows = np.repeat(np.arange(200), times)
    weighted = Ranking(trial, score).figures(times.astype(float))
    repeated = Ranking(trial.of(rows), score[rows]).figures(np.ones(len(rows)))
    assert weighted == pytest.approx(repeated)


def test_rows_drawn_with_other_probabilities_are_weighed():
    """Where the lot took the eager more often, only inverse weights find the effect of .1."""
    rng = np.random.default_rng(3)
    rows = 200_000
    eager = rng.random(rows) < 0.5
    chance = np.where(eager, 0.8, 0.2)
    treated = rng.random(rows) < chance
    gained = (rng.random(rows) < 0.1 + 0.4 * eager + 0.1 * treated).astype(np.int8)
    ids, same = np.arange(rows), np.zeros(rows)
    weighed = Trial(gained, treated, chance, ids)
    blind = Trial(gained, treated, np.full(rows, 0.5), ids)
    place = MEASURES.index("uplift_30")
    assert Ranking(weighed, same).figures(np.ones(rows))[place] == pytest.approx(0.1, abs=0.01)
    assert Ranking(blind, same).figures(np.ones(rows))[place] > 0.3


def test_a_customers_rows_are_drawn_together():
    """Each customer's row five times over tells no more: figures and intervals stay."""
    trial, score = a_trial(300)
    rows = np.repeat(np.arange(300), 5)
    once = measure_uplift(trial, [Scored(np.arange(300), score)], np.random.default_rng(4))
    many = measure_uplift(
        trial.of(rows), [Scored(np.arange(1500), score[rows])], np.random.default_rng(4)
    )
    for name in MEASURES:
        for end in ("value", "low", "high"):
            assert getattr(many[name], end) == pytest.approx(getattr(once[name], end))


def test_arms_are_drawn_apart():
    """Every draw has as many contacted, and as many left alone, as the lot itself."""
    trial, _ = a_trial(300, probability=0.2)
    for weight in draws_of(trial, np.random.default_rng(11), 20):
        assert weight[trial.treated].sum() == trial.treated.sum()
        assert weight[~trial.treated].sum() == (~trial.treated).sum()


def test_intervals_spread_as_fresh_lots_do():
    """The interval of one lot is as wide as the middle 95 % of many lots, give or take a third."""
    fresh = []
    for seed in range(200):
        trial, score = a_trial(1500, seed)
        fresh.append(Ranking(trial, score).qini(np.ones(1500)))
    trial, score = a_trial(1500, 1000)
    found = measure_uplift(trial, [Scored(np.arange(1500), score)], np.random.default_rng(5))
    low, high = np.quantile(fresh, [0.025, 0.975])
    assert found["qini"].high - found["qini"].low == pytest.approx(high - low, rel=0.33)
    assert found["qini"].low < np.mean(fresh) < found["qini"].high


def test_the_band_holds_19_of_20_random_scores():
    """Fresh random scores fall outside about as often as they should; the truth lies above."""
    trial, score = a_trial(1500)
    band = random_band(trial, [Scored(np.arange(1500), score)], np.random.default_rng(6))
    rng = np.random.default_rng(7)
    reached = [Ranking(trial, rng.random(1500)).qini(np.ones(1500)) for _ in range(400)]
    inside = np.mean([band.low <= each <= band.high for each in reached])
    assert 0.91 < inside < 0.985
    assert Ranking(trial, score).qini(np.ones(1500)) > band.high


def test_the_band_is_that_of_lots_sorted_as_scores_are():
    """Customers with several rows, and some who are not tested, draw the same lots either way."""
    trial, score = a_trial(400, seed=4, customers=150)
    tests = [Scored(rows, score[rows]) for rows in (np.arange(0, 250), np.arange(90, 400, 2))]
    customers, which = np.unique(trial.customer_id, return_inverse=True)
    rng, reached = np.random.default_rng(13), []
    for _ in range(50):
        lot = rng.permutation(len(customers)).astype(float)[which]
        reached.append(
            np.mean([sorted_qini(trial.of(each.rows), lot[each.rows]) for each in tests])
        )
    band = random_band(trial, tests, np.random.default_rng(13), draws=50)
    assert [band.low, band.high] == pytest.approx(np.quantile(reached, [0.025, 0.975]))


def sorted_qini(trial, score):
    return Ranking(trial, score).qini(np.ones(len(score)))


def test_repeated_tests_of_the_same_rows_do_not_narrow_the_band():
    """Testing the same rows four times over is no more evidence than once."""
    trial, score = a_trial(800)
    test = Scored(np.arange(800), score)
    once = random_band(trial, [test], np.random.default_rng(8))
    assert random_band(trial, [test] * 4, np.random.default_rng(8)) == once


def test_the_band_keeps_customers_whole():
    """Each customer's row five times over is no more evidence than once."""
    trial, score = a_trial(300)
    rows = np.repeat(np.arange(300), 5)
    once = random_band(trial, [Scored(np.arange(300), score)], np.random.default_rng(12))
    many = Scored(np.arange(1500), score[rows])
    found = random_band(trial.of(rows), [many], np.random.default_rng(12))
    assert (found.low, found.high) == pytest.approx((once.low, once.high))


def test_differences_are_drawn_in_pairs():
    """A score has no lead over itself; the truth leads over chance for sure."""
    trial, score = a_trial(3000)
    rows = np.arange(3000)
    same = [Scored(rows, score)]
    none = qini_difference(trial, same, same, np.random.default_rng(9))
    assert (none.value, none.low, none.high) == (0, 0, 0)
    chance = [Scored(rows, np.random.default_rng(10).random(3000))]
    assert qini_difference(trial, same, chance, np.random.default_rng(9)).low > 0


def test_equal_seeds_give_equal_figures():
    """Two runs with one seed agree to the last digit."""
    trial, score = a_trial(200, customers=90)
    test = [Scored(np.arange(200), score)]
    assert measure_uplift(trial, test, np.random.default_rng(0)) == measure_uplift(
        trial, test, np.random.default_rng(0)
    )
