"""A figure of the policy and where it comes from: measured by somebody, or assumed."""

from dataclasses import dataclass
from datetime import timedelta

from goodcall.section import Section

ASSUMED = "assumed"
_LONGEST_DAYS = 3660.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A figure and where it comes from; `assumed` where nobody has measured it.

    `prior` is what was assumed before contacts measured the figure; None where that is not told.
    """

    amount: float
    source: str
    prior: float | None = None

    @property
    def assumed(self) -> bool:
        """Whether the figure is an assumption."""
        return self.source == ASSUMED

    @property
    def guess(self) -> float | None:
        """What is, or was, assumed; None where the bank has the figure from elsewhere."""
        return self.amount if self.assumed else self.prior


@dataclass(frozen=True, slots=True)
class Fading:
    """A factor that is itself at first and fades to 1: a half-life later half of it is gone."""

    factor: Parameter
    half_life_days: Parameter

    @property
    def assumed(self) -> bool:
        """Whether either of its figures is an assumption."""
        return self.factor.assumed or self.half_life_days.assumed

    def at(self, age: timedelta) -> float:
        """The factor so long after: 1 + (factor - 1) x 2 ** (-age / half-life)."""
        faded: float = 0.5 ** (age / timedelta(days=self.half_life_days.amount))
        return 1 + (self.factor.amount - 1) * faded


def read_fading(section: Section, most: float) -> Fading:
    """The factor, from 0 to `most`, and the half-life that a table says."""
    fading = Fading(
        factor=read_parameter(section, "factor", 0, most),
        half_life_days=read_parameter(section, "half_life_days", 1 / 24, _LONGEST_DAYS),
    )
    if fading.factor.amount == 1:
        raise section.refuse(
            "a factor of 1 changes nothing", "write another, or take it out", key="factor"
        )
    return fading


def read_parameter(section: Section, key: str, low: float, high: float) -> Parameter:
    """The figure that a key says, from `low` to `high`, with its source."""
    table = section.table(key, '{ is = <number>, source = "assumed" }')
    amount, source = table.number("is", low, high), table.text("source")
    prior = table.optional("prior", lambda told: table.number(told, low, high))
    table.done()
    if prior is not None and source == ASSUMED:
        raise table.refuse(
            "prior stands beside a figure that is itself assumed",
            "take prior out, or say in source who measured the figure",
            key="prior",
        )
    return Parameter(amount, source, prior)
