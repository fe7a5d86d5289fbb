"""Begins and ends servings: who serves which customer now, which opens that customer's data."""

from datetime import datetime, timedelta

from goodcall.principal import Principal
from serving.gate import Gate
from serving.schemas.servings import ServedAnswer, ServingAnswer, ServingRequest


def begin(gate: Gate, who: Principal, asked: ServingRequest, *, now: datetime) -> ServingAnswer:
    """The serving that begins now; whom a person served before is served by him no more."""
    number = gate.keys.open_serving(
        who, asked.customer_id, asked.evidence, now=now, minutes=asked.minutes
    )
    return ServingAnswer(
        customer_id=asked.customer_id,
        serving_id=number,
        evidence=asked.evidence,
        opened_at=now,
        ends_at=now + timedelta(minutes=asked.minutes),
    )


def end(gate: Gate, who: Principal, customer_id: int, *, now: datetime) -> ServedAnswer:
    """That the customer is served by the caller no more; so it is where nobody was served."""
    gate.keys.close_serving(who, now=now, customer_id=customer_id)
    return ServedAnswer(customer_id=customer_id, at=now)
