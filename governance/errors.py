"""What can go wrong where proof and privacy are kept.

GovernanceError
    BrokenAudit     the audit log was changed, shortened or reordered
    WeakSecret      a key that protects nothing: weak, well known, or readable by others
    LostKey         a key that is needed is not there
    BrokenSeal      an encrypted value was changed, or moved to where it does not belong
    RightsError     a customer's request that cannot be carried out as asked
"""

from goodcall.errors import GoodcallError


class GovernanceError(GoodcallError):
    """Something about access, proof or privacy."""


class BrokenAudit(GovernanceError):
    """The audit log was changed, shortened or reordered."""


class WeakSecret(GovernanceError):
    """A key that protects nothing: weak, well known, or readable by others."""


class LostKey(GovernanceError):
    """A key that is needed is not there."""


class BrokenSeal(GovernanceError):
    """An encrypted value was changed, or moved to where it does not belong."""


class RightsError(GovernanceError):
    """A customer's request that cannot be carried out as asked."""
