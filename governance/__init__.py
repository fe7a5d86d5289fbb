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
        GovernanceError,
        KeyRefused,
        SignInRefused,
        StoreBusy,
        StoreError,
        UndefinedField,
    )
    from governance.keeping import Keeping, keeping_of
    from governance.masking import PartialMasker
    from governance.matrix import Cell, matrix
    from governance.pseudonyms import Pseudonyms, pseudonyms_at
    from governance.signing import Signer
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
    "Cell",
    "Checkpoint",
    "Entry",
    "Finding",
    "GovernanceError",
    "Grant",
    "Keeping",
    "KeyRefused",
    "PartialMasker",
    "Permit",
    "Pseudonyms",
    "Role",
    "SignInRefused",
    "Signer",
    "StoreBusy",
    "StoreError",
    "Subject",
    "UndefinedField",
    "Verdict",
    "access_values",
    "check_audit",
    "default_access_text",
    "keeping_of",
    "load_access",
    "matrix",
    "open_audit",
    "parse_access",
    "pseudonyms_at",
    "verify_audit",
]

rooms.open_on_demand(__name__)
