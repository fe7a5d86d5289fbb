"""Everything that the interface works with: the shelf it answers from, and what it writes down."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from features.catalog import CATALOG
from features.errors import StoreUnreachable
from features.online_layout import Layout
from features.online_served import ServedLog
from goodcall.workspace import Workspace
from governance.oidc import OpenIdProvider
from serving.gate import Gate
from serving.intake import Door
from serving.journal import warn
from serving.payloads import refuse_unclassed
from serving.pseudonymous import Finder
from serving.shelf import Desk, Shelf, sources_of
from serving.terms import Terms


@dataclass(frozen=True, slots=True)
class Office:
    """The desk that holds the shelf, the door for new facts, and the log of served rows.

    Before all of it stands the gate; `place` is the workspace that it works in, `sign_on`
    the bank's own sign-on where there is one. `finder` knows whose a pseudonym is.
    """

    desk: Desk
    door: Door
    served: ServedLog
    gate: Gate
    place: Workspace
    sign_on: OpenIdProvider | None = None
    finder: Finder = field(default_factory=Finder)

    def look(self) -> Shelf:
        """The shelf as it should be now; what waits to be recorded is written on the way."""
        self.record()
        return self.desk.look()

    def record(self) -> None:
        """Write down the served rows that wait; an answer never waits for them."""
        store = self.desk.shelf.snapshot.value
        if store is None:
            return
        try:
            self.served.flush(store.engine)
        except StoreUnreachable as error:
            warn("served_rows_not_recorded", why=str(error))

    def close(self) -> None:
        """Write what waits and let go of the databases."""
        self.record()
        self.door.close()
        self.desk.shelf.close()
        self.gate.close()


def open_office(
    workspace: Workspace,
    packed: Path | None,
    terms: Terms,
    *,
    gate: Gate,
    rng: np.random.Generator,
    sign_on: OpenIdProvider | None = None,
) -> Office:
    """An office over a workspace behind a gate; `rng` draws which served rows are recorded."""
    refuse_unclassed(gate.access)
    served = ServedLog(Layout(CATALOG), terms.served_share, rng)
    sources = sources_of(workspace, packed, max_age_days=terms.max_age_days, tell=served.note)
    door = Door(workspace)
    return Office(Desk(sources), door, served, gate, workspace, sign_on)
