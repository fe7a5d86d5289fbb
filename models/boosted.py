"""Boosted trees as LightGBM wrote them, asked for raw scores and what they are made of."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.tree_walk import raw_scores
from models.trees import Trees, parsed
from models.treeshap import TreeExplainer, contributions, explainer_of


@dataclass(frozen=True, slots=True)
class Boosted:
    """A booster's text, read once; BrokenModel where it cannot be read."""

    text: str = field(repr=False)
    trees: Trees = field(init=False, repr=False, compare=False)
    _ready: list[TreeExplainer] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "trees", parsed(self.text))

    @property
    def classes(self) -> int:
        """How many scores each row gets: 1 unless the booster ranks several."""
        return self.trees.classes

    @property
    def width(self) -> int:
        """How many features it reads."""
        return len(self.trees.features)

    @property
    def explainer(self) -> TreeExplainer:
        """The walk that takes scores apart, made ready when it is first asked for and kept."""
        if not self._ready:
            self._ready.append(explainer_of(self.trees))
        return self._ready[0]

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw scores [rows, classes]."""
        return raw_scores(self.trees, matrix)

    def contributions(self, matrix: NDArray[np.float64], place: int = 0) -> NDArray[np.float64]:
        """What each feature adds to the raw score of one class: TreeSHAP, [rows, features]."""
        return contributions(self.explainer, matrix, place)
