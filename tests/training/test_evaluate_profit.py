"""Profit of a campaign: the published measure, by an integral and by another library."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from training.errors import BadCampaign
from training.evaluation.profit import Campaign, profits_cents


def counted(rows, levels, seed):
    """Churners and others at each level of a score, the best first."""
    rng = np.random.default_rng(seed)
    score = rng.integers(1, levels, rows)
    y = rng.random(rows) < (score / levels) ** 2
    hits, misses = (np.bincount(score[mask], minlength=levels)[::-1] for mask in (y, ~y))
    return hits.astype(float), misses.astype(float)


def expected_profit(hits, misses, campaign):
    return profits_cents(hits, misses, campaign)[0]


def mean_profit(hits, misses, campaign):
    return profits_cents(hits, misses, campaign)[1]


@pytest.mark.parametrize(
    ("data", "expected", "mean", "costly"),
    [
        ((300, 50, 0), 14.744966624818444, 14.723333333333331, 13.894007811940885),
        ((300, 10, 1), 14.272688348417137, 14.219999999999997, 10.266639685057946),
        ((2000, 500, 2), 14.19350240449627, 14.103499999999997, 13.154992379479827),
    ],
)
def test_the_profit_is_the_one_that_empulse_gives(data, expected, mean, costly):
    """Fixed values of empulse 0.13.1: empc_score and mpc_score, in whole units of money."""
    hits, misses = counted(*data)
    assert expected_profit(hits, misses, Campaign()) == pytest.approx(100 * expected, rel=1e-6)
    assert mean_profit(hits, misses, Campaign()) == pytest.approx(100 * mean, rel=1e-9)
    other = Campaign(50_000, 10_000, 2_000, alpha=2, beta=5)
    assert expected_profit(hits, misses, other) == pytest.approx(100 * costly, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_profit_is_the_integral_of_the_best_campaign(seed):
    """For each share that accepts the best of all cut-offs is taken, then the mean over shares."""
    hits, misses = counted(80, 12, seed)
    campaign = Campaign(10_000, 3_000, 500, alpha=3, beta=4)
    caught, others = (np.r_[0, np.cumsum(each)] / 80 for each in (hits, misses))

    def best(share):
        gained = (share * 7_000 - 500) * caught - 3_500 * others
        return gained.max() * beta.pdf(share, 3, 4)

    slow = quad(best, 0, 1, limit=500, epsabs=1e-9)[0]
    assert expected_profit(hits, misses, campaign) == pytest.approx(slow, rel=1e-5, abs=1e-4)


def test_weights_count_as_rows_and_empty_groups_not_at_all():
    """Halving every weight changes nothing; a group of no weight neither."""
    hits, misses = counted(300, 20, 0)
    whole = expected_profit(hits, misses, Campaign())
    assert expected_profit(hits / 2, misses / 2, Campaign()) == pytest.approx(whole)
    assert expected_profit(
        np.insert(hits, 3, 0), np.insert(misses, 3, 0), Campaign()
    ) == pytest.approx(whole)


def test_a_campaign_that_cannot_pay_is_not_run():
    """Where a contact costs more than it can bring, the best campaign calls nobody."""
    hits, misses = counted(300, 20, 0)
    assert mean_profit(hits, misses, Campaign(contact_cents=19_000)) == 0
    assert expected_profit(hits, misses, Campaign(contact_cents=19_000)) == pytest.approx(
        0, abs=1e-6
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"incentive_cents": 20_000}, "the value must exceed the incentive"),
        ({"contact_cents": -1}, "no cost may be negative"),
        ({"alpha": 0.0}, "both must exceed 0"),
    ],
)
def test_a_campaign_without_sense_is_refused(wrong, message):
    """Its error says what is allowed."""
    with pytest.raises(BadCampaign, match=message):
        Campaign(**wrong)
