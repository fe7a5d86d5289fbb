"""Where the workspace keeps something of a customer: every place that rights are asked of."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from cli.clock import now
from cli.records import ledger_of, lines_about
from features import stored_dates
from features.bank import MANIFEST
from features.damaged import naming
from features.erasing import CorrectionsErasable, FilesErasable, NightsErasable, OnlineErasable
from features.errors import DamagedFile, StaleSnapshot
from features.leftovers import Leftovers
from features.store import snapshot_file
from goodcall import Workspace
from goodcall.ports import Erasable
from governance import AccessErasable, Vault
from governance.audit_lines import audit_lines
from governance.bundle import is_bundle
from governance.verifier import CHECKPOINTS, KEYS, log_files
from models.erasing import ModelsErasable
from outreach import ledger_mark
from outreach.erasing import LedgerErasable, pseudonym_of


def places_of(place: Workspace, vault: Vault) -> tuple[Erasable, ...]:
    """Every place of a workspace that may hold something of a customer."""
    found = banks_places(place, vault)
    if not place.keeps_access:
        return found
    stands_for = partial(pseudonym_of, cipher=vault)
    return (*found, AccessErasable(place.governance_url, stands_for))


def banks_places(place: Workspace, vault: Vault) -> tuple[Erasable, ...]:
    """The places that hold what comes from the bank's tables: who is in one is its customer."""
    files = (
        FilesErasable("snapshots", place.snapshots, "as_of=*/features.parquet"),
        FilesErasable("contacts for the feature store", place.root, place.contacts.name),
        FilesErasable("scores", place.root / "scores", "**/*.parquet", scores=True),
        FilesErasable("evidence of training", place.artefacts, "**/evidence/*.parquet"),
    )
    found: list[Erasable] = [*files, NightsErasable(place.nights), models_of(place)]
    found.append(CorrectionsErasable(place.corrections, vault))
    if place.online_at or place.online.exists():
        found.append(OnlineErasable(place.online_url, vault))
    found.append(_LedgerPlace(place, vault))
    return tuple(found)


def leftovers_of(place: Workspace) -> Leftovers:
    """Drafts and exports of a workspace, which no deletion changes: they are people's own.

    The banks' own files are not looked into, nor the audit log and what was exported of it whole,
    which are kept by law.
    """
    log = (*log_files(place.audit), place.root / CHECKPOINTS)
    bundles = (file for file in place.root.rglob("*.zip") if is_bundle(file, place.root / KEYS))
    banks = (file.parent for file in place.root.rglob(MANIFEST))
    stores = (place.snapshots, place.nights, place.artefacts, place.models, place.corrections)
    return Leftovers(
        place.root,
        kept=frozenset((*stores, place.root / "scores", place.contacts)),
        spared=frozenset((*banks, *log, *bundles)),
    )


@dataclass(frozen=True, slots=True)
class _LedgerPlace:
    """The workspace's ledger, where there is one; it is reached when it is asked, not before."""

    workspace: Workspace
    vault: Vault
    place: str = "ledger"

    def known(self, customer_id: int) -> Sequence[Mapping[str, object]]:
        return [row for each in self._there() for row in each.known(customer_id)]

    def erase(self, customer_id: int) -> int:
        return sum(each.erase(customer_id) for each in self._there())

    def forget_scores(self, customer_id: int) -> int:
        return sum(each.forget_scores(customer_id) for each in self._there())

    def _there(self) -> tuple[LedgerErasable, ...]:
        url = self.workspace.ledger_url
        if not ledger_mark(url):
            return ()
        # An earlier release's ledger lacks tables: it is brought up to date first.
        with ledger_of(self.workspace):
            pass
        return (LedgerErasable(url, self.vault, now()),)


def models_of(place: Workspace) -> ModelsErasable:
    """The models of a workspace, and the copies that MLflow keeps."""
    return ModelsErasable(place.models, place.artefacts)


def dates_with(store: Path, customer_id: int) -> dict[str, bool]:
    """Of each date that a store has a snapshot of, whether the customer is among its rows.

    A date whose snapshot does not read is left out, as one of which nobody can tell.
    """
    mine = pc.field("customer_id") == customer_id
    found = {}
    for day in stored_dates(store) if store.exists() else ():
        with suppress(DamagedFile, StaleSnapshot), naming(file := snapshot_file(store, day)):
            rows = pq.read_table(file, columns=["customer_id"], filters=mine)
            found[str(day)] = rows.num_rows > 0
    return found


def audited(place: Workspace, customer_id: int) -> Sequence[Mapping[str, object]]:
    """The lines of the audit log about a customer, also among others, in every file of the log.

    They are kept by law, and name the number or the pseudonym alone; of the others in a line
    nothing is told.
    """
    return [
        {"table": "audit.jsonl", "at": line.at, "who": line.actor, "what": line.action}
        for line in audit_lines(place.audit, lines_about(place, customer_id))
    ]
