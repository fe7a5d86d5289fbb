"""The catalogue that Goodcall ships: every family's features, in a fixed order."""

from features import activity, balances, contacting, flows, holdings
from features.feature import Catalog

CATALOG = Catalog(
    (
        *balances.FEATURES,
        *flows.FEATURES,
        *activity.FEATURES,
        *holdings.FEATURES,
        *contacting.FEATURES,
    )
)
