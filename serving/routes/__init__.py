"""The endpoints, a file a resource; each passes the gate, calls one function and returns."""

from fastapi import APIRouter

from serving.routes import events, health, offers, scores

ROUTERS: tuple[APIRouter, ...] = (scores.ROUTER, offers.ROUTER, events.ROUTER, health.ROUTER)

__all__ = ["ROUTERS"]
