"""Customer value: the stated sum, quarter by quarter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import customer_value


@given(st.integers(-(10**9), 10**12), st.floats(0, 1))
def test_value_is_the_sum_over_twelve_quarters(margin, leaving):
    """A loop over quarters with plain floats gives the same cents."""
    worth, staying = 0.0, 1.0
    for quarter in range(1, 13):
        staying *= 1 - leaving
        worth += margin / 4 * staying / 1.08 ** (quarter / 4)
    (value,) = customer_value(np.array([margin]), np.array([leaving])).tolist()
    assert value == pytest.approx(worth, abs=1, rel=1e-9)


def test_who_is_likelier_to_leave_is_worth_less():
    """For the same margin, value falls as the probability of leaving grows."""
    values = customer_value(np.full(11, 1_000_000), np.linspace(0, 1, 11))
    assert (np.diff(values) < 0).all()
    assert values[-1] == 0
