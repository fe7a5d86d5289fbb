"""What apps send and what they get back, each with an example that stands in the documentation."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from goodcall.effect import Origin
from goodcall.language import Text
from goodcall.reason import About, Reason
from outreach.price_bands import Price
from serving import examples

_LARGEST = 2**63 - 1

Int64 = Annotated[
    int,
    Field(strict=True, ge=-_LARGEST - 1, le=_LARGEST, json_schema_extra={"format": "int64"}),
]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Verdict = Literal["allow", "defer", "block"]


def _asked(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


def _answered(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(frozen=True, json_schema_extra={"examples": [example]})


class ScoreRequest(BaseModel):
    """Whose probabilities are asked for; all labels where none is named."""

    model_config = _asked(examples.SCORE_REQUEST)

    customer_id: Int64 = Field(description="The bank's number of the customer.")
    labels: list[Word] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="What to predict, such as `churn` or `buys:fund`; everything where left out.",
    )


class OffersRequest(BaseModel):
    """For whom an offer is sought, by any channel or by one."""

    model_config = _asked(examples.OFFERS_REQUEST)

    customer_id: Int64 = Field(description="The bank's number of the customer.")
    channel: Word | None = Field(
        default=None, description="One of the policy's channels; all of them where left out."
    )
    limit: int = Field(
        default=3, strict=True, ge=1, le=20, description="How many actions to return at most."
    )


class ExplainRequest(BaseModel):
    """Whose score for which label is to be explained."""

    model_config = _asked(examples.EXPLAIN_REQUEST)

    customer_id: Int64 = Field(description="The bank's number of the customer.")
    label: Word = Field(description="What was predicted, such as `churn` or `buys:fund`.")


class Event(BaseModel):
    """Something that a customer did in a channel, in the columns of the raw table `events`."""

    model_config = _asked(examples.EVENT)

    event_id: Int64 = Field(
        description="The bank's number of the event; sent twice it counts once."
    )
    customer_id: Int64
    happened_at: AwareDatetime = Field(description="With its zone; at most now.")
    kind: Word = Field(description="Such as `login`, `page_view`, `application` or `visit`.")
    channel: Word | None = Field(default=None, description="Such as `mobile`, `web` or `branch`.")
    topic: Word | None = Field(default=None, description="The family of product looked at.")


class EventsRequest(BaseModel):
    """What customers just did; a lot of which one event is refused is refused whole."""

    model_config = _asked(examples.EVENTS_REQUEST)

    events: list[Event] = Field(min_length=1, max_length=1000)


class EventsAnswer(BaseModel):
    """What became of the events: from now on they count in every answer."""

    model_config = _answered(examples.EVENTS_ANSWER)

    added: int
    unchanged: int = Field(description="Events that were known alike before.")
    customers: int = Field(description="Customers whose row is another now.")


class Words(BaseModel):
    """One meaning in English and in Chinese."""

    model_config = _answered(examples.WORDS)

    en: str
    zh: str

    @classmethod
    def of(cls, text: Text) -> "Words":
        """A text as it goes over the wire."""
        return cls(en=text.en, zh=text.zh)


class Because(BaseModel):
    """One reason of a score, with the feature and the value that it rests on."""

    model_config = _answered(examples.BECAUSE)

    concept: str
    feature: str = Field(description="The catalogue's column.")
    value: float = Field(description="That column in the row that was scored.")
    contribution: float = Field(
        description="What the concept adds to the score: log-odds, or of a contact's effect a "
        "difference of probabilities."
    )
    about: About = Field(
        description="`flagged`: why the customer stands out; `call`: why a contact helps."
    )
    text: Words

    @classmethod
    def of(cls, reason: Reason) -> "Because":
        """A reason as it goes over the wire."""
        return cls(
            concept=reason.concept,
            feature=reason.feature,
            value=reason.value,
            contribution=reason.contribution,
            about=reason.about,
            text=Words.of(reason.text),
        )


class RowAnswer(BaseModel):
    """An answer that rests on a customer's row: the snapshot's, and what arrived since."""

    model_config = _answered(examples.ROW)

    customer_id: Int64
    as_of: date = Field(description="The snapshot's day: of before it everything known counts.")
    at: datetime = Field(description="The moment up to which what arrived since counts too.")
    facts_since: int = Field(description="How many facts arrived since the snapshot.")
    stands_as_of: tuple[str, ...] = Field(
        description="Features that those facts touch and that cannot be brought up to date; they "
        "stand as of the snapshot."
    )


class ScoreAnswer(RowAnswer):
    """A customer's probabilities now."""

    model_config = _answered(examples.SCORE_ANSWER)

    probabilities: dict[str, float] = Field(description="By label, each between 0 and 1.")
    model_versions: dict[str, str] = Field(description="By label, the model that answered.")


