"""The meaning of every feature of one raw table, read from the rows that it may see."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from math import nan
from statistics import fmean, stdev
from typing import Any

from goodcall.vocabulary import FAMILIES

NAN = nan
Row = dict[str, Any]
Rows = list[Row]
Keep = Callable[[Row], bool]
Reading = Callable[[Rows, date], float]


def every(_: Row) -> bool:
    return True


def total(rows: Rows, keep: Keep) -> int:
    return sum(row["amount_cents"] for row in rows if keep(row))


def count(rows: Rows, keep: Keep) -> int:
    return sum(1 for row in rows if keep(row))


def newest(rows: Rows, keep: Keep = every) -> float:
    """Whole local days since the newest row kept."""
    return min((row["ago"] for row in rows if keep(row)), default=NAN)


def days(rows: Rows, keep: Keep) -> int:
    return len({row["ago"] for row in rows if keep(row)})


def latest(rows: Rows, column: str, keep: Keep = every) -> float:
    """The value of the newest row kept; of several at one instant, the greatest value."""
    pairs = [(row["happened_at"], row[column]) for row in rows if keep(row)]
    return max(pairs)[1] if pairs else NAN


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else NAN


def mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else NAN


def swing(values: Iterable[float]) -> float:
    """Standard deviation over the mean; one value alone does not swing either way."""
    found = list(values)
    return ratio(stdev(found), fmean(found)) if len(found) > 1 else NAN


def mean_assets(rows: Rows, keep: Keep = every) -> float:
    kept = [row for row in rows if keep(row)]
    if not kept:
        return NAN
    last = min(kept, key=lambda row: row["ago"])
    length = max(row["ago"] for row in kept) - last["ago"] + last["period_days"]
    return sum(row["balance_cents"] * row["period_days"] for row in kept) / length


def deposit(row: Row) -> bool:
    return row["family"] == "deposit"


def out(row: Row) -> bool:
    return row["amount_cents"] < 0


def into(row: Row) -> bool:
    return row["amount_cents"] > 0


def sent(row: Row) -> bool:
    return out(row) and row["counterparty"] == "other"


def wages(row: Row) -> bool:
    return row["kind"] in ("salary", "pension")


def regular(row: Row) -> bool:
    return row["kind"] in ("bill", "standing_order")


def own(row: Row) -> bool:
    return row["initiated_by"] == "customer"


def of_kind(kind: str) -> Keep:
    return lambda row: row["kind"] == kind


def login(row: Row) -> bool:
    return row["kind"] == "login"


def reached(row: Row) -> bool:
    tried = row["state"] in ("reserved", "attempted", "delivered", "connected")
    return tried and row["direction"] == "outbound"


def ours(row: Row) -> bool:
    return reached(row) and row["category"] == "marketing"


def our_call(row: Row) -> bool:
    return ours(row) and row["channel"] == "phone"


def held(row: Row, day: date) -> bool:
    return row.get("closed_on") is None or row["closed_on"] >= day


def due(row: Row, day: date, within: int) -> bool:
    ahead = (row["matures_on"] - day).days if row["matures_on"] else -1
    return held(row, day) and 0 <= ahead < within


def ended(row: Row, day: date, within: int) -> bool:
    return not held(row, day) and (day - row["closed_on"]).days <= within


def was_held(row: Row, day: date) -> bool:
    return row["opened_on"] <= day and held(row, day)


def has_stopped(rows: Rows, keep: Keep) -> bool:
    """Seen in the window, but not in the last 45 days of it."""
    ages = [row["ago"] for row in rows if keep(row)]
    return bool(ages) and min(ages) >= 45


def running(row: Row, day: date) -> bool:
    months = row.get("term_months")
    return months is None or (day - row["opened_on"]).days < months * 365.25 / 12


def still_open(row: Row) -> bool:
    return row.get("closed_at") is None or row["closed_at"] >= row["until"]


def waited(row: Row) -> float:
    return int(row["closed_at"].timestamp()) - int(row["happened_at"].timestamp())


def age(row: Row, day: date) -> float:
    born = row.get("birth_date")
    return (day - born).days / 365.25 if born else row["stated_age"]


def amounts(rows: Rows, keep: Keep) -> list[int]:
    return [row["amount_cents"] for row in rows if keep(row)]


def balances(rows: Rows, keep: Keep = every) -> list[int]:
    return [row["balance_cents"] for row in rows if keep(row)]


def refused(row: Row) -> bool:
    said = ("NOT_INTERESTED_OFFER", "REFUSED_CHANNEL", "REFUSED_ALL", "UNSUBSCRIBE")
    return row["outcome"] in said


def said_no(row: Row) -> bool:
    return row["action"] in ("revoke", "dnc")


INTERESTED = (
    *("CONNECTED_INTERESTED", "CONNECTED_APPT", "ACCEPTED", "APPLIED", "PURCHASED", "CLICK"),
)
UNANSWERED = ("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF")

OF_MONEY: dict[str, Reading] = {
    "assets_mean": lambda r, _: mean_assets(r),
    "deposits_mean": lambda r, _: mean_assets(r, deposit),
    "balance_peak": lambda r, _: max(balances(r), default=NAN),
    "latest_balance": lambda r, _: latest(r, "balance_cents"),
    "idle_cash": lambda r, _: min(balances(r, deposit), default=NAN),
    "empty_share": lambda r, _: ratio(
        sum(x["period_days"] for x in r if deposit(x) and x["balance_cents"] <= 0),
        sum(x["period_days"] for x in r if deposit(x)),
    ),
    "balance_volatility": lambda r, _: swing(balances(r)),
    "overdrawn_days": lambda r, _: sum(x["period_days"] for x in r if x["balance_cents"] < 0),
    "wealth_share": lambda r, _: ratio(
        sum(balances(r, lambda x: x["family"] == "wealth")), sum(balances(r))
    ),
    "cash_in": lambda r, _: total(r, into),
    "cash_out": lambda r, _: -total(r, out),
    "net_flow": lambda r, _: total(r, every),
    "largest_outflow": lambda r, _: -min(amounts(r, out), default=0),
    "largest_inflow": lambda r, _: max(amounts(r, into), default=0),
    "planned_out": lambda r, _: -total(r, lambda x: out(x) and bool(x["planned"])),
    "sent_to_other_banks": lambda r, _: -total(r, sent),
    "received_from_other_banks": lambda r, _: total(
        r, lambda x: into(x) and x["counterparty"] == "other"
    ),
    "card_spending": lambda r, _: -total(r, lambda x: out(x) and x["kind"] == "card"),
    "cash_transactions": lambda r, _: count(r, of_kind("cash")),
    "fees": lambda r, _: -total(r, lambda x: out(x) and x["kind"] == "fee"),
    "interest_earned": lambda r, _: total(r, lambda x: into(x) and x["kind"] == "interest"),
    "moved_by_investing": lambda r, _: -total(r, lambda x: out(x) and x["kind"] == "investment"),
    "loan_payments": lambda r, _: -total(r, of_kind("loan_payment")),
    "salary_in": lambda r, _: total(r, wages),
    "days_since_salary": lambda r, _: newest(r, wages),
    "salary_payments": lambda r, _: count(r, wages),
    "latest_salary": lambda r, _: latest(r, "amount_cents", wages),
    "salary_size": lambda r, _: mean(amounts(r, wages)),
    "salary_spread": lambda r, _: swing(amounts(r, wages)),
    "receives_pension": lambda r, _: any(x["kind"] == "pension" for x in r),
    "salary_stopped": lambda r, _: has_stopped(r, wages),
    "stopped_standing_order": lambda r, _: has_stopped(r, of_kind("standing_order")),
    "stopped_bill": lambda r, _: has_stopped(r, of_kind("bill")),
    "stopped_card": lambda r, _: has_stopped(r, of_kind("card")),
    "regular_payments": lambda r, _: count(r, regular),
}
OF_DOINGS: dict[str, Reading] = {
    "own_transactions": lambda r, _: count(r, own),
    "days_since_own_transaction": lambda r, _: newest(r, own),
    "active_days": lambda r, _: days(r, own),
    "branch_and_machine_share": lambda r, _: ratio(
        count(r, lambda x: x["channel"] in ("branch", "atm")), len(r)
    ),
    "mobile_share": lambda r, _: ratio(
        count(r, lambda x: own(x) and x["channel"] == "mobile"), count(r, own)
    ),
    "channels_used": lambda r, _: len({x["channel"] for x in r if own(x)} - {None, "auto"}),
    "logins": lambda r, _: count(r, login),
    "days_since_login": lambda r, _: newest(r, login),
    "login_days": lambda r, _: days(r, login),
    "web_share": lambda r, _: ratio(
        count(r, lambda x: login(x) and x["channel"] == "web"), count(r, login)
    ),
    "page_views": lambda r, _: count(r, of_kind("page_view")),
    "applications": lambda r, _: count(r, of_kind("application")),
    "abandoned_applications": lambda r, _: count(r, of_kind("application_abandoned")),
    "days_since_abandoned": lambda r, _: newest(r, of_kind("application_abandoned")),
    "partner_events": lambda r, _: count(r, of_kind("partner")),
    "government_events": lambda r, _: count(r, of_kind("government")),
    "branch_visits": lambda r, _: count(r, of_kind("visit")),
    "days_since_visit": lambda r, _: newest(r, of_kind("visit")),
}
OF_PAPERS: dict[str, Reading] = {
    "products_held": lambda r, day: count(r, lambda x: held(x, day)),
    "families_held": lambda r, day: len({x["family"] for x in r if held(x, day)}),
    "families_ever_held": lambda r, _: len({x["family"] for x in r}),
    "products_ended": lambda r, day: count(r, lambda x: not held(x, day)),
    "ended_within_quarter": lambda r, day: sum(
        x["amount_cents"] or 0 for x in r if ended(x, day, 90)
    ),
    "days_since_new_product": lambda r, _: newest(r),
    "maturing_within_month": lambda r, day: sum(
        x["amount_cents"] or 0 for x in r if due(x, day, 30)
    ),
    "maturing_within_quarter": lambda r, day: sum(
        x["amount_cents"] or 0 for x in r if due(x, day, 90)
    ),
    "days_to_maturity": lambda r, day: min(
        ((x["matures_on"] - day).days for x in r if due(x, day, 9999)), default=NAN
    ),
    "accounts_open": lambda r, day: count(r, lambda x: held(x, day)),
    "accounts_closed_within_year": lambda r, day: count(r, lambda x: ended(x, day, 365)),
    "loan_payment_monthly": lambda r, day: sum(
        x["payment_cents"] or 0 for x in r if running(x, day)
    ),
    "overdue_amount": lambda r, _: sum(x["overdue_cents"] or 0 for x in r),
    "days_overdue": lambda r, day: max(
        ((day - x["overdue_since"]).days for x in r if x["overdue_since"]), default=0
    ),
    "tenure_days": lambda r, day: (day - r[0]["opened_on"]).days,
    "age": lambda r, day: age(r[0], day),
    "is_private": lambda r, _: r[0]["kind"] == "private",
    "is_business": lambda r, _: r[0]["kind"] in ("small_business", "corporate"),
    "risk_tolerance": lambda r, _: (
        int(max((x["happened_at"], x["tolerance"]) for x in r)[1][1]) if r else NAN
    ),
    "days_to_reassessment": lambda r, day: max(
        ((x["expires_on"] - day).days for x in r), default=NAN
    ),
}
OF_TALK: dict[str, Reading] = {
    "contacts": lambda r, _: count(r, ours),
    "days_since_contact": lambda r, _: newest(r, ours),
    "service_contacts": lambda r, _: count(r, lambda x: reached(x) and not ours(x)),
    "inbound_contacts": lambda r, _: count(r, lambda x: x["direction"] == "inbound"),
    "interest_shown": lambda r, _: count(r, lambda x: x["outcome"] in INTERESTED),
    "refusals": lambda r, _: count(r, refused),
    "days_since_refusal": lambda r, _: newest(r, refused),
    "unanswered_calls": lambda r, _: count(r, lambda x: x["outcome"] in UNANSWERED),
    "answered_share": lambda r, _: ratio(
        count(r, lambda x: our_call(x) and x["state"] == "connected"), count(r, our_call)
    ),
    "said_leaving": lambda r, _: count(r, lambda x: x["outcome"] == "LEAVING_CONFIRMED"),
    "low_mood_contacts": lambda r, _: count(
        r, lambda x: x["outcome"] in ("LOW_MOOD", "DEFER_MOOD")
    ),
    "opt_outs": lambda r, _: count(r, said_no),
    "last_word_was_no": lambda r, _: (
        max((x["happened_at"], said_no(x)) for x in r)[1] if r else NAN
    ),
    "complaints": lambda r, _: count(r, of_kind("complaint")),
    "days_since_complaint": lambda r, _: newest(r, of_kind("complaint")),
    "service_cases": lambda r, _: count(r, of_kind("service")),
    "open_cases": lambda r, _: count(r, still_open),
    "longest_open_case": lambda r, _: max((x["ago"] for x in r if still_open(x)), default=NAN),
    "days_to_settle": lambda r, _: mean(waited(x) / 86_400 for x in r if x.get("closed_at")),
    "low_mood_cases": lambda r, _: count(r, lambda x: x.get("mood") == "low"),
    "latest_mood_low": lambda r, _: latest(
        [x | {"low": x["mood"] == "low"} for x in r if x.get("mood")], "low"
    ),
}
OF_EACH: dict[str, Reading] = {
    f"{stem}_{family}": lambda r, _, kind=kind, family=family: count(
        r, lambda x: x["kind"] == kind and x["topic"] == family
    )
    for stem, kind in (
        ("page_views_of", "page_view"),
        ("abandoned_applications_of", "application_abandoned"),
    )
    for family in FAMILIES
}
OF_EACH |= {
    f"holds_{family}": lambda r, day, family=family: any(
        x["family"] == family and held(x, day) for x in r
    )
    for family in FAMILIES
}
OF_EACH |= {
    f"products_held_months_ago_{months}": lambda r, day, months=months: count(
        r, lambda x: was_held(x, day - timedelta(30 * months))
    )
    for months in range(1, 6)
}
OF_EACH |= {
    f"contacts_by_{channel}": lambda r, _, channel=channel: count(
        r, lambda x: ours(x) and x["channel"] == channel
    )
    for channel in ("phone", "sms", "app", "branch")
}
READINGS: dict[str, Reading] = OF_MONEY | OF_DOINGS | OF_PAPERS | OF_TALK | OF_EACH
