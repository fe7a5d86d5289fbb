"""Customers' rows with when it happened, as far as they were watched."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.dataset import FeatureNames, TrainingSet, training_set
from training.definitions.definition import labels_of
from training.fit import rows_of
from training.labels import EventTable, LabelTable

_MAIN_DAYS = 90


@dataclass(frozen=True, slots=True)
class EventSet:
    """Rows with features, and the period in which it happened.

    In `data`, y is whether it was seen at all. `period` counts from 1, 0 where it was not seen in
    the `observed` whole periods for which the row was watched. `period_days` and `periods` are the
    definition's, and `horizons` how many periods each of its labels looks ahead.
    """

    data: TrainingSet
    period: NDArray[np.int16]
    observed: NDArray[np.int16]
    period_days: int
    periods: int
    horizons: tuple[int, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the scores of the horizons are called."""
        return labels_of(self.data.definition)

    @property
    def main(self) -> int:
        """The horizon nearest to 90 days, in periods: the one that lists are made by."""
        return min(self.horizons, key=lambda each: abs(each * self.period_days - _MAIN_DAYS))

    def take(self, rows: NDArray[np.int64]) -> "EventSet":
        """Some of the rows."""
        return replace(
            self,
            data=rows_of(self.data, rows),
            period=self.period[rows],
            observed=self.observed[rows],
        )

    def until(self, day: date) -> "EventSet":
        """The rows as a bank could have known them on a day: no period that had not ended counts.

        Rows that no period of had ended are left out.
        """
        gone = (np.datetime64(day, "D") - self.data.as_of).astype(np.int64) // self.period_days
        observed = np.minimum(self.observed, np.maximum(gone, 0)).astype(np.int16)
        period = np.where(self.period <= observed, self.period, 0).astype(np.int16)
        cut = replace(self, data=replace(self.data, y=_seen(period)), period=period)
        return replace(cut, observed=observed).take(np.flatnonzero(observed > 0))

    def outcomes(self, horizon: int) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The rows watched for so many periods, and whether it happened to each within them."""
        rows = np.flatnonzero(self.observed >= horizon)
        period = self.period[rows]
        return rows, ((period > 0) & (period <= horizon)).astype(np.int8)

    def by(self, horizon: int) -> TrainingSet:
        """The rows watched for so many periods as those of an outcome of yes or no."""
        rows, y = self.outcomes(horizon)
        return replace(rows_of(self.data, rows), y=y)


def event_set(
    table: pa.Table, catalog: FeatureNames, events: EventTable, *, absent: Collection[str] = ()
) -> EventSet:
    """Features joined with events, or an error that names what makes them unfit to learn from."""
    seen = events.rows.select(["customer_id", "as_of"]).append_column(
        "y", pa.array(_seen(events.rows["period"].to_numpy()))
    )
    labels = LabelTable(events.definition, seen, events.excluded)
    data = training_set(table, catalog, labels, absent=absent)
    rows = events.rows.sort_by([("as_of", "ascending"), ("customer_id", "ascending")])
    days = events.definition.period_days
    return EventSet(
        data,
        rows["period"].to_numpy().astype(np.int16),
        rows["observed"].to_numpy().astype(np.int16),
        days,
        events.definition.periods,
        tuple(each // days for each in events.definition.horizons),
    )


def life_table(events: EventSet) -> NDArray[np.float64]:
    """The share to which it has happened by the end of each period, [periods].

    Of the rows still watched and spared, the share to which it happens in a period (Kaplan and
    Meier 1958, Nonparametric estimation from incomplete observations); 0 where nobody was watched.
    """
    count = events.periods + 1
    last = np.where(events.period > 0, events.period, events.observed)
    happened = np.bincount(events.period, minlength=count)[1:]
    at_risk = np.cumsum(np.bincount(last, minlength=count)[::-1])[::-1][1:]
    shares = happened / np.maximum(at_risk, 1)
    return np.asarray(1 - np.cumprod(1 - shares))


def _seen(period: NDArray[np.integer]) -> NDArray[np.int8]:
    return (period > 0).astype(np.int8)
