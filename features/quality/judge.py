"""Judges one table: each of its gates with what was measured and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from features.quality.gates import Gate, Gates, Limit
from features.quality.rows import ROW_MEASURES, duplicates_in, fault_of, unexplained_balances
from features.quality.scan import EXAMPLES_SHOWN, count_each, examples_of
from features.quality.volume import (
    Odd,
    days_high,
    days_low,
    history_change,
    months_high,
    months_low,
)
from goodcall.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

    from features.bank import Bank
    from features.contract import Table
    from features.quality.profile import BankProfile, TableProfile
    from features.quality.shape import Shift

Verdict = Literal["pass", "warn", "fail", "skipped"]

_NO_EARLIER_LOAD = Text("no earlier load", "没有上一次加载可比")
_NOT_THERE_THEN = Text("the earlier load had none", "上次加载无此项")
_OTHER_DAYS = Text("the earlier load looked at other days", "上次加载所看天数不同")
_OTHER_COUNT = Text("the earlier load counted otherwise", "上次加载计数口径不同")
_ABSENT = Text("the source has none", "来源无此项")
_EMPTY = Text("the table is empty", "表为空")
_FEW_ROWS = Text("too few rows to judge", "行数太少,不作判断")
_LOST = Text("the table is gone", "表已缺失")

_HISTORY = {
    "month_low": months_low,
    "month_high": months_high,
    "day_low": days_low,
    "day_high": days_high,
}


@dataclass(frozen=True, slots=True)
class Check:
    """What one gate found: the value, the limit that it was held against, and the verdict.

    `rows` counts the rows at fault (of a month, a day or a load: its rows); `examples` are the
    first keys, months or days. A gate that could not judge is `skipped`, and `note` says why.
    """

    gate: Gate
    verdict: Verdict
    limit: Limit
    value: float | None = None
    rows: int = 0
    examples: tuple[str, ...] = ()
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What the gates of one table are held against: its rows, its days, itself now and before."""

    connection: duckdb.DuckDBPyConnection
    bank: Bank
    gates: Gates
    table: Table
    days: dict[date, int]
    profile: BankProfile
    earlier: BankProfile | None
    shifts: dict[str, Shift]

    @property
    def now(self) -> TableProfile:
        """The table at this load."""
        return self.profile.tables[self.table.name]

    @property
    def then(self) -> TableProfile | None:
        """The table at the earlier load, None where there was none."""
        return self.earlier.tables.get(self.table.name) if self.earlier else None


def judge_table(look: Look) -> list[Check]:
    """Every gate of a table with its verdict, in the gates' order."""
    gates = look.gates.of(look.table.name)
    rows = _judge_rows(look, [gate for gate in gates if gate.measure.name in ROW_MEASURES])
    return [rows[gate] if gate in rows else _judge(look, gate) for gate in gates]


def lost_table(gate: Gate, before: TableProfile) -> Check:
    """The check of a table that the earlier load had and this one lacks."""
    return _verdict(gate, 0.0, rows=before.rows, note=_LOST)


def _judge_rows(look: Look, gates: Sequence[Gate]) -> dict[Gate, Check]:
    checks = {gate: _skip(gate, why) for gate in gates if (why := _unmeasured(look, gate))}
    asked = [gate for gate in gates if gate not in checks]
    faults = [fault_of(gate, look.table, look.bank) for gate in asked]
    empty = [f"{gate.column} IS NULL" if gate.column else "false" for gate in asked]
    total, found = count_each(look.connection, look.table.name, faults + empty)
    for place, gate in enumerate(asked):
        rows = found[place]
        if found[len(asked) + place] == total:
            checks[gate] = _skip(gate, _ABSENT)
        elif _verdict(gate, rows / total).verdict == "pass":
            checks[gate] = _verdict(gate, rows / total, rows=rows)
        else:
            keys = examples_of(look.connection, look.table, faults[place])
            checks[gate] = _verdict(gate, rows / total, rows=rows, examples=keys)
    return checks


def _unmeasured(look: Look, gate: Gate) -> Text | None:
    """Why a gate of rows has nothing to measure, None where it may have."""
    if look.now.rows == 0:
        return _EMPTY
    columns = {column.name: column for column in look.table.columns}
    if gate.column is not None and gate.column not in columns:
        return _ABSENT
    target = columns[gate.column].refers_to if gate.column else None
    if gate.measure.name == "references" and target not in look.bank.tables:
        return Text(f"the bank has no table {target}", f"没有{target}表")
    return None


