"""The day's lists: their rows, and what is done with one."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from serving.examples import lists
from serving.schemas.contacts import Agent, Contacted, DecisionAnswer, Note
from serving.schemas.shared import Int64, Words, answered, asked


class PromiseTold(BaseModel):
    """What a customer was promised, that is on no row."""

    model_config = answered(lists.PROMISE_TOLD)

    contact_id: Int64 = Field(description="The contact in which it was promised.")
    customer_id: Int64
    code: str
    due_at: datetime
    channel: str


class RowTold(BaseModel):
    """One row of a list: whom, why, with what, how, from when, and what came of it."""

    model_config = answered(lists.ROW_TOLD)

    rank: int
    customer_id: Int64
    name: str | None = Field(description="Masked.")
    band: str = Field(description="`promised`, `save` or `grow`.")
    reasons: tuple[Words, ...]
    offer: Words
    channel: Words
    value_cents: int
    allowed_from: datetime
    phone: str | None = Field(description="Masked.")
    assumed: tuple[Words, ...] = Field(description="Figures of the value that nobody measured.")
    state: str
    because: str | None = Field(description="What came of the row, or stands against it: a code.")
    because_text: Words | None
    rolled_over: date | None = Field(description="The day whose list left the row over.")
    badges: tuple[Words, ...]
    last_contact: datetime | None


class ListAnswer(BaseModel):
    """A day's list of a manager or branch, promises first."""

    model_config = answered(lists.LIST_ANSWER)

    day: date
    list_id: Int64
    currency: str
    published: bool = Field(description="A published list changes neither rows nor order.")
    banner: Words | None = Field(description="What to know before the first row; null if nothing.")
    rows: tuple[RowTold, ...]
    promised: tuple[PromiseTold, ...]


class RowRequest(BaseModel):
    """Who works a row."""

    model_config = asked(lists.ROW_REQUEST)

    agent: Agent = None


class TakeRequest(RowRequest):
    """Who takes a row just before the contact."""

    model_config = asked(lists.TAKE_REQUEST)

    dial: bool = Field(
        default=False, strict=True, description="Note too that the contact is being made."
    )


class SkipRequest(RowRequest):
    """A manager's word about a row that nobody is contacted for."""

    model_config = asked(lists.SKIP_REQUEST)

    code: Literal[
        "ALREADY_HANDLED",
        "NOT_WORKED",
        "WRONG_RECOMMENDATION",
        "SHOULD_NOT_DISTURB",
        "DEFER_MOOD",
    ]
    reason: Note | None = Field(
        default=None, description="Why; NOT_WORKED and WRONG_RECOMMENDATION need it."
    )


class DoNotMention(BaseModel):
    """An offer that must not be brought up, and why."""

    model_config = answered(lists.DO_NOT_MENTION)

    offer_code: str
    name: Words
    because: str


class CardAnswer(BaseModel):
    """An opened row: what a manager needs to prepare one contact, judged this moment."""

    model_config = answered(lists.CARD_ANSWER)

    list_id: Int64
    rank: int
    customer_id: Int64
    band: str
    state: str
    contact_id: Int64 | None
    may_dial: bool
    decision: DecisionAnswer
    badges: tuple[Words, ...]
    reasons: tuple[Words, ...]
    offer_code: str | None
    offer: Words
    price_band: str | None
    channel: str
    value_cents: int
    promise: PromiseTold | None
    do_not_mention: tuple[DoNotMention, ...]
    last_contacts: tuple[Contacted, ...]


class TakenAnswer(DecisionAnswer):
    """The decision on a row's contact, and its number where it may be made."""

    model_config = answered(lists.TAKEN_ANSWER)

    contact_id: Int64 | None
    dialled: bool


class SkippedAnswer(BaseModel):
    """A row that was set aside."""

    model_config = answered(lists.SKIPPED_ANSWER)

    list_id: Int64
    rank: int
    customer_id: Int64
    noted: str
    text: Words
