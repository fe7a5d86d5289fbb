"""Who may see and do what, and the proof."""

from governance.access import (
    ABOUT_CUSTOMERS,
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
from governance.grants import REACHES, AccessRequest, Wish
from governance.keys import ApiKey, KeyLimits, NewKey, Stay
from governance.masking import PartialMasker
from governance.matrix import Cell, matrix
from governance.people import User
from governance.policy_approvals import Change, Proposal, approval_of
from governance.pseudonyms import Pseudonyms, pseudonyms_at
from governance.servings import EVIDENCE
from governance.store import AccessStore

__all__ = [
    "ABOUT_CUSTOMERS",
    "ACTIONS",
    "EVIDENCE",
    "REACHES",
    "SCOPES",
    "Access",
    "AccessError",
    "AccessRefused",
    "AccessRequest",
    "AccessStore",
    "ApiKey",
    "AuditLog",
    "BrokenAudit",
    "Cell",
    "Change",
    "GovernanceError",
    "Grant",
    "KeyLimits",
    "NewKey",
    "PartialMasker",
    "Permit",
    "Proposal",
    "Pseudonyms",
    "Role",
    "SignInRefused",
    "Stay",
    "StoreBusy",
    "StoreError",
    "Subject",
    "User",
    "Wish",
    "access_values",
    "approval_of",
    "default_access_text",
    "load_access",
    "matrix",
    "parse_access",
    "pseudonyms_at",
    "verify_audit",
]
