"""How many customers a test needs before it can show what is hoped for.

Two shares are compared by the normal approximation with unequal sides (Fleiss, Levin and Paik 2003,
chapter 4, without continuity correction), 5 % of false alarms on both sides together.
"""

import math
from dataclasses import dataclass, replace

from scipy.special import ndtr, ndtri

from reports.errors import BadDesign

ALARM, POWER = 0.05, 0.8


@dataclass(frozen=True, slots=True)
class Hoped:
    """What is hoped for: the share with the outcome when left alone, and when contacted.

    `power` is the chance to show it where it is so; `alike` is how much a household's members are
    (intra-class correlation) and `members` the mean customers a household, by weight.
    """

    left_alone: float
    contacted: float
    power: float = POWER
    members: float = 1.0
    alike: float = 0.0

    def __post_init__(self) -> None:
        """BadDesign for shares, power or likeness outside of what they can be."""
        for name in ("left_alone", "contacted"):
            if not 0 < getattr(self, name) < 1:
                raise BadDesign(
                    f"{name} is {getattr(self, name):g}; give a share between 0 and 1, such as .044"
                )
        if self.left_alone == self.contacted:
            raise BadDesign("no difference is hoped for; no size shows one: name a change")
        if not ALARM < self.power < 1:
            raise BadDesign(f"power is {self.power:g}; choose one between .05 and 1, such as .8")
        if not (1 <= self.members < math.inf and 0 <= self.alike <= 1):
            raise BadDesign(
                f"{self.members:g} members a household, alike by {self.alike:g}; give 1 or more, "
                "and a likeness from 0 to 1"
            )

    @property
    def design_effect(self) -> float:
        """How much more customers are needed since households are drawn whole (Kish 1965)."""
        return 1 + (self.members - 1) * self.alike


def customers_needed(hoped: Hoped, holdout: float = 0.5) -> int:
    """The customers, both sides together, of whom a share is held out.

    >>> customers_needed(Hoped(0.044, 0.0374))
    28133
    """
    _check_share(holdout)
    reach = float(ndtri(1 - ALARM / 2) + ndtri(hoped.power))
    spread = _spread(hoped.left_alone, hoped.contacted, holdout)
    change = hoped.contacted - hoped.left_alone
    return math.ceil(reach**2 * spread / change**2 * hoped.design_effect)


def power_of(hoped: Hoped, customers: int, holdout: float) -> float:
    """The chance that so many customers show what is hoped for."""
    _check_share(holdout)
    if customers < 1:
        raise BadDesign(f"{customers} customers show nothing; give 1 or more")
    spread = _spread(hoped.left_alone, hoped.contacted, holdout) * hoped.design_effect
    change = abs(hoped.contacted - hoped.left_alone)
    return float(ndtr(change / math.sqrt(spread / customers) - ndtri(1 - ALARM / 2)))


def smallest_change(hoped: Hoped, customers: int, holdout: float) -> float:
    """The smallest relative change, in the direction hoped for, that so many customers show.

    BadDesign where even a change to nothing, or to everybody, would not be shown.
    """
    _check_share(holdout)
    down = hoped.contacted < hoped.left_alone
    farthest = hoped.left_alone * 1e-9 if down else 1 - (1 - hoped.left_alone) * 1e-9
    if customers_needed(replace(hoped, contacted=farthest), holdout) > customers:
        raise BadDesign(
            f"{customers:,} customers with {holdout:.3g} of them held out show not even that "
            f"{hoped.left_alone:.2%} become {'none' if down else 'all'}; wait longer, hold out "
            "more, or join branches"
        )
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        asked = hoped.left_alone + middle * (farthest - hoped.left_alone)
        shown = customers_needed(replace(hoped, contacted=asked), holdout) <= customers
        low, high = (low, middle) if shown else (middle, high)
    return high * (farthest - hoped.left_alone) / hoped.left_alone


def _spread(left_alone: float, contacted: float, holdout: float) -> float:
    return left_alone * (1 - left_alone) / holdout + contacted * (1 - contacted) / (1 - holdout)


def _check_share(holdout: float) -> None:
    if not 0 < holdout < 1:
        raise BadDesign(f"holdout is {holdout:g}; give a share between 0 and 1, such as .1")
