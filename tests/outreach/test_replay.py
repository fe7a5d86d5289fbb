"""Replay against logs whose truth is known: no bias, intervals that cover, and no bold answers."""

import numpy as np
import pytest

from outreach import ExperimentError
from outreach.replay import Log, doubly_robust, gain, snips

ACTIONS = 3


def world(rng, customers=900, visits=2):
    """Decisions of a soft policy about customers who come twice, with what each action is worth.

    An action succeeds by the customer's own taste, the same at each visit. Returns customer, the
    logging and the other policy's probabilities, the true chances and what was done and came of it.
    """
    who = np.repeat(np.arange(customers), visits)
    taste = np.repeat(rng.beta(2, 4, (customers, ACTIONS)), visits, axis=0)
    lean = np.repeat(rng.normal(0, 1, (customers, ACTIONS)), visits, axis=0)
    logging = np.exp(lean) / np.exp(lean).sum(1, keepdims=True)
    other = np.zeros_like(logging)
    other[np.arange(len(who)), np.argmax(taste + 0.1 * lean, axis=1)] = 1.0
    done = (rng.random((len(who), 1)) > logging.cumsum(1)).sum(1)
    picked = np.arange(len(who)), done
    reward = (rng.random(len(who)) < taste[picked]).astype(float)
    return who, logging, other, taste, picked, reward


def log_of(rng, **size):
    who, logging, other, taste, picked, reward = world(rng, **size)
    log = Log(who, reward, logging[picked], other[picked])
    return log, taste, other, picked


def truth():
    """What the other policy earns a decision in the long run."""
    rng = np.random.default_rng(0)
    _, _, other, taste, _, _ = world(rng, customers=400_000, visits=1)
    return float((other * taste).sum(1).mean())


def test_intervals_cover_the_truth_and_estimates_are_unbiased():
    """300 logs: 92 to 98 of 100 intervals hold the truth, and the mean misses it by chance only."""
    true, rng = truth(), np.random.default_rng(7)
    found = {"snips": [], "dr": []}
    for _ in range(300):
        log, taste, other, picked = log_of(rng)
        wrong = np.full_like(taste, 0.3) + 0.1 * np.arange(ACTIONS)
        found["snips"].append(snips(log))
        found["dr"].append(doubly_robust(log, wrong[picked], (other * wrong).sum(1)))
    for estimates in found.values():
        values = np.array([each.value for each in estimates])
        covered = np.mean([each.low <= true <= each.high for each in estimates])
        assert 0.92 <= covered <= 0.98
        assert abs(values.mean() - true) < 4 * values.std() / 300**0.5


def test_the_same_decision_told_four_times_tells_no_more_than_once():
    """Intervals go by customer; by decision they would be half as wide."""
    log, *_ = log_of(np.random.default_rng(3), visits=1)
    columns = [np.tile(each, 4) for each in (log.reward, log.probability, log.target)]
    often = snips(Log(np.tile(log.customer_id, 4), *columns))
    assert (often.low, often.high) == pytest.approx((snips(log).low, snips(log).high))
    bold = snips(Log(range(4 * len(log.reward)), *columns))
    assert bold.high - bold.low == pytest.approx((often.high - often.low) / 2, rel=0.01)


def test_the_policy_that_logged_earns_what_it_earned():
    """All weights are 1: the mean, its plain interval, and every decision is effective."""
    log, *_ = log_of(np.random.default_rng(4), customers=1500, visits=1)
    same = Log(log.customer_id, log.reward, log.probability, log.probability)
    found = snips(same)
    assert found.value == pytest.approx(log.reward.mean())
    assert found.effective == pytest.approx(1500)
    error = log.reward.std(ddof=1) / 1500**0.5
    assert found.high - found.value == pytest.approx(1.959964 * error)


def test_a_perfect_prediction_leaves_only_the_customers_themselves():
    """Rewards that are known beforehand: DR varies no more than the policy's own worth does."""
    rng = np.random.default_rng(5)
    who, logging, other, taste, picked, _ = world(rng, customers=2000, visits=1)
    log = Log(who, taste[picked], logging[picked], other[picked])
    worth = (other * taste).sum(1)
    found = doubly_robust(log, taste[picked], worth)
    assert found.value == pytest.approx(worth.mean(), abs=1e-12)
    assert found.high - found.value == pytest.approx(1.959964 * worth.std(ddof=1) / 2000**0.5)
    flat = Log(who, np.full(2000, 0.4), logging[picked], other[picked])
    assert doubly_robust(flat, flat.reward, flat.reward).high == pytest.approx(0.4)


def test_weights_worked_by_hand():
    """(2 x 1 + 4 x 0 + 0 x 1) / 6, 36 / 20 effective, one success the policy shares."""
    found = snips(Log([1, 2, 3], [1, 0, 1], [0.5, 0.25, 0.5], [1, 1, 0]))
    assert found.value == pytest.approx(1 / 3)
    assert found.effective == pytest.approx(36 / 20)
    assert (found.positives, found.decisions, found.enough) == (1, 3, False)


@pytest.mark.parametrize(
    ("positives", "decisions", "enough"),
    [(200, 1000, True), (199, 1000, False), (999, 999, False)],
)
def test_little_is_insufficient(positives, decisions, enough):
    """Below 200 successes or 1,000 effective decisions there is no answer."""
    reward = np.arange(decisions) < positives
    assert snips(Log(range(decisions), reward, np.ones(decisions), np.ones(decisions))).enough is (
        enough
    )


def test_a_gain_is_told_with_the_interval_of_the_difference():
    """Two policies that agree differ by nothing, for certain; a better one is shown to be."""
    rng = np.random.default_rng(6)
    who, logging, other, taste, picked, reward = world(rng, customers=4000)
    better = snips(Log(who, reward, logging[picked], other[picked]))
    logged = snips(Log(who, reward, logging[picked], logging[picked]))
    same = gain(better, better, who)
    assert (same.value, same.low, same.high, same.shown) == (0, 0, 0, False)
    found = gain(better, logged, who)
    assert found.shown
    assert found.low < (other * taste).sum(1).mean() - (logging * taste).sum(1).mean() < found.high


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (([1, 2], [0.0], [1, 1], [1, 1]), "reward has 1 values for 2 decisions; bring one for"),
        (([1], [np.nan], [1], [1]), "reward of decision 0 is no number"),
        (([1, 2], [0, 0], [1, 0], [1, 1]), "probability 0 of decision 1 is none; an action that"),
        (([1], [0], [1.5], [1]), "probability 1.5 of decision 0"),
        (([1], [0], [0.5], [-1]), "target -1 of decision 0"),
        (([], [], [], []), "there are no decisions to replay; choose days"),
    ],
)
def test_what_cannot_be_is_refused(columns, said):
    """By the row and what to do."""
    with pytest.raises(ExperimentError, match=said):
        Log(*columns)
