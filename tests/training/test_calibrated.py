"""Calibration by folds that go forward: a shift that passes is not corrected, one that stays is."""

import numpy as np
import pytest

from models.calibration import Platt
from training.calibrated import lasting_calibration

ROWS = 4_000


def part(seed, *, slope=1.0, shift=0.0):
    """Log-odds that were said, where the true ones are slope x these + shift, and outcomes."""
    rng = np.random.default_rng(seed)
    said = rng.normal(-2.0, 1.0, ROWS)
    rate = 1 / (1 + np.exp(-(slope * said + shift)))
    return said, (rng.random(ROWS) < rate).astype(np.int8)


def test_honest_odds_are_left_alone():
    """Where no fold errs, nothing is mended."""
    assert lasting_calibration([part(1), part(2)]) is None


def test_a_shift_that_lasts_is_mended():
    """An error that all folds share is found and undone, by the truth's own slope and shift."""
    found = lasting_calibration([part(seed, slope=0.6, shift=0.9) for seed in (1, 2, 3)])
    assert isinstance(found, Platt)
    assert found.slope == pytest.approx(0.6, abs=0.05)
    assert found.intercept == pytest.approx(0.9, abs=0.1)


def test_a_shift_of_the_latest_fold_alone_is_no_reason_to_shift():
    """Where the earlier folds do not ask for what the latest did, nothing is changed."""
    assert lasting_calibration([part(1, shift=1.5), part(2), part(3)]) is None


def test_a_shift_that_was_gone_in_the_latest_fold_is_not_brought_back():
    """What only earlier folds ask for would spoil the latest, and is left."""
    assert lasting_calibration([part(1), part(2, shift=1.5), part(3, shift=1.5)]) is None


def test_one_fold_is_taken_at_its_word():
    """Where there is no other to judge by, the only fold's error is mended."""
    assert lasting_calibration([part(1, shift=1.5)]) is not None
