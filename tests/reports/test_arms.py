"""Laws of comparing the hold-out with everybody else."""

import numpy as np
import pytest
from potential_outcomes import a_table
from scipy.stats import ttest_ind

from reports import NotComparable, Sides

_LOTS = 1000


def _found(table, held, before=None):
    outcome = np.where(held, table.held, table.contacted)
    return table.sides(held).effect("bought", outcome, before)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_interval_covers_the_truth_as_often_as_it_says(share):
    """Over 1,000 lots of one table of potential outcomes, 93 to 97 % of the intervals hold it."""
    table, rng = a_table(), np.random.default_rng(3)
    covered = {"plain": 0, "adjusted": 0}
    for _ in range(_LOTS):
        held = table.drawn(rng, share)
        for name, before in (("plain", None), ("adjusted", table.before)):
            found = _found(table, held, before).difference
            covered[name] += found.low <= table.truth <= found.high
    assert all(0.93 <= count / _LOTS <= 0.97 for count in covered.values()), covered


def test_the_interval_of_the_share_covers_too():
    """The relative change's interval holds the true one in 93 to 97 % of 1,000 lots."""
    table, rng = a_table(), np.random.default_rng(5)
    true = table.truth / table.held.mean()
    found = [_found(table, table.drawn(rng)).relative for _ in range(_LOTS)]
    assert 0.93 <= np.mean([each.low <= true <= each.high for each in found]) <= 0.97


def test_what_was_known_before_narrows_the_interval():
    """An outcome that the past foretells is told apart with less doubt, and no other centre."""
    table, rng = a_table(), np.random.default_rng(7)
    plain, adjusted = [], []
    for _ in range(200):
        held = table.drawn(rng)
        plain.append(_found(table, held).difference)
        adjusted.append(_found(table, held, table.before).difference)
    widths = [np.mean([each.high - each.low for each in side]) for side in (plain, adjusted)]
    assert widths[1] < 0.97 * widths[0]
    assert np.mean([each.value for each in adjusted]) == pytest.approx(table.truth, abs=0.004)


def test_a_mean_is_that_of_the_strata_weighted_by_their_customers():
    """Where strata are held out unequally the plain difference would mislead."""
    stratum = np.repeat([0, 1], [40, 160])
    held = np.concatenate([np.arange(40) < 20, np.arange(160) < 16])
    outcome = np.where(stratum == 0, 10.0, 0.0) + np.where(held, 0.0, 1.0)
    found = Sides(held, stratum, np.arange(200)).effect("bought", outcome)
    assert found.difference.value == pytest.approx(1.0)
    assert found.held == pytest.approx(2.0)
    assert found.contacted == pytest.approx(3.0)


def test_a_difference_equals_the_textbook_on_customers_alone():
    """Without strata and households it is Welch's interval of the difference of two means."""
    rng = np.random.default_rng(1)
    outcome, held = rng.normal(3, 2, 50), np.arange(50) < 10
    found = Sides(held, np.zeros(50), np.arange(50)).effect("x", outcome).difference
    one, other = outcome[held], outcome[~held]
    textbook = ttest_ind(other, one, equal_var=False).confidence_interval()
    assert found.value == pytest.approx(other.mean() - one.mean())
    assert (found.low, found.high) == pytest.approx((textbook.low, textbook.high))


def test_a_look_is_no_narrower_than_either_textbook():
    """Student's interval of one common spread counts where the hold-out's own is too small."""
    rng = np.random.default_rng(1)
    held = np.arange(500) < 100
    outcome = rng.normal(3, np.where(held, 1.0, 2.0))
    sides, z95 = Sides(held, np.zeros(500), np.arange(500)), 1.959963984540054
    one, other = outcome[held], outcome[~held]
    common = (99 * one.var(ddof=1) + 399 * other.var(ddof=1)) / 498
    assert sides.half(outcome, z95) == pytest.approx(z95 * np.sqrt(common * (1 / 100 + 1 / 400)))
    found = sides.effect("x", -2 * np.where(held, outcome, 0.0)).difference
    assert sides.half(-2 * np.where(held, outcome, 0.0), z95) == pytest.approx(
        found.high - found.value
    )


def test_households_widen_the_interval_where_their_members_are_alike():
    """Twins counted as strangers would halve the variance."""
    rng = np.random.default_rng(2)
    home = np.repeat(np.arange(300), 2)
    outcome, held = np.repeat(rng.normal(size=300), 2), home < 90
    together = Sides(held, np.zeros(600), home).effect("x", outcome).difference
    apart = Sides(held, np.zeros(600), np.arange(600)).effect("x", outcome).difference
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(
        2**0.5, abs=0.02
    )


def test_few_outcomes_say_nothing():
    """Below 20 customers with the outcome the verdict is `insufficient`, whatever the interval."""
    held = np.arange(1000) < 100
    outcome = np.zeros(1000)
    outcome[500:519] = 1
    sides = Sides(held, np.zeros(1000), np.arange(1000))
    assert sides.effect("bought", outcome).verdict == "insufficient"
    outcome[519:600] = 1
    assert sides.effect("bought", outcome).verdict == "more"


