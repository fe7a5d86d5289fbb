"""Who is being served now."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from serving.examples import servings
from serving.schemas.shared import Id, Int64, answered, asked

Evidence = Literal["card", "document", "biometric", "caller_verified", "queue_ticket"]


class ServingRequest(BaseModel):
    """A customer whom the caller begins to serve, and what shows that the customer is there."""

    model_config = asked(servings.SERVING_REQUEST)

    customer_id: Id
    evidence: Evidence = Field(description="What shows that the customer is there.")
    minutes: Annotated[int, Field(strict=True, ge=1, le=60)] = Field(
        default=20, description="For so many minutes at most; open again where it takes longer."
    )


class ServingAnswer(BaseModel):
    """A serving that has begun; it ends by itself, by hand, or when the next one is opened."""

    model_config = answered(servings.SERVING_ANSWER)

    customer_id: Int64
    serving_id: Int64
    evidence: str
    opened_at: datetime
    ends_at: datetime


class ServedAnswer(BaseModel):
    """That the caller serves a customer no more."""

    model_config = answered(servings.SERVED_ANSWER)

    customer_id: Int64
    at: datetime
