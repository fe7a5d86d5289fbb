"""Scores one outcome by boosted trees, a straight line, or both, and makes the odds honest."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.boosted import Boosted
from models.calibration import Platt
from models.card import Card
from models.errors import BrokenModel

BOOSTER, BLEND = "booster.txt", "blend.json"


@dataclass(frozen=True, slots=True)
class Blend:
    """Trees and the line through their log-odds that calibrates them."""

    trees: Boosted
    calibration: Platt | None = None

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The calibrated log-odds, [rows, 1]."""
        raw = self.trees.raw(matrix)
        return self.calibration.apply(raw) if self.calibration else raw

    def contributions(self, matrix: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """What each feature adds to the calibrated log-odds; the base is the same for every row."""
        shares = self.trees.contributions(matrix, place)
        return self.calibration.slope * shares if self.calibration else shares

    def files(self) -> Mapping[str, bytes]:
        """The booster's text, and the rest as JSON."""
        said = {"calibration": asdict(self.calibration) if self.calibration else None}
        return {BOOSTER: self.trees.text.encode(), BLEND: json.dumps(said).encode()}


def read_blend(card: Card, files: Mapping[str, bytes]) -> Blend:
    """The blend that a model's folder holds; BrokenModel when it does not read."""
    try:
        said = json.loads(files[BLEND])
        platt = said["calibration"]
        return Blend(Boosted(files[BOOSTER].decode()), Platt(**platt) if platt else None)
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the files of model {card.label!r} do not read as a blend: {error!r}; "
            "restore the folder, or train again"
        ) from error
