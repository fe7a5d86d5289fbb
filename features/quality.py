"""Whether raw tables keep their contracts, and what in them looks doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import ARROW_TYPES, Table
from features.errors import BrokenContract
from features.tables import TABLES
from goodcall.calendar import start_of_day

if TYPE_CHECKING:
    from features.bank import Bank

_ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of a table that break its contract or look doubtful, with the first few keys."""

    table: str
    reason: str
    rows: int
    examples: tuple[str, ...]
    broken: bool


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What a check of a bank found: row counts, broken contracts, doubtful rows.

    `versioned` names the tables in which some key has several rows.
    """

    row_counts: dict[str, int]
    versioned: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that make a bank unusable."""
        return tuple(finding for finding in self.findings if finding.broken)

    def describe_broken(self) -> str:
        """Every broken contract with its rows and reasons, a line each."""
        lines = [
            f"{f.table}: {f.rows} row{'s' * (f.rows != 1)} where {f.reason}; "
            f"first: {'; '.join(f.examples)}"
            for f in self.broken
        ]
        return "the bank breaks its contracts and was refused:\n  " + "\n  ".join(lines)


def check_tables(bank: Bank) -> QualityReport:
    """Hold every table of a bank against its contract.

    Broken: a null or a value that is not allowed, two rows of one key and known_at, a fact known
    before it happened or dated after the bank's last day, a customer that is not in `customers`.
    Doubtful: a reference to another table that finds nothing, a fact dated before the first day.
    """
    if not bank.file("customers").exists():
        raise BrokenContract(f"{bank.path} has no customers.parquet; every bank needs that table")
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    versioned: list[str] = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in bank.tables:
            _refuse_wrong_types(bank, TABLES[name])
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{bank.file(name)}')"
            )
        for name in bank.tables:
            table = TABLES[name]
            row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            counts[name] = int(row[0]) if row else 0
            if _has_repeats(connection, name, table.key):
                versioned.append(name)
                if found := _find_twins(connection, table):
                    findings.append(found)
            for reason, condition, broken in _rules(bank, table):
                if found := _find(connection, table, reason, condition, broken=broken):
                    findings.append(found)
    return QualityReport(counts, tuple(versioned), tuple(findings))


def _refuse_wrong_types(bank: Bank, table: Table) -> None:
    try:
        schema = pq.read_schema(bank.file(table.name))
    except (pa.ArrowInvalid, OSError) as error:
        raise BrokenContract(f"{bank.file(table.name)} is no readable Parquet: {error}") from error
    for column in table.columns:
        if column.name not in schema.names:
            raise BrokenContract(f"{table.name}: column {column.name} ({column.type}) is missing")
        if schema.field(column.name).type != ARROW_TYPES[column.type]:
            raise BrokenContract(
                f"{table.name}.{column.name} is {schema.field(column.name).type}, "
                f"its contract says {column.type} ({ARROW_TYPES[column.type]})"
            )


def _rules(bank: Bank, table: Table) -> list[tuple[str, str, bool]]:
    """(reason, SQL condition that a bad row meets, whether it breaks the contract)."""
    end = start_of_day(bank.manifest.last_day, bank.manifest.zone)
    begin = start_of_day(bank.manifest.first_day, bank.manifest.zone)
    rules = [(f"{c.name} is empty", f"{c.name} IS NULL", True) for c in table.columns if c.required]
    for column in table.columns:
        if column.allowed:
            allowed = ", ".join(f"'{value}'" for value in column.allowed)
            words = f"{column.name} is not one of {', '.join(column.allowed)}"
            rules.append((words, f"{column.name} NOT IN ({allowed})", True))
        if column.refers_to and (
            column.refers_to in bank.tables or column.refers_to == "customers"
        ):
            target = TABLES[column.refers_to].key[0]
            rules.append(
                (
                    f"{column.name} is not in {column.refers_to}",
                    (
                        f"{column.name} IS NOT NULL AND {column.name} NOT IN "
                        f"(SELECT {target} FROM {column.refers_to})"
                    ),
                    column.refers_to == "customers",
                )
            )
    rules.append(("known_at is before happened_at", "known_at < happened_at", True))
    rules.append(
        (
            f"happened_at is after the bank's last day, {bank.manifest.last_day}",
            f"happened_at >= TIMESTAMPTZ '{end.isoformat()}' + INTERVAL 1 DAY",
            True,
        )
    )
    if table.name in ("transactions", "balances", "events"):
        rules.append(
            (
                f"happened_at is before the bank's first day, {bank.manifest.first_day}",
                f"happened_at < TIMESTAMPTZ '{begin.isoformat()}'",
                False,
            )
        )
    return rules


def _has_repeats(connection: duckdb.DuckDBPyConnection, name: str, key: tuple[str, ...]) -> bool:
    columns = ", ".join(key)
    repeated = connection.execute(
        f"SELECT 1 FROM {name} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
    )
    return repeated.fetchone() is not None


def _find_twins(connection: duckdb.DuckDBPyConnection, table: Table) -> Finding | None:
    key = ", ".join((*table.key, "known_at"))
    again = f"({key}) IN (SELECT ({key}) FROM {table.name} GROUP BY {key} HAVING count(*) > 1)"
    return _find(connection, table, f"another row has the same {key}", again, broken=True)


def _find(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    reason: str,
    condition: str,
    *,
    broken: bool,
) -> Finding | None:
    counted = connection.execute(f"SELECT count(*) FROM {table.name} WHERE {condition}").fetchone()
    if counted is None or counted[0] == 0:
        return None
    rows = connection.execute(
        f"SELECT {', '.join(table.key)} FROM {table.name} WHERE {condition} "
        f"ORDER BY ALL LIMIT {_ROWS_SHOWN}"
    ).fetchall()
    examples = tuple(
        ", ".join(f"{name} {value}" for name, value in zip(table.key, row, strict=True))
        for row in rows
    )
    return Finding(table.name, reason, int(counted[0]), examples, broken)
