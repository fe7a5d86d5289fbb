"""Where state lives: one folder, `var/` unless GOODCALL_HOME names another."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """The places of a workspace; nothing is written outside `root` but files a person asks for.

    `online_at` is the address of a database that holds the online store instead of a file here.
    """

    root: Path
    online_at: str | None = None

    @property
    def bank(self) -> Path:
        """The raw tables of the bank that `goodcall demo` makes."""
        return self.root / "bank"

    @property
    def snapshots(self) -> Path:
        """The store of feature snapshots: Parquet, a folder an as-of date."""
        return self.root / "snapshots"

    @property
    def online(self) -> Path:
        """The SQLite file from which the service reads one customer's row, unless a server does."""
        return self.root / "online.db"

    @property
    def online_url(self) -> str:
        """The address of the online store."""
        return self.online_at or f"sqlite:///{self.online}"

    @property
    def tracking(self) -> Path:
        """MLflow's database."""
        return self.root / "mlflow.db"

    @property
    def artefacts(self) -> Path:
        """MLflow's artefacts."""
        return self.root / "mlartifacts"

    @property
    def models(self) -> Path:
        """Plain model directories, `<label>/<version>/`."""
        return self.root / "models"

    @property
    def champions(self) -> Path:
        """The file that names the champion of each label."""
        return self.root / "models" / "champions.json"

    @property
    def offers(self) -> Path:
        """The offers on sale, as the last plan found them."""
        return self.root / "offers.json"

    @property
    def ledger(self) -> Path:
        """The ledger of decisions, reservations, contacts and outcomes (SQLite)."""
        return self.root / "ledger.db"

    @property
    def audit(self) -> Path:
        """The hash-chained log of reads and exports."""
        return self.root / "audit.jsonl"

    @property
    def policy(self) -> Path:
        """The contact policy in force in this workspace."""
        return self.root / "policy.toml"

    @property
    def holdout_key(self) -> Path:
        """The secret that draws the hold-out."""
        return self.root / "holdout.key"

    @property
    def identity_key(self) -> Path:
        """The secret that hashes the document numbers and telephones of source records."""
        return self.root / "identity.key"

    @property
    def bentos(self) -> Path:
        """BentoML's store."""
        return self.root / "bentoml"


def workspace_at(environment: Mapping[str, str]) -> Workspace:
    """The workspace that GOODCALL_HOME names, else `var/` in the current folder.

    GOODCALL_ONLINE is the address of its online store, where that is not a file of the workspace.
    """
    root = Path(environment.get("GOODCALL_HOME") or "var").resolve()
    return Workspace(root, environment.get("GOODCALL_ONLINE") or None)
