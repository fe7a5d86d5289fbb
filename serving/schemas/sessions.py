"""Signing in and out."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from serving.examples import sessions as examples
from serving.schemas.shared import Word, answered, asked

Password = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class SignInRequest(BaseModel):
    """A user's name and password."""

    model_config = asked(examples.SIGN_IN)

    name: Word
    password: Password


class SessionAnswer(BaseModel):
    """Who is signed in."""

    model_config = answered(examples.SESSION)

    id: str = Field(description="The actor of the audit log.")
    role: str
    branches: tuple[int, ...]
