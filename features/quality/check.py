"""Holds a bank against its contracts, its gates and the load before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.quality.contracts import QualityReport, contract_report
from features.quality.judge import Check, Look, Verdict, judge_table, lost_table
from features.quality.profile import (
    BankProfile,
    TableProfile,
    bank_profile,
    daily_rows,
    profile_table,
    recent_rows,
)
from features.quality.scan import MEMORY_MB, contract_of, look_at
from features.quality.shape import Shift, counts_between, shift_between

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from features.bank import Bank
    from features.contract import Table
    from features.quality.gates import Gates

# A tenth of a decile. What comes once a quarter is a tenth of one month's rows and none of others'.
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """A bank held against its contracts and its gates.

    `earlier` is the load that it was compared with, None where there was none; `shifts` are the
    distributions compared, by table and column.
    """

    contract: QualityReport
    checks: tuple[Check, ...]
    profile: BankProfile
    earlier: BankProfile | None
    shifts: dict[tuple[str, str], Shift]

    @property
    def failed(self) -> bool:
        """Whether a contract is broken or a gate fails."""
        return bool(self.contract.broken) or self.count("fail") > 0

    def count(self, verdict: Verdict) -> int:
        """How many gates came to a verdict."""
        return sum(check.verdict == verdict for check in self.checks)


def check_quality(
    bank: Bank,
    gates: Gates,
    earlier: BankProfile | None = None,
    *,
    memory_mb: int = MEMORY_MB,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - nobody watches
) -> QualityCheck:
    """Every contract and every gate of a bank, judged.

    A file that is not what its contract says is a BrokenContract; rows that are not are findings.
    """
    looks: dict[str, Look] = {}
    checks: list[Check] = []
    with look_at(bank, memory_mb) as connection:
        contract = contract_report(bank, connection)
        for done, name in enumerate(bank.tables, start=1):
            looks[name] = _look(connection, bank, gates, name, earlier)
            checks += judge_table(looks[name])
            progress(done, len(bank.tables))
    return QualityCheck(
        contract,
        (*checks, *_lost_tables(bank, gates, earlier)),
        bank_profile(bank, {name: look.now for name, look in looks.items()}),
        earlier,
        {
            (name, column): shift
            for name, look in looks.items()
            for column, shift in look.shifts.items()
        },
    )


def _look(
    connection: duckdb.DuckDBPyConnection,
    bank: Bank,
    gates: Gates,
    name: str,
    earlier: BankProfile | None,
) -> Look:
    days = daily_rows(connection, name, bank.manifest.zone)
    now = profile_table(connection, bank, gates, name, days)
    then = earlier.tables.get(name) if earlier else None
    table = contract_of(bank, name)
    return Look(
        connection,
        bank,
        gates,
        table,
        days,
        bank_profile(bank, {name: now}),
        earlier,
        _shifts(connection, table, recent_rows(bank, table, gates), now, then) if then else {},
    )


def _shifts(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    recent: str,
    now: TableProfile,
    then: TableProfile,
) -> dict[str, Shift]:
    known = {c.name for c in table.columns}
    before = {column: shape for column, shape in then.shapes.items() if column in known}
    edges = {column: shape.edges for column, shape in before.items() if shape.edges}
    counts = counts_between(connection, table, edges, recent)
    shifts = {
        column: shift_between(shape, now.shapes[column], counts.get(column, ()), least=_LEAST_SHARE)
        for column, shape in before.items()
        if shape.edges or shape.values
    }
    return {column: shift for column, shift in shifts.items() if shift}


def _lost_tables(bank: Bank, gates: Gates, earlier: BankProfile | None) -> list[Check]:
    if earlier is None:
        return []
    return [
        lost_table(gate, table)
        for name, table in earlier.tables.items()
        if name not in bank.tables and table.rows
        for gate in gates.of(name)
        if gate.measure.name == "rows_low"
    ]
