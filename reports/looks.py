"""Looking at a running test more than once without being fooled more often.

Each look spends part of the 5 % of false alarms, little at first (Lan and DeMets 1983, in O'Brien
and Fleming's shape). How alike the looks are is taken from the customers themselves, whose
outcomes pile up: a customer who buys in one month often buys in the next, so the looks are more
alike than textbook increments. Limits are drawn from the looks' joint normal law.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from reports.arms import Sides
from reports.errors import BadDesign, NotComparable
from reports.sample_size import ALARM

_DRAWS = 400_000
# Fewer draws beyond a limit than this do not tell it.
_FEW = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """One look: the difference contacted - held a customer, and the interval that still holds.

    `through` is the share of the planned time that had passed; `limit` is in standard errors, 1.96
    for one look alone; the interval is wider than that where few households are held out.
    """

    through: float
    difference: float
    low: float
    high: float
    limit: float

    @property
    def shown(self) -> bool:
        """Whether this look shows a difference."""
        return not self.low <= 0 <= self.high


def looks(
    sides: Sides, outcomes: Sequence[Floats], through: Sequence[float], *, seed: int = 0
) -> tuple[Look, ...]:
    """What each look at a growing outcome shows, all of them together wrong at most 5 % of times.

    `outcomes` are what had piled up by each look, [customers] each; `through` the share of the
    planned time by then, rising to at most 1. Equal seeds give equal limits.
    """
    _check(outcomes, through)
    scores = np.stack([sides.scores(outcome) for outcome in outcomes])
    errors = np.sqrt((scores**2).sum(axis=1))
    if not (errors > 0).all():
        raise NotComparable(
            f"nothing differs yet at look {int(np.argmin(errors)) + 1}; leave that look out"
        )
    likeness = scores @ scores.T / np.outer(errors, errors)
    found = []
    limits = limits_of(likeness, through, seed=seed)
    for outcome, share, limit in zip(outcomes, through, limits, strict=True):
        value, half = sides.effect("", outcome).difference.value, sides.half(outcome, limit)
        found.append(Look(share, value, value - half, value + half, limit))
    return tuple(found)


def limits_of(likeness: Floats, through: Sequence[float], *, seed: int = 0) -> tuple[float, ...]:
    """The limit of each look in standard errors; `likeness` is the looks' correlation.

    By simulation of their joint law: with 400,000 draws a limit is right to about .01. A look's
    limit hangs on that look and those before it, so that later ones never change it. Where a look
    may spend almost nothing its limit is the plain one, as if there had been no other.
    """
    normal = np.random.default_rng(seed).standard_normal((len(likeness), _DRAWS))
    drawn = np.abs(_root(likeness) @ normal).T
    quiet = np.ones(_DRAWS, dtype=bool)
    found = []
    for place, (before, now) in enumerate(pairwise([0.0, *map(spent, through)])):
        raised = round((now - before) * _DRAWS)
        if raised < _FEW:
            limit = float(ndtri(1 - max(now - before, 1e-12) / 2))
        else:
            limit = float(np.partition(drawn[quiet, place], -raised)[-raised])
        found.append(limit)
        quiet &= drawn[:, place] < limit
    return tuple(found)


def spent(through: float) -> float:
    """How much of the 5 % may be spent by a share of the planned time.

    >>> round(spent(1.0), 4), round(spent(0.5), 4)
    (0.05, 0.0031)
    """
    return float(4 * (1 - ndtr(ndtri(1 - ALARM / 4) / np.sqrt(through))))


def _root(likeness: Floats) -> Floats:
    """The lower triangle L with L L' = likeness, also where looks are wholly alike."""
    values, vectors = np.linalg.eigh(likeness)
    upper: Floats = np.linalg.qr((vectors * np.sqrt(np.clip(values, 0, None))).T).R
    return upper.T * np.where(np.diag(upper) < 0, -1, 1)


def _check(outcomes: Sequence[Floats], through: Sequence[float]) -> None:
    if len(outcomes) != len(through) or not outcomes:
        raise NotComparable(
            f"{len(outcomes)} outcomes and {len(through)} shares of the time; give one a look"
        )
    if any(now <= before for before, now in pairwise([0.0, *through])) or through[-1] > 1:
        raise BadDesign(
            f"shares of the planned time {', '.join(f'{each:g}' for each in through)} do not rise "
            "from above 0 to at most 1; plan the last look first"
        )
