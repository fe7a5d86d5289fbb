"""What can go wrong where proof and privacy are kept.

GovernanceError
    BrokenAudit     the audit log was changed, shortened or reordered
    AuditStopped    the audit log cannot be written, so what it should tell must not happen
    KeyRefused      a signing key that others can read, or that is none
"""

from goodcall.errors import GoodcallError


class GovernanceError(GoodcallError):
    """Something about access, proof or privacy."""


class BrokenAudit(GovernanceError):
    """The audit log was changed, shortened or reordered."""


class AuditStopped(GovernanceError):
    """The audit log cannot be written, so what it should tell must not happen."""


class KeyRefused(GovernanceError):
    """A signing key that others can read, or that is none."""
