"""Who will grow: what a customer is expected to bring beyond the present pace, in cents.

Boosted trees say by how much, on a logarithmic scale, the sum of the coming months will differ from
the pace of the last ones: expected = base x exp(trees), with base = pace + FLOOR. Growth is what is
expected less the pace.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.boosted import Boosted
from models.card import Card
from models.errors import BrokenModel

Floats = NDArray[np.float64]

BOOSTER, GROWTH = "booster.txt", "growth.json"
# Ten units of money: it keeps the base above zero for customers who bring nothing yet.
FLOOR_CENTS = 1_000.0


@dataclass(frozen=True, slots=True)
class Part:
    """A column of the pace, and how many cents of the coming months a unit of it stands for."""

    column: int
    weight: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What a customer brings over the coming months if all goes on as it did, in cents.

    The weighted sum of its parts; a missing part counts as nothing, and the sum is never below it.
    """

    parts: tuple[Part, ...]

    def of(self, matrix: Floats) -> Floats:
        """The pace of each row in cents."""
        total = np.zeros(len(matrix))
        for part in self.parts:
            total += part.weight * np.nan_to_num(matrix[:, part.column])
        return np.maximum(total, 0.0)

    def base(self, matrix: Floats) -> Floats:
        """What the trees multiply: the pace of each row and the floor."""
        return self.of(matrix) + FLOOR_CENTS


@dataclass(frozen=True, slots=True)
class Growth:
    """A pace, and trees that say by how much the coming months differ from it.

    Without trees everyone differs by `mean`, the logarithm of the mean ratio, and nothing explains
    it; with them `mean` is added to what they say.
    """

    pace: Pace
    mean: float
    trees: Boosted | None

    def expected(self, matrix: Floats) -> Floats:
        """What each row's customer is expected to bring, in cents."""
        expected: Floats = self.pace.base(matrix) * np.exp(self._said(matrix))
        return expected

    def raw(self, matrix: Floats) -> Floats:
        """The expected growth of each row's customer over the pace, in cents, [rows, 1].

        Where there is no pace there is nothing to grow from: the growth is 0.
        """
        paced = self.pace.of(matrix)
        return np.where(paced > 0, self.expected(matrix) - paced, 0.0)[:, None]

    def contributions(self, matrix: Floats, place: int) -> Floats:
        """What each feature adds to each row's growth in cents, [rows, features].

        What TreeSHAP gives a feature on the logarithmic scale, times base x (exp(f) - 1) / f with f
        the row's whole logarithm: the mean slope of cents over the straight way from 0 to f (Aumann
        and Shapley 1974, Values of non-atomic games). The row's base is what the mean of all adds
        at that slope, and the floor. Where there is no pace there are none.
        """
        del place
        if self.trees is None:
            return np.zeros(matrix.shape)
        said = self._said(matrix)
        near = np.abs(said) < _NEAR
        slope = np.where(near, 1 + said / 2, np.expm1(said) / np.where(near, 1.0, said))
        cents = np.where(self.pace.of(matrix) > 0, self.pace.base(matrix) * slope, 0.0)
        return cents[:, None] * self.trees.contributions(matrix)

    def files(self) -> Mapping[str, bytes]:
        """The booster's text, and the rest as JSON."""
        said = {"pace": asdict(self.pace), "mean": self.mean}
        found = {GROWTH: json.dumps(said, indent=1).encode()}
        if self.trees is not None:
            found[BOOSTER] = self.trees.text.encode()
        return found

    def _said(self, matrix: Floats) -> Floats:
        """The logarithm of the ratio to the base."""
        if self.trees is None:
            return np.full(len(matrix), self.mean)
        return self.mean + self.trees.raw(matrix)[:, 0]


_NEAR = 1e-6


def read_growth(card: Card, files: Mapping[str, bytes]) -> Growth:
    """The growth model that a model's folder holds; BrokenModel when it does not read."""
    try:
        said = json.loads(files[GROWTH])
        parts = [Part(int(each["column"]), float(each["weight"])) for each in said["pace"]["parts"]]
        trees = Boosted(files[BOOSTER].decode()) if BOOSTER in files else None
        return Growth(Pace(tuple(parts)), float(said["mean"]), trees)
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the files of model {card.label!r} do not read as a growth model: {error!r}; "
            "restore the folder, or train again"
        ) from error
