"""What growth is learned from: features beside what customers brought in the months after."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.matrix import keys_of
from models.potential import Floats, Pace, Part
from training.dataset import FeatureNames, TrainingSet, training_set
from training.definitions.definition import GrowthLabel
from training.errors import MissingColumn
from training.fit import rows_of
from training.labels import LabelTable, MarginTable

_PAST_DAYS = 90
_YEAR_DAYS = 365
_MONTH_DAYS = _YEAR_DAYS / 12
_BASIS_POINTS = 10_000
_DEPOSITS, _ASSETS, _FEES = "deposits_mean_90d", "assets_mean_90d", "fees_90d"
_PAY = "salary_size_365d"


@dataclass(frozen=True, slots=True)
class GrowthSet:
    """Rows of features with what each row's customer brought, in cents.

    `rows` is a training set whose outcome is bringing more than at the pace.
    """

    definition: GrowthLabel
    pace: Pace
    rows: TrainingSet
    cents: Floats

    def of(self, places: NDArray[np.int64]) -> "GrowthSet":
        """Some of the rows."""
        return replace(self, rows=rows_of(self.rows, places), cents=self.cents[places])

    @property
    def paced(self) -> Floats:
        """What each row's customer brings at the pace."""
        return self.pace.of(self.rows.matrix)


def growth_set(
    table: pa.Table, catalog: FeatureNames, told: MarginTable, *, absent: Collection[str] = ()
) -> GrowthSet:
    """Features joined with what was brought, or an error that names what makes them unfit.

    Customers who bring nothing at the pace are left out and counted: what is nothing has no pace to
    grow from. MissingColumn where the catalogue lacks a column of the pace.
    """
    cents = told.rows["margin_cents"].to_numpy().astype(np.float64)
    above = pa.array((cents > np.median(cents)).astype(np.int8) if len(cents) else cents)
    labels = LabelTable(told.definition, told.rows.append_column("y", above), told.excluded)
    rows = training_set(table, catalog, labels, absent=absent)
    # A training set stands in ascending order of as_of, then customer_id.
    customer_id, as_of = keys_of(told.rows)
    cents = cents[np.lexsort((customer_id, as_of))]
    pace = pace_of(told.definition, catalog.names)
    paced = pace.of(rows.matrix)
    kept = np.flatnonzero(paced > 0)
    idle = {"nothing to grow from": len(paced) - len(kept)} if len(kept) < len(paced) else {}
    more = (cents > paced).astype(np.int8)
    rows = replace(rows, y=more, excluded={**told.excluded, **idle})
    return GrowthSet(told.definition, pace, rows, cents).of(kept)


def pace_of(definition: GrowthLabel, names: Collection[str]) -> Pace:
    """What a customer brings over the horizon if all goes on as it did.

    Of margin: mean deposits and mean wealth of the last 90 days at their basis points, and their
    fees, for as long as the horizon. Of income: the mean pay of the last year, once a month.
    """
    count, unit = definition.horizon.count, definition.horizon.unit
    days = count * (1.0 if unit == "days" else _MONTH_DAYS)
    if definition.of == "income":
        weights = {_PAY: days / _MONTH_DAYS}
    else:
        years = days / _YEAR_DAYS / _BASIS_POINTS
        wealth = definition.wealth_margin_bps * years
        deposits = definition.deposit_margin_bps * years
        weights = {_ASSETS: wealth, _DEPOSITS: deposits - wealth, _FEES: days / _PAST_DAYS}
    order = list(names)
    lacking = [name for name in weights if name not in order]
    if lacking:
        raise MissingColumn(
            f"the catalogue lacks {', '.join(lacking)}, from which growth of "
            f"{definition.of} is told; add them, or leave the label out"
        )
    return Pace(tuple(Part(order.index(name), weight) for name, weight in weights.items()))
