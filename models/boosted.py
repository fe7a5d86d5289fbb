"""Boosted trees as LightGBM wrote them, asked for raw scores and what they are made of."""

from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

# So few rows are quicker on one thread than on threads that have to be started.
_FEW_ROWS = 64


@dataclass(frozen=True, slots=True)
class Boosted:
    """A booster's text, read once; `classes` is 1 unless the booster ranks several."""

    text: str = field(repr=False)
    _booster: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_booster", lightgbm.Booster(model_str=self.text))

    @property
    def classes(self) -> int:
        """How many scores each row gets."""
        return int(self._booster.num_model_per_iteration())

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw scores [rows, classes]."""
        if not len(matrix):
            return np.empty((0, self.classes))
        said = np.asarray(self._ask(matrix, raw_score=True), dtype=np.float64)
        return said.reshape(len(matrix), self.classes)

    def contributions(self, matrix: NDArray[np.float64], place: int = 0) -> NDArray[np.float64]:
        """What each feature adds to the raw score of one class: TreeSHAP, [rows, features]."""
        width = int(self._booster.num_feature())
        if not len(matrix):
            return np.empty((0, width))
        shares = np.asarray(self._ask(matrix, pred_contrib=True), dtype=np.float64)
        begins = place * (width + 1)
        return shares[:, begins : begins + width]

    def _ask(self, matrix: NDArray[np.float64], **options: bool) -> NDArray[np.float64]:
        threads = {"num_threads": 1} if len(matrix) <= _FEW_ROWS else {}
        answer: NDArray[np.float64] = self._booster.predict(matrix, **options, **threads)
        return answer
