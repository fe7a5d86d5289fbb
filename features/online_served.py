"""A sample of the rows as they were served, so that skew is measured on what models really saw."""

from collections import deque

import numpy as np
from sqlalchemy import Engine, insert, select

from features.errors import FeatureError
from features.online import NUMBERS, PLACES, Served
from features.online_database import micros, told, writing
from features.online_layout import Layout
from features.online_tables import SERVED, VERSIONS

SHARE = 0.01
_WAITING = 10_000


class ServedLog:
    """Keeps a share of the served rows; taking note of one costs an answer no time.

    `note` only remembers; `flush` writes. When more wait than memory is meant to hold, the oldest
    are let go.
    """

    def __init__(self, layout: Layout, share: float, rng: np.random.Generator) -> None:
        if not 0 <= share <= 1:
            raise FeatureError(
                f"{share} of the served rows cannot be recorded; give a share from 0 to 1"
            )
        self._layout = layout
        self._share = share
        self._rng = rng
        self._waiting: deque[Served] = deque(maxlen=_WAITING)

    def note(self, served: Served) -> None:
        """Remember a row if the lot falls on it."""
        if self._share and self._rng.random() < self._share:
            self._waiting.append(served)

    def flush(self, engine: Engine) -> int:
        """Write what waits; returns how many rows.

        Rows of a version that was replaced meanwhile are let go with it.
        """
        rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not rows:
            return 0
        with told(str(engine.url)), writing(engine) as connection:
            versions = set(connection.execute(select(VERSIONS.c.version)).scalars())
            values = [self._values(row) for row in rows if row.version in versions]
            if values:
                connection.execute(insert(SERVED), values)
        return len(values)

    def _values(self, served: Served) -> dict[str, object]:
        places = sorted(self._layout.place[name] for name in served.marks)
        return {
            "version": served.version,
            "customer_id": served.customer_id,
            "at": micros(served.at),
            "seq": served.seq,
            "held": np.array(places, PLACES).tobytes() or None,
            "features": served.values.astype(NUMBERS).tobytes(),
        }