class Failing(BaseModel):
    """A contact rule that fails, and a code that says more where the rule has one."""

    model_config = _answered(examples.FAILING)

    rule: str
    because: str | None


class ChannelVerdict(BaseModel):
    """What the contact policy says to an action by one channel at the moment of asking."""

    model_config = _answered(examples.CHANNEL_VERDICT)

    channel: str
    verdict: Verdict
    until: datetime | None = Field(
        description="When it would next be allowed if nothing else happened; null where never, or "
        "where it is allowed now."
    )
    failing: tuple[Failing, ...]


class PriceTold(BaseModel):
    """The price band that a customer gets: the best one whose conditions are known to hold."""

    model_config = _answered(examples.PRICE_TOLD)

    band: str
    rate_bps: int | None = Field(description="The rate in basis points; 320 is 3.20 %.")
    fee_bps: int | None = Field(description="The fee in basis points.")

    @classmethod
    def of(cls, price: Price) -> "PriceTold":
        """What is told of a band."""
        return cls(band=price.band, rate_bps=price.rate_bps, fee_bps=price.fee_bps)


class RankedAction(BaseModel):
    """An action worth taking, or `nothing` where leaving the customer alone is best."""

    model_config = _answered(examples.RANKED_ACTION)

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

    model_config = _answered(examples.WITHHELD_ACTION)

    action: Literal["offer", "care_call"]
    offer_code: str | None
    name: Words
    because: Literal["blocked", "not_recommended", "no_score", "no_reason"]
    text: Words
    channels: tuple[ChannelVerdict, ...]


class OffersAnswer(RowAnswer):
    """What to do for a customer now, best first; never empty, since `nothing` is an action."""

    model_config = _answered(examples.OFFERS_ANSWER)

    decided_at: datetime
    policy_version: str
    model_versions: dict[str, str]
    currency: str
    actions: tuple[RankedAction, ...]
    withheld: tuple[WithheldAction, ...]


class ConceptShare(BaseModel):
    """What one concept adds to a score."""

    model_config = _answered(examples.CONCEPT_SHARE)

    concept: str
    contribution: float = Field(description="In log-odds; below zero it lowers the probability.")


class ContactEffect(BaseModel):
    """What a contact would change about a score, and why a call helps."""

    model_config = _answered(examples.CONTACT_EFFECT)

    label: str = Field(description="What is offered or meant, and the channel.")
    change: float = Field(
        description="The change in probability that the contact makes; for leaving, below zero is "
        "what one hopes for."
    )
    known: Origin
    reasons: tuple[Because, ...] = Field(
        max_length=3,
        description="Why a call helps; none where the effect was not learned for each customer.",
    )
    model_version: str


class ExplainAnswer(RowAnswer):
    """A score taken apart: base value and contributions add up to its log-odds.

    `reasons` say why the customer was flagged, and those of `contacts` why a call helps.
    """

    model_config = _answered(examples.EXPLAIN_ANSWER)

    label: str
    meaning: Words
    probability: float
    log_odds: float
    base_value: float = Field(description="The log-odds before anything is known of the customer.")
    concepts: tuple[ConceptShare, ...] = Field(
        description="Strongest in either direction first; a concept left out adds nothing."
    )
    reasons: tuple[Because, ...] = Field(max_length=3)
    contacts: tuple[ContactEffect, ...] = Field(
        description="What contacts would change about this probability, most first; empty where "
        "no lot taught it."
    )
    model_version: str


class Problem(BaseModel):
    """Why there is no answer, and what to do about it."""

    model_config = _answered(examples.PROBLEM)

    error: str = Field(description="A code for programs.")
    message: str = Field(description="What is wrong.")
    what_to_do: str


class SourceHealth(BaseModel):
    """One source of the answers: whether it serves, and what is wrong with its newest version."""

    model_config = _answered(examples.SOURCE_HEALTH)

    source: str
    serving: bool
    problem: str | None = Field(
        description="What is wrong with the newest version; where `serving`, an older one answers."
    )


class HealthAnswer(BaseModel):
    """What the service answers from at this moment."""

    model_config = _answered(examples.HEALTH_ANSWER)

    status: Literal["ready", "degraded"]
    model_versions: dict[str, str]
    snapshot_as_of: date
    snapshot_age_days: int
    bank: str
    policy_version: str
    sources: tuple[SourceHealth, ...]


class UnreadyProblem(Problem):
    """Why the service is not ready, source by source."""

    model_config = _answered(examples.UNREADY)

    sources: tuple[SourceHealth, ...]
