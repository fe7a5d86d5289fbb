"""Boosted trees as LightGBM wrote them, asked for raw scores and what they are made of."""

from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.treeshap import TreeExplainer, compiled, contributions

# So few rows are quicker on one thread than on threads that have to be started.
_FEW_ROWS = 64


@dataclass(frozen=True, slots=True)
class Boosted:
    """A booster's text, read once; `classes` is 1 unless the booster ranks several."""

    text: str = field(repr=False)
    _booster: Any = field(init=False, repr=False, compare=False)
    _ready: list[TreeExplainer] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_booster", lightgbm.Booster(model_str=self.text))

    @property
    def classes(self) -> int:
        """How many scores each row gets."""
        return int(self._booster.num_model_per_iteration())

    @property
    def width(self) -> int:
        """How many features it reads."""
        return int(self._booster.num_feature())

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw scores [rows, classes]."""
        if not len(matrix):
            return np.empty((0, self.classes))
        threads = {"num_threads": 1} if len(matrix) <= _FEW_ROWS else {}
        said = np.asarray(self._booster.predict(matrix, raw_score=True, **threads), np.float64)
        return said.reshape(len(matrix), self.classes)

    def contributions(self, matrix: NDArray[np.float64], place: int = 0) -> NDArray[np.float64]:
        """What each feature adds to the raw score of one class: TreeSHAP, [rows, features]."""
        return contributions(self._explainer(), matrix, place)

    def _explainer(self) -> TreeExplainer:
        """The walk through these trees, made ready when a reason is first asked for and kept."""
        if not self._ready:
            self._ready.append(compiled(self.text))
        return self._ready[0]
