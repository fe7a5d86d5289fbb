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
    from governance.policy_approvals import Adopted, Change, Proposal, last_approved
    from governance.pseudonyms import Pseudonyms, pseudonyms_at
    from governance.servings import EVIDENCE, Serving
    from governance.sign_on import Begun, SignedOn, SignOn, sign_on_secret
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
    "Adopted",
    "ApiKey",
    "AuditLog",
    "Begun",
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
    "Serving",
    "SignInRefused",
    "SignOn",
    "SignedOn",
    "Stay",
    "StoreBusy",
    "StoreError",
    "Subject",
    "User",
    "Wish",
    "access_values",
    "default_access_text",
    "last_approved",
    "load_access",
    "matrix",
    "parse_access",
    "pseudonyms_at",
    "sign_on_secret",
    "verify_audit",
]

rooms.open_on_demand(__name__)
