"""Contacts: whether one may be made, taken and told of."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from serving.examples import contacts
from serving.schemas.shared import Id, Int64, Moment, Verdict, Word, Words, answered, asked

Channel = Literal["phone", "sms", "app", "email", "branch", "visit", "post"]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,80}$")]
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Agent = Annotated[Id | None, Field(description="The staff id of who does it; a person's own.")]


class ContactRequest(BaseModel):
    """Whom one means to contact, how, and about what."""

    model_config = asked(contacts.CONTACT_REQUEST)

    customer_id: Int64
    channel: Channel
    offer_code: Word | None = None
    purpose: Word | None = Field(
        default=None, description="What it is for where no offer is made; `marketing` if left out."
    )
    category: Literal["marketing", "service", "regulatory", "risk"] = "marketing"
    direction: Literal["outbound", "inbound"] = "outbound"
    proactive: bool = Field(
        default=True, strict=True, description="False where the customer asked for it."
    )
    point_id: Int64 | None = Field(
        default=None, description="Which number or address; the best usable one if left out."
    )


class ReserveRequest(ContactRequest):
    """A contact that is about to be made."""

    model_config = asked(contacts.RESERVE_REQUEST)

    request_id: Key | None = Field(
        default=None,
        description="The caller's own id of this attempt: sent again it gets the first answer "
        "again. The header Idempotency-Key may carry it instead; one of the two is needed.",
    )
    agent: Agent = None
    dial: bool = Field(
        default=False, strict=True, description="Note too that it is being made this moment."
    )


class RuleFailing(BaseModel):
    """A rule that is against a contact, and why."""

    model_config = answered(contacts.RULE_FAILING)

    rule: str
    because: str | None


class DecisionAnswer(BaseModel):
    """What the contact policy says to a contact at this moment; nothing is reserved."""

    model_config = answered(contacts.DECISION_ANSWER)

    customer_id: Int64
    channel: str
    verdict: Verdict
    until: datetime | None = Field(
        description="When it would next be allowed if nothing else happened; null where never, or "
        "where it is allowed now."
    )
    failing: tuple[RuleFailing, ...]
    mind: tuple[str, ...] = Field(description="What to know though nothing speaks against it.")
    point_id: Int64 | None
    policy_version: str
    decided_at: datetime


class ReserveAnswer(DecisionAnswer):
    """The decision on a contact, and its number where it may be made."""

    model_config = answered(contacts.RESERVE_ANSWER)

    request_id: str
    contact_id: Int64 | None = Field(description="Null where the contact may not be made.")
    dialled: bool


class Contacted(BaseModel):
    """A contact with the customer by anyone of the bank."""

    model_config = answered(contacts.CONTACTED)

    at: datetime
    channel: str
    direction: str
    category: str
    offer_code: str | None
    state: str
    outcome: str | None
    text: Words = Field(description="What came of it, in words.")


class DialRequest(BaseModel):
    """Who is making a reserved contact now."""

    model_config = asked(contacts.DIAL_REQUEST)

    agent: Agent = None


class OutcomeRequest(BaseModel):
    """What came of a contact."""

    model_config = asked(contacts.OUTCOME_REQUEST)

    code: Word = Field(description="An outcome of the policy, such as CONNECTED_INTERESTED.")
    agent: Agent = None
    happened_at: Moment | None = Field(
        default=None,
        description="When, in whole seconds with a zone; now if left out. Send it where you may "
        "have to send again: the same code at the same second is noted once.",
    )
    due_at: Moment | None = Field(
        default=None,
        description="For when a call-back or an appointment was promised; needed with "
        "CONNECTED_CALLBACK and CONNECTED_APPT.",
    )
    note: Note | None = None


class ToldAnswer(BaseModel):
    """What was noted of a contact."""

    model_config = answered(contacts.TOLD_ANSWER)

    contact_id: Int64
    customer_id: Int64
    noted: str = Field(description="`dialled`, or the outcome's code.")
    text: Words
    at: datetime
    promised: DecisionAnswer | None = Field(
        description="What keeping what was promised would be answered at its moment, as things "
        "stand; null where nothing was promised."
    )
