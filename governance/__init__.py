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
    from governance.audit import AuditLog, verify_audit
    from governance.errors import (
        AccessError,
        AccessRefused,
        BrokenAudit,
        BrokenSeal,
        GovernanceError,
        LostKey,
        RightsError,
        SignInRefused,
        StoreBusy,
        StoreError,
        WeakSecret,
    )
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
    from governance.vault import Vault, open_vault, vault_of

__all__ = [
    "ACTIONS",
    "SCOPES",
    "Access",
    "AccessError",
    "AccessRefused",
    "AuditLog",
    "BrokenAudit",
    "BrokenSeal",
    "Cell",
    "Erasure",
    "GovernanceError",
    "Grant",
    "Holding",
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
    "StoreBusy",
    "StoreError",
    "Subject",
    "Vault",
    "WeakSecret",
    "access_values",
    "checked_key",
    "default_access_text",
    "erase",
    "forget_scores",
    "load_access",
    "master_id",
    "master_key",
    "matrix",
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
