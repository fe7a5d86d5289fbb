"""The rows of many customers at once: one read, and all of them moved with time together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, bindparam, func, select

from features.arithmetic import Array
from features.online_database import instant, micros
from features.online_layout import Layout, Mover
from features.online_tables import CURRENT, ROWS
from goodcall.calendar import local_date

# SQLite takes 32,766 parameters in one statement.
_BATCH = 10_000
_EPOCH = date(1970, 1, 1)
_NUMBERS, _PLACES = np.dtype("<f8"), np.dtype("<u2")
_ROWS = select(
    *(ROWS.c.customer_id, ROWS.c.version, ROWS.c.facts, ROWS.c.seq, ROWS.c.until, ROWS.c.held),
    func.coalesce(ROWS.c.live, ROWS.c.features).label("features"),
    func.coalesce(ROWS.c.live_states, ROWS.c.states).label("states"),
).where(
    ROWS.c.version == select(CURRENT.c.version).scalar_subquery(),
    ROWS.c.customer_id.in_(bindparam("who", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows as they were read: what each says of itself, and its numbers."""

    rows: Sequence[Row[Any]]
    features: Array
    states: Array
    held: tuple[frozenset[int], ...]
    at: tuple[datetime, ...]


def rows_of(connection: Connection, customer_ids: Sequence[int]) -> list[Row[Any]]:
    """The rows of those customers whom the current version holds, all of one version."""
    asked = sorted(set(customer_ids))
    while True:
        found: list[Row[Any]] = []
        for start in range(0, len(asked), _BATCH):
            found.extend(connection.execute(_ROWS, {"who": asked[start : start + _BATCH]}))
        # Another version may be published between two statements; then they are asked again.
        if len({row.version for row in found}) <= 1:
            return found


def moved(
    rows: Sequence[Row[Any]], layout: Layout, mover: Mover, zone: str, now: datetime
) -> Found:
    """Rows brought up to `now`, or to just after their last fact where the clock is behind."""
    width = len(layout.catalog.names)
    features = np.frombuffer(b"".join(row.features for row in rows), _NUMBERS)
    states = np.frombuffer(b"".join(row.states for row in rows), _NUMBERS)
    features = features.reshape(len(rows), width).copy()
    held = tuple(
        frozenset(np.frombuffer(row.held, _PLACES).tolist()) if row.held else frozenset()
        for row in rows
    )
    moments = [max(micros(now), row.until) for row in rows]
    days = {moment: _last_day(moment, zone) for moment in set(moments)}
    last = np.array([days[moment] for moment in moments], np.float64)
    mover.move_all(features, states.reshape(len(rows), -1), last, held)
    return Found(rows, features, states, held, tuple(instant(moment) for moment in moments))


def _last_day(moment: int, zone: str) -> int:
    """The last day that a row may look at, counted from 1970."""
    return (local_date(instant(moment) - timedelta(microseconds=1), zone) - _EPOCH).days
