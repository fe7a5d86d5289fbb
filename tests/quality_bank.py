"""A small bank without a flaw, row by row, into which a test plants one."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from builders import EARLY, Row, a_customer, a_table, a_transaction

from features.bank import Bank, Manifest, new_bank, open_bank
from features.quality.check import QualityCheck, check_quality
from features.quality.loading import default_gates_text, parse_gates
from features.quality.profile import BankProfile

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
CUSTOMERS = range(1, 61)
A_DAY = range(30)
KINDS = ("transfer", "card", "bill")
# The shipped gates, for tables of a few thousand rows.
GATES = parse_gates(default_gates_text().replace("fewest_rows = 100", "fewest_rows = 20"))

Rows = dict[str, list[Row]]


def clean_rows(last: date = LAST) -> Rows:
    """60 customers with an account, a number, 30 bookings a day among them and daily balances."""
    days = [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]
    known = {"happened_at": EARLY, "known_at": EARLY}
    opened = date(2020, 1, 1)
    return {
        "customers": [
            a_customer(
                n, name="Li Ming", birth_date=date(1960 + n % 40, 3, 5), branch_id=1 + n % 2,
                opened_on=opened,
            )
            for n in CUSTOMERS
        ],
        "branches": [{"branch_id": n, "name": f"Branch {n}"} | known for n in (1, 2)],
        "contact_points": [
            {"point_id": n, "customer_id": n, "channel": "phone", "value": f"139{n:08d}"}
            | {"valid": True, "verified_on": date(2025, 5, 1)}
            | known
            for n in CUSTOMERS
        ],
        "accounts": [
            {"account_id": n, "customer_id": n, "kind": "current", "opened_on": opened}
            | {"currency": "CNY"}
            | known
            for n in CUSTOMERS
        ],
        "transactions": [a_booking(day, n) for day in days for n in A_DAY],
        "balances": [a_balance(day, account) for day in days for account in range(1, 31)],
    }  # fmt: skip


def a_booking(day: date, n: int, **facts: Any) -> Row:
    """The n-th booking of a day."""
    serial = (day - FIRST).days * 1000 + n
    account = 1 + serial * 7 % len(CUSTOMERS)
    return a_transaction(
        serial,
        **{
            "account_id": account,
            "customer_id": account,
            "happened_at": noon(day) + timedelta(minutes=n),
            "amount_cents": 1000 + serial * 7919 % 5000,
            "kind": KINDS[n % len(KINDS)],
            "channel": "mobile",
        }
        | facts,
    )


def a_balance(day: date, account: int, **facts: Any) -> Row:
    """An account's balance of a day; nothing moves, so nothing needs to be explained."""
    at = noon(day) - timedelta(hours=12)
    return {
        "account_id": account,
        "customer_id": account,
        "happened_at": at,
        "known_at": at,
        "family": "deposit",
        "balance_cents": account * 1_000_00,
        "period_days": 1,
    } | facts


def noon(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def made(path: Path, rows: Rows, last: date = LAST) -> Bank:
    """The bank that rows make, up to a last day."""
    manifest = Manifest("quality <bank>", "Asia/Shanghai", "CNY", FIRST, last, "built in a test")
    with new_bank(path, manifest) as writer:
        for name, said in rows.items():
            ordered: pa.Table = a_table(name, said)
            writer.add(name, ordered)
    return open_bank(path)


def faults(bank: Bank, earlier: BankProfile | None = None) -> dict[tuple[Any, ...], str]:
    """Every gate that did not let a bank pass, with its verdict."""
    return verdicts(check_quality(bank, GATES, earlier))


def verdicts(check: QualityCheck) -> dict[tuple[Any, ...], str]:
    """Every gate of a check that warns or fails, by table, column and measure."""
    return {
        (c.gate.table, c.gate.column, c.gate.measure.name): c.verdict
        for c in check.checks
        if c.verdict in ("warn", "fail")
    }
