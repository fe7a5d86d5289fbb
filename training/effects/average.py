"""What a contact changes on average in each arm of the lot, small arms leaning on those alike.

This is what stands where no learned effect has proved itself: a customer's own chance times how
much a contact multiplies it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import Estimate
from models.effect import Part, StraightLine
from training.effects.learners import response_line
from training.effects.lot import Arm, EffectSet
from training.effects.uplift import draws_of, estimate

_Z = 1.959963984540054
_HALF = 0.5
_LEAST = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AverageEffect:
    """What one arm's contacts change: rates with and without, and how they compare.

    `difference` is that of the rates. `ratio` is the rate with the contact over that without, drawn
    towards the arms alike as far as the arm's own rows cannot tell; `added` is their difference,
    drawn likewise.
    """

    arm: Arm
    contacted: int
    left: int
    rate_contacted: float
    rate_left: float
    difference: Estimate
    ratio: Estimate
    added: Estimate


def average_effects(
    data: EffectSet, rng: np.random.Generator, *, repetitions: int = 200
) -> tuple[AverageEffect, ...]:
    """The average effect of each arm, in the arms' order.

    Intervals of differences are percentiles over bootstraps of customers. Log ratios are normal by
    Katz, Baptista, Azen and Pike 1978, and pooled among arms alike with the spread between arms by
    DerSimonian and Laird 1986.
    """
    weight = data.trial().weight()
    whole = _counts(data, weight)
    drawn = [
        _apart(_counts(data, weight * times)) for times in draws_of(data.trial(), rng, repetitions)
    ]
    rows, rates, apart = _counts(data, np.ones(len(weight)))[:, 0], _rates(whole), _apart(whole)
    ratios, added = _ratios(data, whole), _added(data, whole)
    return tuple(
        AverageEffect(
            arm=arm,
            contacted=int(rows[1, place]),
            left=int(rows[0, place]),
            rate_contacted=float(rates[1, place]),
            rate_left=float(rates[0, place]),
            difference=estimate(apart[place], [each[place] for each in drawn]),
            ratio=ratios[place],
            added=added[place],
        )
        for place, arm in enumerate(data.arms)
    )


def average_parts(
    data: EffectSet, averages: tuple[AverageEffect, ...], seed: int
) -> tuple[Part, ...]:
    """The effect where none was learned: the chance if left alone times (ratio - 1), by arm.

    It ranks as the chance does. Where that chance is high it may pass what is left to 1. Where a
    contact adds to the chance the effect is the difference itself, the same for all of an arm.
    """
    if data.additive:
        added = tuple(each.added.value for each in averages)
        return (Part(_same_for_all(data.asked().shape[1]), added, probability=False),)
    weights = tuple(each.ratio.value - 1 for each in averages)
    return (Part(response_line(data, seed), weights, probability=True),)


def pool(effect: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Estimates drawn towards their common mean, and the variances that then remain."""
    sure = 1 / variance
    mean = float(sure @ effect / sure.sum())
    surplus = float(sure @ (effect - mean) ** 2) - (len(effect) - 1)
    scale = float(sure.sum() - (sure**2).sum() / sure.sum())
    between = max(0.0, surplus / scale) if scale > _LEAST else 0.0
    shared = 1 / (variance + between)
    mean = float(shared @ effect / shared.sum())
    own = between / (between + variance)
    return own * effect + (1 - own) * mean, own * variance + (1 - own) ** 2 / shared.sum()


def _counts(data: EffectSet, weight: Floats) -> Floats:
    """Weights [left or contacted, all or with the outcome, arm]."""
    arms = len(data.arms)
    cell = arms * data.treated.astype(np.int64) + data.arm
    every = np.bincount(cell, weights=weight, minlength=2 * arms)
    had = np.bincount(cell, weights=weight * data.y, minlength=2 * arms)
    return np.stack([every.reshape(2, arms), had.reshape(2, arms)], axis=1)


def _rates(counts: Floats) -> Floats:
    """The rate of the outcome, [left or contacted, arm]; NaN where there is no row."""
    rate = np.full(counts[:, 0].shape, np.nan)
    found: Floats = np.divide(counts[:, 1], counts[:, 0], out=rate, where=counts[:, 0] > 0)
    return found


def _apart(counts: Floats) -> Floats:
    """By how much the rates of the contacted are above those of the left alone, by arm."""
    rates = _rates(counts)
    return np.asarray(rates[1] - rates[0])


def _ratios(data: EffectSet, counts: Floats) -> list[Estimate]:
    """The pooled ratio of each arm; half an outcome more on each side keeps empty arms finite."""
    hits, rows = counts[:, 1] + _HALF, counts[:, 0] + _HALF
    log_ratio = np.log(hits[1] / rows[1]) - np.log(hits[0] / rows[0])
    pooled, reach = _pooled(data, log_ratio, (1 / hits - 1 / rows).sum(axis=0))
    return _estimates(np.exp(pooled), np.exp(pooled - reach), np.exp(pooled + reach))


def _added(data: EffectSet, counts: Floats) -> list[Estimate]:
    """The pooled difference of each arm, with half an outcome and half a failure more a side."""
    rows = counts[:, 0] + 2 * _HALF
    rate = (counts[:, 1] + _HALF) / rows
    pooled, reach = _pooled(data, rate[1] - rate[0], (rate * (1 - rate) / rows).sum(axis=0))
    return _estimates(pooled, pooled - reach, pooled + reach)


def _pooled(data: EffectSet, effect: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Effects drawn towards those of the arms alike, and how far their intervals reach."""
    groups = np.array([arm.channel if data.alike == "channel" else arm.what for arm in data.arms])
    pooled, left = np.empty(len(groups)), np.empty(len(groups))
    for group in np.unique(groups):
        same = groups == group
        pooled[same], left[same] = pool(effect[same], np.maximum(variance[same], _LEAST))
    return pooled, _Z * np.sqrt(left)


def _estimates(values: Floats, lows: Floats, highs: Floats) -> list[Estimate]:
    every = zip(values.tolist(), lows.tolist(), highs.tolist(), strict=True)
    return [Estimate(*each) for each in every]


def _same_for_all(width: int) -> StraightLine:
    """A line that says 1 of every row."""
    none = np.zeros(width)
    return StraightLine(1.0, none, np.ones(width), none, none)
