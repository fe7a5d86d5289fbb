"""How well scores tell whom a contact moves, measured where a lot drew who was contacted.

Nobody is seen both contacted and left alone, so scores are judged by groups: among the best scored,
those drawn for a contact against those left alone. Rows of a lot whose probabilities differ are
weighted by their inverse. Rows with equal scores enter together, so that their order never counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from models.card import Estimate

MEASURES = ("qini", "auuc", "uplift_10", "uplift_30")
REPETITIONS = 200
DRAWS = 400
_TENTH, _THIRD = 0.10, 0.30

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
# The rows with the best scores first, and the place of the last row of each distinct score.
Sort = Callable[[Any], tuple[Places, Places]]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What came of rows whose contact was decided by lot.

    `gained` is 1 where the outcome was the one hoped for, `probability` the lot's chance that the
    row was to be contacted.
    """

    gained: NDArray[np.int8]
    treated: NDArray[np.bool_]
    probability: Floats
    customer_id: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64]) -> "Trial":
        """Some of the rows."""
        return Trial(
            self.gained[rows], self.treated[rows], self.probability[rows], self.customer_id[rows]
        )

    def weight(self) -> Floats:
        """Weights by the inverse of the chance of each row's own arm, 1 where all are the same."""
        mean = self.probability.mean()
        drawn, left = mean / self.probability, (1 - mean) / (1 - self.probability)
        weight: Floats = np.where(self.treated, drawn, left)
        return weight


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Rows of a trial, with scores by a model that learned from none of them."""

    rows: NDArray[np.int64]
    score: Floats


@dataclass(frozen=True, slots=True)
class Band:
    """The middle 95 % of what scores drawn at random reach."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Rows reached, best scores first, and what they gained; both begin at 0."""

    reached: Floats
    gained: Floats


def qini_curve(trial: Trial, score: Floats) -> Curve:
    """Gains among the contacted beyond those of as many left alone, by rows reached.

    Radcliffe 2007, Using control groups to target on predicted lift.
    """
    return Curve(*_qini_points(Ranking(trial, score).sums(np.ones(len(score)))))


