"""A regularised logistic regression kept as plain numbers: what each feature adds, and no more.

Each feature adds a curve of its own: a slope on its signed logarithm, a path of straight pieces
through knots that is level beyond the outermost, or both; a missing value adds a number of its own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class Line:
    """A constant and a curve for each feature, in the features' order."""

    constant: float
    curves: tuple[Curve, ...]

    def raw(self, matrix: Floats) -> Floats:
        """The log-odds of each row of a float64 [rows, features] matrix."""
        self._check(matrix)
        total = np.full(len(matrix), self.constant)
        if len(matrix) <= _FEW:
            # One feature after another, as below, so that both come to the same bytes.
            added = np.column_stack([total, self._together.at(matrix)])
            return np.asarray(np.cumsum(added, axis=1)[:, -1])
        for column, curve in zip(matrix.T, self.curves, strict=True):
            if curve != _NOTHING:
                total += curve.at(column)
        return total

    def contributions(self, matrix: Floats) -> Floats:
        """What each feature adds to each row's log-odds, [rows, features].

        A row's contributions and the constant add up to its log-odds; over the rows that were
        learned from, those of a feature have mean zero.
        """
        self._check(matrix)
        if len(matrix) <= _FEW:
            return self._together.at(matrix)
        added = np.empty(matrix.shape, order="F")
        for place, curve in enumerate(self.curves):
            added[:, place] = 0.0 if curve == _NOTHING else curve.at(matrix[:, place])
        return added

    @cached_property
    def before_last(self) -> "Line":
        """The line of all features but the last."""
        return Line(self.constant, self.curves[:-1])

    def _check(self, matrix: Floats) -> None:
        if matrix.shape[1] != len(self.curves):
            raise ValueError(f"{matrix.shape[1]} columns for {len(self.curves)} curves")

    @cached_property
    def _together(self) -> "_Together":
        return _Together.of(self.curves)

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


@dataclass(frozen=True, slots=True)
class _Together:
    """Curves side by side, so that a row takes a few steps and not one a feature.

    `slope`, `level` and `gap` are [features]; `bent` are the places of those with knots, whose
    `first` and `last` knot are [bent], and whose `knots`, `heights` and `rises` from each knot to
    the next are [bent, most knots], filled up.
    """

    slope: Floats
    level: Floats
    gap: Floats
    bent: NDArray[np.intp]
    first: Floats
    last: Floats
    knots: Floats
    heights: Floats
    rises: Floats

    @staticmethod
    def of(curves: Sequence[Curve]) -> "_Together":
        """Curves in the features' order."""
        bent = [place for place, curve in enumerate(curves) if curve.knots]
        most = max((len(curves[place].knots) for place in bent), default=0)
        knots, heights, rises = (np.zeros((len(bent), most)) for _ in range(3))
        knots[:] = np.inf
        for row, place in enumerate(bent):
            own, count = curves[place], len(curves[place].knots)
            knots[row, :count], heights[row, :count] = own.knots, own.heights
            with np.errstate(over="ignore"):  # knots so close that nothing lies between them
                rise = np.diff(own.heights) / np.diff(own.knots)
            rises[row, : count - 1] = np.where(np.isfinite(rise), rise, 0.0)
        return _Together(
            slope=np.array([curve.slope for curve in curves]),
            level=np.array([curve.level for curve in curves]),
            gap=np.array([curve.gap for curve in curves]),
            bent=np.array(bent, dtype=np.intp),
            first=np.array([curves[place].knots[0] for place in bent]),
            last=np.array([curves[place].knots[-1] for place in bent]),
            knots=knots,
            heights=heights,
            rises=rises,
        )

    def at(self, matrix: Floats) -> Floats:
        """What each value adds, [rows, features]; the same bytes as each curve by itself."""
        with np.errstate(invalid="ignore"):  # no slope times a value without end
            sloped = np.where(self.slope == 0, 0.0, self.slope * signed_log(matrix))
        added = self.level + sloped
        if len(self.bent):
            values = np.clip(matrix[:, self.bent], self.first, self.last)
            passed = (values[:, :, None] >= self.knots).sum(axis=2)
            piece, row = np.maximum(passed - 1, 0), np.arange(len(self.bent))
            risen = self.rises[row, piece] * (values - self.knots[row, piece])
            added[:, self.bent] += risen + self.heights[row, piece]
        return np.where(np.isnan(matrix), self.gap, added)


def signed_log(values: Floats) -> Floats:
    """The signed logarithm, sign(x) log(1 + |x|): tames amounts of any size, and keeps zero."""
    tamed: Floats = np.copysign(np.log1p(np.abs(values)), values)
    return tamed


_NOTHING = Curve()
# Of more rows than these it is quicker to take one feature after another.
_FEW = 64


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
