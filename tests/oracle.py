"""What each feature of the shipped catalogue means, read slowly and obviously from raw rows."""

from collections.abc import Callable
from datetime import date, timedelta
from statistics import fmean, stdev
from typing import Any

import numpy as np

from features.feature import Feature
from features.tables import FAMILIES, TABLES
from goodcall.calendar import start_of_day

ZONE = "Asia/Shanghai"
NAN = float("nan")
Rows = list[dict[str, Any]]


def visible(rows: Rows, table: str, customer: int, day: date, days: int | None) -> Rows:
    """The rows of a customer that a feature may see, by the law's own words."""
    at = start_of_day(day, ZONE)
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["known_at"]):
        if row["customer_id"] == customer and row["known_at"] < at:
            latest[tuple(row[name] for name in TABLES[table].key)] = row
    seen = [row for row in latest.values() if row["happened_at"] < at]
    if days is not None:
        begin = start_of_day(day - timedelta(days), ZONE)
        seen = [row for row in seen if row["happened_at"] >= begin]
    return [row | {"ago": (at - row["happened_at"]).total_seconds() / 86_400} for row in seen]


def total(rows: Rows, keep: Callable[[dict[str, Any]], bool]) -> int:
    return sum(row["amount_cents"] for row in rows if keep(row))


def count(rows: Rows, keep: Callable[[dict[str, Any]], bool]) -> int:
    return sum(1 for row in rows if keep(row))


def newest(rows: Rows, keep: Callable[[dict[str, Any]], bool]) -> float:
    """Whole days since the newest row kept: a row exactly n days old is n - 1 whole days ago."""
    return min((float(np.ceil(row["ago"]) - 1) for row in rows if keep(row)), default=NAN)


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else NAN


def mean_assets(rows: Rows, keep: Callable[[dict[str, Any]], bool] = lambda _: True) -> float:
    kept = [row for row in rows if keep(row)]
    if not kept:
        return NAN
    first = min(row["happened_at"] for row in kept)
    last = max(row["happened_at"] for row in kept)
    days = (last - first).total_seconds() / 86_400 + 1
    return sum(row["balance_cents"] for row in kept) / days


def pace(rows: Rows, measure: Callable[[Rows], float]) -> float:
    return ratio(3 * measure([row for row in rows if row["ago"] <= 30]), measure(rows)) - 1


def out(row: dict[str, Any]) -> bool:
    return row["amount_cents"] < 0


def into(row: dict[str, Any]) -> bool:
    return row["amount_cents"] > 0


def wages(row: dict[str, Any]) -> bool:
    return row["kind"] in ("salary", "pension")


def own(row: dict[str, Any]) -> bool:
    return row["initiated_by"] == "customer"


def login(row: dict[str, Any]) -> bool:
    return row["kind"] == "login"


def ours(row: dict[str, Any]) -> bool:
    happened = row["state"] in ("reserved", "attempted", "delivered", "connected")
    return happened and row["direction"] == "outbound" and row["category"] == "marketing"


def complaint(row: dict[str, Any]) -> bool:
    return row["kind"] == "complaint"


def held(row: dict[str, Any], day: date) -> bool:
    return row.get("closed_on") is None or row["closed_on"] >= day


def due(row: dict[str, Any], day: date) -> bool:
    ahead = (row["matures_on"] - day).days if row["matures_on"] else -1
    return held(row, day) and 0 <= ahead < 90


def recent(days: int) -> Callable[[dict[str, Any]], bool]:
    return lambda row: row["ago"] <= days


def age(row: dict[str, Any], day: date) -> float:
    born = row.get("birth_date")
    return (day - born).days / 365.25 if born else row["stated_age"]


INTERESTED = (
    *("CONNECTED_INTERESTED", "CONNECTED_APPT", "ACCEPTED", "APPLIED", "PURCHASED", "CLICK"),
)
REFUSED = ("NOT_INTERESTED_OFFER", "REFUSED_CHANNEL", "REFUSED_ALL", "UNSUBSCRIBE")
UNANSWERED = ("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF")

