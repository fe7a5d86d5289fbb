"""What an effect may be learned from: contacts drawn by lot, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from lots import FEATURES, a_lot

from training.effects.lot import Arm, arm_columns, checked
from training.errors import MissingColumn, NotRandomised, OneClass, TooFewRows

ROWS = 2_000


def _some(data, places, fill):
    matrix = data.matrix.copy()
    matrix[:, places] = fill
    return replace(data, matrix=matrix)


def _chosen_by_wish(data):
    """Contacts that went to the eager more often than the lot says."""
    rng = np.random.default_rng(9)
    eager = data.matrix[:, 0] > 0
    treated = rng.random(ROWS) < np.where(eager, 0.65, 0.35)
    return replace(data, treated=treated)


BAD = {
    "of 2000 contacts were not chosen by lot": (lambda d: d, 0.9),
    "fewer than 100": (lambda d: d.of(np.arange(50)), 1),
    "has outcome 0 for 'buys'": (lambda d: replace(d, y=np.zeros(ROWS, np.int8)), 1),
    "nothing at all is known in noise": (lambda d: _some(d, 2, np.nan), 1),
    "must lie between 0 and 1": (lambda d: replace(d, probability=np.full(ROWS, np.nan)), 1),
    "randomised contacts were left": (lambda d: replace(d, treated=np.zeros(ROWS, np.bool_)), 1),
    "randomised contacts were made": (lambda d: replace(d, treated=np.ones(ROWS, np.bool_)), 1),
    "the lot's probabilities expect 1400": (
        lambda d: replace(d, probability=np.full(ROWS, 0.7)),
        1,
    ),
    "those contacted differ in eager from": (_chosen_by_wish, 1),
}
ERRORS = {
    "fewer than 100": TooFewRows,
    "has outcome 0 for 'buys'": OneClass,
    "nothing at all is known in noise": MissingColumn,
}


@pytest.mark.parametrize("message", BAD)
def test_what_no_effect_can_be_learned_from_is_refused(message):
    """Each flaw is named, with what to do."""
    flaw, share = BAD[message]
    data = flaw(a_lot(ROWS)[0])
    drawn = np.arange(len(data.y)) < share * len(data.y)
    with pytest.raises(ERRORS.get(message, NotRandomised), match=message):
        checked(data, drawn)


def test_a_true_lot_passes():
    """Whatever the probabilities; a column that the bank has no source of may be empty."""
    probability = np.random.default_rng(1).uniform(0.1, 0.9, ROWS)
    data = a_lot(ROWS, probability=probability)[0]
    assert checked(data, np.ones(ROWS, np.bool_)) is data
    empty = _some(data, 3, np.nan)
    assert checked(empty, np.ones(ROWS, np.bool_), absent=FEATURES[3:]) is empty


def test_a_feature_that_looks_beyond_the_contact_is_found():
    """A column that counts the contact itself differs between the arms, and is refused by name."""
    data = a_lot(ROWS)[0]
    with pytest.raises(NotRandomised, match="differ in noise"):
        checked(_some(data, 2, data.treated.astype(float)), np.ones(ROWS, np.bool_))


def test_arms_are_told_apart_by_what_and_by_channel():
    """One column a word, and none for a word that all arms share."""
    arms = (Arm("deposit", "phone"), Arm("fund", "phone"), Arm("fund", "sms"))
    assert arm_columns(arms).tolist() == [[1, 0, 1, 0], [0, 1, 1, 0], [0, 1, 0, 1]]
    assert arm_columns(arms[:2]).tolist() == [[1, 0], [0, 1]]
    assert arm_columns(arms[:1]).shape == (1, 0)
