"""The catalogue that Goodcall ships: every family's features, in a fixed order."""

from features import (
    activity,
    balances,
    borrowing,
    contacting,
    demographics,
    digital,
    flows,
    holdings,
    income,
    payments,
    service,
)
from features.feature import Catalog
from features.sentences import SENTENCES

# A family stands after those whose features its own are derived from.
CATALOG = Catalog(
    (
        *balances.FEATURES,
        *flows.FEATURES,
        *payments.FEATURES,
        *income.FEATURES,
        *digital.FEATURES,
        *activity.FEATURES,
        *holdings.FEATURES,
        *borrowing.FEATURES,
        *contacting.FEATURES,
        *service.FEATURES,
        *demographics.FEATURES,
    ),
    sentences=SENTENCES,
)
