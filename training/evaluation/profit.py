"""What a churn model earns: the profit of a retention campaign that it aims as well as it can.

A customer who is called costs a contact; one who accepts costs an incentive too, and a churner who
accepts keeps the lifetime value. Which share of churners accepts is not known and follows a beta
distribution; the campaign's size is the best for each share (Verbraken, Verbeke and Baesens 2013,
A novel profit maximizing metric for measuring classification performance of customer churn
prediction models, IEEE Transactions on Knowledge and Data Engineering 25(5)).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import betainc

from training.errors import BadCampaign

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A retention campaign's figures in cents, and the beta distribution of who accepts.

    The defaults are the paper's: a lifetime value of 200.00, an incentive of 10.00, a contact of
    1.00, and 30 % of churners accepting on average.
    """

    value_cents: int = 20_000
    incentive_cents: int = 1_000
    contact_cents: int = 100
    alpha: float = 6.0
    beta: float = 14.0

    def __post_init__(self) -> None:
        if not 0 <= self.incentive_cents < self.value_cents or self.contact_cents < 0:
            raise BadCampaign(
                f"a campaign with a value of {self.value_cents} cents, an incentive of "
                f"{self.incentive_cents} and a contact of {self.contact_cents} can save nobody; "
                "the value must exceed the incentive, and no cost may be negative"
            )
        if self.alpha <= 0 or self.beta <= 0:
            raise BadCampaign(
                f"alpha {self.alpha:g} and beta {self.beta:g} give no beta distribution; "
                "both must exceed 0"
            )

    @property
    def accepting(self) -> float:
        """The mean share of churners who accept."""
        return self.alpha / (self.alpha + self.beta)


def profits_cents(hits: Floats, misses: Floats, campaign: Campaign) -> tuple[float, float]:
    """The expected maximum profit (EMPC) and the one at the mean share accepting (MPC).

    In cents a customer of the base. `hits` and `misses` are the churners and the others of each
    group of equal scores, best scores first, in rows or weights.
    """
    caught, disturbed = _hull(hits, misses)
    kept = campaign.value_cents - campaign.incentive_cents
    spent = campaign.contact_cents * caught + _wasted(campaign) * disturbed
    bounds = _acceptance_bounds(caught, disturbed, campaign)
    a, b = campaign.alpha, campaign.beta
    # Within two bounds one point of the hull is best, so its profit is integrated over them.
    shares = np.diff(betainc(a, b, bounds))
    accepted = campaign.accepting * np.diff(betainc(a + 1, b, bounds))
    expected = np.sum(kept * caught * accepted - spent * shares)
    return float(expected), float((campaign.accepting * kept * caught - spent).max())


def _wasted(campaign: Campaign) -> float:
    """What calling someone who would have stayed costs: the contact, and the incentive taken."""
    return float(campaign.contact_cents + campaign.incentive_cents)


def _hull(hits: Floats, misses: Floats) -> tuple[Floats, Floats]:
    """The corners of the ROC curve's convex hull from nobody to all, as shares of the base.

    Pooling adjacent violators of the groups' rates gives just the hull's straight pieces.
    """
    sizes = hits + misses
    hits, misses, sizes = hits[sizes > 0], misses[sizes > 0], sizes[sizes > 0]
    starts = isotonic_regression(hits / sizes, weights=sizes, increasing=False).blocks[:-1]
    total = sizes.sum()
    caught = np.cumsum(np.add.reduceat(hits, starts)) / total
    disturbed = np.cumsum(np.add.reduceat(misses, starts)) / total
    return np.r_[0.0, caught], np.r_[0.0, disturbed]


def _acceptance_bounds(caught: Floats, disturbed: Floats, campaign: Campaign) -> Floats:
    """From which share accepting each corner of the hull is the best, then 1."""
    more, worse = np.diff(caught), np.diff(disturbed)
    kept = campaign.value_cents - campaign.incentive_cents
    with np.errstate(divide="ignore"):
        needed = (campaign.contact_cents + _wasted(campaign) * worse / more) / kept
    return np.asarray(np.r_[0.0, np.clip(needed, 0.0, 1.0), 1.0])
