"""How customers wish to be contacted."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from serving.examples import wishes
from serving.schemas.contacts import Agent, Channel
from serving.schemas.shared import Day, Id, Int64, Words, answered, asked

Channels = Annotated[list[Channel], Field(max_length=10)]
Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Number = Annotated[int, Field(strict=True, ge=1, le=1000)]
Subject = Literal[
    "only_channel", "own_cap", "prefers_channels", "prefers_hours", "prefers_staff", "pause"
]


class WishRequest(BaseModel):
    """What a customer wishes from now on; what is left out stays as it was."""

    model_config = asked(wishes.WISH_REQUEST)

    customer_id: Id
    only_channels: Channels = Field(default=[], description="By these ways and by no other.")
    at_most: Number | None = Field(default=None, description="So many contacts in `days` days.")
    days: Number | None = None
    pause_from: Day | None = Field(default=None, description="No marketing from this day on,")
    pause_to: Day | None = Field(default=None, description="to this one, both included.")
    pause_channel: Channel | None = Field(default=None, description="Every channel if left out.")
    prefers_channels: Channels = Field(default=[], description="A hint; it binds nobody.")
    prefers_from: Time | None = Field(default=None, description="A hint, on the customer's clock.")
    prefers_to: Time | None = None
    prefers_staff: Id | None = Field(default=None, description="A hint: a colleague's staff id.")
    take_back: list[Subject] = Field(
        default=[], max_length=6, description="What no longer holds, before the rest is noted."
    )
    agent: Agent = None

    @property
    def facts(self) -> dict[str, Any]:
        """What is wished for, as a line of the audit log tells it."""
        return self.model_dump(mode="json", exclude={"customer_id"}, exclude_defaults=True)


class Wished(BaseModel):
    """One thing that the customer wishes."""

    model_config = answered(wishes.WISHED)

    about: str
    text: Words


class WishesAnswer(BaseModel):
    """What stands of a customer's wishes; pauses that are over are left out."""

    model_config = answered(wishes.WISHES_ANSWER)

    customer_id: Int64
    at: datetime
    wishes: tuple[Wished, ...]
