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
    PolicyUnapproved  a contact policy that nobody approved is to count
    SignInRefused   a password, a key, a session or a bank's own sign-on was not accepted
        PasswordToChange  a password that another person gave, to be changed first
    WeakSecret      a key that protects nothing: weak, well known, or readable by others
    LostKey         a key that is needed is not there
    BrokenSeal      an encrypted value was changed, or moved to where it does not belong
    RightsError     a customer's request that cannot be carried out as asked
"""

from goodcall.errors import GoodcallError
from goodcall.language import Text


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
    """Somebody may not do that, or not for that customer; `unnamed` says it without the customer.

    Who is refused learns by `unnamed` nothing of whom the bank knows.
    """

    def __init__(self, message: str, unnamed: str | None = None) -> None:
        super().__init__(message)
        self.unnamed = message if unnamed is None else unnamed


class PolicyUnapproved(GovernanceError):
    """A contact policy that nobody approved is to count; `why` says so in every language."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


class StoreError(GovernanceError):
    """The store of users, keys and grants cannot be used, or not in this way."""


class StoreBusy(StoreError):
    """Others were in the way of a write; nothing was written."""


class SignInRefused(GovernanceError):
    """A password, a key, a session or a bank's own sign-on was not accepted."""


class PasswordToChange(SignInRefused):
    """A right password that another person gave: it must be changed before anything else."""


class WeakSecret(GovernanceError):
    """A key that protects nothing: weak, well known, or readable by others."""


class LostKey(GovernanceError):
    """A key that is needed is not there."""


class BrokenSeal(GovernanceError):
    """An encrypted value was changed, or moved to where it does not belong."""


class RightsError(GovernanceError):
    """A customer's request that cannot be carried out as asked."""
