"""Whether features still look as they did: how far each has moved since a first date.

The measure is the population stability index, the sum over parts of (q - p) ln(q / p), where p is
the share of customers in a part at the first date and q at a later one (Siddiqi, Credit Risk
Scorecards, 2006); a bank's loads are compared by it, too, with a floor under the shares. The parts
are the deciles of the first date, each with its own value included. A value on which two deciles or
more fall, such as the 0 of a count, is a part of its own, and so is a missing one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.quality.shape import Shape, Shift, shift_between
from models.matrix import keys_of, matrix_of

# Siddiqi's bounds: below the first a population is steady, beyond the second it has changed.
STEADY, CHANGED = 0.10, 0.25
Verdict = Literal["steady", "moving", "changed"]

_KEYS = ("customer_id", "as_of")
_TENTHS = tuple(tenth / 10 for tenth in range(1, 10))
_SCHEMA = pa.schema(
    [
        ("feature", pa.string()),
        ("as_of", pa.date32()),
        ("psi", pa.float64()),
        ("noise", pa.float64()),
        ("missing_first", pa.float64()),
        ("missing", pa.float64()),
        ("rows", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Parts:
    """How a feature's values are parted: missing, up to each edge, and above the last."""

    edges: tuple[float, ...]

    def counts(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """The number of values in each part; one number more than edges and another for missing."""
        missing = np.isnan(values)
        places = np.searchsorted(self.edges, values[~missing], side="left")
        held = np.bincount(places, minlength=len(self.edges) + 1)
        return np.concatenate([[missing.sum()], held])


def drift(features: pa.Table, names: Sequence[str] | None = None) -> pa.Table:
    """How far each feature is from its first date, on every later date of a features table.

    `features` is what `read_snapshot` returns; no `names` means every feature. The table has a row
    a feature and later date, by feature in the table's order, then as_of: psi, noise (what two
    samples of independent customers stay below in 999 of 1000 cases), the share missing at the
    first date and at this one, and the rows of this date.
    """
    return drift_over(_by_date(features), names)


def drift_over(snapshots: Iterable[pa.Table], names: Sequence[str] | None = None) -> pa.Table:
    """What `drift` returns, of tables of one date each in ascending order, read one at a time."""
    dates = iter(snapshots)
    first = next(dates, None)
    if first is None:
        return _SCHEMA.empty_table()
    wanted = tuple(names if names is not None else features_of(first))
    parts = {name: parts_of(_values(first, name)) for name in wanted}
    before = {name: parts[name].counts(_values(first, name)) for name in wanted}
    rows = []
    for table in dates:
        day = table["as_of"][0].as_py()
        for name in wanted:
            now = parts[name].counts(_values(table, name))
            rows.append({"feature": name, "as_of": day} | _moved(before[name], now))
    order = {name: place for place, name in enumerate(wanted)}
    rows.sort(key=lambda row: order[row["feature"]])
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def most_drifted(drifts: pa.Table, top: int | None = None) -> pa.Table:
    """The row of each feature's greatest psi, the greatest first; ties go by name, then date."""
    worst = drifts.sort_by(
        [("psi", "descending"), ("feature", "ascending"), ("as_of", "ascending")]
    )
    _, places = np.unique(worst["feature"].to_numpy(zero_copy_only=False), return_index=True)
    return worst.take(np.sort(places)[:top])


def verdict_of(psi: float) -> Verdict:
    """What Siddiqi's bounds say of an index."""
    if psi < STEADY:
        return "steady"
    return "moving" if psi <= CHANGED else "changed"


def features_of(table: pa.Table) -> tuple[str, ...]:
    """The columns of a features table that are features."""
    return tuple(name for name in table.column_names if name not in _KEYS)


def parts_of(values: NDArray[np.float64]) -> Parts:
    """The parts that the deciles of these values make; the missing ones have no say.

    >>> parts_of(np.arange(1.0, 11.0)).edges
    (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return Parts(())
    deciles, times = np.unique(
        np.quantile(known, _TENTHS, method="inverted_cdf"), return_counts=True
    )
    below = np.nextafter(deciles[times > 1], -np.inf)
    return Parts(tuple(np.unique(np.concatenate([deciles, below])).tolist()))


def _by_date(features: pa.Table) -> Iterator[pa.Table]:
    _, as_of = keys_of(features)
    for day in np.unique(as_of).tolist():
        yield features.filter(pc.equal(features["as_of"], pa.scalar(day, pa.date32())))


def _values(table: pa.Table, name: str) -> NDArray[np.float64]:
    return matrix_of(table, [name])[:, 0]


def shift_of(before: NDArray[np.int64], now: NDArray[np.int64]) -> Shift | None:
    """How far two rows of counts by part are apart; None where both hold one part alone."""
    return shift_between(_shape(before), _shape(now), ())


def _moved(before: NDArray[np.int64], now: NDArray[np.int64]) -> dict[str, float | int]:
    shift = shift_of(before, now)
    return {
        "psi": shift.index if shift else 0.0,
        "noise": shift.noise if shift else 0.0,
        "missing_first": before[0] / before.sum(),
        "missing": now[0] / now.sum(),
        "rows": int(now.sum()),
    }


def _shape(counts: NDArray[np.int64]) -> Shape:
    named = {str(place): int(rows) for place, rows in enumerate(counts)}
    return Shape(int(counts.sum()), int(counts[0]), values=named)
