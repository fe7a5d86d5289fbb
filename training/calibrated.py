"""Whether a calibration that some rows ask for would have held on later ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.calibration import (
    TOLERATED_ECE,
    Platt,
    expected_calibration_error,
    fit_platt,
    sigmoid,
)

_SURE = 2.0
_HALF = 0.5

Floats = NDArray[np.float64]
Outcomes = NDArray[np.int8]
# The log-odds that were said of rows that did not teach, and their outcomes.
Part = tuple[Floats, Outcomes]


def lasting_calibration(parts: Sequence[Part]) -> Platt | None:
    """A line through the log-odds of tested rows where these err more than tolerated, and it mends
    them for later ones too.

    The parts are those of folds, the latest first.
    """  # noqa: D205 - one sentence
    log_odds, y = joined(parts)
    if expected_calibration_error(sigmoid(log_odds), y) <= TOLERATED_ECE or not lasts(parts):
        return None
    return fit_platt(log_odds, y)


def lasts(parts: Sequence[Part]) -> bool:
    """Whether the line through the other parts betters the first, by more than two errors and by
    half of what a line of the first part's own would gain.

    A shift that does not last is no reason to shift again. One part alone is taken at its word.
    """  # noqa: D205 - one sentence
    first, others = parts[0], parts[1:]
    if not others:
        return True
    gain, most = (
        losses(*first) - losses(line.apply(first[0]), first[1])
        for line in (fit_platt(*joined(others)), fit_platt(*first))
    )
    least = max(_SURE * float(gain.std()) / np.sqrt(len(gain)), _HALF * float(most.mean()))
    return bool(gain.mean() > least)


def joined(parts: Sequence[Part]) -> Part:
    """All parts as one."""
    return np.concatenate([each for each, _ in parts]), np.concatenate([y for _, y in parts])


def losses(log_odds: Floats, y: Outcomes) -> Floats:
    """Each row's log-loss."""
    return np.asarray(np.logaddexp(0, log_odds) - y * log_odds)
