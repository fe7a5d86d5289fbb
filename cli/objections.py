"""Whom no command scores: who objects to profiling, told by the bank or by the workspace alone."""

from dataclasses import replace

from cli.clock import now
from features import Bank
from features.objections import objected_in, objected_online, objecting
from goodcall import Workspace
from goodcall.profile import Profile
from outreach import ledger_mark


def objectors_of(place: Workspace) -> frozenset[int]:
    """Who objects as the workspace knows it: by what was published last, and by what came since.

    StaleSnapshot where that was lost. A workspace without a ledger never planned, and has published
    nothing: its snapshots leave out who objected before their day.
    """
    planned = place.online_at or place.online.exists() or ledger_mark(place.ledger_url)
    published = objected_online(place.online_url) if planned else frozenset()
    return published | objected_in(place.corrections, now())


def objectors_in(bank: Bank) -> frozenset[int]:
    """Who objects by the bank's files and what was put right, as known this moment."""
    return objecting(bank, now())


def as_they_object(people: tuple[Profile, ...], objectors: frozenset[int]) -> tuple[Profile, ...]:
    """The profiles, with objections that came after their day."""
    return tuple(
        replace(person, profiling_opt_out=True) if person.customer_id in objectors else person
        for person in people
    )
