"""What can go wrong where proof and privacy are kept.

GovernanceError
    BrokenAudit     the audit log was changed, shortened or reordered
    AuditStopped    the audit log cannot be written, so what it should tell must not happen
    KeyRefused      a signing key that others can read, or that is none
    UndefinedField  a field of the dictionary of which something is not said
    AccessError     the access file, or a key that access needs, is not right
    AccessRefused   somebody may not do that, or not for that customer
    StoreError      the store of users, keys and grants cannot be used, or not in this way
        StoreBusy   others were in the way of a write; nothing was written
    SignInRefused   a password, a key, a session or a bank's own sign-on was not accepted
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


class UndefinedField(GovernanceError):
    """A field of the dictionary of which something is not said."""


class AccessError(GovernanceError):
    """The access file, or a key that access needs, is not right."""


class AccessRefused(GovernanceError):
    """Somebody may not do that, or not for that customer."""


class StoreError(GovernanceError):
    """The store of users, keys and grants cannot be used, or not in this way."""


class StoreBusy(StoreError):
    """Others were in the way of a write; nothing was written."""


class SignInRefused(GovernanceError):
    """A password, a key, a session or a bank's own sign-on was not accepted."""
