"""Laws of looking at a running test more than once."""

from itertools import pairwise

import numpy as np
import pytest
from potential_outcomes import a_table

from reports import BadDesign, NotComparable, limits_of, looks, spent

_LOTS = 400


def _monthly(table, months, seed):
    """What piled up month by month of the outcome that is the same for both sides."""
    rng = np.random.default_rng(seed)
    monthly = rng.poisson(np.maximum(table.before, 0.01), (months, len(table.before)))
    return np.cumsum(monthly, axis=0).astype(float)


def test_twelve_looks_raise_no_more_false_alarms_than_one():
    """Where contacting changes nothing, at most 5 % of tests show something at any of 12 looks."""
    table, through = a_table(2400, 3), [month / 12 for month in range(1, 13)]
    rng, ours, naive = np.random.default_rng(4), 0, 0
    piled = _monthly(table, 12, seed=1)
    likeness = None
    for _ in range(_LOTS):
        sides = table.sides(table.drawn(rng))
        scores = np.stack([sides.scores(each) for each in piled])
        errors = np.sqrt((scores**2).sum(axis=1))
        if likeness is None:
            likeness = scores @ scores.T / np.outer(errors, errors)
            limits = limits_of(likeness, through)
        score = np.abs([sides.effect("", each).difference.value for each in piled]) / errors
        ours += bool((score > limits).any())
        naive += bool((score > 1.96).any())
    assert ours / _LOTS <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / _LOTS)
    assert naive / _LOTS > 0.1


def test_independent_increments_give_the_published_limits():
    """Two looks at halves: O'Brien and Fleming's spending has 2.963 and 1.969 (Lan and DeMets)."""
    likeness = np.array([[1, 0.5**0.5], [0.5**0.5, 1]])
    assert limits_of(likeness, [0.5, 1.0]) == pytest.approx((2.963, 1.969), abs=0.015)


def test_one_look_is_the_plain_interval():
    """Looked at once, at the end, the limit is 1.96."""
    assert limits_of(np.ones((1, 1)), [1.0]) == pytest.approx((1.96,), abs=0.01)


def test_all_is_spent_at_the_end():
    """The whole 5 %, and less before."""
    assert spent(1.0) == pytest.approx(0.05)
    assert spent(0.25) < spent(0.5) < spent(0.75) < 0.05


def test_a_great_effect_shows_early_and_stays_shown():
    """A doubling shows at the second of four looks."""
    table = a_table(4000, 4)
    held = table.drawn(np.random.default_rng(6))
    piled = _monthly(table, 4, seed=2) * np.where(held, 1.0, 3.0)
    found = looks(table.sides(held), list(piled), [0.25, 0.5, 0.75, 1.0])
    assert [each.shown for each in found][1:] == [True, True, True]
    assert all(one.limit > other.limit for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("through", "error", "said"),
    [
        ([0.5, 0.5], BadDesign, "do not rise"),
        ([0.5, 1.5], BadDesign, "do not rise"),
        ([0.5], NotComparable, "give one a look"),
    ],
)
def test_looks_that_were_not_planned_are_refused(through, error, said):
    """Shares of the time rise to at most 1, one a look."""
    table = a_table(1000, 2)
    sides = table.sides(table.drawn(np.random.default_rng(1)))
    with pytest.raises(error, match=said):
        looks(sides, [table.held, table.held], through)
