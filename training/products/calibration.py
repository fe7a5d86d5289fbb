"""Makes the odds of each product honest; products with few purchases borrow from the others.

A product with purchases enough has a line of its own, where its calibration error asks for one. The
others share the slope and intercept of all products together, and each shifts the intercept by as
much as its own purchases prove. The shift d_k is drawn from N(0, tau2), so that its most likely
value, with y_ik the purchases and l_ik the log-odds by the shared line, solves

    sum_i (y_ik - sigmoid(l_ik + d_k)) / repeats_k = d_k / tau2,

where repeats_k is how many rows tell of one buying customer: overlapping horizons tell the same
purchase again. tau2 is what the products' shifts vary by beyond chance (DerSimonian and Laird 1986,
Meta-analysis in clinical trials); where that is nothing, nothing is shifted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import Platt, calibration_for, logit, sigmoid

ENOUGH = 300
AS_IS = Platt(1.0, 0.0)
_STEPS = 60
_FURTHEST = 5.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unlearned:
    """A product's rows that the booster did not learn from: log-odds, outcome, and customer."""

    log_odds: Floats
    y: NDArray[np.int8]
    customer_id: NDArray[np.int64]

    @property
    def positives(self) -> int:
        """How many rows have a purchase."""
        return int(self.y.sum())

    @property
    def repeats(self) -> float:
        """How many rows tell of one buying customer."""
        return max(1.0, self.positives / max(1, len(np.unique(self.customer_id[self.y == 1]))))


def lines_of(products: Sequence[Unlearned]) -> tuple[Platt, ...]:
    """The line through each product's log-odds."""
    told = [each for each in products if len(each.y)]
    if not told:
        return (AS_IS,) * len(products)
    log_odds = np.concatenate([each.log_odds for each in told])
    shared = calibration_for(log_odds, np.concatenate([each.y for each in told])) or AS_IS
    spread = spread_of(shared, told)
    return tuple(_line(each, shared, spread) for each in products)


def spread_of(shared: Platt, products: Sequence[Unlearned]) -> float:
    """How much products' intercepts vary around the shared line beyond chance: tau2."""
    scores = [_score(each, shared.apply(each.log_odds)) for each in products]
    informed = [(gap, information) for gap, information in scores if information > 0]
    if len(informed) < 2:  # noqa: PLR2004 - one product alone does not vary
        return 0.0
    gap, weight = (np.array(each) for each in zip(*informed, strict=True))
    shift = gap / weight
    mean = (weight * shift).sum() / weight.sum()
    beyond = (weight * (shift - mean) ** 2).sum() - (len(shift) - 1)
    return float(max(0.0, beyond / (weight.sum() - (weight**2).sum() / weight.sum())))


def base_rate_line(opened: int, rows: int, pooled: float) -> Platt:
    """A constant: the rate of a product, to which one purchase at the pooled rate is added.

    (opened + 1) / (rows + 1 / pooled): a product that nobody bought yet has a rate below 1 / rows,
    well within the 3 / rows that seeing none leaves possible with 95 % (the rule of three, Hanley
    and Lippman-Hand 1983).
    """
    return Platt(0.0, float(logit(np.array([(opened + 1) / (rows + 1 / pooled)]))[0]))


def _line(product: Unlearned, shared: Platt, spread: float) -> Platt:
    if product.positives >= ENOUGH:
        return calibration_for(product.log_odds, product.y) or AS_IS
    shift = shift_of(product, shared, spread)
    return Platt(shared.slope, shared.intercept + shift)


def shift_of(product: Unlearned, shared: Platt, spread: float) -> float:
    """By how much a product's own purchases move the shared intercept: the most likely d_k."""
    if spread == 0:
        return 0.0
    log_odds = shared.apply(product.log_odds)
    low, high = -_FURTHEST, _FURTHEST
    # What is to be zero falls as the shift grows, so halving finds it.
    for _ in range(_STEPS):
        middle = (low + high) / 2
        gap, _information = _score(product, log_odds + middle)
        low, high = (middle, high) if gap > middle / spread else (low, middle)
    return (low + high) / 2


def _score(product: Unlearned, log_odds: Floats) -> tuple[float, float]:
    """Purchases beyond those expected, and how much the rows tell, both for customers once."""
    probability = sigmoid(log_odds)
    gap = float((product.y - probability).sum())
    information = float((probability * (1 - probability)).sum())
    return gap / product.repeats, information / product.repeats
