"""The shape of a column: how much of it is empty, and how its values are spread."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.quality.gates import is_numeric
from features.quality.scan import first_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from features.contract import Column, Table
    from features.quality.gates import Gates

# Values that few rows hold stand together under this name, so that a profile names nobody.
REST = "*"
_FEWEST_OF_A_VALUE = 5
_MOST_VALUES = 30
_SAMPLE = 100_000
_DECILES = tuple(tenth / 10 for tenth in range(1, 10))
# Upper .001 point of the normal distribution.
_NORMAL_999 = 3.0902


@dataclass(frozen=True, slots=True)
class Shape:
    """A column's rows and nulls, a number's deciles with the rows up to each, a word's values.

    `counts` has one number more than `edges`: the rows above the last.
    """

    rows: int
    nulls: int
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    values: dict[str, int] = field(default_factory=dict)

    @property
    def null_share(self) -> float:
        """The share of rows without a value; 0 where there are no rows."""
        return self.nulls / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Shift:
    """How a column's values were spread at the last load and are now, in shares.

    `noise` is the index that two samples of these sizes from one distribution stay below in 999
    of 1000 cases.
    """

    labels: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]
    index: float
    noise: float
    rows: int


def shapes_of(
    connection: duckdb.DuckDBPyConnection, table: Table, gates: Gates, recent: str
) -> dict[str, Shape]:
    """The shape of every column but ids, dates and instants, of which only the nulls are told."""
    columns = table.columns
    nulls = ", ".join(f"count(*) - count({column.name})" for column in columns)
    rows, *empty = first_row(
        connection, f"SELECT count(*), {nulls} FROM {table.name} WHERE {recent}"
    )
    edges = _deciles(connection, table, int(rows), recent)
    counts = counts_between(connection, table, edges, recent)
    return {
        column.name: Shape(
            int(rows),
            int(missing),
            edges.get(column.name, ()),
            counts.get(column.name, ()),
            _values(connection, table, column, recent)
            if gates.is_category(table.name, column)
            else {},
        )
        for column, missing in zip(columns, empty, strict=True)
    }


def counts_between(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    edges: Mapping[str, Sequence[float]],
    recent: str,
) -> dict[str, tuple[int, ...]]:
    """For each column the rows up to each of its edges, and the rows above the last."""
    if not edges:
        return {}
    asked = ", ".join(
        f"histogram({value}, {list(own)}), count({value})"
        for name, own in edges.items()
        for value in (_finite(table.column(name)),)
    )
    found = first_row(connection, f"SELECT {asked} FROM {table.name} WHERE {recent}")
    counts: dict[str, tuple[int, ...]] = {}
    for (name, own), held, rows in zip(edges.items(), found[::2], found[1::2], strict=True):
        upto = [int((held or {}).get(edge, 0)) for edge in own]
        counts[name] = (*upto, int(rows) - sum(upto))
    return counts


def shift_between(
    before: Shape, now: Shape, counts: Sequence[int], *, least: float = 0.0
) -> Shift | None:
    """How far a column moved; `counts` are today's rows between the edges of `before`.

    The population stability index: the sum of (now - before) ln(now / before) over the parts,
    each count half a row larger so that an empty part counts too (Siddiqi, Credit Risk
    Scorecards, 2006). A share below `least` counts as that: else a part that was empty weighs the
    more the more rows there are. None where the column has fewer than two parts.
    """
    if before.edges:
        labels = (*(f"≤ {edge:g}" for edge in before.edges), f"> {before.edges[-1]:g}")
        then, today = list(before.counts), list(counts)
    else:
        labels = (*(value for value in before.values if value != REST), REST)
        known = set(labels)
        then = [before.values.get(label, 0) for label in labels]
        today = [now.values.get(label, 0) for label in labels]
        today[-1] += sum(rows for value, rows in now.values.items() if value not in known)
    parts = [place for place in range(len(labels)) if then[place] or today[place]]
    old, new = [then[place] for place in parts], [today[place] for place in parts]
    if len(parts) < 2 or not sum(old) or not sum(new):  # noqa: PLR2004 - one part cannot shift
        return None
    p, q = _shares(old), _shares(new)
    floored = ((max(a, least), max(b, least)) for a, b in zip(p, q, strict=True))
    index = sum((b - a) * math.log(b / a) for a, b in floored)
    return Shift(
        tuple(labels[place] for place in parts),
        tuple(rows / sum(old) for rows in old),
        tuple(rows / sum(new) for rows in new),
        index,
        _noise(sum(old), sum(new), len(parts)),
        sum(new),
    )


def _deciles(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: int, recent: str
) -> dict[str, tuple[float, ...]]:
    """Deciles of about 100,000 rows, chosen by the hash of their keys so that runs agree."""
    columns = [column for column in table.columns if is_numeric(column)]
    if not columns or not rows:
        return {}
    every = max(1, rows // _SAMPLE)
    asked = ", ".join(f"quantile_disc({_finite(c)}, {list(_DECILES)})" for c in columns)
    found = first_row(
        connection,
        f"SELECT {asked} FROM {table.name} "
        f"WHERE {recent} AND hash({', '.join(table.key)}) % {every} = 0",
    )
    return {
        column.name: tuple(sorted(set(deciles)))
        for column, deciles in zip(columns, found, strict=True)
        if deciles
    }


def _values(
    connection: duckdb.DuckDBPyConnection, table: Table, column: Column, recent: str
) -> dict[str, int]:
    found = connection.execute(
        f"SELECT {column.name}::VARCHAR, count(*) FROM {table.name} "
        f"WHERE {recent} AND {column.name} IS NOT NULL GROUP BY 1 "
        f"ORDER BY 2 DESC, 1 LIMIT {_MOST_VALUES}"
    ).fetchall()
    total = first_row(connection, f"SELECT count({column.name}) FROM {table.name} WHERE {recent}")
    named = {str(value): int(held) for value, held in found if held >= _FEWEST_OF_A_VALUE}
    rest = int(total[0]) - sum(named.values())
    return named | ({REST: rest} if rest else {})


def _finite(column: Column) -> str:
    name = column.name
    return f"CASE WHEN isfinite({name}) THEN {name} END" if column.type == "number" else name


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + len(counts) / 2
    return [(count + 0.5) / total for count in counts]


def _noise(before: int, now: int, parts: int) -> float:
    """(1/n + 1/m) times the .999 point of chi-squared with parts - 1 degrees of freedom.

    The index of two samples of one distribution is so distributed (Yurdakul, Statistical
    Properties of Population Stability Index, 2018); the point is Wilson and Hilferty's.
    """
    free = parts - 1
    cube = 1 - 2 / (9 * free) + _NORMAL_999 * math.sqrt(2 / (9 * free))
    return float((1 / before + 1 / now) * free * cube**3)
