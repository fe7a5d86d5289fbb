"""The endpoints, a file a resource; each passes the gate, calls one function and returns."""

from fastapi import APIRouter

from serving.routes import (
    at_once,
    consents,
    contacts,
    customers,
    events,
    health,
    lists,
    metrics,
    offers,
    scores,
    servings,
    sessions,
    wishes,
)

ROUTERS: tuple[APIRouter, ...] = (
    scores.ROUTER,
    offers.ROUTER,
    at_once.ROUTER,
    customers.ROUTER,
    contacts.ROUTER,
    consents.ROUTER,
    wishes.ROUTER,
    lists.ROUTER,
    servings.ROUTER,
    events.ROUTER,
    health.ROUTER,
    metrics.ROUTER,
    sessions.ROUTER,
)

__all__ = ["ROUTERS"]
