"""What came of a customer, read slowly and obviously from raw rows: day by day, version by version.

Shares nothing with the code it judges but the definitions' fields.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from features.tables import TABLES

Row = dict[str, Any]
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
OPEN_END = date(9999, 1, 1)


@dataclass(frozen=True)
class Tale:
    """One customer of a bank as of a date: what was known then, and what is known today."""

    rows: dict[str, list[Row]]
    zone: str
    customer: int
    as_of: date

    def local(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def plus(self, days: int) -> date:
        return self.as_of + timedelta(days=days)

    def latest(self, table: str, known_before: datetime) -> list[Row]:
        """The customer's facts as known before an instant, the latest version of each."""
        found: dict[Any, Row] = {}
        for row in sorted(self.rows.get(table, []), key=lambda row: row["known_at"]):
            if row["customer_id"] == self.customer and row["known_at"] < known_before:
                found[tuple(row[name] for name in TABLES[table].key)] = row
        return list(found.values())

    def then(self, table: str) -> list[Row]:
        cut = self.midnight(self.as_of)
        return [row for row in self.latest(table, cut) if row["happened_at"] < cut]

    def today(self, table: str) -> list[Row]:
        return self.latest(table, FOR_EVER)

    def between(self, table: str, first: int, last: int) -> list[Row]:
        """Facts of the local days [as_of + first, as_of + last), seen from as_of or from today."""
        seen = self.then(table) if last <= 0 else self.today(table)
        days = self.plus(first), self.plus(last)
        return [row for row in seen if days[0] <= self.local(row["happened_at"]) < days[1]]

    def begun(self, table: str, row: Row) -> datetime:
        """When the first version of a fact happened."""
        key = TABLES[table].key[0]
        versions = [each for each in self.rows[table] if each[key] == row[key]]
        return min(each["happened_at"] for each in versions)

    def until(self, table: str) -> date:
        """The first date after everyone's last fact of a table."""
        newest = max(row["happened_at"] for row in self.rows[table])
        return self.local(newest) + timedelta(days=1)

    def kind(self) -> str | None:
        known = self.latest("customers", self.midnight(self.as_of))
        return known[0]["kind"] if known else None

    def dies(self, days: int) -> bool:
        (now,) = self.today("customers")
        mine = [row for row in self.rows["customers"] if row["customer_id"] == self.customer]
        deaths = [row["happened_at"] for row in mine if row["status"] == "deceased"]
        return now["status"] == "deceased" and min(deaths) < self.midnight(self.plus(days))


def own(row: Row) -> bool:
    return bool(row["initiated_by"] == "customer")


def electronic(row: Row) -> bool:
    return row["channel"] in {"mobile", "web"}


def wage(row: Row) -> bool:
    return row["kind"] in {"salary", "pension"} and row["amount_cents"] > 0


def login(row: Row) -> bool:
    return bool(row["kind"] == "login" and row["channel"] == "mobile")


def number(tale: Tale, table: str, first: int, last: int, *tests: Any) -> int:
    return sum(all(test(row) for test in tests) for row in tale.between(table, first, last))


def ruled(definition: Any, tale: Tale, reason: str | None, outcome: Any) -> int | str:
    """The rules' common frame: other kinds first, who dies last."""
    if definition.kinds and tale.kind() not in definition.kinds:
        return "another kind"
    if reason:
        return reason
    if tale.dies(definition.horizon.count):
        return "dies"
    return int(outcome)


def inactivity(d: Any, tale: Tale) -> int | str:
    if tale.plus(d.gap_days + d.silent_days) > min(
        tale.until("transactions"), tale.until("events")
    ):
        return "censored"

    def done(first: int, last: int) -> int:
        return number(tale, "transactions", first, last, own) + number(
            tale, "events", first, last, login
        )

    already = None if done(-d.silent_days, 0) else "already inactive"
    return ruled(d, tale, already, not done(d.gap_days, d.gap_days + d.silent_days))


def lost(d: Any, tale: Tale) -> int | str:
    if tale.plus(d.gap_days + d.silent_days) > tale.until("transactions"):
        return "censored"
    already = None if number(tale, "transactions", -d.silent_days, 0, own) else "already lost"
    after = number(tale, "transactions", d.gap_days, d.gap_days + d.silent_days, own)
    return ruled(d, tale, already, after == 0)


