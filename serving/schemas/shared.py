"""Words and frames that requests and answers of every resource share."""

import re
from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from goodcall.language import Text
from serving.examples import problems, shared
from serving.examples.shared import Example

D = TypeVar("D", date, datetime)
_LARGEST = 2**63 - 1

Int64 = Annotated[
    int,
    Field(strict=True, ge=-_LARGEST - 1, le=_LARGEST, json_schema_extra={"format": "int64"}),
]
Id = Annotated[int, Field(strict=True, ge=1, le=_LARGEST, json_schema_extra={"format": "int64"})]
# The same in a path, where everything is text.
PathId = Annotated[int, Field(ge=-_LARGEST - 1, le=_LARGEST, json_schema_extra={"format": "int64"})]
PathRank = Annotated[int, Field(ge=1, le=100_000)]
# No control characters, and no half of a surrogate pair.
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
_ISO = re.compile(r"\d{4}-\d\d-\d\d").match
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def _as_text(said: object) -> object:
    """A day or moment as it is written; a bare number would be read as seconds since 1970."""
    if isinstance(said, date) or (isinstance(said, str) and _ISO(said)):
        return said
    raise ValueError("Input should be text that begins like 2026-06-01")


def _in_reach(said: D) -> D:
    """A day or moment of a year that calendars and clocks can reckon with."""
    if not _FIRST_YEAR <= said.year <= _LAST_YEAR:
        raise ValueError(f"Input should be of a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return said


Moment = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_reach)]
Day = Annotated[date, BeforeValidator(_as_text), AfterValidator(_in_reach)]
Verdict = Literal["allow", "defer", "block"]


def asked(example: Example) -> ConfigDict:
    """The settings of a request: what it does not know it refuses."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


def answered(example: Example) -> ConfigDict:
    """The settings of an answer."""
    return ConfigDict(frozen=True, json_schema_extra={"examples": [example]})


class Words(BaseModel):
    """One meaning in English and in Chinese."""

    model_config = answered(shared.WORDS)

    en: str
    zh: str

    @classmethod
    def of(cls, text: Text) -> "Words":
        """A text as it goes over the wire."""
        return cls(en=text.en, zh=text.zh)


class RowAnswer(BaseModel):
    """An answer that rests on a customer's row: the snapshot's, and what arrived since."""

    model_config = answered(shared.ROW)

    customer_id: Int64
    as_of: date = Field(description="The snapshot's day: of before it everything known counts.")
    at: datetime = Field(description="The moment up to which what arrived since counts too.")
    facts_since: int = Field(description="How many facts arrived since the snapshot.")
    stands_as_of: tuple[str, ...] = Field(
        description="Features that those facts touch and that cannot be brought up to date; they "
        "stand as of the snapshot."
    )


class Problem(BaseModel):
    """Why there is no answer, and what to do about it."""

    model_config = answered(problems.UNKNOWN_CUSTOMER)

    error: str = Field(description="A code for programs.")
    message: str = Field(description="What is wrong.")
    what_to_do: str
