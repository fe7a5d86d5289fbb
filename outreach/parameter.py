"""A figure of the policy and where it comes from: measured by somebody, or assumed."""

from dataclasses import dataclass

from goodcall.section import Section

ASSUMED = "assumed"


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
