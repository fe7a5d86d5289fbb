"""The compact profile of one load of a bank, kept so that the next load can be held against it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from features.errors import QualityError
from features.quality.scan import contract_of, look_at
from features.quality.shape import Shape, shapes_of
from goodcall.atomic import write_file
from goodcall.calendar import local_date, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

    from features.bank import Bank
    from features.contract import Table
    from features.quality.gates import Gates

_FORMAT = 1
_QUARTER_HOUR = 900
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TableProfile:
    """One table of a load: its rows, when it last heard something, rows a month, and its shapes.

    `facts` are rows a month too, but of several versions of a row the first alone: what is put
    right or goes on later rewrites no month. None in the profile of a release that did not count
    them. `recent_days` says of which newest days the shapes are; None where they are of every row.
    """

    rows: int
    newest_known: datetime | None
    months: dict[str, int]
    facts: dict[str, int] | None
    recent_days: int | None
    shapes: dict[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BankProfile:
    """One load of a bank, without any customer's data in it."""

    name: str
    zone: str
    first_day: date
    last_day: date
    tables: dict[str, TableProfile]

    def age_days(self, table: str) -> float | None:
        """Days from the newest known_at of a table to the end of the bank's last day."""
        newest = self.tables[table].newest_known
        if newest is None:
            return None
        end = start_of_day(self.last_day + timedelta(days=1), self.zone)
        return max(0.0, (end - newest).total_seconds() / 86_400)


def profile_of(bank: Bank, gates: Gates, memory_mb: int) -> BankProfile:
    """The profile of a whole bank."""
    with look_at(bank, memory_mb) as connection:
        tables = {
            name: profile_table(
                connection, bank, gates, name, daily_rows(connection, name, bank.manifest.zone)
            )
            for name in bank.tables
        }
    return bank_profile(bank, tables)


def bank_profile(bank: Bank, tables: dict[str, TableProfile]) -> BankProfile:
    """The profile of a bank whose tables are profiled already."""
    said = bank.manifest
    return BankProfile(said.name, said.zone, said.first_day, said.last_day, tables)


def profile_table(
    connection: duckdb.DuckDBPyConnection,
    bank: Bank,
    gates: Gates,
    name: str,
    days: dict[date, int],
) -> TableProfile:
    """The profile of one table, whose rows a day are counted already."""
    table = contract_of(bank, name)
    newest = connection.execute(f"SELECT epoch_us(max(known_at)) FROM {name}").fetchall()[0][0]
    return TableProfile(
        rows=sum(days.values()),
        newest_known=None if newest is None else _instant(newest),
        months=monthly_rows(days),
        facts=monthly_rows(_daily_facts(connection, bank, table, days)),
        recent_days=gates.recent_days.get(name),
        shapes=shapes_of(connection, table, gates, recent_rows(bank, table, gates)),
    )


def recent_rows(bank: Bank, table: Table, gates: Gates) -> str:
    """The SQL condition of the rows of which a table's shapes are."""
    days = gates.recent_days.get(table.name)
    if days is None:
        return "true"
    last = bank.manifest.last_day
    since = start_of_day(last - timedelta(days=days - 1), bank.manifest.zone)
    return f"happened_at >= TIMESTAMPTZ '{since.isoformat()}'"


def _daily_facts(
    connection: duckdb.DuckDBPyConnection, bank: Bank, table: Table, days: dict[date, int]
) -> dict[date, int]:
    """How many rows happened on each local day, the first version of each alone."""
    if table.name not in bank.versioned:
        return days
    key = ", ".join(table.key)
    first = f"(SELECT min(happened_at) AS happened_at FROM {table.name} GROUP BY {key})"
    return daily_rows(connection, first, bank.manifest.zone)


def daily_rows(connection: duckdb.DuckDBPyConnection, source: str, zone: str) -> dict[date, int]:
    """How many rows of a table, or of a query, happened on each local day but days without any."""
    # Every zone's midnight falls on a quarter of an hour, and counting those needs no calendar.
    counted = connection.execute(
        f"SELECT epoch_us(happened_at) // {_QUARTER_HOUR * 1_000_000}, count(*) "
        f"FROM {source} WHERE happened_at IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    days: dict[date, int] = {}
    for quarter, rows in counted:
        day = local_date(_instant(quarter * _QUARTER_HOUR * 1_000_000), zone)
        days[day] = days.get(day, 0) + rows
    return days


def monthly_rows(days: dict[date, int]) -> dict[str, int]:
    """Rows a month, named as 2026-06, from the first to the newest month with rows."""
    if not days:
        return {}
    months = dict.fromkeys(months_between(min(days), max(days)), 0)
    for day, rows in days.items():
        months[month_name(day)] += rows
    return months


def months_between(first: date, last: date) -> Iterable[str]:
    """The name of every month from one day's to another's."""
    month = first.replace(day=1)
    while month <= last:
        yield month_name(month)
        month = (month + timedelta(days=32)).replace(day=1)


def month_name(day: date) -> str:
    """A day's month as 2026-06."""
    return f"{day.year:04d}-{day.month:02d}"


def save_profile(path: Path, profile: BankProfile) -> None:
    """Write a profile as JSON; a reader sees the old file or the new one."""
    said = {"format": _FORMAT} | asdict(profile)
    text = json.dumps(said, ensure_ascii=False, indent=1, default=_iso) + "\n"
    write_file(path, text.encode())


def load_profile(path: Path) -> BankProfile:
    """The profile that `save_profile` wrote."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != _FORMAT:
            raise QualityError(
                f"{path} is a profile of format {said['format']}; this release reads format "
                f"{_FORMAT}; check the earlier bank again with --save-profile"
            )
        return BankProfile(
            said["name"],
            said["zone"],
            date.fromisoformat(said["first_day"]),
            date.fromisoformat(said["last_day"]),
            {name: _table_profile(table) for name, table in said["tables"].items()},
        )
    except (OSError, UnicodeDecodeError) as error:
        raise QualityError(f"profile {path} cannot be read: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise QualityError(
            f"{path} is no profile of a bank: {error!r}; name a file that --save-profile wrote, "
            "or the folder of a bank"
        ) from error


def _table_profile(said: dict[str, Any]) -> TableProfile:
    newest, facts = said["newest_known"], said.get("facts")
    return TableProfile(
        rows=int(said["rows"]),
        newest_known=None if newest is None else datetime.fromisoformat(newest),
        months={str(month): int(rows) for month, rows in said["months"].items()},
        facts=None if facts is None else {str(month): int(n) for month, n in facts.items()},
        recent_days=said["recent_days"],
        shapes={
            name: Shape(
                int(shape["rows"]),
                int(shape["nulls"]),
                tuple(shape["edges"]),
                tuple(shape["counts"]),
                dict(shape["values"]),
            )
            for name, shape in said["shapes"].items()
        },
    )


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
