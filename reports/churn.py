"""Where more customers leave than elsewhere, and what explains it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features import Bank
from goodcall.language import Text
from reports.apart import Apart, Dimension, Question, set_apart
from reports.errors import NotComparable
from reports.excess import Excess, explain_excess
from reports.met import met
from reports.standing import standings

PLACES = {"region": Text("region", "地区"), "branch": Text("branch", "网点")}


@dataclass(frozen=True, slots=True)
class ChurnCauses:
    """The leaving of every place, and the causes where it is shown to be above the rest.

    `rows` are customers at the starts of months, each customer once a month; `left` those that left
    after it.
    """

    by: str
    customers: int
    rows: int
    left: int
    places: tuple[Apart, ...]
    excesses: tuple[Excess, ...]


def churn_causes(bank: Bank, outcomes: pa.Table, *, by: str = "region") -> ChurnCauses:
    """The leaving of each region, or branch, and what explains it where it is above the rest.

    `outcomes` has customer_id, as_of and y (1 for left), a row a customer and date. False
    discoveries are held at 5 % over all places, and again over all causes of all places.
    NotComparable where nobody is looked at, or the bank tells of no two places.
    """
    if by not in PLACES:
        raise NotComparable(f"places by {by!r} are unknown; known: {', '.join(PLACES)}")
    people = standings(bank, outcomes)
    left = outcomes["y"].to_numpy().astype(np.bool_)
    place = people.region if by == "region" else people.branch
    known = place != ""
    if len(np.unique(place[known])) <= 1:
        raise NotComparable(
            f"the bank's tables tell of no two places by {by}; fill branch_id of customers and "
            "region of branches, or ask by the other of region and branch"
        )
    together = np.zeros(len(place), dtype=np.int64)
    question = Question(("left",), left, people.home, (Dimension(by, place, together),))
    found = set_apart([question])
    above = [each.group for each in found if each.verdict == "more"]
    return ChurnCauses(
        by,
        customers=len(np.unique(people.customer)),
        rows=len(left),
        left=int(left.sum()),
        places=found,
        excesses=explain_excess(
            left[known],
            [(name, (place == name)[known]) for name in above],
            met(bank, people).of(known),
            people.home[known],
        )
        if above
        else (),
    )
