"""Where state lives: one folder, `var/` unless GOODCALL_HOME names another."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_DEMONSTRATIONS = ("simulated-", "berka")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The places of a workspace; nothing is written outside `root` but files a person asks for.

    `online_at`, `ledger_at` and `governance_at` are the addresses of databases that hold the online
    store, the ledger and the store of access instead of files here; `audit_key_at` is a file
    elsewhere that holds the audit log's key.
    """

    root: Path
    online_at: str | None = None
    ledger_at: str | None = None
    governance_at: str | None = None
    audit_key_at: Path | None = None

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
        """The SQLite file of decisions, contacts and outcomes, unless a server holds them."""
        return self.root / "ledger.db"

    @property
    def ledger_url(self) -> str:
        """The address of the ledger."""
        return self.ledger_at or f"sqlite:///{self.ledger}"

    @property
    def governance(self) -> Path:
        """The SQLite file of users, keys, grants and customers' requests, unless a server is."""
        return self.root / "governance.db"

    @property
    def governance_url(self) -> str:
        """The address of the store of access."""
        return self.governance_at or f"sqlite:///{self.governance}"

    @property
    def keeps_access(self) -> bool:
        """Whether there is a store of access: people may have been added to it."""
        return bool(self.governance_at) or self.governance.exists()

    @property
    def access(self) -> Path:
        """The workspace's own access file, where it has one; else the shipped one counts."""
        return self.root / "access.toml"

    @property
    def pseudonym_key(self) -> Path:
        """The secret by which customers have pseudonyms, unless the environment holds it."""
        return self.root / "pseudonym.key"

    @property
    def contacts(self) -> Path:
        """The ledger's contacts as the raw table `contacts`, beside the bank's own (Parquet)."""
        return self.root / "contacts.parquet"

    @property
    def nights(self) -> Path:
        """How far the work of each night has come: a file a date, and what its steps made."""
        return self.root / "nights"

    @property
    def audit(self) -> Path:
        """The hash-chained log of who read, changed, exported, decided or was refused what."""
        return self.root / "audit.jsonl"

    @property
    def audit_key(self) -> Path:
        """The secret that signs the audit log's checkpoints."""
        return self.audit_key_at or self.root / "audit.key"

    @property
    def demo_key(self) -> Path:
        """The key by which the demonstration's service is called; a bank's keys lie nowhere."""
        return self.root / "demo.key"

    @property
    def policy(self) -> Path:
        """The contact policy in force in this workspace."""
        return self.root / "policy.toml"

    @property
    def tier_rules(self) -> Path:
        """The bank's own rules of customer tiers, where it does not use the shipped ones."""
        return self.root / "tiers.toml"

    @property
    def reports(self) -> Path:
        """How reports count in this workspace, where it does not use the shipped settings."""
        return self.root / "reports.toml"

    @property
    def holdout_key(self) -> Path:
        """The secret that draws the hold-out."""
        return self.root / "holdout.key"

    @property
    def identity(self) -> Path:
        """The random name by which a ledger on a server knows this workspace."""
        return self.root / "workspace.id"

    @property
    def identity_key(self) -> Path:
        """The secret that hashes the document numbers and telephones of source records."""
        return self.root / "identity.key"

    @property
    def vault(self) -> Path:
        """The keys that encrypt personal fields, wrapped by a master key that lies elsewhere."""
        return self.root / "vault.json"

    @property
    def corrections(self) -> Path:
        """What customers had put right: raw tables that overlay the bank's own at each build."""
        return self.root / "corrections"

    @property
    def erased(self) -> Path:
        """Whom no build takes in any more, under pseudonyms."""
        return self.root / "erased.json"

    @property
    def bentos(self) -> Path:
        """BentoML's store."""
        return self.root / "bentoml"


def is_demonstration(workspace: Workspace) -> bool:
    """Whether a workspace holds the bank of `goodcall demo`, whose customers nobody can be.

    Its manifest tells: a simulated bank, or that of the published Berka data.
    """
    try:
        said = json.loads((workspace.bank / "bank.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    return str(said.get("name", "")).startswith(_DEMONSTRATIONS)


def workspace_at(environment: Mapping[str, str]) -> Workspace:
    """The workspace that GOODCALL_HOME names, else `var/` in the current folder.

    GOODCALL_ONLINE is the address of its online store, GOODCALL_LEDGER that of its ledger,
    GOODCALL_GOVERNANCE that of its store of access, GOODCALL_AUDIT_KEY_FILE the key of its audit
    log, where they are not files of the workspace.
    """
    root = Path(environment.get("GOODCALL_HOME") or "var").resolve()
    key = environment.get("GOODCALL_AUDIT_KEY_FILE")
    return Workspace(
        root,
        environment.get("GOODCALL_ONLINE") or None,
        environment.get("GOODCALL_LEDGER") or None,
        environment.get("GOODCALL_GOVERNANCE") or None,
        Path(key) if key else None,
    )
