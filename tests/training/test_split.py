"""Splits: nothing of a test row is known while learning."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodcall.calendar import month_starts
from training import Horizon
from training.split import (
    Latest,
    RandomFolds,
    Rolling,
    folds_of,
    forward_folds,
    grouped_folds,
    inner_folds,
    inner_of,
)

MONTHS = list(month_starts(date(2024, 1, 1), date(2026, 1, 1)))


def panel(months, customers=200, rate=0.4, seed=0):
    """Every customer at every month, with random outcomes."""
    days = np.array(months, dtype="datetime64[D]")
    as_of, who = np.repeat(days, customers), np.tile(np.arange(customers), len(days))
    y = (np.random.default_rng(seed).random(len(who)) < rate).astype(np.int8)
    return who, as_of, y


@settings(max_examples=60)
@given(
    st.integers(1, 24),
    st.builds(Horizon, st.integers(1, 6), st.just("months"))
    | st.builds(Horizon, st.integers(1, 200)),
    st.integers(1, 3),
)
def test_every_outcome_learned_from_is_known_before_the_first_test(months, horizon, last):
    """The embargo is the horizon: windows of teaching rows end where tested dates begin."""
    _, as_of, y = panel(MONTHS[:months])
    tested = []
    for teach, test in forward_folds(as_of, y, horizon, last=last):
        latest = as_of[teach].max().item()
        assert horizon.after(latest) <= as_of[test].min().item()
        assert y[teach].sum() >= 50
        tested += [set(as_of[test].tolist())]
    for newer, older in pairwise(tested):
        assert min(newer) > max(older)


def test_the_test_is_the_latest_sixth_of_the_dates():
    """Of twelve months the last two test; with a horizon of 90 days the first eight teach."""
    _, as_of, y = panel(MONTHS[:12])
    ((teach, test),) = forward_folds(as_of, y, Horizon(90))
    assert sorted(set(as_of[test].tolist())) == MONTHS[10:12]
    assert sorted(set(as_of[teach].tolist())) == MONTHS[:8]


@pytest.mark.parametrize(
    ("months", "rate", "horizon"),
    [
        (1, 0.4, Horizon(30)),
        (3, 0.4, Horizon(90)),
        (12, 0.01, Horizon(90)),
        (12, 0.4, Horizon(24, "months")),
    ],
)
def test_too_few_dates_or_positives_make_no_split_by_date(months, rate, horizon):
    """One date, a horizon longer than the dates, or hardly a positive: customers are held out."""
    who, as_of, y = panel(MONTHS[:months], rate=rate)
    assert not list(forward_folds(as_of, y, horizon))
    assert len(inner_folds(who, as_of, y, horizon, np.random.default_rng(0))) == 4


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_grouped_folds_part_the_rows_and_keep_customers_whole(seed, folds):
    """Every row tests once, no customer stands on both sides, positives are spread evenly."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, 60, 150)
    y = (rng.random(150) < 0.3).astype(np.int8)
    parts = grouped_folds(who, y, rng, folds)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(150))
    for teach, test in parts:
        assert not set(who[teach]) & set(who[test])
        assert len(teach) + len(test) == 150
    positive = [len({*who[test][y[test] == 1]}) for _, test in parts]
    assert max(positive) - min(positive) <= 1


@settings(max_examples=40)
@given(st.integers(1, 12), st.booleans())
def test_a_customer_may_be_kept_off_the_other_side(months, whole):
    """Where customers are kept apart, no tested customer taught, and no other row is lost."""
    who, as_of, y = panel(MONTHS[: months + 4])
    rng = np.random.default_rng(months)
    kept = rng.random(len(who)) < (0.2 if whole else 0.9)
    who, as_of, y = who[kept], as_of[kept], y[kept]
    plain = list(forward_folds(as_of, y, Horizon(30), last=2))
    for teach, test in forward_folds(as_of, y, Horizon(30), last=2, apart=who):
        assert not set(who[teach]) & set(who[test])
        same = next(taught for taught, tested in plain if (tested[0] == test[0]))
        lost = set(same.tolist()) - set(teach.tolist())
        assert {who[row] for row in lost} <= set(who[test])


@settings(max_examples=60)
@given(st.integers(20, 300), st.integers(1, 60), st.floats(0.05, 0.9))
def test_rolling_tests_every_late_row_once_by_all_rows_before_its_block(rows, every, share):
    """Blocks follow one another to the end; the models of each know all rows before it."""
    parts = list(folds_of(Rolling(every, share), *those(rows)))
    tested = np.concatenate([test for _, test in parts])
    assert tested.tolist() == list(range(rows - round(share * rows), rows))
    for teach, test in parts:
        assert teach.tolist() == list(range(test[0]))
        assert len(test) <= every


def those(rows):
    """Rows of customers of their own, every third positive, and a lot."""
    y = (np.arange(rows) % 3 == 0).astype(np.int8)
    return np.arange(rows), y, np.random.default_rng(0)


def test_the_latest_share_tests_once():
    """Of a hundred rows the last twenty test and the first eighty teach."""
    ((teach, test),) = folds_of(Latest(0.2), *those(100))
    assert (teach.tolist(), test.tolist()) == (list(range(80)), list(range(80, 100)))


def test_random_folds_are_drawn_anew_each_time():
    """Every repeat parts all rows, and no two repeats in the same way."""
    parts = list(folds_of(RandomFolds(4, 2), *those(100)))
    tests = [tuple(test.tolist()) for _, test in parts]
    assert len(set(tests)) == 8
    for repeat in (parts[:4], parts[4:]):
        assert sorted(np.concatenate([test for _, test in repeat])) == list(range(100))


def test_inner_folds_go_forward_before_a_test_of_the_latest():
    """Three latest sixths in turn, each after all rows before it; else whole rows by lot."""
    inner = inner_of(Latest(0.2), *those(60))
    assert [(len(teach), test[0], test[-1]) for teach, test in inner] == [
        (50, 50, 59),
        (40, 40, 49),
        (30, 30, 39),
    ]
    for split in (RandomFolds(), Rolling()):
        tested = np.concatenate([test for _, test in inner_of(split, *those(60))])
        assert sorted(tested) == list(range(60))
    who, _, rng = those(60)
    early = (np.arange(60) < 10).astype(np.int8)
    assert len(inner_of(Latest(0.2), who, early, rng)) == 4
