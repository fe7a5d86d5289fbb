"""Why: one reason of a score, in words that a raw row can confirm."""

from dataclasses import dataclass

from goodcall.language import Text


@dataclass(frozen=True, slots=True)
class Reason:
    """A concept that moved a score, said with the feature value that it rests on.

    `contribution` is in the score's log-odds; `feature` names the catalogue's column and `value`
    is that column as of the score's date, so anyone can recompute it from the raw tables.
    """

    concept: str
    feature: str
    value: float
    contribution: float
    text: Text
