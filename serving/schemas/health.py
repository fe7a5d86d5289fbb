"""What the service says of itself."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from serving.examples import health
from serving.schemas.shared import Problem, answered


class SourceHealth(BaseModel):
    """One source of the answers: whether it serves, and what is wrong with its newest version."""

    model_config = answered(health.SOURCE_HEALTH)

    source: str
    serving: bool
    problem: str | None = Field(
        description="What is wrong with the newest version; where `serving`, an older one answers."
    )


class HealthAnswer(BaseModel):
    """What the service answers from at this moment."""

    model_config = answered(health.HEALTH_ANSWER)

    status: Literal["ready", "degraded"]
    model_versions: dict[str, str]
    snapshot_as_of: date
    snapshot_age_days: int
    bank: str
    policy_version: str
    sources: tuple[SourceHealth, ...]


class UnreadyProblem(Problem):
    """Why the service is not ready, source by source."""

    model_config = answered(health.UNREADY)

    sources: tuple[SourceHealth, ...]
