"""Who objects to profiling now: nobody makes a score of them, of whatever day the features are.

A cohort as of a day leaves out who objected before it; an objection that came later counts for
scoring at once, whichever snapshot, night or plan is looked at again.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select

from features.bank import Bank
from features.damaged import naming
from features.online_database import reading_engine, told
from features.online_tables import PROFILES
from features.online_versions import current
from features.tables import CUSTOMERS

_OBJECTS = '"profiling_opt_out":true'


def objecting(bank: Bank, now: datetime) -> frozenset[int]:
    """The customers whose newest row, known by `now`, says that they object."""
    return _objecting(bank.read(CUSTOMERS.name), now)


def objected_in(corrections: Path, now: datetime) -> frozenset[int]:
    """The customers who objected through Goodcall by `now` and did not take it back."""
    file = corrections / f"{CUSTOMERS.name}.parquet"
    if not file.exists():
        return frozenset()
    with naming(file):
        rows = pq.read_table(file, schema=CUSTOMERS.schema)
    return _objecting(rows, now)


def objected_online(url: str) -> frozenset[int]:
    """The customers of the snapshot in force whose profile says that they object.

    StaleSnapshot where none is in force: that nobody is known to object does not say that nobody
    does.
    """
    engine = reading_engine(url)
    try:
        with told(url), engine.connect() as connection:
            version, _ = current(connection, url)
            asked = select(PROFILES.c.customer_id).where(
                PROFILES.c.version == version, PROFILES.c.json.contains(_OBJECTS, autoescape=True)
            )
            return frozenset(connection.execute(asked).scalars())
    finally:
        engine.dispose()


def without(rows: pa.Table, customers: Iterable[int]) -> pa.Table:
    """The rows of everybody else; `rows` have a column customer_id."""
    gone = pa.array(sorted(customers), pa.int64())
    return rows.filter(pc.invert(pc.is_in(rows["customer_id"], gone)))


def _objecting(rows: pa.Table, now: datetime) -> frozenset[int]:
    known = rows.filter(pc.less_equal(rows["known_at"], pa.scalar(now, rows["known_at"].type)))
    said = known.select(["customer_id", "known_at", "profiling_opt_out"]).sort_by("known_at")
    newest = dict(
        zip(said["customer_id"].to_pylist(), said["profiling_opt_out"].to_pylist(), strict=True)
    )
    return frozenset(who for who, objects in newest.items() if objects)
