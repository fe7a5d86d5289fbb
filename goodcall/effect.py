"""What a contact would change for a customer, and how anybody knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Origin = Literal["learned", "measured", "assumed"]


@dataclass(frozen=True, slots=True)
class Changes:
    """By how much contacts change probabilities of one customer, as far as lots have taught it.

    `by_label` holds the change by an effect's label, such as buys:fund:phone; `origins` says of
    each label whether it was learned for each customer, or measured on average.
    """

    by_label: Mapping[str, float]
    origins: Mapping[str, Origin]

    def of(self, label: str) -> tuple[float, Origin] | None:
        """The change under a label and how it is known; None where no lot taught it."""
        change = self.by_label.get(label)
        return None if change is None else (change, self.origins[label])


NO_CHANGES = Changes({}, {})
