"""What apps send and what they get back, each with an example that stands in the documentation."""

from serving.schemas import (
    at_once,
    consents,
    contacts,
    customers,
    events,
    health,
    lists,
    offers,
    scores,
    servings,
    shared,
    wishes,
)

__all__ = [
    "at_once",
    "consents",
    "contacts",
    "customers",
    "events",
    "health",
    "lists",
    "offers",
    "scores",
    "servings",
    "shared",
    "wishes",
]
