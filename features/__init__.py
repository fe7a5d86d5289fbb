"""What the bank knew about a customer, and when.

Raw tables keep contracts (`tables`, `bank`, `quality`); features are functions of them
(`feature`, and a file a family); `as_of` computes them from what was known before a moment;
`store` and `online` keep the result.
"""

from features.asof import as_of
from features.bank import Bank, BankWriter, Manifest, new_bank, open_bank
from features.catalog import CATALOG
from features.cohort import cohort_at, monthly
from features.contract import Column, Table
from features.errors import (
    BankNotFound,
    BrokenContract,
    DeclarationError,
    FeatureError,
    StaleSnapshot,
    UnknownFeature,
)
from features.feature import Catalog, Feature, feature
from features.online import OnlineMark, OnlineStore, publish
from features.profiles import profiles
from features.quality import Finding, QualityReport, check_tables
from features.store import SnapshotMark, read_snapshot, write_snapshot
from features.tables import TABLES

__all__ = [
    "CATALOG",
    "TABLES",
    "Bank",
    "BankNotFound",
    "BankWriter",
    "BrokenContract",
    "Catalog",
    "Column",
    "DeclarationError",
    "Feature",
    "FeatureError",
    "Finding",
    "Manifest",
    "OnlineMark",
    "OnlineStore",
    "QualityReport",
    "SnapshotMark",
    "StaleSnapshot",
    "Table",
    "UnknownFeature",
    "as_of",
    "check_tables",
    "cohort_at",
    "feature",
    "monthly",
    "new_bank",
    "open_bank",
    "profiles",
    "publish",
    "read_snapshot",
    "write_snapshot",
]
