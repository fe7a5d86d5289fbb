"""Which rows a gate finds at fault: empty, out of range, badly written, doubled, booked late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from features.quality.contracts import unmatched
from features.quality.scan import EXAMPLES_SHOWN, first_row, name_key, quoted
from goodcall.calendar import start_of_day

if TYPE_CHECKING:
    import duckdb

    from features.bank import Bank
    from features.contract import Column, Table
    from features.quality.gates import Gate

ROW_MEASURES = ("nulls", "range", "order", "form", "references", "late")
_PERIODS_LOOKED_AT = "INTERVAL 70 DAY"


def fault_of(gate: Gate, table: Table, bank: Bank) -> str:
    """The SQL condition that a row at fault meets, for a gate of ROW_MEASURES."""
    if gate.measure.name == "late":
        return f"known_at > happened_at + INTERVAL {gate.terms.days} DAY"
    column = table.column(str(gate.column))
    if gate.measure.name == "nulls":
        return f"{column.name} IS NULL"
    if gate.measure.name == "form":
        return f"NOT regexp_full_match({column.name}, {quoted(str(gate.terms.pattern))})"
    if gate.measure.name == "references":
        return unmatched(column)
    if gate.measure.name == "order":
        return f"{column.name} < {gate.terms.not_before}"
    return _outside(gate, column, bank)


def duplicates_in(
    connection: duckdb.DuckDBPyConnection, table: Table, *, versioned: bool
) -> tuple[int, tuple[str, ...]]:
    """How many facts repeat another of a different key in every other column, and their first keys.

    Rows are told apart by a 64-bit hash of their columns, within one customer where they have one.
    In a `versioned` table several rows of one key count once.
    """
    (key,) = table.key
    said = [c.name for c in table.columns if c.name not in (key, "known_at", "customer_id")]
    group = ", ".join([*(["customer_id"] if table.customer else []), f"hash({', '.join(said)})"])
    facts = f"count(DISTINCT {key})" if versioned else "count(*)"
    alike = (
        f"SELECT {facts} - 1 AS more, max({key}) AS example FROM {table.name} "
        f"GROUP BY {group} HAVING min({key}) <> max({key})"
    )
    more, keys = first_row(
        connection,
        f"SELECT coalesce(sum(more), 0), min(example, {EXAMPLES_SHOWN}) FROM ({alike})",
    )
    return int(more), tuple(name_key(table, (value,)) for value in keys or ())


def unexplained_balances(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[int, int, tuple[str, ...]]:
    """Deposit accounts with two newest balances to compare, and how many moved for no reason.

    From one period's balance to the next, average or final, no account moves further than all that
    was posted on it from the beginning of the one to the end of the other. Gives accounts judged,
    accounts at fault, and the first of these.
    """
    found = connection.execute(_UNEXPLAINED).fetchall()
    odd = sorted(account for account, moved, posted in found if moved > posted)
    return len(found), len(odd), tuple(f"account_id {a}" for a in odd[:EXAMPLES_SHOWN])


_UNEXPLAINED = f"""
WITH held AS (
    SELECT account_id, happened_at, arg_max(balance_cents, known_at) AS cents,
        arg_max(period_days, known_at) AS days
    FROM balances
    WHERE family = 'deposit'
        AND happened_at > (SELECT max(happened_at) FROM balances) - {_PERIODS_LOOKED_AT}
    GROUP BY account_id, happened_at
    QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY happened_at DESC) <= 2
), pair AS (
    SELECT account_id, min(happened_at) AS since,
        max(happened_at + days * INTERVAL 1 DAY) AS until,
        abs(max(cents) - min(cents)) AS moved
    FROM held GROUP BY account_id HAVING count(*) = 2
), posted AS (
    SELECT account_id, happened_at, arg_max(abs(amount_cents), known_at) AS cents
    FROM transactions WHERE happened_at >= (SELECT min(since) FROM pair)
    GROUP BY account_id, happened_at, transaction_id
)
SELECT pair.account_id, any_value(moved), coalesce(sum(posted.cents), 0)
FROM pair LEFT JOIN posted ON posted.account_id = pair.account_id
    AND posted.happened_at >= pair.since AND posted.happened_at < pair.until
GROUP BY pair.account_id
"""


def _outside(gate: Gate, column: Column, bank: Bank) -> str:
    terms, last = gate.terms, bank.manifest.last_day
    parts = []
    if terms.least is not None:
        parts.append(f"{column.name} < {terms.least!r}")
    if terms.most is not None:
        parts.append(f"{column.name} > {terms.most!r}")
    if terms.earliest is not None:
        parts.append(f"{column.name} < {_edge(column, terms.earliest, bank)}")
    if terms.oldest_days is not None:
        oldest = last - timedelta(days=terms.oldest_days)
        parts.append(f"{column.name} < {_edge(column, oldest, bank)}")
    if terms.latest_days is not None:
        after = last + timedelta(days=terms.latest_days + 1)
        parts.append(f"{column.name} >= {_edge(column, after, bank)}")
    return "(" + " OR ".join(parts) + ")"


def _edge(column: Column, day: date, bank: Bank) -> str:
    if column.type == "date":
        return f"DATE '{day.isoformat()}'"
    return f"TIMESTAMPTZ '{start_of_day(day, bank.manifest.zone).isoformat()}'"
