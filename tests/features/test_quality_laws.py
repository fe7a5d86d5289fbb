"""Laws of the measures themselves, against slow arithmetic and known series."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.quality.shape import REST, Shape, shift_between
from features.quality.volume import (
    days_high,
    days_low,
    history_change,
    months_high,
    months_low,
)

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
PARTS = st.lists(st.integers(1, 5000), min_size=3, max_size=10)


def steady(rows=100):
    return dict.fromkeys(DAYS, rows)


@given(PARTS, st.data())
def test_the_index_is_zero_only_of_equal_shares(counts, data):
    """The stability index is 0 between a distribution and itself and positive otherwise."""
    other = data.draw(st.permutations(counts))
    edges = tuple(float(n) for n in range(len(counts) - 1))
    before = Shape(sum(counts), 0, edges, tuple(counts))
    same = shift_between(before, before, counts)
    moved = shift_between(before, before, other)
    assert same is not None
    assert moved is not None
    assert same.index == pytest.approx(0)
    assert (moved.index > 1e-12) == (other != counts)


def test_the_index_is_the_textbook_sum():
    """Ten per cent that move from one half to the other give .1 times the log of the odds."""
    before = Shape(200_000, 0, (1.0,), (100_000, 100_000))
    shift = shift_between(before, before, (120_000, 80_000))
    assert shift is not None
    textbook = 0.1 * math.log(0.6 / 0.5) - 0.1 * math.log(0.4 / 0.5)
    assert shift.index == pytest.approx(textbook, rel=1e-4)
    assert (shift.before, shift.now) == ((0.5, 0.5), (0.6, 0.4))


def quarterly(rows):
    """Rows by kind of a month without the quarter's interest, and of one of which it is a tenth."""
    plain = Shape(rows, 0, values={"card": rows * 6 // 10, "cash": rows * 4 // 10, "interest": 0})
    credited = dict(plain.values, interest=rows // 9)
    return plain, Shape(rows + rows // 9, 0, values=credited)


@pytest.mark.parametrize("rows", [9_000, 90_000_000])
def test_what_comes_once_a_quarter_weighs_the_same_in_every_bank(rows):
    """With a least share; without one it weighs the more the more rows there are."""
    plain, credited = quarterly(rows)
    for before, now in ((plain, credited), (credited, plain)):
        assert shift_between(before, now, (), least=0.01).index == pytest.approx(0.217, abs=0.005)
    without = shift_between(plain, credited, ()).index
    assert without == pytest.approx(0.1 * math.log(0.2 * (rows + rows / 9)), rel=0.03)


def test_a_value_that_is_new_stands_with_the_rest():
    """A word that the last load did not have, or had rarely, counts as one of the rest."""
    before = Shape(100, 0, values={"a": 60, "b": 40})
    now = Shape(100, 0, values={"a": 60, "c": 30, REST: 10})
    shift = shift_between(before, now, ())
    assert shift is not None
    assert shift.labels == ("a", "b", REST)
    assert shift.now == (0.6, 0, 0.4)


def test_a_column_of_one_value_cannot_shift():
    """Where there is only one part there is nothing to compare."""
    only = Shape(100, 0, values={"a": 100})
    assert shift_between(only, only, ()) is None


def test_chance_stays_below_the_noise():
    """Samples of one distribution pass the noise in about one case of a thousand."""
    rng = np.random.default_rng(5)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    passed = 0
    for _ in range(3000):
        then, now = rng.multinomial(400, shares), rng.multinomial(700, shares)
        before = Shape(400, 0, (1.0, 2.0, 3.0), tuple(int(n) for n in then))
        shift = shift_between(before, before, [int(n) for n in now])
        assert shift is not None
        passed += shift.index > shift.noise
    assert passed <= 12


def test_a_steady_table_is_never_odd():
    """Equal days give no month and no day off its expectation by more than its length."""
    days = steady()
    assert all(odd.ratio == 1 for odd in days_low(days, FIRST, LAST, 50))
    assert all(odd.ratio == 1 for odd in days_high(days, FIRST, LAST, 50))
    for odd in (*months_low(days, FIRST, LAST, 50), *months_high(days, FIRST, LAST, 50)):
        assert 0.9 < odd.ratio < 1.1


@pytest.mark.parametrize("factor", [1.3, 0.75])
def test_a_table_that_grows_or_shrinks_is_not_odd(factor):
    """A steady trend of 30 % a month up or 25 % down loses no month and floods none."""
    days = {day: int(1e5 * factor ** ((day - FIRST).days / 30.4)) for day in DAYS[:365]}
    end = DAYS[364]
    assert min(odd.ratio for odd in months_low(days, FIRST, end, 50)) > 0.5
    assert max(odd.ratio for odd in months_high(days, FIRST, end, 50)) < 2
    assert min(odd.ratio for odd in days_low(days, FIRST, end, 50)) > 0.7


@settings(max_examples=25)
@given(st.integers(30, 119))
def test_a_lost_day_is_the_smallest(place):
    """The day that lost nine rows of ten has a ratio of a tenth, and no other day is below 1."""
    days = dict.fromkeys(DAYS[:120], 100) | {DAYS[place]: 10}
    found = {odd.when: odd.ratio for odd in days_low(days, FIRST, DAYS[119], 50)}
    assert found.pop(str(DAYS[place])) == pytest.approx(0.1)
    assert min(found.values()) == 1


def test_a_weekend_that_rests_is_not_odd():
    """A table without rows at weekends is held against weekends, of which nothing is expected."""
    days = {day: 100 for day in DAYS if day.weekday() < 5}
    assert {odd.ratio for odd in days_low(days, FIRST, LAST, 50)} == {1}


def test_pay_days_are_not_odd():
    """A peak on every 15th is what the table's own history leads one to expect."""
    days = steady() | {day: 5000 for day in DAYS if day.day == 15}
    assert max(odd.ratio for odd in days_high(days, FIRST, LAST, 50)) == 1


def test_months_that_are_not_over_are_not_judged():
    """A month that the bank's days cover in part is nobody's smallest month."""
    days = {day: rows for day, rows in steady().items() if day <= date(2025, 6, 10)}
    judged = [odd.when for odd in months_low(days, FIRST, date(2025, 6, 10), 50)]
    assert judged[-1] == "2025-05"


def test_a_rewritten_month_is_told_by_its_share():
    """Of the months that were over, each is told by how many of its rows are others."""
    before = {"2025-01": 1000, "2025-02": 1000, "2025-03": 400}
    now = {"2025-01": 1000, "2025-02": 900, "2025-03": 1000, "2025-04": 1000}
    found = {odd.when: odd.ratio for odd in history_change(before, now, 50)}
    assert found == {"2025-01": 0, "2025-02": pytest.approx(0.1)}
