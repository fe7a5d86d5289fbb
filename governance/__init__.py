"""Who may see and do what, and the proof."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from governance.audit import AuditLog, verify_audit
    from governance.errors import BrokenAudit, GovernanceError
    from governance.masking import PartialMasker

__all__ = ["AuditLog", "BrokenAudit", "GovernanceError", "PartialMasker", "verify_audit"]

rooms.open_on_demand(__name__)
