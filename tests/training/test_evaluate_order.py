"""Order of products and of events: MAP@7 and the concordance index, against slow loops."""

import numpy as np
import pytest

from training.evaluation.ranking import average_precision, mean_average_precision
from training.evaluation.survival import _Ordered, concordance


def watched(rows, times, levels, seed):
    """Times, whether it happened, and a score that tells something of them."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, rows)
    time = np.minimum(rng.geometric(0.05 + 0.3 * score / levels), times)
    return time, rng.random(rows) < 0.6, score.astype(float)


def slow_concordance(time, happened, score, weight):
    right = pairs = 0.0
    for i in np.flatnonzero(happened):
        for j in range(len(time)):
            if time[i] < time[j] or (time[i] == time[j] and not happened[j]):
                both = weight[i] * weight[j]
                right += both * ((score[i] > score[j]) + 0.5 * (score[i] == score[j]))
                pairs += both
    return right / pairs


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ((200, 6, 10, 0), 0.6001360544217688),
        ((300, 12, 1000, 1), 0.6028232542599399),
        ((400, 10**6, 30, 2), 0.671984704112337),
    ],
)
def test_the_concordance_is_harrells(data, expected):
    """Fixed values of lifelines 0.30.3 and scikit-survival 0.28.0, which agree."""
    time, happened, score = watched(*data)
    rng = np.random.default_rng(0)
    told = concordance(time, happened, score, np.arange(len(time)), rng)
    assert told.value == pytest.approx(expected, rel=1e-12)
    assert told.low < told.value < told.high


@pytest.mark.parametrize("seed", range(5))
def test_the_concordance_under_weights_is_that_of_all_pairs(seed):
    """A loop over all pairs, each counting by the product of its weights."""
    time, happened, score = watched(120, 8, 15, seed)
    weight = np.random.default_rng(seed).integers(0, 4, 120).astype(float)
    fast = _Ordered(time, happened, score).index(weight)
    assert fast == pytest.approx(slow_concordance(time, happened, score, weight))


def test_a_perfect_order_is_one_and_a_constant_half():
    """Scores that fall with time, and scores that say nothing."""
    time = np.arange(50)
    rng = np.random.default_rng
    everyone = np.ones(50, bool)
    assert concordance(time, everyone, -time.astype(float), time, rng(0)).value == 1
    assert concordance(time, everyone, np.zeros(50), time, rng(0)).value == 0.5
    assert np.isnan(concordance(time, ~everyone, np.zeros(50), time, rng(0)).value)


def slow_average_precision(scores, bought, held, first):
    ranked = sorted(
        (place for place in range(len(scores)) if not held[place]),
        key=lambda place: (-scores[place], place),
    )[:first]
    wanted = [place for place in range(len(scores)) if bought[place] and not held[place]]
    if not wanted:
        return np.nan
    total = found = 0.0
    for place, product in enumerate(ranked, start=1):
        if product in wanted:
            found += 1
            total += found / place
    return total / min(len(wanted), first)


@pytest.mark.parametrize("first", [1, 3, 7])
def test_average_precision_is_that_of_a_loop(first):
    """Ties, held products, several purchases, and rows without any."""
    rng = np.random.default_rng(first)
    scores = rng.integers(0, 5, (300, 9)) / 5
    bought, held = rng.random((300, 9)) < 0.15, rng.random((300, 9)) < 0.3
    fast = average_precision(scores, bought, held, first=first)
    slow = [slow_average_precision(*row, first) for row in zip(scores, bought, held, strict=True)]
    assert fast == pytest.approx(np.array(slow), nan_ok=True)
    assert np.isnan(fast).any()


def test_the_mean_is_over_the_rows_that_bought():
    """Rows without a purchase neither help nor hurt; nobody buying leaves nothing to tell."""
    rng = np.random.default_rng(0)
    scores, held = rng.random((200, 8)), np.zeros((200, 8), bool)
    bought = rng.random((200, 8)) < 0.05
    who = rng.integers(0, 60, 200)
    told = mean_average_precision(scores, bought, held, who, np.random.default_rng(1))
    buying = bought.any(axis=1)
    again = mean_average_precision(
        scores[buying], bought[buying], held[buying], who[buying], np.random.default_rng(1)
    )
    assert told == again
    assert told.low < told.value < told.high
    nobody = mean_average_precision(scores, held, held, who, np.random.default_rng(1))
    assert np.isnan(nobody.value)
