"""What came of each customer after a date: the only code that looks after as_of.

Outcomes are told from the raw tables as the bank knows them today; what a customer already was at
as_of is told from what was known before it.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.bank import Bank
from goodcall.calendar import start_of_day
from goodcall.vocabulary import KINDS
from models.matrix import keys_of
from training.balances import mean_balances, observed_until, planned_outflows
from training.definition import ChurnLabel, Definition, PurchaseLabel
from training.errors import BadLabel


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Outcomes of the rows that have one (customer_id, as_of, y), and why the others have none.

    `excluded` counts rows by the first reason that applies.
    """

    definition: Definition
    rows: pa.Table
    excluded: Mapping[str, int]


def label(bank: Bank, cohort: pa.Table, definition: Definition) -> LabelTable:
    """The outcome of each (customer_id, as_of) row of a cohort, in the cohort's order.

    A row whose horizon passes the last observed day is `censored`; a label's own exclusions are
    told in its definition. BadLabel when a row of the cohort stands twice.
    """
    customer_id, as_of = keys_of(cohort)
    pairs = pa.table({"customer_id": customer_id, "as_of": pa.array(as_of)})
    if pairs.group_by(["customer_id", "as_of"]).aggregate([]).num_rows < len(customer_id):
        raise BadLabel("the cohort has a (customer_id, as_of) row twice; give each row once")
    if isinstance(definition, ChurnLabel):
        y, reason = _churn(bank, customer_id, as_of, definition)
    else:
        y, reason = _purchase(bank, customer_id, as_of, definition)
    kept = reason == ""
    names, counts = np.unique(reason[~kept], return_counts=True)
    rows = pa.table(
        {
            "customer_id": customer_id[kept],
            "as_of": pa.array(as_of[kept]),
            "y": y[kept].astype(np.int8),
        }
    )
    return LabelTable(
        definition, rows, {str(name): int(n) for name, n in zip(names, counts, strict=True)}
    )


def _churn(
    bank: Bank,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    definition: ChurnLabel,
) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    means = mean_balances(bank, customer_id, as_of, definition)
    least = definition.min_fall_cents
    fell = _has_fallen(means.before, means.after, definition)
    already = _has_fallen(means.before, means.recent, definition)
    planned = planned_outflows(bank, customer_id, as_of, definition.horizon_days) >= least
    censored = _censored(as_of, definition, observed_until(bank))
    reason = np.select(
        [censored, means.before < least, already, planned],
        ["censored", "too little to fall", "already fallen", "planned move"],
        default="",
    )
    return fell, reason


def _has_fallen(
    before: NDArray[np.float64], later: NDArray[np.float64], definition: ChurnLabel
) -> NDArray[np.bool_]:
    by_share = later < definition.keep_share * before
    return by_share & (before - later >= definition.min_fall_cents)


def _purchase(
    bank: Bank,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    definition: PurchaseLabel,
) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    rows = _purchase_rows(bank, customer_id, as_of, definition)
    censored = _censored(as_of, definition, bank.manifest.last_day + timedelta(days=1))
    reason = np.select(
        [censored, ~rows["served"], rows["held"]],
        ["censored", "not sold to this kind", "holds it already"],
        default="",
    )
    return rows["bought"], reason


def _purchase_rows(
    bank: Bank,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    definition: PurchaseLabel,
) -> dict[str, NDArray[np.bool_]]:
    """Whether each row's customer is of a kind served, holds the family, and opens it afterwards.

    A holding begins when its first version happened; its later versions are closings.
    """
    zone = bank.manifest.zone
    days: list[date] = np.unique(as_of).tolist()
    windows = pa.table(
        {
            "as_of": pa.array(days, pa.date32()),
            "begins": [start_of_day(day, zone) for day in days],
            "ends": [start_of_day(definition.horizon.after(day), zone) for day in days],
        }
    )
    asked = {
        "customer_id": customer_id,
        "as_of": pa.array(as_of),
        "position": np.arange(len(as_of)),
    }
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("holdings", _of_family(bank, definition.family))
        connection.register("customers", bank.read("customers").select(_KIND_COLUMNS))
        connection.register("kinds", pa.table({"kind": list(definition.kinds or KINDS)}))
        connection.register("windows", windows)
        connection.register("cohort", pa.table(asked))
        found = connection.execute(_PURCHASES).fetchnumpy()
    return {name: np.asarray(found[name], dtype=bool) for name in ("served", "held", "bought")}


_KIND_COLUMNS = ["customer_id", "known_at", "kind"]
_PURCHASES = """
WITH served AS (
    SELECT windows.as_of, customer_id, arg_max(kind, known_at) AS kind
    FROM customers JOIN windows ON known_at < begins
    GROUP BY ALL
    HAVING arg_max(kind, known_at) IN (SELECT kind FROM kinds)
),
known AS (
    SELECT windows.as_of, customer_id, holding_id, arg_max(closed_on, known_at) AS closed_seen,
           arg_max(closed_on IS NULL, known_at) AS open
    FROM holdings JOIN windows ON known_at < begins AND happened_at < begins
    GROUP BY ALL
),
held AS (
    SELECT DISTINCT as_of, customer_id FROM known WHERE open OR closed_seen >= as_of
),
begun AS (
    SELECT customer_id, holding_id, min(happened_at) AS began FROM holdings GROUP BY ALL
),
bought AS (
    SELECT DISTINCT as_of, customer_id FROM begun JOIN windows ON began >= begins AND began < ends
)
SELECT served.kind IS NOT NULL AS served, held.customer_id IS NOT NULL AS held,
       bought.customer_id IS NOT NULL AS bought
FROM cohort
LEFT JOIN served USING (customer_id, as_of)
LEFT JOIN held USING (customer_id, as_of)
LEFT JOIN bought USING (customer_id, as_of)
ORDER BY position
"""


def _of_family(bank: Bank, family: str) -> pa.Table:
    columns = ["customer_id", "holding_id", "happened_at", "known_at", "closed_on", "family"]
    holdings = bank.read("holdings").select(columns)
    return holdings.filter(pc.equal(holdings["family"], family)).drop_columns("family")


def _censored(
    as_of: NDArray[np.datetime64], definition: Definition, until: date | None
) -> NDArray[np.bool_]:
    """Whether each row's horizon passes the first unobserved date."""
    days, which = np.unique(as_of, return_inverse=True)
    over = [until is None or definition.horizon.after(day) > until for day in days.tolist()]
    return np.asarray(over, dtype=bool)[which]
