"""What being contacted changed: the hold-out against everybody else, with an interval.

The hold-out was drawn by household within frozen strata, so that is how it is compared: each
stratum's difference, weighted by its customers, with households as clusters (Neyman 1923; Imbens
and Rubin 2015, chapter 9). Where strata are put together of which other shares were held out, each
customer counts by one over the chance to stand on his side (Hájek 1971). What was known before the
draw may narrow the interval (CUPED: Deng, Xu, Kohavi and Walker 2013). The interval takes the draw
for all there is of chance; its width is that of Student's law with the degrees of freedom that the
strata's households leave (Welch 1938, Satterthwaite 1946), for a tenth held out of a small bank is
few households.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtrit

from outreach.ab_report import Verdict, verdict_of
from outreach.replay import Z95, Gain
from reports.errors import NotComparable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure of both sides, a customer, and what contacting changed: contacted - held.

    `relative` is the change as a share of the hold-out's mean, None where that may be zero.
    `counted` are the customers with a value other than zero. `more` and `less` say what the
    contacted have against the hold-out; `not_shown` that the interval holds zero.
    """

    name: str
    contacted: float
    held: float
    difference: Gain
    relative: Gain | None
    counted: int

    @property
    def verdict(self) -> Verdict:
        """What the measure shows."""
        return verdict_of(self.counted, self.difference)


@dataclass(frozen=True, slots=True)
class Side:
    """A side's mean, and each household's share of its error, by `household`; 0 for the others.

    `doubt` is how uncertain the square of the error is: that of each stratum, squared, over its
    households less one.
    """

    mean: float
    errors: Floats
    doubt: float


# The stratum of those that were too small by themselves.
_TOGETHER = -1
# Households on a side without which it has no spread.
LEAST_HOUSEHOLDS = 2


