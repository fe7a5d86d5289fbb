"""Signing in and out."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from serving.examples import sessions as examples
from serving.schemas.shared import Word, answered, asked

Password = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class SignInRequest(BaseModel):
    """A user's name and password."""

    model_config = asked(examples.SIGN_IN)

    name: Word = Field(description="The user's name.")
    password: Password = Field(description="The password; it is kept and logged nowhere.")


class SessionAnswer(BaseModel):
    """Who is signed in."""

    model_config = answered(examples.SESSION)

    id: str = Field(description="The actor of the audit log.")
    role: str = Field(description="The role of the access file.")
    branches: tuple[int, ...] = Field(description="The branches that the person answers for.")
