"""Who may see and do what, and the proof."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
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
    from governance.grants import REACHES, AccessRequest, Wish
    from governance.keeping import Keeping, keeping_of
    from governance.keys import ApiKey, KeyLimits, NewKey, Stay
    from governance.masking import PartialMasker
    from governance.matrix import Cell, matrix
    from governance.people import User
    from governance.policy_approvals import Adopted, Change, Proposal, last_approved
    from governance.pseudonyms import Pseudonyms, pseudonyms_at
    from governance.servings import EVIDENCE, Serving
    from governance.sign_on import Begun, SignedOn, SignOn, sign_on_secret
    from governance.signing import Signer
    from governance.store import AccessStore
    from governance.verifier import Checkpoint, Finding, Verdict

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
    "Adopted",
    "ApiKey",
    "AuditLog",
    "AuditStopped",
    "Begun",
    "BrokenAudit",
    "Cell",
    "Change",
    "Checkpoint",
    "Entry",
    "Finding",
    "GovernanceError",
    "Grant",
    "Keeping",
    "KeyLimits",
    "KeyRefused",
    "NewKey",
    "PartialMasker",
    "Permit",
    "Proposal",
    "Pseudonyms",
    "Role",
    "Serving",
    "SignInRefused",
    "SignOn",
    "SignedOn",
    "Signer",
    "Stay",
    "StoreBusy",
    "StoreError",
    "Subject",
    "UndefinedField",
    "User",
    "Verdict",
    "Wish",
    "access_values",
    "check_audit",
    "default_access_text",
    "keeping_of",
    "last_approved",
    "load_access",
    "matrix",
    "open_audit",
    "parse_access",
    "pseudonyms_at",
    "sign_on_secret",
    "verify_audit",
]

rooms.open_on_demand(__name__)
