"""What is asked and answered about next best offers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from goodcall.effect import Origin
from serving.examples import offers
from serving.schemas.scores import Because
from serving.schemas.shared import Int64, RowAnswer, Verdict, Word, Words, answered, asked


class OffersRequest(BaseModel):
    """For whom an offer is sought, by any channel or by one."""

    model_config = asked(offers.OFFERS_REQUEST)

    customer_id: Int64 = Field(description="The bank's number of the customer.")
    channel: Word | None = Field(
        default=None, description="One of the policy's channels; all of them where left out."
    )
    limit: int = Field(
        default=3, strict=True, ge=1, le=20, description="How many actions to return at most."
    )


class Failing(BaseModel):
    """A contact rule that fails, and a code that says more where the rule has one."""

    model_config = answered(offers.FAILING)

    rule: str
    because: str | None


class ChannelVerdict(BaseModel):
    """What the contact policy says to an action by one channel at the moment of asking."""

    model_config = answered(offers.CHANNEL_VERDICT)

    channel: str
    verdict: Verdict
    until: datetime | None = Field(
        description="When it would next be allowed if nothing else happened; null where never, or "
        "where it is allowed now."
    )
    failing: tuple[Failing, ...]


class PriceTold(BaseModel):
    """The price band that a customer gets: the best one whose conditions are known to hold."""

    model_config = answered(offers.PRICE_TOLD)

    band: str
    rate_bps: int | None = Field(description="The rate in basis points; 320 is 3.20 %.")
    fee_bps: int | None = Field(description="The fee in basis points.")


class RankedAction(BaseModel):
    """An action worth taking, or `nothing` where leaving the customer alone is best."""

    model_config = answered(offers.RANKED_ACTION)

    rank: int
    action: Literal["offer", "care_call", "nothing"]
    offer_code: str | None
    family: str | None
    name: Words
    value_cents: int = Field(description="What the action is worth by its best channel, in cents.")
    label: str | None = Field(description="The score that the action rests on.")
    probability: float | None
    channel: str | None = Field(description="The best channel that is not blocked.")
    channels: tuple[ChannelVerdict, ...]
    reasons: tuple[Because, ...] = Field(
        max_length=6,
        description="Up to three why the customer was flagged, then up to three why the contact "
        "helps, where a lot taught that.",
    )
    effect: float | None = Field(
        description="What the contact adds to the probability of a purchase; below zero it harms."
    )
    drop: float | None = Field(
        description="What the contact takes from the probability of leaving; below zero it harms."
    )
    effect_from: Origin | None = Field(
        description="How the effect that the action rests on is known: learned for each customer "
        "from contacts drawn by lot, measured on average, or assumed."
    )
    assumed: tuple[str, ...] = Field(
        description="Factors of the value that the policy assumes and nobody has measured."
    )
    price: PriceTold | None = Field(
        description="The customer's price band; null where the offer has none."
    )


class WithheldAction(BaseModel):
    """An action that is not proposed, and why."""

    model_config = answered(offers.WITHHELD_ACTION)

    action: Literal["offer", "care_call"]
    offer_code: str | None
    name: Words
    because: Literal["blocked", "not_recommended", "no_score", "no_reason"]
    text: Words
    channels: tuple[ChannelVerdict, ...]


class Fallback(BaseModel):
    """Why an answer rests on no score: a source that is missing, or the customer's objection."""

    model_config = answered(offers.FALLBACK)

    code: str = Field(description="The code of the problem.")
    message: str


class OffersAnswer(RowAnswer):
    """What to do for a customer now, best first; never empty, since `nothing` is an action.

    Where `fallback` is true no score chose among the offers: they are those that the policy allows,
    in the order of their codes, and `fallback_because` says why.
    """

    model_config = answered(offers.OFFERS_ANSWER)

    decided_at: datetime
    policy_version: str
    model_versions: dict[str, str]
    currency: str
    actions: tuple[RankedAction, ...]
    withheld: tuple[WithheldAction, ...]
    fallback: bool = Field(description="Whether the offers stand in no personal order.")
    fallback_because: Fallback | None = Field(description="Why; null where they do.")
