"""Why: one reason of a score, in words that a raw row can confirm."""

from dataclasses import dataclass
from typing import Literal

from goodcall.language import Text

About = Literal["flagged", "call"]

# What a list of reasons answers: a score says why a customer stands out, an effect why to call.
LEAD_INS: dict[About, Text] = {
    "flagged": Text("Why this customer was flagged", "为何关注该客户"),
    "call": Text("Why a call helps", "为何联系有帮助"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A concept that moved a score, said with the feature value that it rests on.

    `contribution` is on the scale on which the score adds up: log-odds, cents, or a difference of
    probabilities; `feature` names the catalogue's column and `value` is that column as of the
    score's date, so anyone can recompute it from the raw tables. `about` says which question it
    answers: why the customer was flagged, or why a call helps.
    """

    concept: str
    feature: str
    value: float
    contribution: float
    text: Text
    about: About = "flagged"
