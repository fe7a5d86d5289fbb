"""Whether sums come as expected: what came beside what was expected, by tenths of the rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import equal_mass_bins
from models.card import Estimate
from training.evaluation.bootstrap import Floats, mean_estimate

_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Tenth:
    """Rows of similar expectation: how many, what was expected in the mean, and what came."""

    rows: int
    expected: Estimate
    came: Estimate


def tenths(
    came: Floats, expected: Floats, customer_id: NDArray[np.int64], seed: int
) -> tuple[Tenth, ...]:
    """The rows in tenths by what was expected, the least first."""
    which = equal_mass_bins(expected, _TENTHS)
    places = [np.flatnonzero(which == number) for number in range(_TENTHS)]
    return tuple(
        Tenth(
            len(rows),
            *(mean_estimate(each[rows], customer_id[rows], seed) for each in (expected, came)),
        )
        for rows in places
        if len(rows)
    )
