"""What is asked and answered about scores and what they are made of."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag

from goodcall.effect import Origin
from goodcall.reason import About, Reason
from serving.examples import scores
from serving.schemas.shared import Int64, Problem, RowAnswer, Word, Words, answered, asked

# So many customers may be asked about in one call.
MOST = 10_000
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Labels = Annotated[
    list[Word] | None,
    Field(
        min_length=1,
        max_length=100,
        description="What to predict, such as `churn` or `buys:fund`; everything where left out.",
    ),
]
Features = Annotated[
    dict[Word, Number | None],
    Field(
        min_length=1,
        max_length=2000,
        description="By name, every feature that the models read; null where it is not known.",
    ),
]


Pseudonym = Annotated[
    str,
    Field(
        pattern=r"^p-[a-z2-7]{24}$",
        description="The customer's pseudonym, as answers and tables under pseudonyms have it.",
    ),
]


class ScoreRequest(BaseModel):
    """Whose probabilities are asked for; all labels where none is named."""

    model_config = asked(scores.SCORE_REQUEST)

    customer_id: Int64 = Field(description="The bank's number of the customer.")
    labels: Labels = None


class FeaturesRequest(BaseModel):
    """Features of somebody, known or made up; all of the catalogue's, null where not known."""

    model_config = asked(scores.FEATURES_REQUEST)

    features: Features
    labels: Labels = None


class ManyRequest(BaseModel):
    """Whose probabilities are asked for in one call, as they are to stand in the answer."""

    model_config = asked(scores.MANY_REQUEST)

    customer_ids: list[Int64] = Field(min_length=1, max_length=MOST)
    labels: Labels = None


class ExplainRequest(BaseModel):
    """Whose score for which label is to be explained."""

    model_config = asked(scores.EXPLAIN_REQUEST)

    customer_id: Int64 = Field(description="The bank's number of the customer.")
    label: Word = Field(description="What was predicted, such as `churn` or `buys:fund`.")


class ExplainFeaturesRequest(BaseModel):
    """Features whose score for a label is to be explained."""

    model_config = asked(scores.EXPLAIN_FEATURES_REQUEST)

    features: Features
    label: Word = Field(description="What was predicted, such as `churn` or `buys:fund`.")


class PseudonymRequest(BaseModel):
    """Whose probabilities are asked for, by who works under pseudonyms."""

    model_config = asked(scores.PSEUDONYM_REQUEST)

    pseudonym: Pseudonym
    labels: Labels = None


class ExplainPseudonymRequest(BaseModel):
    """Whose score for which label is to be explained, to who works under pseudonyms."""

    model_config = asked(scores.EXPLAIN_PSEUDONYM_REQUEST)

    pseudonym: Pseudonym
    label: Word = Field(description="What was predicted, such as `churn` or `buys:fund`.")


def _by_what(body: Any) -> str:  # noqa: ANN401 - whatever was sent
    if isinstance(body, dict) and "features" in body:
        return "features"
    return "under_pseudonym" if isinstance(body, dict) and "pseudonym" in body else "customer"


ScoreAsked = Annotated[
    Annotated[ScoreRequest, Tag("customer")]
    | Annotated[FeaturesRequest, Tag("features")]
    | Annotated[PseudonymRequest, Tag("under_pseudonym")],
    Discriminator(_by_what),
]
ExplainAsked = Annotated[
    Annotated[ExplainRequest, Tag("customer")]
    | Annotated[ExplainFeaturesRequest, Tag("features")]
    | Annotated[ExplainPseudonymRequest, Tag("under_pseudonym")],
    Discriminator(_by_what),
]


class Because(BaseModel):
    """One reason of a score, with the feature and the value that it rests on."""

    model_config = answered(scores.BECAUSE)

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


class ScoreAnswer(RowAnswer):
    """A customer's probabilities now."""

    model_config = answered(scores.SCORE_ANSWER)

    probabilities: dict[str, float] = Field(description="By label, each between 0 and 1.")
    model_versions: dict[str, str] = Field(description="By label, the model that answered.")


class PseudonymScored(ScoreAnswer):
    """The probabilities now of a customer who was named by pseudonym."""

    model_config = answered(scores.PSEUDONYM_SCORED)

    # The name under which it was asked: nothing else differs.
    customer_id: Pseudonym  # type: ignore[assignment]


class FeaturesAnswer(BaseModel):
    """The probabilities that the features given come to; they are nobody's row."""

    model_config = answered(scores.FEATURES_ANSWER)

    probabilities: dict[str, float] = Field(description="By label, each between 0 and 1.")
    model_versions: dict[str, str] = Field(description="By label, the model that answered.")


class OneOfMany(BaseModel):
    """One customer's probabilities in an answer about many, or why there are none."""

    model_config = answered(scores.ONE_OF_MANY)

    customer_id: Int64
    probabilities: dict[str, float] | None = Field(description="By label; null beside a problem.")
    facts_since: int | None = Field(description="How many facts arrived since the snapshot.")
    stands_as_of: tuple[str, ...] = Field(description="Features that stand as of the snapshot.")
    problem: Problem | None = Field(description="Why this customer has none; null if all is well.")


class ManyAnswer(BaseModel):
    """The probabilities of many customers, in the order in which they were asked for."""

    model_config = answered(scores.MANY_ANSWER)

    as_of: date | None = Field(description="The snapshot's day; null where nobody was found.")
    at: datetime = Field(description="The moment up to which what arrived since counts too.")
    model_versions: dict[str, str]
    scores: tuple[OneOfMany, ...]


class ConceptShare(BaseModel):
    """What one concept adds to a score."""

    model_config = answered(scores.CONCEPT_SHARE)

    concept: str
    contribution: float = Field(description="In log-odds; below zero it lowers the probability.")


class ContactEffect(BaseModel):
    """What a contact would change about a score, and why a call helps."""

    model_config = answered(scores.CONTACT_EFFECT)

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


class Explained(BaseModel):
    """A score taken apart: base value and contributions add up to its log-odds.

    `reasons` say why the customer was flagged, and those of `contacts` why a call helps.
    """

    model_config = answered(scores.EXPLAINED)

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


class ExplainAnswer(RowAnswer, Explained):
    """A customer's score taken apart, as the customer stands now."""

    model_config = answered(scores.EXPLAIN_ANSWER)


class PseudonymExplained(ExplainAnswer):
    """The score now of a customer who was named by pseudonym, taken apart."""

    model_config = answered(scores.PSEUDONYM_EXPLAINED)

    # The name under which it was asked: nothing else differs.
    customer_id: Pseudonym  # type: ignore[assignment]
