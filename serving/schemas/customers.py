"""A customer at a glance: what the bank knows, from where, and as of when."""

from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from serving.examples import customers
from serving.schemas.contacts import Contacted
from serving.schemas.shared import Int64, Words, answered
from serving.schemas.wishes import Wished

T = TypeVar("T")
State = Literal["known", "none", "not_known"]


class Sourced(BaseModel, Generic[T]):
    """One thing that is known of a customer, or that it is not known; never a guess.

    `none` says that the source would tell and tells of nothing; `not_known` that it does not tell.
    """

    model_config = answered(customers.SOURCED)

    value: T | None
    state: State
    source: str = Field(description="The raw table, or `ledger`, that it is from.")
    on: date | None = Field(
        description="The day that it is of: of what happened, else the day before which it was "
        "known; null where it is not known."
    )
    text: Words = Field(description="The same in words.")


class Held(BaseModel):
    """A product that the customer holds."""

    model_config = answered(customers.HELD)

    product_id: Int64
    family: str
    name: Words
    opened_on: date
    amount_cents: int | None


class Maturing(BaseModel):
    """A holding that falls due."""

    model_config = answered(customers.MATURING)

    product_id: Int64
    family: str
    on: date
    in_days: int = Field(description="From the day of asking; below zero it is over.")
    amount_cents: int | None


class Overdue(BaseModel):
    """What a customer has not paid in time."""

    model_config = answered(customers.OVERDUE)

    since: date = Field(description="The due date of the oldest part that is not paid.")
    days: int
    amount_cents: int | None


class RiskLevel(BaseModel):
    """How much risk a customer tolerates, as assessed."""

    model_config = answered(customers.RISK_LEVEL)

    tolerance: str
    expires_on: date
    expired: bool


class Complaint(BaseModel):
    """The latest complaint."""

    model_config = answered(customers.COMPLAINT)

    at: datetime
    open: bool | None = Field(
        description="Null of one that was heard in a contact: the desk that settles it tells."
    )
    closed_at: datetime | None


class Pitched(BaseModel):
    """An offer that was made to the customer before."""

    model_config = answered(customers.PITCHED)

    offer_code: str
    times: int
    last_at: datetime
    channel: str
    outcome: str | None


class Mood(BaseModel):
    """The mood that was noted last."""

    model_config = answered(customers.MOOD)

    mood: Literal["low", "neutral", "satisfied"]
    at: datetime


class Badge(BaseModel):
    """Something to mind before any word is said."""

    model_config = answered(customers.BADGE)

    badge: str
    text: Words


class ViewAnswer(BaseModel):
    """A customer at a glance, each field with its source and day."""

    model_config = answered(customers.VIEW_ANSWER)

    customer_id: Int64
    as_of: date = Field(description="The snapshot's day.")
    at: datetime
    name: Sourced[str] = Field(description="Masked.")
    kind: Sourced[str]
    manager_id: Sourced[Int64]
    branch_id: Sourced[Int64]
    opened_on: Sourced[date]
    holdings: Sourced[tuple[Held, ...]]
    maturities: Sourced[tuple[Maturing, ...]]
    overdue: Sourced[Overdue]
    last_visit: Sourced[date]
    last_complaint: Sourced[Complaint]
    risk_level: Sourced[RiskLevel]
    last_contacts: Sourced[tuple[Contacted, ...]]
    pitched: Sourced[tuple[Pitched, ...]]
    mood: Sourced[Mood]
    wishes: Sourced[tuple[Wished, ...]] = Field(description="How the customer wants contacts.")
    badges: tuple[Badge, ...]
