"""The regularised line beside a hazard's trees: a logistic regression on the same periods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.booster import Fold
from models.hazard_grow import Cells
from models.line import Line
from training.baseline import LineForm, choose_line, fit_line

_MOST_VALUES = 6_000_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Beside:
    """Evenly spread cells, as many as a line has use for: their values with the period as last
    column, and the folds that are left of them.

    A line learns from them without weights; as the cells without the event were drawn alike, that
    moves nothing but the constant, by `shift` (King and Zeng 2001, Logistic regression in rare
    events data).
    """  # noqa: D205 - one sentence

    values: Floats
    cells: Cells
    folds: tuple[Fold, ...]
    shift: float

    def choose(self) -> tuple[LineForm, tuple[Line, ...]]:
        """The form of the lowest loss over the folds, and the line that each fold's cells teach."""
        drawn = choose_line(self.values, self.cells.y, self.folds, forward=False)
        return drawn.form, tuple(self._shifted(line) for line in drawn.lines)

    def of_all(self, form: LineForm) -> Line:
        """The line that all cells give."""
        return self._shifted(fit_line(self.values, self.cells.y, form))

    def tested(self, number: int) -> tuple[Ints, NDArray[np.int16], NDArray[np.int8], Floats]:
        """Row, period, outcome and weight of a fold's tested cells."""
        test = self.folds[number][1]
        cells = self.cells
        return cells.row[test], cells.period[test], cells.y[test], cells.weight[test]

    def _shifted(self, line: Line) -> Line:
        return replace(line, constant=line.constant - self.shift)


def beside(matrix: Floats, cells: Cells, folds: Sequence[Fold] = ()) -> Beside:
    """What a line learns from."""
    columns = matrix.shape[1] + 1
    places = np.arange(0, len(cells.row), max(1, -(-len(cells.row) * columns // _MOST_VALUES)))
    kept = Cells(cells.row[places], cells.period[places], cells.y[places], cells.weight[places])
    at = np.full(len(cells.row), -1, np.int64)
    at[places] = np.arange(len(places))
    values = np.empty((len(places), columns))
    values[:, :-1], values[:, -1] = matrix[kept.row], kept.period
    left = tuple((at[teach][at[teach] >= 0], at[test][at[test] >= 0]) for teach, test in folds)
    shift = float(np.log(cells.weight[cells.y == 0].mean()))
    return Beside(values, kept, left, shift)
