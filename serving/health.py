"""Whether the service is ready, and what it answers from."""

from dataclasses import fields
from datetime import datetime

from features.errors import StaleSnapshot
from features.online import OnlineStore
from goodcall.calendar import local_date
from serving.schemas.health import HealthAnswer, SourceHealth, UnreadyProblem
from serving.shelf import Shelf, serves


def health(shelf: Shelf, now: datetime) -> HealthAnswer | UnreadyProblem:
    """The state of every source; `degraded` where an older version of one goes on serving."""
    sources = tuple(_source(shelf, field.name, now) for field in fields(Shelf))
    models, store, policy = shelf.models.value, shelf.snapshot.value, shelf.policy.value
    missing = [each.source for each in sources if not each.serving]
    if models is None or store is None or policy is None or missing:
        return UnreadyProblem(
            error="not_ready",
            message=f"not ready: {', '.join(missing)}",
            what_to_do="see the problem of each source",
            sources=sources,
        )
    as_of = store.mark.as_of
    return HealthAnswer(
        status="degraded" if any(each.problem for each in sources) else "ready",
        model_versions={label: model.version for label, model in sorted(models.items())},
        snapshot_as_of=as_of,
        snapshot_age_days=(local_date(now, policy.zone) - as_of).days,
        bank=store.mark.bank,
        policy_version=policy.version,
        sources=sources,
    )


def _source(shelf: Shelf, name: str, now: datetime) -> SourceHealth:
    reading = shelf.reading(name)
    if isinstance(reading.value, OnlineStore):
        try:
            reading.value.refuse_old(now)
        except StaleSnapshot as error:
            return SourceHealth(source=name, serving=False, problem=str(error))
    return SourceHealth(
        source=name,
        serving=serves(reading),
        problem=None if reading.problem is None else str(reading.problem),
    )
