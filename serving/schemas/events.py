"""What is sent and answered about what customers just did."""

from pydantic import BaseModel, Field

from serving.examples import events
from serving.schemas.shared import Int64, Moment, Word, answered, asked


class Event(BaseModel):
    """Something that a customer did in a channel, in the columns of the raw table `events`."""

    model_config = asked(events.EVENT)

    event_id: Int64 = Field(
        description="The bank's number of the event; sent twice it counts once."
    )
    customer_id: Int64
    happened_at: Moment = Field(description="With its zone; at most now.")
    kind: Word = Field(description="Such as `login`, `page_view`, `application` or `visit`.")
    channel: Word | None = Field(default=None, description="Such as `mobile`, `web` or `branch`.")
    topic: Word | None = Field(default=None, description="The family of product looked at.")


class EventsRequest(BaseModel):
    """What customers just did; a lot of which one event is refused is refused whole."""

    model_config = asked(events.EVENTS_REQUEST)

    events: list[Event] = Field(min_length=1, max_length=1000)


class EventsAnswer(BaseModel):
    """What became of the events: from now on they count in every answer."""

    model_config = answered(events.EVENTS_ANSWER)

    added: int
    unchanged: int = Field(description="Events that were known alike before.")
    customers: int = Field(description="Customers whose row is another now.")
