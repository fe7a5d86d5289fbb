"""Takes in what a customer just did, so that the next answer knows of it."""

import os
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from features.catalog import CATALOG
from features.errors import BrokenContract, FactRefused, StaleSnapshot, StoreUnreachable
from features.online_absorb import Intake
from goodcall.workspace import Workspace
from governance.vault import vault_of
from serving.errors import NotReady, RefusedFacts
from serving.schemas.events import EventsAnswer, EventsRequest
from serving.shelf import Shelf, need


class Door:
    """Opens the online store for writing when the first facts come; may be shared by threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = Lock()
        self._intake: Intake | None = None

    def take_events(
        self, shelf: Shelf, asked: EventsRequest, clock: Callable[[], datetime]
    ) -> EventsAnswer:
        """Put events into the online store; what was known alike before changes nothing."""
        need(shelf.snapshot, "no_snapshot")
        rows = [event.model_dump(exclude_none=True) for event in asked.events]
        try:
            taken = self._open(clock).absorb("events", rows)
        except (BrokenContract, FactRefused) as error:
            raise RefusedFacts(str(error)) from error
        except StaleSnapshot as error:
            raise NotReady("stale_snapshot", str(error)) from error
        except StoreUnreachable as error:
            raise NotReady("no_snapshot", str(error)) from error
        return EventsAnswer(added=taken.added, unchanged=taken.unchanged, customers=taken.customers)

    def close(self) -> None:
        """Let go of the online store."""
        if self._intake is not None:
            self._intake.close()

    def _open(self, clock: Callable[[], datetime]) -> Intake:
        with self._lock:
            if self._intake is None:
                cipher = vault_of(self._workspace, os.environ)
                self._intake = Intake(self._workspace.online_url, CATALOG, clock, cipher)
            return self._intake