def _judge(look: Look, gate: Gate) -> Check:
    if gate.measure.compares:
        return _judge_against(look, gate)
    if look.now.rows == 0:
        return _skip(gate, _EMPTY)
    if gate.measure.name in _HISTORY:
        said = look.bank.manifest
        judge = _HISTORY[gate.measure.name]
        odd = judge(look.days, said.first_day, said.last_day, look.gates.fewest_rows)
        return _judge_volume(gate, odd)
    if gate.measure.name == "freshness":
        limit = _times(gate.limit, look.table.fresh_days)
        return _verdict(gate, look.profile.age_days(look.table.name) or 0.0, limit)
    if gate.measure.name == "duplicates":
        versioned = look.table.name in look.bank.manifest.versioned
        rows, keys = duplicates_in(look.connection, look.table, versioned=versioned)
        return _verdict(gate, rows / look.now.rows, rows=rows, examples=keys)
    return _judge_balances(look, gate)


def _judge_balances(look: Look, gate: Gate) -> Check:
    if "transactions" not in look.bank.tables:
        return _skip(gate, Text("the bank has no table transactions", "没有transactions表"))
    accounts, odd, examples = unexplained_balances(look.connection)
    if accounts < look.gates.fewest_rows:
        return _skip(gate, _FEW_ROWS)
    return _verdict(gate, odd / accounts, rows=odd, examples=examples)


def _judge_volume(gate: Gate, odd: Sequence[Odd]) -> Check:
    if not odd:
        return _skip(gate, _FEW_ROWS)
    ranked = sorted(odd, key=lambda one: one.ratio if gate.measure.low else -one.ratio)
    beyond = [one.when for one in ranked if _verdict(gate, one.ratio).verdict != "pass"]
    worst = ranked[0]
    return _verdict(gate, worst.ratio, rows=worst.rows, examples=tuple(beyond[:EXAMPLES_SHOWN]))


def _judge_against(look: Look, gate: Gate) -> Check:
    if look.earlier is None:
        return _skip(gate, _NO_EARLIER_LOAD)
    then, now = look.then, look.now
    if then is None or not then.rows:
        return _skip(gate, _NOT_THERE_THEN)
    name = gate.measure.name
    if name in ("rows_low", "rows_high"):
        return _verdict(gate, now.rows / then.rows, rows=now.rows)
    if name == "history":
        return _judge_history(look, gate, then.facts, now.facts)
    if name == "stalled":
        grown = _age(look.profile, look) - _age(look.earlier, look)
        return _verdict(gate, max(0.0, grown), _times(gate.limit, look.table.fresh_days))
    return _judge_shape(look, gate, then)


def _judge_history(
    look: Look, gate: Gate, then: dict[str, int] | None, now: dict[str, int] | None
) -> Check:
    if then is None or now is None:
        return _skip(gate, _OTHER_COUNT)
    return _judge_volume(gate, history_change(then, now, look.gates.fewest_rows))


def _judge_shape(look: Look, gate: Gate, then: TableProfile) -> Check:
    column = str(gate.column)
    if then.recent_days != look.now.recent_days:
        return _skip(gate, _OTHER_DAYS)
    before, now = then.shapes.get(column), look.now.shapes.get(column)
    if before is None or now is None:
        return _skip(gate, _NOT_THERE_THEN)
    if min(before.rows, now.rows) < look.gates.fewest_rows:
        return _skip(gate, _FEW_ROWS)
    if gate.measure.name == "nulls_change":
        more = max(0.0, now.null_share - before.null_share)
        return _verdict(gate, more, rows=now.nulls)
    shift = look.shifts.get(column)
    if shift is None:
        return _skip(gate, _ABSENT)
    limit = Limit(
        *(
            edge if edge is None else max(edge, shift.noise)
            for edge in (gate.limit.warn, gate.limit.fail)
        )
    )
    return _verdict(gate, shift.index, limit, rows=shift.rows)


def _verdict(
    gate: Gate,
    value: float,
    limit: Limit | None = None,
    *,
    rows: int = 0,
    examples: tuple[str, ...] = (),
    note: Text | None = None,
) -> Check:
    held = limit or gate.limit
    verdict: Verdict = "pass"
    if _beyond(value, held.warn, low=gate.measure.low):
        verdict = "warn"
    if _beyond(value, held.fail, low=gate.measure.low):
        verdict = "fail"
    return Check(gate, verdict, held, value, rows, examples if verdict != "pass" else (), note)


def _beyond(value: float, edge: float | None, *, low: bool) -> bool:
    if edge is None:
        return False
    return value < edge if low else value > edge


def _skip(gate: Gate, why: Text) -> Check:
    return Check(gate, "skipped", gate.limit, note=why)


def _times(limit: Limit, fresh_days: int | None) -> Limit:
    """A limit in days: multiples of what the contract allows, days where it says nothing."""
    days = fresh_days or 1
    warn, fail = (edge if edge is None else edge * days for edge in (limit.warn, limit.fail))
    return Limit(warn, fail)


def _age(profile: BankProfile, look: Look) -> float:
    return profile.age_days(look.table.name) or 0.0
