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
    from governance.access_file import default_access_text, load_access, parse_access
    from governance.approved import (
        approved_version,
        proposals_in,
        refuse_unapproved,
        unapproved,
    )
    from governance.audit import AuditLog, Entry, check_audit, open_audit
    from governance.erasing import AccessErasable
    from governance.errors import (
        AccessError,
        AccessRefused,
        AuditStopped,
        BrokenAudit,
        BrokenSeal,
        GovernanceError,
        KeyRefused,
        LostKey,
        PasswordToChange,
        PolicyUnapproved,
        RightsError,
        SignInRefused,
        StoreBusy,
        StoreError,
        UndefinedField,
        WeakSecret,
    )
    from governance.grants import REACHES, AccessRequest, Wish
    from governance.keeping import Keeping, keeping_of
    from governance.keyring import Keyring, master_id
    from governance.keys import MOST_PER_MINUTE, ApiKey, DrawnKey, KeyLimits, NewKey, Stay, draw_key
    from governance.masking import PartialMasker
    from governance.master import checked_key, master_key, read_key, write_new_key
    from governance.matrix import Cell, matrix
    from governance.people import User
    from governance.policy_approvals import Adopted, Change, Proposal, last_approved
    from governance.pseudonyms import Pseudonyms, pseudonyms_at
    from governance.resets import OneTime
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
    from governance.servings import EVIDENCE, Serving
    from governance.sign_on import Begun, SignedOn, SignOn, sign_on_secret
    from governance.signing import Signer
    from governance.store import AccessStore
    from governance.vault import Vault, open_vault, vault_of
    from governance.verifier import Checkpoint, Finding, Verdict

__all__ = [
    "ABOUT_CUSTOMERS",
    "ACTIONS",
    "EVIDENCE",
    "MOST_PER_MINUTE",
    "REACHES",
    "SCOPES",
    "Access",
    "AccessErasable",
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
    "BrokenSeal",
    "Cell",
    "Change",
    "Checkpoint",
    "DrawnKey",
    "Entry",
    "Erasure",
    "Finding",
    "GovernanceError",
    "Grant",
    "Holding",
    "Keeping",
    "KeyLimits",
    "KeyRefused",
    "Keyring",
    "LostKey",
    "NewKey",
    "OneTime",
    "PartialMasker",
    "PasswordToChange",
    "Permit",
    "PolicyUnapproved",
    "Proposal",
    "Pseudonyms",
    "RightsError",
    "RightsRequest",
    "RightsStore",
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
    "Vault",
    "Verdict",
    "WeakSecret",
    "Wish",
    "approved_version",
    "check_audit",
    "checked_key",
    "default_access_text",
    "draw_key",
    "erase",
    "forget_scores",
    "keeping_of",
    "last_approved",
    "load_access",
    "master_id",
    "master_key",
    "matrix",
    "open_audit",
    "open_vault",
    "parse_access",
    "proposals_in",
    "pseudonyms_at",
    "read_key",
    "refuse_unapproved",
    "scan",
    "sign_on_secret",
    "unapproved",
    "vault_of",
    "view",
    "view_json",
    "view_page",
    "write_new_key",
]

rooms.open_on_demand(__name__)
