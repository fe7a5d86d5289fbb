"""What the bank knew about a customer, and when.

Raw tables keep contracts (`tables`, `bank`, `quality`); features are functions of them
(`feature`, and a file a family); `as_of` computes them from what was known before a moment;
`store` and `online` keep the result.
"""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from features.asof import Computed, as_of, with_states
    from features.backfill import Built, build, mark_of
    from features.bank import Bank, BankWriter, Manifest, new_bank, open_bank
    from features.catalog import CATALOG
    from features.cohort import cohort_at, monthly
    from features.contract import Column, Table
    from features.corrections import (
        Correction,
        correct,
        corrections_of,
        forget_corrections,
        reseal_corrections,
    )
    from features.erased import Erased, erased_in, note_erased
    from features.errors import (
        BankNotFound,
        BrokenContract,
        BrokenErasures,
        DeclarationError,
        FactRefused,
        FeatureError,
        OutsideBank,
        PersonalSealed,
        SnapshotNotWritten,
        StaleSnapshot,
        StoreUnreachable,
        UnknownFeature,
    )
    from features.feature import Catalog, Feature, derived, feature
    from features.growing import BankGrowth, grow_bank
    from features.online import OnlineStore, Served
    from features.online_absorb import Absorbed, Intake
    from features.online_personal import reseal_online
    from features.online_publish import publish
    from features.online_versions import OnlineMark
    from features.profiles import profiles
    from features.quality.contracts import Finding, QualityReport, check_tables
    from features.skew import Difference, Skew, skew_of
    from features.store import (
        SnapshotMark,
        read_mark,
        read_snapshot,
        snapshot_batches,
        snapshot_rows,
        stored_dates,
        stored_features,
        write_snapshot,
    )
    from features.tables import TABLES

__all__ = [
    "CATALOG",
    "TABLES",
    "Absorbed",
    "Bank",
    "BankGrowth",
    "BankNotFound",
    "BankWriter",
    "BrokenContract",
    "BrokenErasures",
    "Built",
    "Catalog",
    "Column",
    "Computed",
    "Correction",
    "DeclarationError",
    "Difference",
    "Erased",
    "FactRefused",
    "Feature",
    "FeatureError",
    "Finding",
    "Intake",
    "Manifest",
    "OnlineMark",
    "OnlineStore",
    "OutsideBank",
    "PersonalSealed",
    "QualityReport",
    "Served",
    "Skew",
    "SnapshotMark",
    "SnapshotNotWritten",
    "StaleSnapshot",
    "StoreUnreachable",
    "Table",
    "UnknownFeature",
    "as_of",
    "build",
    "check_tables",
    "cohort_at",
    "correct",
    "corrections_of",
    "derived",
    "erased_in",
    "feature",
    "forget_corrections",
    "grow_bank",
    "mark_of",
    "monthly",
    "new_bank",
    "note_erased",
    "open_bank",
    "profiles",
    "publish",
    "read_mark",
    "read_snapshot",
    "reseal_corrections",
    "reseal_online",
    "skew_of",
    "snapshot_batches",
    "snapshot_rows",
    "stored_dates",
    "stored_features",
    "with_states",
    "write_snapshot",
]

rooms.open_on_demand(__name__)