def test_the_order_of_customers_does_not_matter():
    """The same customers in another order give the same figures."""
    table, rng = a_table(2000), np.random.default_rng(9)
    held = table.drawn(rng)
    outcome = np.where(held, table.held, table.contacted)
    place = rng.permutation(len(held))
    one = table.sides(held).effect("x", outcome)
    other = Sides(held[place], table.stratum[place], table.household[place]).effect(
        "x", outcome[place]
    )
    assert other.difference.value == pytest.approx(one.difference.value)
    assert other.difference.low == pytest.approx(one.difference.low)


@pytest.mark.parametrize(
    ("held", "stratum", "household", "said"),
    [
        ([], [], [], "one customer or more"),
        ([True, False], [0], [0, 1], "give one of each"),
        ([True, False, True, False], [0] * 4, [0, 0, 1, 2], "stands on both sides"),
        ([True, True, False, False], [0, 1, 0, 0], [0, 0, 1, 2], "stands in two strata"),
        ([True, False, False, False], [0] * 4, [0, 1, 2, 3], "needs 2 on each"),
    ],
)
def test_what_cannot_be_compared_is_refused(held, stratum, household, said):
    """The reason says what is wrong and what to do."""
    with pytest.raises(NotComparable, match=said):
        Sides(held, stratum, household)


def test_gaps_in_what_was_known_are_refused():
    """A missing figure would drop customers in silence."""
    sides = Sides(np.arange(8) < 4, np.zeros(8), np.arange(8))
    with pytest.raises(NotComparable, match="has gaps"):
        sides.effect("x", np.ones(8), np.array([1.0, np.nan, *range(6)]))


@pytest.mark.parametrize("outcome", [np.r_[np.nan, np.ones(7)], np.ones(5)])
def test_gaps_and_lengths_of_an_outcome_are_refused(outcome):
    """No verdict stands on a figure that is not there, alone or at a look."""
    sides = Sides(np.arange(8) < 4, np.zeros(8), np.arange(8))
    with pytest.raises(NotComparable, match="or gaps"):
        sides.effect("bought", outcome)
    with pytest.raises(NotComparable, match="or gaps"):
        sides.scores(outcome)


def test_a_stratum_is_named_as_the_caller_names_it():
    """Not by its place among those that are there."""
    with pytest.raises(NotComparable, match="stratum 9 has 1 households"):
        Sides([True, True, False, False, True, False, False], [7, 7, 7, 7, 9, 9, 9], range(7))


def test_small_strata_are_put_together():
    """Those that lack a household on a side, and with them the smallest other one where needed."""
    held = [True, False, True, False, *([True, True, False, False] * 2), True, False, False, False]
    stratum = [1, 1, 2, 2, *([3] * 8), 4, 4, 4, 4]
    sides = Sides.pooled(held, stratum, range(len(held)))
    assert len(np.unique(sides.stratum)) == 2
    alone = Sides.pooled([True, True, False, False, True, False], [1, 1, 1, 1, 2, 2], range(6))
    assert len(np.unique(alone.stratum)) == 1


def test_put_together_strata_of_other_shares_mislead_nobody():
    """Over 400 lots the rich, rarely held out, count on both sides for as many as there are."""
    rng = np.random.default_rng(9)
    rich = np.arange(3000) < 300
    chance = np.where(rich, 0.04, 0.2)
    before, change = np.where(rich, 10.0, 1.0), np.where(rich, 2.0, 0.5)
    found: dict[bool, list[float]] = {True: [], False: []}
    covered = []
    for _ in range(400):
        order = rng.permutation(300), 300 + rng.permutation(2700)
        held = np.isin(np.arange(3000), np.concatenate([order[0][:12], order[1][:540]]))
        outcome = before + np.where(held, 0.0, change) + rng.normal(size=3000)
        one = np.zeros(3000, dtype=int)
        for known in (True, False):
            sides = Sides(held, one, np.arange(3000), chance if known else None)
            told = sides.effect("bought", outcome).difference
            found[known].append(told.value)
            if known:
                covered.append(told.low <= change.mean() <= told.high)
    assert np.mean(found[True]) == pytest.approx(change.mean(), abs=0.05)
    assert np.mean(found[False]) > change.mean() + 0.5
    assert np.mean(covered) >= 0.93


def test_within_strata_of_one_share_chances_change_nothing():
    """Weights are the same for everybody there."""
    rng = np.random.default_rng(11)
    stratum, homes = np.repeat([0, 1], [500, 1500]), np.arange(2000) // 2
    chance = np.where(stratum == 0, 0.04, 0.1)
    held = (rng.random(1000) < 0.1)[homes]
    outcome = rng.poisson(1.0, 2000).astype(float)
    plain, told = (Sides(held, stratum, homes, said) for said in (None, chance))
    assert told.effect("bought", outcome).difference.value == pytest.approx(
        plain.effect("bought", outcome).difference.value
    )
    assert told.half(outcome, 2.0) == pytest.approx(plain.half(outcome, 2.0))
    with pytest.raises(NotComparable, match="no chance to be"):
        Sides(held, stratum, homes, np.zeros(2000))
