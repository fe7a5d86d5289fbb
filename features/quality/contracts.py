"""Whether raw tables keep their contracts, and what in them looks doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.quality.scan import (
    MEMORY_MB,
    contract_of,
    count_each,
    examples_of,
    look_at,
    quoted,
)
from features.tables import TABLES
from goodcall.calendar import start_of_day

if TYPE_CHECKING:
    import duckdb

    from features.bank import Bank
    from features.contract import Column, Table


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


@dataclass(frozen=True, slots=True)
class _Rule:
    """A reason, the SQL condition that a bad row meets, and whether it breaks the contract."""

    reason: str
    condition: str
    broken: bool


def check_tables(bank: Bank, memory_mb: int = MEMORY_MB) -> QualityReport:
    """Hold every table of a bank against its contract.

    Broken: a null or a value that is not allowed, two rows of one key and known_at, a fact known
    before it happened or dated after the bank's last day, a customer that is not in `customers`.
    Doubtful: a reference to another table that finds nothing, a fact dated before the first day.
    """
    with look_at(bank, memory_mb) as connection:
        return contract_report(bank, connection)


def contract_report(bank: Bank, connection: duckdb.DuckDBPyConnection) -> QualityReport:
    """What `check_tables` finds, by a connection that looks at the bank already."""
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    versioned: list[str] = []
    for name in bank.tables:
        table = contract_of(bank, name)
        if _repeats(connection, table, table.key):
            versioned.append(name)
            if _repeats(connection, table, (*table.key, "known_at")):
                findings.append(_twins(connection, table))
        rules = _rules(bank, table)
        counts[name], bad = count_each(connection, name, [rule.condition for rule in rules])
        findings += [
            Finding(
                name, rule.reason, rows, examples_of(connection, table, rule.condition), rule.broken
            )
            for rule, rows in zip(rules, bad, strict=True)
            if rows
        ]
    return QualityReport(counts, tuple(versioned), tuple(findings))


def unmatched(column: Column) -> str:
    """The SQL condition of a row whose reference finds nothing in the table it refers to."""
    target = TABLES[str(column.refers_to)].key[0]
    return (
        f"{column.name} IS NOT NULL AND {column.name} NOT IN "
        f"(SELECT {target} FROM {column.refers_to} WHERE {target} IS NOT NULL)"
    )


def _rules(bank: Bank, table: Table) -> list[_Rule]:
    rules = [
        _Rule(f"{column.name} is empty", f"{column.name} IS NULL", broken=True)
        for column in table.columns
        if column.required
    ]
    for column in table.columns:
        if column.allowed:
            allowed = ", ".join(quoted(value) for value in column.allowed)
            words = f"{column.name} is not one of {', '.join(column.allowed)}"
            rules.append(_Rule(words, f"{column.name} NOT IN ({allowed})", broken=True))
        if column.refers_to in bank.tables:
            words = f"{column.name} is not in {column.refers_to}"
            rules.append(_Rule(words, unmatched(column), column.refers_to == "customers"))
    return rules + _rules_of_time(bank, table)


def _rules_of_time(bank: Bank, table: Table) -> list[_Rule]:
    first, last = bank.manifest.first_day, bank.manifest.last_day
    end = f"TIMESTAMPTZ '{start_of_day(last, bank.manifest.zone).isoformat()}' + INTERVAL 1 DAY"
    begin = f"TIMESTAMPTZ '{start_of_day(first, bank.manifest.zone).isoformat()}'"
    rules = [
        _Rule("known_at is before happened_at", "known_at < happened_at", broken=True),
        _Rule(
            f"happened_at is after the bank's last day, {last}",
            f"happened_at >= {end}",
            broken=True,
        ),
    ]
    if table.name in ("transactions", "balances", "events"):
        words = f"happened_at is before the bank's first day, {first}"
        rules.append(_Rule(words, f"happened_at < {begin}", broken=False))
    return rules


def _repeats(connection: duckdb.DuckDBPyConnection, table: Table, columns: tuple[str, ...]) -> bool:
    repeated = connection.execute(
        f"SELECT 1 FROM {table.name} GROUP BY {', '.join(columns)} HAVING count(*) > 1 LIMIT 1"
    )
    return repeated.fetchone() is not None


def _twins(connection: duckdb.DuckDBPyConnection, table: Table) -> Finding:
    key = ", ".join((*table.key, "known_at"))
    again = f"({key}) IN (SELECT ({key}) FROM {table.name} GROUP BY {key} HAVING count(*) > 1)"
    _, (rows,) = count_each(connection, table.name, [again])
    examples = examples_of(connection, table, again)
    return Finding(table.name, f"another row has the same {key}", rows, examples, broken=True)
