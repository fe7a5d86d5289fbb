"""A regularised logistic regression kept as plain numbers: what each feature adds, and no more.

Each feature adds a curve of its own: a slope on its signed logarithm, a path of straight pieces
through knots that is level beyond the outermost, or both; a missing value adds a number of its own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BrokenModel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """What one feature adds to the log-odds: `slope` x sign(x) log(1 + |x|), plus the heights
    between knots, plus `level`; `gap` where its value is missing.
    """  # noqa: D205 - one sentence

    slope: float = 0.0
    level: float = 0.0
    gap: float = 0.0
    knots: tuple[float, ...] = ()
    heights: tuple[float, ...] = ()

    def at(self, values: Floats) -> Floats:
        """What each value adds."""
        added = np.full(len(values), self.level)
        if self.slope:
            added += self.slope * signed_log(values)
        if self.knots:
            added += np.interp(values, self.knots, self.heights)
        return np.where(np.isnan(values), self.gap, added)


@dataclass(frozen=True, slots=True)
class Line:
    """A constant and a curve for each feature, in the features' order."""

    constant: float
    curves: tuple[Curve, ...]

    def raw(self, matrix: Floats) -> Floats:
        """The log-odds of each row of a float64 [rows, features] matrix."""
        total = np.full(len(matrix), self.constant)
        for column, curve in zip(matrix.T, self.curves, strict=True):
            if curve != _NOTHING:
                total += curve.at(column)
        return total

    def contributions(self, matrix: Floats) -> Floats:
        """What each feature adds to each row's log-odds, [rows, features].

        A row's contributions and the constant add up to its log-odds; over the rows that were
        learned from, those of a feature have mean zero.
        """
        added = [curve.at(column) for column, curve in zip(matrix.T, self.curves, strict=True)]
        return np.column_stack(added) if added else np.empty((len(matrix), 0))

    def to_json(self) -> str:
        """The numbers as JSON, each in full."""
        said = {
            "constant": self.constant,
            "curves": [
                {
                    "slope": curve.slope,
                    "level": curve.level,
                    "gap": curve.gap,
                    "knots": list(curve.knots),
                    "heights": list(curve.heights),
                }
                for curve in self.curves
            ],
        }
        return json.dumps(said, indent=1)

    @staticmethod
    def from_json(text: str) -> "Line":
        """The line that `to_json` wrote; BrokenModel when it does not read as one."""
        try:
            said = json.loads(text)
            return Line(_number(said["constant"]), tuple(_curve(each) for each in said["curves"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BrokenModel(
                f"the line does not read as one: {error!r}; restore the model's folder, or train "
                "again"
            ) from error


def signed_log(values: Floats) -> Floats:
    """The signed logarithm, sign(x) log(1 + |x|): tames amounts of any size, and keeps zero."""
    tamed: Floats = np.copysign(np.log1p(np.abs(values)), values)
    return tamed


_NOTHING = Curve()


def _curve(said: Mapping[str, Any]) -> Curve:
    knots, heights = _numbers(said["knots"]), _numbers(said["heights"])
    if len(knots) != len(heights) or any(low >= high for low, high in pairwise(knots)):
        raise ValueError("knots must ascend, each with its height")
    return Curve(
        _number(said["slope"]), _number(said["level"]), _number(said["gap"]), knots, heights
    )


def _numbers(said: Sequence[object]) -> tuple[float, ...]:
    return tuple(_number(each) for each in said)


def _number(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not isfinite(said):
        raise ValueError(f"{said!r} is no finite number")
    return float(said)
