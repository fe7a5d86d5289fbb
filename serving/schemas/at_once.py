"""All that an app needs of a customer in one call."""

from typing import Literal

from pydantic import BaseModel, Field

from serving.examples import at_once as examples
from serving.schemas.offers import OffersAnswer
from serving.schemas.shared import Int64, Verdict, Word, answered, asked

Part = Literal["score", "offers", "reasons", "channels"]
Why = Literal["budget", "missing_source", "objection"]


class NextRequest(BaseModel):
    """Whom an app has before it, and how long it can wait."""

    model_config = asked(examples.NEXT_REQUEST)

    customer_id: Int64
    channel: Word | None = Field(default=None, description="All of the policy's where left out.")
    limit: int = Field(default=3, strict=True, ge=1, le=20)
    budget_ms: int = Field(
        default=200,
        strict=True,
        ge=1,
        le=10_000,
        description="How many milliseconds the app can wait. Rules come first, then scores, then "
        "offers, then reasons: what the time does not allow is left out and named.",
    )


class AllowedChannel(BaseModel):
    """Whether the policy lets the bank approach the customer by a channel now, for marketing."""

    model_config = answered(examples.ALLOWED_CHANNEL)

    channel: str
    verdict: Verdict
    failing: tuple[str, ...] = Field(description="The rules against it.")


class LeftOut(BaseModel):
    """A part of the answer that is not in it, and why."""

    model_config = answered(examples.LEFT_OUT)

    part: Part
    because: Why
    code: str = Field(description="`budget`, or the code of the problem.")
    message: str


class NextAnswer(BaseModel):
    """Score, offers with reasons, and allowed channels; `left_out` names what is missing."""

    model_config = answered(examples.NEXT_ANSWER)

    customer_id: Int64
    fallback: bool = Field(description="Whether anything was left out.")
    left_out: tuple[LeftOut, ...]
    took_ms: float
    channels: tuple[AllowedChannel, ...] | None
    probabilities: dict[str, float] | None
    offers: OffersAnswer | None = Field(
        description="Reasons are empty in it where they were left out."
    )
