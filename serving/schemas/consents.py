"""What customers allow and refuse."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from serving.examples import consents
from serving.schemas.contacts import Agent, Channel
from serving.schemas.shared import Day, Id, Int64, Moment, Word, answered, asked


class ConsentRequest(BaseModel):
    """What a customer said; it counts at once, and nothing that was said before is changed."""

    model_config = asked(consents.CONSENT_REQUEST)

    customer_id: Id
    action: Literal["grant", "revoke", "dnc", "dnc_lifted"] = Field(
        description="`dnc` asks not to be contacted; `dnc_lifted` takes that back."
    )
    channel: Channel | None = Field(default=None, description="All channels where left out.")
    purpose: Word | None = Field(default=None, description="Marketing where left out.")
    scope: Literal["marketing", "all"] | None = Field(
        default=None, description="A `dnc` of scope `all` stops service messages too."
    )
    evidence_source: Word | None = Field(default=None, description="Where the words were given.")
    text_version: Word | None = Field(default=None, description="Which words were agreed to.")
    expires_on: Day | None = None
    happened_at: Moment | None = Field(
        default=None, description="When it was said, in whole seconds with a zone; now if left out."
    )
    agent: Agent = None


class Said(BaseModel):
    """One thing that a customer allowed, refused or took back."""

    model_config = answered(consents.SAID)

    happened_at: datetime
    action: str
    channel: str | None
    purpose: str | None
    scope: str | None
    evidence_source: str | None
    text_version: str | None
    expires_on: date | None


class ConsentsAnswer(BaseModel):
    """All that a customer ever said, the latest first; nothing is ever taken out."""

    model_config = answered(consents.CONSENTS_ANSWER)

    customer_id: Int64
    at: datetime
    consents: tuple[Said, ...]
