"""Who may see and do what, and the proof."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from governance.access import (
        ACTIONS,
        SCOPES,
        Access,
        Grant,
        Permit,
        Role,
        Subject,
    )
    from governance.access_file import access_values, default_access_text, load_access, parse_access
    from governance.audit import AuditLog, Entry, check_audit, open_audit, verify_audit
    from governance.errors import (
        AccessError,
        AccessRefused,
        AuditStopped,
        BrokenAudit,
        BrokenSeal,
        GovernanceError,
        KeyRefused,
        LostKey,
        RightsError,
        SignInRefused,
        StoreBusy,
        StoreError,
        UndefinedField,
        WeakSecret,
    )
    from governance.keeping import Keeping, keeping_of
    from governance.keyring import Keyring, master_id
    from governance.masking import PartialMasker
    from governance.master import checked_key, master_key, read_key, write_new_key
    from governance.matrix import Cell, matrix
    from governance.pseudonyms import Pseudonyms, pseudonyms_at
    from governance.rights import (
        Erasure,
        Holding,
        erase,
        forget_scores,
        scan,
        view,
        view_json,
        view_page,
    )
    from governance.rights_store import RightsRequest, RightsStore
    from governance.signing import Signer
    from governance.vault import Vault, open_vault, vault_of
    from governance.verifier import Checkpoint, Finding, Verdict

__all__ = [
    "ACTIONS",
    "SCOPES",
    "Access",
    "AccessError",
    "AccessRefused",
    "AuditLog",
    "AuditStopped",
    "BrokenAudit",
    "BrokenSeal",
    "Cell",
    "Checkpoint",
    "Entry",
    "Erasure",
    "Finding",
    "GovernanceError",
    "Grant",
    "Holding",
    "Keeping",
    "KeyRefused",
    "Keyring",
    "LostKey",
    "PartialMasker",
    "Permit",
    "Pseudonyms",
    "RightsError",
    "RightsRequest",
    "RightsStore",
    "Role",
    "SignInRefused",
    "Signer",
    "StoreBusy",
    "StoreError",
    "Subject",
    "UndefinedField",
    "Vault",
    "Verdict",
    "WeakSecret",
    "access_values",
    "check_audit",
    "checked_key",
    "default_access_text",
    "erase",
    "forget_scores",
    "keeping_of",
    "load_access",
    "master_id",
    "master_key",
    "matrix",
    "open_audit",
    "open_vault",
    "parse_access",
    "pseudonyms_at",
    "read_key",
    "scan",
    "vault_of",
    "verify_audit",
    "view",
    "view_json",
    "view_page",
    "write_new_key",
]

rooms.open_on_demand(__name__)
