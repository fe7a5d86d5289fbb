"""Who may see and do what, and the proof."""

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
    GovernanceError,
    SignInRefused,
    StoreBusy,
    StoreError,
)
from governance.masking import PartialMasker
from governance.matrix import Cell, matrix
from governance.pseudonyms import Pseudonyms, pseudonyms_at

__all__ = [
    "ACTIONS",
    "SCOPES",
    "Access",
    "AccessError",
    "AccessRefused",
    "AuditLog",
    "BrokenAudit",
    "Cell",
    "GovernanceError",
    "Grant",
    "PartialMasker",
    "Permit",
    "Pseudonyms",
    "Role",
    "SignInRefused",
    "StoreBusy",
    "StoreError",
    "Subject",
    "access_values",
    "default_access_text",
    "load_access",
    "matrix",
    "parse_access",
    "pseudonyms_at",
    "verify_audit",
]
