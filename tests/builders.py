"""Banks built row by row, for tests that state a law about a few facts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.bank import Bank, Manifest, new_bank, open_bank
from features.tables import TABLES

Row = dict[str, Any]
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def a_customer(customer_id: int = 1, **facts: Any) -> Row:
    """An active retail customer, known for years."""
    known = {"happened_at": EARLY, "known_at": EARLY, "kind": "retail", "status": "active"}
    return {"customer_id": customer_id} | known | facts


def a_transaction(transaction_id: int = 1, **facts: Any) -> Row:
    """A customer's own transfer of 100.00 into account 1, booked a second after it happened."""
    happened = facts.get("happened_at", EARLY)
    plain = {
        "transaction_id": transaction_id,
        "account_id": 1,
        "customer_id": 1,
        "happened_at": happened,
        "known_at": happened + timedelta(seconds=1),
        "amount_cents": 10_000,
        "kind": "transfer",
        "initiated_by": "customer",
    }
    return plain | facts


def a_bank(
    path: Path, *, zone: str = "Asia/Shanghai", last_day: date = date(2026, 12, 31), **tables: Any
) -> Bank:
    """A bank with the given rows; customer 1 where no customers are given."""
    manifest = Manifest("test bank", zone, "CNY", date(2020, 1, 1), last_day, "built in a test")
    tables.setdefault("customers", [a_customer()])
    with new_bank(path, manifest) as writer:
        for name, rows in tables.items():
            writer.add(name, a_table(name, rows))
    return open_bank(path)


def a_table(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as Arrow, with the columns that any of them names."""
    schema = TABLES[name].schema
    present = [field for field in schema if any(field.name in row for row in rows)]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(present or schema))
