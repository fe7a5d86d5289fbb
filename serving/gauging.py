"""How the sources of the answers stand, as figures."""

from dataclasses import fields
from datetime import datetime

from goodcall.calendar import local_date
from serving.shelf import Shelf
from serving.telemetry import Telemetry

_DAY = 86_400


def stand(telemetry: Telemetry, shelf: Shelf, now: datetime) -> None:
    """Say how old models and snapshot are at `now`, which sources serve, and which rest."""
    store, past, models = shelf.snapshot.value, shelf.ledger.value, shelf.models.value
    telemetry.stand(
        snapshot_age_days=(
            None if store is None else (local_date(now, store.mark.zone) - store.mark.as_of).days
        ),
        model_age_days={
            label: (now - model.card.created).total_seconds() / _DAY
            for label, model in (models or {}).items()
        },
        serving={each.name: shelf.reading(each.name).value is not None for each in fields(Shelf)},
        breakers={
            "snapshot": store is not None and store.breaker.open,
            "ledger": past is not None and past.breaker.open,
        },
    )
