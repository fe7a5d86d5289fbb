"""What can go wrong where proof and privacy are kept.

GovernanceError
    BrokenAudit     the audit log was changed, shortened or reordered
"""

from goodcall.errors import GoodcallError


class GovernanceError(GoodcallError):
    """Something about access, proof or privacy."""


class BrokenAudit(GovernanceError):
    """The audit log was changed, shortened or reordered."""
