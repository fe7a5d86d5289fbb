"""How much each cause explains of more customers leaving one place than others.

A cause explains as much as it is more frequent there, times how much more often those leave whom
it met, all causes held against one another at once (Oaxaca 1973 and Blinder 1973, pooled as in Jann
2008). What is explained goes together with leaving; it need not be why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text
from outreach.replay import Gain
from reports.discoveries import LEAST_EXPECTED, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Rows that are held as numbers at once.
_BLOCK = 200_000


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that a customer met with or is, its sort, and its words."""

    code: str
    sort: str
    words: Text


@dataclass(frozen=True, slots=True)
class Exposed:
    """Which rows each cause met, [rows, causes]."""

    causes: tuple[Cause, ...]
    met: Flags

    def of(self, rows: Flags) -> "Exposed":
        """Some of the rows."""
        return Exposed(self.causes, self.met[rows])


@dataclass(frozen=True, slots=True)
class Explained:
    """A cause: whom it met there and elsewhere, and how much of the excess it explains.

    Shares are of rows; `adds` is how much more of those leave whom it met. `part` is in the same
    unit as the excess. Both are None where it met too few to tell.
    """

    cause: Cause
    there: float
    elsewhere: float
    adds: float | None
    part: Gain | None

    @property
    def shown(self) -> bool:
        """Whether it is shown to explain some of the excess."""
        return self.part is not None and self.part.low > 0


@dataclass(frozen=True, slots=True)
class Excess:
    """How much more often customers leave a place, and what explains it, the most first.

    `rest` is what no cause explains. Only what is shown is ranked before what is not.
    """

    place: str
    excess: float
    causes: tuple[Explained, ...]
    rest: Gain

    def share(self, explained: Explained) -> float | None:
        """The share of the excess that a cause explains; below 0 where it hides some.

        It has no interval: the place was chosen for its excess, which chance helped to make large.
        """
        if explained.part is None or self.excess <= 0:
            return None
        return explained.part.value / self.excess


def explain_excess(
    left: Flags, places: Sequence[tuple[str, Flags]], exposed: Exposed, home: Ints
) -> tuple[Excess, ...]:
    """What explains the excess of each place, false discoveries held at 5 % over all of it.

    `left` and `home` (the household), [rows]; a place is its name and which rows are there.
    """
    frequent = _frequent(left, exposed, home)
    split = [_split(left, there, exposed.met[:, frequent], home) for _, there in places]
    gains = iter(
        together(
            np.concatenate([each.value for each in split]) if split else [],
            np.concatenate([each.error for each in split]) if split else [],
        )
    )
    return tuple(
        Excess(
            name,
            excess=float(left[there].mean() - left[~there].mean()),
            causes=_ranked(there, exposed, frequent, each, gains),
            rest=next(gains),
        )
        for (name, there), each in zip(places, split, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Split:
    """Each cause's part of an excess, then the rest, with errors; and what each cause adds."""

    value: Floats
    error: Floats
    adds: Floats


def _frequent(left: Flags, exposed: Exposed, home: Ints) -> Flags:
    """The causes that met enough, and spared enough, that some of both may be expected to leave."""
    mean = left.mean()
    off = left - mean
    _, place = np.unique(home, return_inverse=True)
    sums = np.bincount(place, off)
    common = max(1.0, float(sums @ sums) / max(float(off @ off), 1e-12))
    met = exposed.met.sum(axis=0)
    expected: Floats = np.minimum(met, len(left) - met) * mean / common
    return np.asarray(expected >= LEAST_EXPECTED)


def _split(left: Flags, there: Flags, met: Flags, home: Ints) -> _Split:
    """The decomposition, with errors by households from the influence of each row."""
    blocks = [slice(low, low + _BLOCK) for low in range(0, len(left), _BLOCK)]
    products = sum(_design(met, there, rows).T @ _design(met, there, rows) for rows in blocks)
    inverse = np.linalg.pinv(products)
    effect = inverse @ sum(_design(met, there, rows).T @ left[rows] for rows in blocks)
    here, elsewhere = met[there].mean(axis=0), met[~there].mean(axis=0)
    _, place = np.unique(home, return_inverse=True)
    sums = np.zeros((int(place.max()) + 1, met.shape[1] + 1))
    for rows in blocks:
        design, inside = _design(met, there, rows), there[rows, None]
        pull = (design * (left[rows] - design @ effect)[:, None]) @ inverse
        moves = np.where(
            inside,
            (design[:, 1:-1] - here) / there.sum(),
            (elsewhere - design[:, 1:-1]) / (~there).sum(),
        )
        parts = effect[1:-1] * moves + (here - elsewhere) * pull[:, 1:-1]
        np.add.at(sums, place[rows], np.column_stack([parts, pull[:, -1]]))
    value = np.append((here - elsewhere) * effect[1:-1], effect[-1])
    return _Split(value, np.sqrt((sums**2).sum(axis=0)), effect[1:-1])


def _design(met: Flags, there: Flags, rows: slice) -> Floats:
    """A column of ones, the causes, and whether a row is there."""
    return np.column_stack([np.ones(len(there[rows])), met[rows], there[rows]])


def _ranked(
    there: Flags, exposed: Exposed, frequent: Flags, split: _Split, gains: Iterator[Gain]
) -> tuple[Explained, ...]:
    """Every cause, what is shown to explain the most first; takes the gain of each frequent one."""
    adds = iter(split.adds)
    causes = [
        Explained(
            cause,
            there=float(exposed.met[there, place].mean()),
            elsewhere=float(exposed.met[~there, place].mean()),
            adds=float(next(adds)) if frequent[place] else None,
            part=next(gains) if frequent[place] else None,
        )
        for place, cause in enumerate(exposed.causes)
    ]
    return tuple(sorted(causes, key=_rank))


def _rank(explained: Explained) -> tuple[object, ...]:
    part = explained.part
    return not explained.shown, part is None, 0.0 if part is None else -part.value
