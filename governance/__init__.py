"""Who may see and do what, and the proof."""

from governance.audit import AuditLog, Entry, check_audit, verify_audit
from governance.errors import AuditStopped, BrokenAudit, GovernanceError, KeyRefused
from governance.keeping import Keeping, keeping_of
from governance.masking import PartialMasker
from governance.signing import Signer
from governance.verifier import Checkpoint, Finding, Verdict

__all__ = [
    "AuditLog",
    "AuditStopped",
    "BrokenAudit",
    "Checkpoint",
    "Entry",
    "Finding",
    "GovernanceError",
    "Keeping",
    "KeyRefused",
    "PartialMasker",
    "Signer",
    "Verdict",
    "check_audit",
    "keeping_of",
    "verify_audit",
]
