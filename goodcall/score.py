"""A model's probability for one customer, as every other room sees it."""

from dataclasses import dataclass
from datetime import date

from goodcall.reason import Reason


@dataclass(frozen=True, slots=True)
class Score:
    """The calibrated probability that `label` comes true for a customer after `as_of`.

    `label` names what is predicted (`churn`, or `buys:` and a product family); `reasons` holds the
    strongest first and is empty where nobody asked for them or the model is only a base rate.
    """

    customer_id: int
    as_of: date
    label: str
    probability: float
    model_version: str
    reasons: tuple[Reason, ...] = ()
