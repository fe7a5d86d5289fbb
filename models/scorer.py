"""What every kind of learned model can do, whatever it is made of."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Scorer(Protocol):
    """What was learned, ready to be asked; one a kind of model."""

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores [rows, labels] of a float64 [rows, features] matrix, on the scale on which
        contributions add up: log-odds, cents, or a difference of probabilities.
        """  # noqa: D205 - one sentence
        ...

    def contributions(self, matrix: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """What each feature adds to each row's raw score of label number `place`.

        [rows, features]; what is left of the raw score without them is the row's base.
        """
        ...

    def files(self) -> Mapping[str, bytes]:
        """What is written into the model's folder: equal scorers give equal bytes."""
        ...
