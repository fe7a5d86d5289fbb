"""Laws of what keeping a customer is worth."""

from decimal import Decimal, getcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.value import ValueFormula, constant_survival, curve_survival, value_cents

getcontext().prec = 40


def worth(margin, survival, **facts):
    return value_cents(margin, survival, ValueFormula(**facts), currency="CNY").cents


def by_hand(margin, survival, discount):
    """The same sum, written out month by month in decimals."""
    total = Decimal(0)
    for month, stays in enumerate(survival, start=1):
        paid = Decimal(margin) / 12 * Decimal(stays)
        total += paid / (1 + Decimal(str(discount))) ** (Decimal(month) / 12)
    return total


@given(
    st.integers(-(10**9), 10**12),
    st.lists(st.floats(0, 1), min_size=36, max_size=36).map(lambda p: sorted(p, reverse=True)),
)
def test_a_value_is_the_discounted_sum_of_what_survives(margin, survival):
    """Each month adds a twelfth of the margin, times survival, over the discount of its time."""
    assert abs(worth(margin, survival) - by_hand(margin, survival, 0.08)) <= Decimal("0.51")


def test_a_value_told_by_hand():
    """Without leaving or discount, three years of 1,200 a year are worth 3,600."""
    assert worth(120_000, [1.0] * 36, discount=0.0) == 360_000
    assert worth(120_000, [1.0] * 36, discount=0.0, margin_bps=5_000) == 180_000
    assert worth(120_000, [0.0] * 36) == 0


def test_a_constant_hazard_gives_back_the_churn_that_it_came_from():
    """After as many days as the probability speaks of, exactly that share has left."""
    assert constant_survival(0.2, 365, 36)[11] == pytest.approx(0.8)
    assert constant_survival(0.2, 365, 36)[35] == pytest.approx(0.8**3)
    assert constant_survival(0.0, 90, 2) == (1.0, 1.0)
    assert constant_survival(1.0, 90, 4)[3] == 0.0


def test_a_curve_is_met_at_its_periods_and_goes_on_at_its_mean_hazard():
    """Survival at the end of a period is the curve's; twice the curve's length squares it."""
    curve = [0.1, 0.15, 0.4]
    months = curve_survival(curve, 365, 72)
    assert [months[11], months[23], months[35]] == pytest.approx([0.9, 0.85, 0.6])
    assert months[71] == pytest.approx(0.36)
    assert all(later <= sooner for sooner, later in pairwise(months))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).map(sorted), st.integers(1, 400))
def test_survival_never_rises_and_stays_a_probability(leaving, days):
    """Whatever the curve, survival falls from at most 1, so that every value accepts it."""
    months = curve_survival(leaving, days, 36)
    assert all(0 <= each <= 1 for each in months)
    assert worth(1_200, months) >= 0


def test_the_formula_is_told_with_its_figures():
    """Both languages name the margin, the months, the survival and the discount."""
    told = value_cents(
        120_000, constant_survival(0.2, 365, 36), ValueFormula(), currency="CNY"
    ).formula
    assert told.en == (
        "100% of the last 12 months' margin of CNY 1,200, a twelfth a month over 3 years, x the "
        "probability of staying (80% after 12 months), discounted at 8% a year"
    )
    assert told.zh == (
        "近12个月贡献1,200元的100%,按月计36个月,乘以留存概率(第12个月为80%),年折现率8%"
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ValueFormula(months=0), "give 1 month or more"),
        (lambda: ValueFormula(discount=1.0), "a discount from 0 to less than 1"),
        (lambda: worth(1, [1.0] * 35), "35 probabilities of staying do not tell 36 months"),
        (lambda: worth(1, [0.5] * 35 + [0.6]), "never rising"),
        (lambda: worth(1, [1.1] * 36), "from 0 to 1"),
        (lambda: curve_survival([], 30, 36), "give one or more from 0 to 1"),
        (lambda: constant_survival(1.2, 90, 36), "give one or more from 0 to 1"),
    ],
)
def test_what_tells_no_value_is_refused(make, words):
    """Each figure that cannot be is named with what may be given."""
    with pytest.raises(ModelError, match=words):
        make()