def decline(d: Any, tale: Tale) -> int | str:
    days, end = d.period_days, d.gap_days + d.period_days
    if tale.plus(end) > tale.until("transactions"):
        return "censored"
    earlier, before, after = (
        number(tale, "transactions", first, last, own)
        for first, last in ((-2 * days, -days), (-days, 0), (d.gap_days, end))
    )
    reason = None
    if before < d.least_transactions:
        reason = "too little to fall"
    elif earlier >= d.least_transactions and before * 100 <= earlier * (100 - d.fall_percent):
        reason = "already fallen"
    return ruled(d, tale, reason, after * 100 <= before * (100 - d.fall_percent))


def digital_churn(d: Any, tale: Tale) -> int | str:
    end = d.gap_days + d.silent_days
    if tale.plus(end) > min(tale.until("transactions"), tale.until("events")):
        return "censored"

    def done(first: int, last: int) -> int:
        return number(tale, "transactions", first, last, own, electronic) + number(
            tale, "events", first, last, electronic
        )

    stays = any(closing(row) >= tale.plus(end) for row in begun_before(tale, end))
    reason = None if done(-d.silent_days, 0) else "not digital"
    return ruled(d, tale, reason, stays and not done(d.gap_days, end))


def salary_stop(d: Any, tale: Tale) -> int | str:
    end = d.gap_days + d.missing_cycles * d.cycle_days
    if tale.plus(end) > tale.until("transactions"):
        return "censored"
    reason = None
    if number(tale, "transactions", -(d.least_payments + 1) * d.cycle_days, 0, wage) < (
        d.least_payments
    ):
        reason = "no regular salary"
    elif not number(tale, "transactions", -d.cycle_days - d.late_days, 0, wage):
        reason = "already stopped"
    return ruled(d, tale, reason, not number(tale, "transactions", d.gap_days, end, wage))


def begun_before(tale: Tale, days: int) -> list[Row]:
    """Accounts as known today that began before a date."""
    end = tale.midnight(tale.plus(days))
    return [row for row in tale.today("accounts") if tale.begun("accounts", row) < end]


def closing(row: Row) -> date:
    return row.get("closed_on") or OPEN_END


def closure(d: Any, tale: Tale) -> int | str:
    known = [row for row in tale.then("accounts") if closing(row) >= tale.as_of]
    last = max((closing(row) for row in begun_before(tale, d.horizon_days)), default=None)
    gone = last is None or last < tale.plus(d.horizon_days)
    reason = None
    if not known:
        reason = "no open account"
    elif gone and (last is None or last < tale.plus(d.gap_days)):
        reason = "closed before the window"
    return ruled(d, tale, reason, gone)


def run_off(d: Any, tale: Tale) -> int | str:
    def money(row: Row) -> bool:
        return row["family"] in {"deposit", "wealth"}

    first, last = tale.plus(d.gap_days), tale.plus(d.gap_days + d.maturity_days)
    due = [
        row
        for row in tale.then("holdings")
        if money(row)
        and closing(row) >= tale.as_of
        and first <= (row.get("matures_on") or date(1, 1, 1)) < last
    ]
    now = {row["holding_id"]: row for row in tale.today("holdings")}
    runs_off = False
    for row in due:
        latest, matures = now[row["holding_id"]], row["matures_on"]
        ended = min(closing(latest), matures)
        renewed = (latest.get("matures_on") or matures) > matures
        for other in now.values():
            if other["holding_id"] != row["holding_id"] and money(other):
                begun = tale.local(tale.begun("holdings", other))
                early, late = timedelta(days=d.early_days), timedelta(days=d.renew_days)
                renewed = renewed or ended - early <= begun < matures + late
        runs_off = runs_off or not renewed
    return ruled(d, tale, None if due else "nothing falls due", runs_off)


RULES = {
    "inactivity": inactivity,
    "lost": lost,
    "decline": decline,
    "digital_churn": digital_churn,
    "salary_stop": salary_stop,
    "closure": closure,
    "run_off": run_off,
}
