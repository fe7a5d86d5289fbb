"""How well scores order when something happens: the concordance index.

Of two customers of whom it is known who came first, the one that came first should score higher
(Harrell, Califf, Pryor, Lee and Rosati 1982, Evaluating the yield of medical tests).
"""

import numba
import numpy as np
from numpy.typing import NDArray

from models.card import Estimate
from training.evaluation.bootstrap import REPETITIONS, Floats, customer_weights, estimate


def concordance(
    time: NDArray[np.int64],
    happened: NDArray[np.bool_],
    score: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """The concordance index of scores, higher meaning sooner, with ties of scores counted half.

    `time` is when it happened, or until when the row was watched. Two rows compare when one
    happened before the other's time, or at the very time until which the other was watched.
    Not-a-number where no two rows compare. A pass takes n log n steps.
    """
    ordered = _Ordered(time, happened, score)
    draws = [ordered.index(w) for w in customer_weights(customer_id, rng, repetitions)]
    return estimate(ordered.index(np.ones(len(time))), draws)


class _Ordered:
    """Rows sorted once, the latest first, so that every draw is one pass."""

    def __init__(self, time: NDArray[np.int64], happened: NDArray[np.bool_], score: Floats) -> None:
        # Of one time, those only watched come first: they outlived the events of that time.
        self._order = np.lexsort((happened, -time))
        self._time, self._happened = time[self._order], happened[self._order]
        levels, rank = np.unique(score, return_inverse=True)
        self._rank, self._levels = rank[self._order], len(levels)

    def index(self, weight: Floats) -> float:
        """The index under row weights."""
        right, pairs = _concordant(
            self._time, self._happened, self._rank, weight[self._order], self._levels
        )
        return float(right / pairs) if pairs else float("nan")


@numba.njit(cache=True)
def _concordant(time, happened, rank, weight, levels):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The weight of pairs in the right order, ties half, and of all pairs that compare.

    A Fenwick tree keeps the weight of the later rows by score.
    """
    tree = np.zeros(levels + 1)
    later = 0.0
    right = 0.0
    pairs = 0.0
    row = 0
    while row < len(time):
        end = row
        while end < len(time) and time[end] == time[row] and happened[end] == happened[row]:
            end += 1
        if happened[row]:
            for each in range(row, end):
                below = _sum_to(tree, rank[each])
                same = _sum_to(tree, rank[each] + 1) - below
                right += weight[each] * (below + same / 2)
                pairs += weight[each] * later
        for each in range(row, end):
            place = rank[each] + 1
            while place <= levels:
                tree[place] += weight[each]
                place += place & -place
            later += weight[each]
        row = end
    return right, pairs


@numba.njit(cache=True)
def _sum_to(tree, place):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The weight of the scores of the lowest `place` ranks."""
    total = 0.0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total
