"""What a test of two policies shows: each arm's figures a customer, and how they differ.

Customers count in the arm that they were placed in, whatever was planned or made for them. The
interval of a difference is that of two ratio estimates, linearised, with households as clusters.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outreach.ab_tests import MEASURES, Tallies
from outreach.arms import Placed, PolicyTest
from outreach.replay import Z95, Gain, standard_error

# Of fewer contacts that count in both arms together an interval says nothing.
LEAST_COUNTED = 20
# Below this the sizes of the arms are no chance any more (Fabijan et al. 2019 use the like).
LEAST_PROBABLE = 0.001

Verdict = Literal["insufficient", "not_shown", "more", "less"]


def verdict_of(counted: int, difference: Gain) -> Verdict:
    """What a difference shows, of so many that count on both sides together."""
    if counted < LEAST_COUNTED:
        return "insufficient"
    if not difference.shown:
        return "not_shown"
    return "more" if difference.value > 0 else "less"


@dataclass(frozen=True, slots=True)
class ArmSize:
    """The customers and households of an arm."""

    customers: int
    households: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure: how many in each arm, how many a customer, and the difference B - A.

    `more` and `less` say what B has against A, `not_shown` that the interval holds zero.
    """

    name: str
    count_a: int
    count_b: int
    mean_a: float
    mean_b: float
    difference: Gain

    @property
    def verdict(self) -> Verdict:
        """What the measure shows."""
        return verdict_of(self.count_a + self.count_b, self.difference)


@dataclass(frozen=True, slots=True)
class ArmsReport:
    """A test's arms and measures; `probability` is that of arms as unlike in size by chance.

    It is the p-value of Pearson's chi-square on households against the share; None while nobody is
    placed.
    """

    test: PolicyTest
    a: ArmSize
    b: ArmSize
    probability: float | None
    measures: tuple[Measured, ...]

    @property
    def sizes_fit(self) -> bool:
        """Whether the arms are as large as the share says; where not, nothing else holds."""
        return self.probability is None or self.probability >= LEAST_PROBABLE

    @property
    def verdict(self) -> Verdict:
        """What the first measure shows, which is what was bought."""
        return self.measures[0].verdict if self.measures else "insufficient"


def report_of(test: PolicyTest, tallies: Tallies) -> ArmsReport:
    """What a test shows so far; without a customer in each arm there are no measures."""
    customers = sorted(test.members)
    clusters = np.array([_cluster(who, test.members[who]) for who in customers], dtype=np.int64)
    in_b = np.array([test.members[who].arm == "B" for who in customers], dtype=bool)
    a, b = _size(clusters[~in_b]), _size(clusters[in_b])
    measures: tuple[Measured, ...] = ()
    if a.customers and b.customers:
        measures = tuple(
            _measured(name, _column(customers, tallies[name]), in_b, clusters) for name in MEASURES
        )
    return ArmsReport(
        test, a, b, ratio_probability(a.households, b.households, test.share), measures
    )


def ratio_probability(households_a: int, households_b: int, share: float) -> float | None:
    """The p-value of Pearson's chi-square, one degree of freedom, of arms against the share."""
    everyone = households_a + households_b
    if not everyone:
        return None
    expected = everyone * share
    off = (households_b - expected) ** 2
    return math.erfc(math.sqrt(off * (1 / expected + 1 / (everyone - expected)) / 2))


def _measured(
    name: str, counts: NDArray[np.float64], in_b: NDArray[np.bool_], clusters: NDArray[np.int64]
) -> Measured:
    means, errors = [], []
    for own in (~in_b, in_b):
        mean = float(counts[own].mean())
        means.append(mean)
        errors.append(standard_error(counts[own] - mean, clusters[own]))
    half, value = Z95 * math.hypot(*errors), means[1] - means[0]
    return Measured(
        name=name,
        count_a=int(counts[~in_b].sum()),
        count_b=int(counts[in_b].sum()),
        mean_a=means[0],
        mean_b=means[1],
        difference=Gain(value, value - half, value + half),
    )


def _cluster(customer_id: int, placed: Placed) -> int:
    """A number for the household; below zero for a customer without one."""
    return -1 - customer_id if placed.household_id is None else placed.household_id


def _size(clusters: NDArray[np.int64]) -> ArmSize:
    return ArmSize(len(clusters), len(np.unique(clusters)))


def _column(customers: list[int], tally: Mapping[int, int]) -> NDArray[np.float64]:
    return np.array([tally.get(who, 0) for who in customers], dtype=np.float64)
