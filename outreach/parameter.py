"""A figure of the policy and where it comes from: measured by somebody, or assumed."""

from dataclasses import dataclass

from goodcall.section import Section


@dataclass(frozen=True, slots=True)
class Parameter:
    """A figure and where it comes from; `assumed` where nobody has measured it."""

    amount: float
    source: str

    @property
    def assumed(self) -> bool:
        """Whether the figure is an assumption."""
        return self.source == "assumed"


def read_parameter(section: Section, key: str, low: float, high: float) -> Parameter:
    """The figure that a key says, from `low` to `high`, with its source."""
    table = section.table(key, '{ is = <number>, source = "assumed" }')
    parameter = Parameter(table.number("is", low, high), table.text("source"))
    table.done()
    return parameter
