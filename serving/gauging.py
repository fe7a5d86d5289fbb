"""What was answered, and how the sources of the answers stand, as figures."""

from dataclasses import fields
from datetime import datetime

from goodcall.calendar import local_date
from serving.schemas.at_once import NextAnswer
from serving.schemas.offers import OffersAnswer
from serving.shelf import Shelf
from serving.telemetry import Telemetry

_DAY = 86_400


def count_offers(telemetry: Telemetry, answer: OffersAnswer) -> None:
    """Count the offers that rules withheld, and an answer that rests on no score."""
    _count_withheld(telemetry, answer)
    if answer.fallback_because is not None:
        telemetry.fell_back(answer.fallback_because.code)


def count_next(telemetry: Telemetry, answer: NextAnswer) -> None:
    """Count what an app was told at once: the probabilities, the offers, and what was left out."""
    telemetry.scored(answer.probabilities or {})
    if answer.offers is not None:
        _count_withheld(telemetry, answer.offers)
    for code in {each.code for each in answer.left_out}:
        telemetry.fell_back(code)


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


def _count_withheld(telemetry: Telemetry, answer: OffersAnswer) -> None:
    """Count each offer that rules withheld, once by each rule against it on any channel."""
    for option in answer.withheld:
        if option.because == "blocked":
            for rule in {each.rule for channel in option.channels for each in channel.failing}:
                telemetry.blocked(rule)
