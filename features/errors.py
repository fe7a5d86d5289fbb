"""What can be wrong with a bank's tables and with what is computed from them.

FeatureError
    BrokenContract      a raw table does not keep its contract; carries the rows and the reasons
    BankNotFound        a folder is no bank
    UnknownFeature      a feature that the catalogue does not hold
    DeclarationError    a feature was declared in a way that the engine cannot keep true
    StaleSnapshot       a snapshot is missing, too old, or of another catalogue
"""

from goodcall.errors import GoodcallError


class FeatureError(GoodcallError):
    """Something about the bank's tables or the features built from them."""


class BrokenContract(FeatureError):
    """A raw table does not keep its contract; the message lists rows and reasons."""


class BankNotFound(FeatureError):
    """A folder is no bank."""


class UnknownFeature(FeatureError):
    """A feature that the catalogue does not hold."""


class DeclarationError(FeatureError):
    """A feature was declared in a way that the engine cannot keep true."""


class StaleSnapshot(FeatureError):
    """A snapshot is missing, too old, or of another catalogue."""