def measure_uplift(
    trial: Trial,
    tests: Sequence[Scored],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> dict[str, Estimate]:
    """Qini, AUUC, and uplift in the best 10 % and 30 %, each the mean over the tests.

    Qini and AUUC are areas between curve and straight line, over those of a perfect order, as
    scikit-uplift defines them. The intervals are percentiles over bootstraps of customers, drawn
    apart among those contacted and those left alone.
    """
    ranked = [(test.rows, Ranking(trial.of(test.rows), test.score)) for test in tests]
    whole = _figures(ranked, np.ones(len(trial.gained)))
    draws = [_figures(ranked, each) for each in draws_of(trial, rng, repetitions)]
    return {
        name: estimate(whole[place], [draw[place] for draw in draws])
        for place, name in enumerate(MEASURES)
    }


def qini_difference(
    trial: Trial,
    ours: Sequence[Scored],
    theirs: Sequence[Scored],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """By how much the Qini of `ours` is above that of `theirs`, on the same rows drawn in pairs."""
    both = [
        [(test.rows, Ranking(trial.of(test.rows), test.score)) for test in tests]
        for tests in (ours, theirs)
    ]

    def apart(weight: Floats) -> float:
        first, second = (
            np.mean([ranking.qini(weight[rows]) for rows, ranking in ranked]) for ranked in both
        )
        return float(first - second)

    draws = [apart(each) for each in draws_of(trial, rng, repetitions)]
    return estimate(apart(np.ones(len(trial.gained))), draws)


def random_band(
    trial: Trial, tests: Sequence[Scored], rng: np.random.Generator, *, draws: int = DRAWS
) -> Band:
    """The Qini that random scores reach on the same tests.

    Each draw scores a customer once for all tests: what repeated tests of the same rows have in
    common then stays in the band.
    """
    customers, which = np.unique(trial.customer_id, return_inverse=True)
    parts = [(trial.of(test.rows), _Members.of(which[test.rows], len(customers))) for test in tests]
    reached = []
    for _ in range(draws):
        lot = rng.permutation(len(customers))
        found = [
            Ranking(part, lot, members.sorted).qini(np.ones(len(part.gained)))
            for part, members in parts
        ]
        reached.append(float(np.mean(found)))
    low, high = np.nanquantile(reached, [0.025, 0.975])
    return Band(float(low), float(high))


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Running weights of those contacted and left alone, and of who gained among each."""

    treated: Floats
    control: Floats
    treated_gains: Floats
    control_gains: Floats


class Ranking:
    """Rows of a trial sorted once by score, so that every bootstrap only sums weights."""

    def __init__(self, trial: Trial, score: Floats | Places, sort: Sort | None = None) -> None:
        self._order, self._ends = (sort or _best_first)(score)
        ranked = trial.of(self._order)
        self._inverse = ranked.weight()
        self._cell = 2 * ranked.treated + (ranked.gained == 1)

    def sums(self, weight: Floats) -> Sums:
        """Running sums down the ranks under these row weights, one a distinct score."""
        return _sums(_running(weight, self._order, self._inverse, self._cell, self._ends))

    def figures(self, weight: Floats) -> Floats:
        """Every measure under these row weights, in the order of MEASURES."""
        sums = self.sums(weight)
        best = _AHEAD if _gainers_lead(sums) else _CONTACTED
        return np.array(
            [
                _share(sums, _qini_points, _NEUTRAL),
                _share(sums, _uplift_points, best),
                _uplift_at(sums, _TENTH),
                _uplift_at(sums, _THIRD),
            ]
        )

    def qini(self, weight: Floats) -> float:
        """The Qini coefficient alone."""
        return _share(self.sums(weight), _qini_points, _NEUTRAL)


def estimate(value: float, draws: Sequence[float] | Floats) -> Estimate:
    """A figure with the middle 95 % of its draws; NaN ends where no draw could tell."""
    real = np.array(draws)[~np.isnan(draws)]
    if not len(real):
        return Estimate(float(value), float("nan"), float("nan"))
    low, high = np.quantile(real, [0.025, 0.975])
    return Estimate(float(value), float(low), float(high))


# Rows by arm and outcome: left alone, left alone and gained, contacted, contacted and gained.
_LEFT, _LEFT_GAINED, _CONTACTED_NOT, _CONTACTED_GAINED = range(4)
_Order = tuple[tuple[int, ...], ...]
# The orders that reach most: for the Qini, and for AUUC by which of two groups is larger.
_NEUTRAL: _Order = ((_CONTACTED_GAINED,), (_LEFT, _CONTACTED_NOT), (_LEFT_GAINED,))
_AHEAD: _Order = ((_CONTACTED_GAINED,), (_LEFT,), (_LEFT_GAINED,), (_CONTACTED_NOT,))
_CONTACTED: _Order = ((_CONTACTED_GAINED,), (_LEFT,), (_CONTACTED_NOT,), (_LEFT_GAINED,))


@dataclass(frozen=True, slots=True, eq=False)
class _Members:
    """Rows one customer after another: those of customer c lie from begins[c] to begins[c + 1]."""

    rows: Places
    begins: Places

    @classmethod
    def of(cls, which: Places, customers: int) -> "_Members":
        """The rows of which a place among so many customers is told."""
        counts = np.bincount(which, minlength=customers)
        return cls(np.argsort(which, kind="stable"), np.concatenate(([0], np.cumsum(counts))))

    def sorted(self, lot: Places) -> tuple[Places, Places]:
        """What `_best_first` finds where each row's score is its customer's lot, from 0 on."""
        drawn: tuple[Places, Places] = _in_turn(lot, self.rows, self.begins)
        return drawn


@numba.njit(cache=True)
def _in_turn(lot, rows, begins):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The rows of the customer of the highest lot first, and where each customer's rows end."""
    turn = np.empty_like(lot)
    for customer in range(len(lot)):
        turn[len(lot) - 1 - lot[customer]] = customer
    order, ends = np.empty_like(rows), np.empty_like(rows)
    filled = met = 0
    for customer in turn:
        for place in range(begins[customer], begins[customer + 1]):
            order[filled] = rows[place]
            filled += 1
        if begins[customer] < begins[customer + 1]:
            ends[met] = filled - 1
            met += 1
    return order, ends[:met]


@numba.njit(cache=True)
def _running(weight, order, inverse, cell, ends):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The weights of each of the four groups down the ranks, as they stand at every end."""
    sums, total, begin = np.empty((4, len(ends))), np.zeros(4), 0
    for place, end in enumerate(ends):
        for row in range(begin, end + 1):
            total[cell[row]] += weight[order[row]] * inverse[row]
        sums[:, place] = total
        begin = end + 1
    return sums


def _best_first(score: Floats | Places) -> tuple[Places, Places]:
    order = np.argsort(-score, kind="stable")
    return order, np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])


def _sums(cells: Sequence[Floats] | Floats) -> Sums:
    left, left_gained, contacted, contacted_gained = cells
    return Sums(contacted + contacted_gained, left + left_gained, contacted_gained, left_gained)


def _cells(sums: Sums) -> Floats:
    """The weight of each of the four groups among all rows."""
    treated, control = sums.treated[-1], sums.control[-1]
    gained, control_gained = sums.treated_gains[-1], sums.control_gains[-1]
    return np.array([control - control_gained, control_gained, treated - gained, gained])


def _gainers_lead(sums: Sums) -> bool:
    cells = _cells(sums)
    return bool(cells[_LEFT_GAINED] > cells[_CONTACTED_NOT])


def _qini_points(sums: Sums) -> tuple[Floats, Floats]:
    ratio = _divided(sums.treated, sums.control)
    return _from_zero(sums, sums.treated_gains - sums.control_gains * ratio)


def _uplift_points(sums: Sums) -> tuple[Floats, Floats]:
    rates = _divided(sums.treated_gains, sums.treated), _divided(sums.control_gains, sums.control)
    return _from_zero(sums, (rates[0] - rates[1]) * (sums.treated + sums.control))


def _from_zero(sums: Sums, gained: Floats) -> tuple[Floats, Floats]:
    return _after_zero(sums.treated + sums.control), _after_zero(gained)


def _share(sums: Sums, points: Callable[[Sums], tuple[Floats, Floats]], order: _Order) -> float:
    """The area that the scores reach, over what a perfect order reaches."""
    cells = _cells(sums)
    ranked = [np.cumsum([cells[c] if c in group else 0.0 for group in order]) for c in range(4)]
    best = _area(*points(_sums(ranked)))
    return _area(*points(sums)) / best if best else float("nan")


def _area(reached: Floats, gained: Floats) -> float:
    """The area between a curve and the straight line to its end."""
    under = np.sum(np.diff(reached) * (gained[1:] + gained[:-1])) / 2
    return float(under - reached[-1] * gained[-1] / 2)


def _uplift_at(sums: Sums, share: float) -> float:
    """The gain rate of those contacted less that of those left alone, in the best share of rows.

    Of the rows with equal scores at the edge, an even part counts.
    """
    reached = _after_zero(sums.treated + sums.control)
    size = share * reached[-1]
    treated, control, treated_gains, control_gains = (
        np.interp(size, reached, _after_zero(each))
        for each in (sums.treated, sums.control, sums.treated_gains, sums.control_gains)
    )
    if treated <= 0 or control <= 0:
        return float("nan")
    return float(treated_gains / treated - control_gains / control)


def _after_zero(values: Floats) -> Floats:
    return np.concatenate(([0.0], values))


def _divided(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _figures(ranked: Sequence[tuple[NDArray[np.int64], Ranking]], weight: Floats) -> Floats:
    found = [ranking.figures(weight[rows]) for rows, ranking in ranked]
    return np.asarray(np.mean(found, axis=0))


def draws_of(trial: Trial, rng: np.random.Generator, repetitions: int) -> Iterator[Floats]:
    """How often each row is drawn: customers are drawn apart by whether they were contacted."""
    customers, which = np.unique(trial.customer_id, return_inverse=True)
    contacted = np.bincount(which, weights=trial.treated) / np.bincount(which)
    kind = np.where(contacted == 0, 0, np.where(contacted == 1, 1, 2))
    strata = [np.flatnonzero(kind == each) for each in range(3) if (kind == each).any()]
    for _ in range(repetitions):
        drawn = np.empty(len(customers))
        for members in strata:
            picked = rng.integers(len(members), size=len(members))
            drawn[members] = np.bincount(picked, minlength=len(members))
        yield drawn[which]
