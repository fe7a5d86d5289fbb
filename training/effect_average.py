"""What a contact changes on average in each arm of the lot, small arms leaning on those alike.

This is what stands where no learned effect has proved itself: a customer's own chance times how
much a contact multiplies it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import Estimate
from models.effect import Part
from training.effect_learners import response_line
from training.effect_set import Arm, EffectSet
from training.uplift import draws_of, estimate

_Z = 1.959963984540054
_HALF = 0.5
_LEAST = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AverageEffect:
    """What one arm's contacts change: rates with and without, and how they compare.

    `difference` is that of the rates. `ratio` is the rate with the contact over that without, drawn
    towards the arms alike as far as the arm's own rows cannot tell.
    """

    arm: Arm
    contacted: int
    left: int
    rate_contacted: float
    rate_left: float
    difference: Estimate
    ratio: Estimate


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
    ratios = _ratios(data, whole)
    return tuple(
        AverageEffect(
            arm=arm,
            contacted=int(rows[1, place]),
            left=int(rows[0, place]),
            rate_contacted=float(rates[1, place]),
            rate_left=float(rates[0, place]),
            difference=estimate(apart[place], [each[place] for each in drawn]),
            ratio=ratios[place],
        )
        for place, arm in enumerate(data.arms)
    )


def average_parts(
    data: EffectSet, averages: tuple[AverageEffect, ...], seed: int
) -> tuple[Part, ...]:
    """The effect where none was learned: the chance if left alone times (ratio - 1), by arm.

    It ranks as the chance does. Where that chance is high it may pass what is left to 1.
    """
    weights = tuple(each.ratio.value - 1 for each in averages)
    return (Part(response_line(data, seed), weights, probability=True),)


def pool(log_ratio: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Estimates drawn towards their common mean, and the variances that then remain."""
    sure = 1 / variance
    mean = float(sure @ log_ratio / sure.sum())
    surplus = float(sure @ (log_ratio - mean) ** 2) - (len(log_ratio) - 1)
    scale = float(sure.sum() - (sure**2).sum() / sure.sum())
    between = max(0.0, surplus / scale) if scale > _LEAST else 0.0
    shared = 1 / (variance + between)
    mean = float(shared @ log_ratio / shared.sum())
    own = between / (between + variance)
    return own * log_ratio + (1 - own) * mean, own * variance + (1 - own) ** 2 / shared.sum()


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
    variance = np.maximum((1 / hits - 1 / rows).sum(axis=0), _LEAST)
    groups = np.array([arm.channel if data.alike == "channel" else arm.what for arm in data.arms])
    pooled, left = np.empty(len(groups)), np.empty(len(groups))
    for group in np.unique(groups):
        same = groups == group
        pooled[same], left[same] = pool(log_ratio[same], variance[same])
    reach = _Z * np.sqrt(left)
    return [
        Estimate(float(np.exp(m)), float(np.exp(m - r)), float(np.exp(m + r)))
        for m, r in zip(pooled, reach, strict=True)
    ]
