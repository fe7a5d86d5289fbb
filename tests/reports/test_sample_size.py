"""Laws of planning how large a test must be."""

import numpy as np
import pytest

from reports import BadDesign, Hoped, customers_needed, power_of, smallest_change


def test_a_cut_of_15_percent_of_a_yearly_churn_of_4_4_percent():
    """Some 14,000 to 15,000 customers an arm, or a tenth held out of some 83,000."""
    hoped = Hoped(0.044, 0.044 * 0.85)
    assert 14_000 <= customers_needed(hoped) / 2 <= 15_000
    assert customers_needed(hoped, 0.1) == pytest.approx(83_000, rel=0.01)


def test_the_power_is_what_simulated_tests_reach():
    """Of 20,000 simulated tests of the planned size, 80 % show the change (within 1 %)."""
    hoped, rng = Hoped(0.2, 0.15), np.random.default_rng(8)
    size = customers_needed(hoped, 0.3)
    held, others = round(size * 0.3), size - round(size * 0.3)
    one = rng.binomial(held, 0.2, 20_000) / held
    other = rng.binomial(others, 0.15, 20_000) / others
    error = np.sqrt(one * (1 - one) / held + other * (1 - other) / others)
    shown = np.mean(np.abs(one - other) > 1.96 * error)
    assert shown == pytest.approx(0.8, abs=0.01)
    assert power_of(hoped, size, 0.3) == pytest.approx(0.8, abs=0.001)


def test_the_smallest_change_undoes_the_size():
    """What a size was planned for is the smallest change that it shows, households and all."""
    for change, members in ((-0.15, 1.0), (0.3, 1.0), (-0.15, 3.0)):
        hoped = Hoped(0.044, 0.044 * (1 + change), members=members, alike=0.3)
        size = customers_needed(hoped, 0.1)
        assert smallest_change(hoped, size, 0.1) == pytest.approx(change, abs=1e-4)


def test_households_need_more_customers():
    """Members who are alike by .3, three a household, need 1.6 times as many (Kish)."""
    plain, alike = Hoped(0.1, 0.08), Hoped(0.1, 0.08, members=3, alike=0.3)
    assert customers_needed(alike) / customers_needed(plain) == pytest.approx(1.6, abs=0.001)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Hoped(0, 0.1), "between 0 and 1"),
        (lambda: Hoped(0.1, 0.1), "no difference is hoped for"),
        (lambda: Hoped(0.1, 0.08, power=1), "power is 1"),
        (lambda: Hoped(0.1, 0.08, members=0.5), "1 or more"),
        (lambda: customers_needed(Hoped(0.1, 0.08), 1), "holdout is 1"),
        (lambda: power_of(Hoped(0.1, 0.08), 0, 0.1), "show nothing"),
        (lambda: smallest_change(Hoped(0.044, 0.04), 100, 0.1), "not even that"),
        (lambda: smallest_change(Hoped(0.044, 0.05), 3, 0.1), "become all"),
        (lambda: Hoped(0.1, 0.08, members=float("nan")), "1 or more"),
    ],
)
def test_figures_that_cannot_be_are_refused(call, said):
    """The reason says what is wrong and what is allowed."""
    with pytest.raises(BadDesign, match=said):
        call()