ORACLE: dict[str, Callable[[Rows, date], float]] = {
    "assets_mean": lambda r, _: mean_assets(r),
    "deposits_mean": lambda r, _: mean_assets(r, lambda x: x["family"] == "deposit"),
    "idle_cash": lambda r, _: min(
        (x["balance_cents"] for x in r if x["family"] == "deposit"), default=NAN
    ),
    "balance_peak": lambda r, _: max((x["balance_cents"] for x in r), default=NAN),
    "assets_month_against_quarter": lambda r, _: mean_assets(r, recent(30)) / mean_assets(r) - 1,
    "assets_week_against_month": lambda r, _: mean_assets(r, recent(7)) / mean_assets(r) - 1,
    "assets_quarter_against_half": lambda r, _: mean_assets(r, recent(90)) / mean_assets(r) - 1,
    "balance_volatility": lambda r, _: ratio(
        stdev(x["balance_cents"] for x in r), fmean(x["balance_cents"] for x in r)
    ),
    "wealth_share": lambda r, _: ratio(
        sum(x["balance_cents"] for x in r if x["family"] == "wealth"),
        sum(x["balance_cents"] for x in r),
    ),
    "cash_in": lambda r, _: total(r, into),
    "cash_out": lambda r, _: -total(r, out),
    "net_flow": lambda r, _: total(r, lambda _: True),
    "outflow_against_own_pace": lambda r, _: pace(r, lambda rows: total(rows, out)),
    "sent_to_other_banks": lambda r, _: (
        -total(r, lambda x: out(x) and x["counterparty"] == "other")
    ),
    "largest_outflow": lambda r, _: -min((x["amount_cents"] for x in r if out(x)), default=0),
    "largest_inflow": lambda r, _: max((x["amount_cents"] for x in r if into(x)), default=0),
    "salary_in": lambda r, _: total(r, wages),
    "days_since_salary": lambda r, _: newest(r, wages),
    "card_spending": lambda r, _: -total(r, lambda x: out(x) and x["kind"] == "card"),
    "cash_transactions": lambda r, _: count(r, lambda x: x["kind"] == "cash"),
    "regular_payments": lambda r, _: count(r, lambda x: x["kind"] in ("bill", "standing_order")),
    "loan_payments": lambda r, _: -total(r, lambda x: x["kind"] == "loan_payment"),
    "fees": lambda r, _: -total(r, lambda x: out(x) and x["kind"] == "fee"),
    "own_transactions": lambda r, _: count(r, own),
    "days_since_own_transaction": lambda r, _: newest(r, own),
    "active_days": lambda r, _: len({np.ceil(x["ago"]) for x in r if own(x)}),
    "activity_against_own_pace": lambda r, _: pace(r, lambda rows: count(rows, own)),
    "branch_and_machine_share": lambda r, _: ratio(
        count(r, lambda x: x["channel"] in ("branch", "atm")), len(r)
    ),
    "logins": lambda r, _: count(r, login),
    "days_since_login": lambda r, _: newest(r, login),
    "logins_against_own_pace": lambda r, _: pace(r, lambda rows: count(rows, login)),
    "page_views": lambda r, _: count(r, lambda x: x["kind"] == "page_view"),
    "abandoned_applications": lambda r, _: count(r, lambda x: x["kind"] == "application_abandoned"),
    "branch_visits": lambda r, _: count(r, lambda x: x["kind"] == "visit"),
    "products_held": lambda r, day: count(r, lambda x: held(x, day)),
    "families_held": lambda r, day: len({x["family"] for x in r if held(x, day)}),
    "products_ended": lambda r, day: count(r, lambda x: not held(x, day)),
    "days_since_new_product": lambda r, _: newest(r, lambda _: True),
    "maturing_within_quarter": lambda r, day: sum(x["amount_cents"] or 0 for x in r if due(x, day)),
    "tenure_days": lambda r, day: (day - r[0]["opened_on"]).days,
    "age": lambda r, day: age(r[0], day),
    "is_private": lambda r, _: r[0]["kind"] == "private",
    "is_business": lambda r, _: r[0]["kind"] in ("small_business", "corporate"),
    "contacts": lambda r, _: count(r, ours),
    "contacts_by_phone": lambda r, _: count(r, lambda x: ours(x) and x["channel"] == "phone"),
    "days_since_contact": lambda r, _: newest(r, ours),
    "interest_shown": lambda r, _: count(r, lambda x: x["outcome"] in INTERESTED),
    "refusals": lambda r, _: count(r, lambda x: x["outcome"] in REFUSED),
    "unanswered_calls": lambda r, _: count(r, lambda x: x["outcome"] in UNANSWERED),
    "complaints": lambda r, _: count(r, complaint),
    "days_since_complaint": lambda r, _: newest(r, complaint),
    "open_cases": lambda r, day: count(
        r, lambda x: x.get("closed_at") is None or x["closed_at"] >= start_of_day(day, ZONE)
    ),
}
ORACLE |= {
    f"page_views_of_{family}": lambda r, _, family=family: count(
        r, lambda x: x["kind"] == "page_view" and x["topic"] == family
    )
    for family in FAMILIES
}
ORACLE |= {
    f"holds_{family}": lambda r, day, family=family: any(
        x["family"] == family and held(x, day) for x in r
    )
    for family in FAMILIES
}


def oracle(item: Feature, rows: Rows, customer: int, day: date) -> float:
    """A feature's value for a customer as of a day, from all rows of its raw table."""
    seen = visible(rows, item.table.name, customer, day, item.days)
    stem = item.name.removesuffix(f"_{item.days}d")
    try:
        return float(ORACLE[stem](seen, day))
    except (IndexError, ZeroDivisionError):
        return NAN
