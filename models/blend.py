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
from models.line import Line

BOOSTER, LINE, BLEND = "booster.txt", "line.json", "blend.json"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blend:
    """Trees and a line, the trees weighing `weight` and the line the rest of their log-odds, and
    what calibrates the blend. One without the other weighs 1.
    """  # noqa: D205 - one sentence

    trees: Boosted | None
    calibration: Platt | None = None
    line: Line | None = None
    weight: float = 1.0

    def raw(self, matrix: Floats) -> Floats:
        """The calibrated log-odds, [rows, 1]."""
        raw = self._mixed(
            None if self.trees is None else self.trees.raw(matrix),
            None if self.line is None else self.line.raw(matrix)[:, None],
        )
        return self.calibration.apply(raw) if self.calibration else raw

    def contributions(self, matrix: Floats, place: int) -> Floats:
        """What each feature adds to the calibrated log-odds; the base is the same for every row."""
        shares = self._mixed(
            None if self.trees is None else self.trees.contributions(matrix, place),
            None if self.line is None else self.line.contributions(matrix),
        )
        return self.calibration.slope * shares if self.calibration else shares

    def files(self) -> Mapping[str, bytes]:
        """The booster's text, the line, and the rest as JSON."""
        platt = asdict(self.calibration) if self.calibration else None
        said = {BLEND: json.dumps({"calibration": platt, "weight": self.weight}).encode()}
        if self.trees is not None:
            said[BOOSTER] = self.trees.text.encode()
        if self.line is not None:
            said[LINE] = self.line.to_json().encode()
        return said

    def _mixed(self, trees: Floats | None, line: Floats | None) -> Floats:
        if trees is not None and line is not None:
            return self.weight * trees + (1 - self.weight) * line
        alone = line if trees is None else trees
        if alone is None:
            raise BrokenModel("a blend has neither trees nor a line; train again")
        return alone


def read_blend(card: Card, files: Mapping[str, bytes]) -> Blend:
    """The blend that a model's folder holds; BrokenModel when it does not read."""
    try:
        said = json.loads(files[BLEND])
        platt = said["calibration"]
        return Blend(
            Boosted(files[BOOSTER].decode()) if BOOSTER in files else None,
            Platt(**platt) if platt else None,
            Line.from_json(files[LINE].decode()) if LINE in files else None,
            float(said["weight"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the files of model {card.label!r} do not read as a blend: {error!r}; "
            "restore the folder, or train again"
        ) from error