class Sides:
    """Who was held out, [customers] each: the flag, the stratum of the draw, and the household.

    `chance`, [customers], is that of each to be held out; None where it is one within a stratum.
    NotComparable where a stratum lacks two households on either side: the strata then need to be
    put together as the draw did.
    """

    def __init__(
        self,
        held: ArrayLike,
        stratum: ArrayLike,
        household: ArrayLike,
        chance: ArrayLike | None = None,
    ) -> None:
        self.held: Flags = np.asarray(held, dtype=bool)
        self._names, self.stratum = np.unique(
            np.asarray(stratum, dtype=np.int64), return_inverse=True
        )
        first: Ints
        _, first, self.home = np.unique(
            np.asarray(household, dtype=np.int64), return_index=True, return_inverse=True
        )
        if not len(self.held) == len(self.stratum) == len(self.home) or not len(self.held):
            raise NotComparable(
                f"{len(self.held)} flags, {len(self.stratum)} strata and {len(self.home)} "
                "households; give one of each a customer, and one customer or more"
            )
        self.home_held, self.home_stratum = self.held[first], self.stratum[first]
        self._check()
        self._weight = self._weights(chance)

    @classmethod
    def pooled(
        cls,
        held: ArrayLike,
        stratum: ArrayLike,
        household: ArrayLike,
        chance: ArrayLike | None = None,
    ) -> "Sides":
        """The sides, with strata put together that lack two households on either side.

        Where those are too few together, the smallest of the others joins them. So few
        are left of a stratum where many of its customers have no outcome yet.
        """
        out, strata = np.asarray(held, dtype=bool), np.array(stratum, dtype=np.int64)
        homes = np.asarray(household, dtype=np.int64)

        def lacks(name: int) -> bool:
            mine = strata == name
            sides = [len(np.unique(homes[mine & (out == side)])) for side in (True, False)]
            return mine.any() and min(sides) < LEAST_HOUSEHOLDS

        names, sizes = np.unique(strata, return_counts=True)
        small = [name for name in names if lacks(name)]
        rest = [name for name in names[np.argsort(sizes, kind="stable")] if name not in small]
        strata[np.isin(strata, small)] = _TOGETHER
        while rest and lacks(_TOGETHER):
            strata[strata == rest.pop(0)] = _TOGETHER
        return cls(out, strata, homes, chance)

    def effect(
        self, name: str, outcome: ArrayLike, before: ArrayLike | None = None, *, limit: float = Z95
    ) -> Effect:
        """What contacting changed about an outcome, [customers], counts or sums or 0 and 1.

        `before`, [customers] or [customers, figures], was known before the draw; what it foretells
        of the outcome is taken out of the difference. Intervals are of `limit` errors, 1.96 for one
        look at 95 %.
        """
        found = self._figures(name, outcome)
        held, contacted = self._sides(found if before is None else self._foretold(found, before))
        plain_held = held.mean if before is None else self._sides(found)[0].mean
        change = contacted.mean - held.mean
        error = float(np.hypot(_error(held), _error(contacted)))
        wide = _limit(held, contacted, limit)
        return Effect(
            name=name,
            contacted=plain_held + change,
            held=plain_held,
            difference=_around(change, wide * error),
            relative=_relative(plain_held, change, wide * _error(held), wide * _error(contacted)),
            counted=int(np.count_nonzero(found)),
        )

    def scores(self, outcome: ArrayLike) -> Floats:
        """Each household's part of the error of the difference, [households], for several looks.

        The sum of squares is the variance of the difference; two outcomes' products its covariance.
        """
        held, contacted = self._sides(self._figures("the outcome", outcome))
        return contacted.errors - held.errors

    def half(self, outcome: ArrayLike, limit: float) -> float:
        """Half an interval of so many errors, seldom too narrow whatever chance held out.

        The larger of what the sides' own spreads say and what one spread common to both says: the
        few that are held out may lack by chance those who do much, and their own spread with them.
        """
        found = self._figures("the outcome", outcome)
        held, contacted = self._sides(found)
        own = _limit(held, contacted, limit) * float(np.hypot(_error(held), _error(contacted)))
        return max(own, limit * self._common_error(held, contacted))

    def _check(self) -> None:
        if np.any(self.held != self.home_held[self.home]):
            raise NotComparable(
                "a household stands on both sides; the draw keeps it together: take its flag of "
                "the draw for every member"
            )
        if np.any(self.stratum != self.home_stratum[self.home]):
            raise NotComparable("a household stands in two strata; take its stratum of the draw")
        sizes = np.zeros((2, int(self.stratum.max()) + 1), dtype=np.int64)
        np.add.at(sizes, (self.home_held.astype(np.int64), self.home_stratum), 1)
        if sizes.min() < LEAST_HOUSEHOLDS:
            raise NotComparable(
                f"stratum {self._names[sizes.min(axis=0).argmin()]} has {int(sizes.min())} "
                "households on one side and needs 2 on each; put small strata together"
            )

    def _weights(self, chance: ArrayLike | None) -> Floats:
        """What each customer counts on his side of his stratum, one on average there."""
        if chance is None:
            return np.ones(len(self.held))
        drawn = np.asarray(chance, dtype=np.float64)
        there = np.where(self.held, drawn, 1 - drawn)
        if there.shape != self.held.shape or not (there > 0).all():
            raise NotComparable(
                "a customer stands on a side where he had no chance to be; give the chance with "
                "which the draw held out each customer's stratum"
            )
        place = 2 * self.stratum + self.held
        means = np.bincount(place, 1 / there) / np.maximum(np.bincount(place), 1)
        weights: Floats = 1 / there / means[place]
        return weights

    def _figures(self, name: str, outcome: ArrayLike) -> Floats:
        found = np.asarray(outcome, dtype=np.float64)
        if found.shape != self.held.shape or not np.isfinite(found).all():
            raise NotComparable(
                f"{name} has {found.size} figures for {len(self.held)} customers, or gaps; give "
                "each customer one, 0 where nothing came of it"
            )
        return found

    def _sides(self, outcome: Floats) -> tuple[Side, Side]:
        """The hold-out's side and the others'."""
        weight = np.bincount(self.stratum) / len(self.stratum)
        return self._side(outcome, weight, held=True), self._side(outcome, weight, held=False)

    def _side(self, outcome: Floats, weight: Floats, *, held: bool) -> Side:
        """Mean of means of strata; a household's error is that of a ratio estimate, linearised."""
        mine, strata = self.held == held, len(weight)
        customers = np.bincount(self.stratum[mine], minlength=strata)
        counted = self._weight * outcome
        means = np.bincount(self.stratum[mine], counted[mine], strata) / customers
        off = np.where(mine, self._weight * (outcome - means[self.stratum]), 0.0)
        homes = np.bincount(self.home_stratum[self.home_held == held], minlength=strata)
        scale = weight / customers * np.sqrt(homes / (homes - 1))
        sums = np.bincount(self.home, off, len(self.home_held))
        errors: Floats = sums * scale[self.home_stratum]
        squares = np.bincount(self.home_stratum, errors**2, strata)
        return Side(float(weight @ means), errors, float((squares**2 / (homes - 1)).sum()))

    def _common_error(self, held: Side, contacted: Side) -> float:
        """The error of the difference if every household came from one spread in its stratum."""
        strata = len(self._names)
        sides = [(held, self.home_held), (contacted, ~self.home_held)]
        homes = [np.bincount(self.home_stratum[mine], minlength=strata) for _, mine in sides]
        sizes = [
            np.bincount(self.stratum[mine], minlength=strata) for mine in (self.held, ~self.held)
        ]
        # Each side's spread a household, with the weight of a customer taken out of it.
        squares = [
            np.bincount(self.home_stratum, side.errors**2, strata) * size**2 * (count - 1) / count
            for (side, _), size, count in zip(sides, sizes, homes, strict=True)
        ]
        spread = sum(squares) / (sum(homes) - 2)
        errors = sum(spread * count / size**2 for size, count in zip(sizes, homes, strict=True))
        return float(np.sqrt(np.sum(errors)))

    def _foretold(self, outcome: Floats, before: ArrayLike) -> Floats:
        """The outcome without what was foretold, by one straight line within strata."""
        known = np.asarray(before, dtype=np.float64).reshape(len(outcome), -1)
        if not np.isfinite(known).all():
            raise NotComparable(
                "what was known before the draw has gaps; fill them, with a flag of their own"
            )
        centred = known - self._stratum_means(known)
        own = outcome - self._stratum_means(outcome[:, None])[:, 0]
        slope, *_ = np.linalg.lstsq(centred, own, rcond=None)
        adjusted: Floats = outcome - centred @ slope
        return adjusted

    def _stratum_means(self, values: Floats) -> Floats:
        sums = np.zeros((int(self.stratum.max()) + 1, values.shape[1]))
        np.add.at(sums, self.stratum, values)
        means: Floats = (sums / np.bincount(self.stratum)[:, None])[self.stratum]
        return means


def _error(side: Side) -> float:
    return float(np.sqrt(side.errors @ side.errors))


def _limit(held: Side, contacted: Side, limit: float) -> float:
    """A limit in errors that are known, as wide as errors that are estimated ask for."""
    doubt = held.doubt + contacted.doubt
    if doubt == 0:
        return limit
    freedom = (_error(held) ** 2 + _error(contacted) ** 2) ** 2 / doubt
    return float(stdtrit(freedom, ndtr(limit)))


def _around(value: float, half: float) -> Gain:
    return Gain(value, value - half, value + half)


def _relative(held: float, change: float, half_held: float, half_contacted: float) -> Gain | None:
    """The change as a share of the hold-out's mean (Fieller 1954), None where that may be zero."""
    if held <= half_held:
        return None
    ratio, open_ = (held + change) / held, 1 - (half_held / held) ** 2
    half = float(np.hypot(half_contacted * open_**0.5, ratio * half_held)) / held
    return Gain(ratio - 1, (ratio - half) / open_ - 1, (ratio + half) / open_ - 1)
