"""What each feature of the shipped catalogue means, read slowly and obviously from raw rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from oracle_formulas import FORMULAS
from oracle_readings import NAN, READINGS, Rows

from features.feature import Feature
from features.tables import TABLES
from goodcall.calendar import start_of_day

ZONE = "Asia/Shanghai"


class LackedTable(Exception):
    """The bank does not have a table that a feature reads."""


@dataclass(frozen=True)
class Sight:
    """What a bank in `zone` knew of a customer when `day` began."""

    raw: Mapping[str, Rows]
    customer: int
    day: date
    zone: str

    def __call__(self, table: str, days: int | None = None) -> Rows:
        """The rows of a table that count in a window, by the law's own words.

        Each gets `ago`, whole local days before the day (0 is the last one), and `until`.
        """
        if not self.raw.get(table):
            raise LackedTable(table)
        at = start_of_day(self.day, self.zone)
        latest: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in sorted(self.raw[table], key=lambda row: row["known_at"]):
            if row["customer_id"] == self.customer and row["known_at"] < at:
                latest[tuple(row[name] for name in TABLES[table].key)] = row
        seen = [row for row in latest.values() if row["happened_at"] < at]
        if days is not None:
            begin = start_of_day(self.day - timedelta(days), self.zone)
            seen = [row for row in seen if row["happened_at"] >= begin]
        return [row | {"ago": self._ago(row), "until": at} for row in seen]

    def _ago(self, row: dict[str, Any]) -> int:
        happened = row["happened_at"].astimezone(ZoneInfo(self.zone)).date()
        return (self.day - happened).days - 1


def oracle(
    item: Feature, raw: Mapping[str, Rows], customer: int, day: date, zone: str = ZONE
) -> float:
    """A feature's value for a customer as of a day, from the rows of the raw tables."""
    see = Sight(raw, customer, day, zone)
    stem = item.name.removesuffix(f"_{item.days}d")
    try:
        if stem in FORMULAS:
            return float(FORMULAS[stem](see))
        return float(READINGS[stem](see(item.table.name, item.days), day))
    except (LackedTable, IndexError):
        return NAN
