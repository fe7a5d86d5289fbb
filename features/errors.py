"""What can be wrong with a bank's tables and with what is computed from them.

FeatureError
    BrokenContract      a raw table does not keep its contract; carries the rows and the reasons
    BankNotFound        a folder is no bank
    UnknownFeature      a feature that the catalogue does not hold
    DeclarationError    a feature was declared in a way that the engine cannot keep true
    StaleSnapshot       a snapshot is missing, too old, or of another catalogue
    SnapshotNotWritten  a snapshot could not be written; the store is as it was
    OutsideBank         a date of which the bank's tables cannot tell
    FactRefused         a new fact that the online store cannot take
    StoreUnreachable    the online store's database cannot be reached, read or written
    BrokenErasures      the file of erased customers does not read
    DamagedFile         a stored Parquet file does not read
    PersonalSealed      personal fields are encrypted, and no key was given to open them
    PublishOvertaken    another snapshot was published while this one was being written
    BadTierRules        a file of tier rules says something unknown, missing or impossible
    TierError           tiers cannot be computed, or cannot be compared, as asked
    EngineUnavailable   Spark or Java is not installed, or does not start as asked
    QualityError        gates or an earlier load's profile do not read, or a check lacks room
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


class EngineUnavailable(FeatureError):
    """Spark or Java is not installed, or does not start as asked."""


class QualityError(FeatureError):
    """Gates or an earlier load's profile do not read, or a check lacks room."""


class BadTierRules(FeatureError):
    """A file of tier rules says something that is unknown, missing or impossible."""


class TierError(FeatureError):
    """Customer tiers cannot be computed, or cannot be compared with a file, as asked."""


class SnapshotNotWritten(FeatureError):
    """A snapshot could not be written; the store is as it was."""


class OutsideBank(FeatureError):
    """A date of which the bank's tables cannot tell."""


class FactRefused(FeatureError):
    """A new fact that the online store cannot take; the message lists rows and reasons."""


class StoreUnreachable(FeatureError):
    """The online store's database cannot be reached, read or written."""


class BrokenErasures(FeatureError):
    """The file of erased customers does not read."""


class DamagedFile(FeatureError):
    """A stored Parquet file does not read."""


class PersonalSealed(FeatureError):
    """Personal fields are encrypted, and no key was given to open them."""


class PublishOvertaken(FeatureError):
    """Another snapshot was published, or begun, while this one was being written."""
