"""Which groups of customers do a thing more often, or less, than all others beyond chance.

A group is compared with the rest of its dimension within strata (Mantel and Haenszel 1959;
Greenland and Robins 1985), so that other kinds of customers in it are no difference. The error is
the larger of what no difference and what the found difference would give, times what households and
repeated rows have in common.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text
from outreach.ab_report import Verdict
from outreach.replay import Gain
from reports.discoveries import LEAST_EXPECTED, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

VERDICTS: dict[Verdict, Text] = {
    "insufficient": Text("too few to tell", "样本不足"),
    "not_shown": Text("not shown: the interval holds zero", "未显示:区间包含零"),
    "more": Text("more than elsewhere", "高于其他"),
    "less": Text("less than elsewhere", "低于其他"),
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to part rows into groups, [rows] each: the group, "" where unknown, and the stratum.

    Groups are compared within strata.
    """

    name: str
    group: Words
    stratum: Ints


@dataclass(frozen=True, slots=True)
class Question:
    """One outcome of rows, [rows] each, and the dimensions by which it is looked at.

    `home` is the household of a row, or whatever else rows have in common.
    """

    outcome: tuple[str, ...]
    happened: Flags
    home: Ints
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """A group against all others: its rows, how many of them did it, and the shares.

    `share` and `elsewhere` weigh the strata alike, by how much each can tell, so that they differ
    by the `difference`, which is None where too few are expected to tell.
    """

    outcome: tuple[str, ...]
    dimension: str
    group: str
    rows: int
    counted: int
    share: float
    elsewhere: float
    difference: Gain | None

    @property
    def verdict(self) -> Verdict:
        """What the comparison shows."""
        if self.difference is None:
            return "insufficient"
        if not self.difference.shown:
            return "not_shown"
        return "more" if self.difference.value > 0 else "less"

    @property
    def times(self) -> float | None:
        """How many times as often as elsewhere; None where nobody does it there."""
        return self.share / self.elsewhere if self.elsewhere > 0 else None

    @property
    def at_least(self) -> float | None:
        """How many times as often at least, by the interval's lower end; None as for `times`."""
        if self.difference is None or self.elsewhere <= 0:
            return None
        return 1 + self.difference.low / self.elsewhere


def set_apart(questions: Iterable[Question]) -> tuple[Apart, ...]:
    """Every group of every question against its others, false discoveries held at 5 % over all.

    Those that do it more often come first, by how many times as often they do at least; then what
    is not shown, what is less, and what are too few.
    """
    found = [each for question in questions for each in _apart(question)]
    told = [(apart, error) for apart, error in found if error is not None]
    gains = together(
        [apart.share - apart.elsewhere for apart, _ in told], [error for _, error in told]
    )
    judged = [replace(apart, difference=gain) for (apart, _), gain in zip(told, gains, strict=True)]
    rest = [apart for apart, error in found if error is None]
    return tuple(sorted([*judged, *rest], key=_rank))


_ORDER: tuple[Verdict, ...] = ("more", "not_shown", "less", "insufficient")


def _rank(apart: Apart) -> tuple[object, ...]:
    least = apart.at_least
    return (
        _ORDER.index(apart.verdict),
        0.0 if least is None else -least,
        *(apart.outcome, apart.dimension, apart.group),
    )


def _apart(question: Question) -> Iterator[tuple[Apart, float | None]]:
    """Each group with the error of its difference, None where too few are expected."""
    for dimension in question.dimensions:
        known = dimension.group != ""
        part = _Part(question.happened[known], dimension.stratum[known], question.home[known])
        groups, place = np.unique(dimension.group[known], return_inverse=True)
        for number, group in enumerate(groups):
            inside = place == number
            if not inside.all():
                (share, elsewhere), error = part.against(inside)
                yield (
                    Apart(
                        *(question.outcome, dimension.name, str(group)),
                        rows=int(inside.sum()),
                        counted=int(part.happened[inside].sum()),
                        share=share,
                        elsewhere=elsewhere,
                        difference=None,
                    ),
                    error,
                )


class _Part:
    """The rows of known groups, and what they have in common."""

    def __init__(self, happened: Flags, stratum: Ints, home: Ints) -> None:
        self.happened = happened.astype(np.float64)
        _, self.stratum = np.unique(stratum, return_inverse=True)
        self.strata = int(self.stratum.max(initial=-1)) + 1
        self.mean = self._sums(self.happened) / self._sums(np.ones(len(self.happened)))
        self.common = self._common(home)

    def against(self, inside: Flags) -> tuple[tuple[float, float], float | None]:
        """The shares of the rows inside and of the others, and their difference's error.

        Where no stratum has both, the shares of all rows, without an error.
        """
        here, there = self._sums(inside), self._sums(~inside)
        both = (here > 0) & (there > 0)
        rows = here[both], there[both]
        shares = [
            self._sums(self.happened * side)[both] / size
            for side, size in zip((inside, ~inside), rows, strict=True)
        ]
        weight = rows[0] * rows[1] / (rows[0] + rows[1])
        if not both.any():
            return (float(self.happened[inside].mean()), float(self.happened[~inside].mean())), None
        weight = weight / weight.sum()
        expected = min(float(size @ self.mean[both]) for size in rows) / self.common
        weighed = float(weight @ shares[0]), float(weight @ shares[1])
        if expected < LEAST_EXPECTED:
            return weighed, None
        mean = self.mean[both]
        alike = weight**2 @ (mean * (1 - mean) * (1 / rows[0] + 1 / rows[1]))
        found = weight**2 @ sum(
            share * (1 - share) / size for share, size in zip(shares, rows, strict=True)
        )
        return weighed, float(np.sqrt(max(alike, found) * self.common))

    def _common(self, home: Ints) -> float:
        """How many times larger the variance is than if every row had decided alone."""
        off = self.happened - self.mean[self.stratum]
        alone = float(off @ off)
        _, place = np.unique(home, return_inverse=True)
        sums = np.bincount(place, off)
        return max(1.0, float(sums @ sums) / alone) if alone > 0 else 1.0

    def _sums(self, values: Floats | Flags) -> Floats:
        return np.bincount(self.stratum, values, self.strata).astype(np.float64)
