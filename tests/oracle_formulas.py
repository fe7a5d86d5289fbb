"""The meaning of every feature that compares others, read from the raw rows of each window."""

from collections.abc import Callable
from datetime import date
from math import copysign, isnan, log
from typing import Protocol

from oracle_readings import (
    NAN,
    Keep,
    Rows,
    balances,
    count,
    days,
    deposit,
    into,
    latest,
    login,
    mean,
    mean_assets,
    newest,
    of_kind,
    ours,
    out,
    own,
    ratio,
    regular,
    running,
    sent,
    total,
    wages,
)


class See(Protocol):
    """Gives the rows of a raw table that count in a window which ends where `day` begins."""

    day: date

    def __call__(self, table: str, days: int | None = None) -> Rows: ...


Formula = Callable[[See], float]


def signed_log(value: float) -> float:
    return copysign(log(1 + abs(value)), value)


def change(now: float, before: float) -> float:
    return ratio(now, before) - 1


def assets(see: See, window: int) -> float:
    return mean_assets(see("balances", window))


def moved(see: See, window: int, keep: Keep) -> float:
    return abs(total(see("transactions", window), keep))


def per_day(recent: float, window: int, whole: float, whole_window: int) -> float:
    """A recent daily pace against that of a longer window."""
    return change(recent / window, whole / whole_window)


def pace(see: See, table: str, keep: Keep, window: int, whole: int) -> float:
    recent, longer = count(see(table, window), keep), count(see(table, whole), keep)
    return per_day(recent, window, longer, whole)


def money_pace(see: See, keep: Keep, window: int, whole: int) -> float:
    return per_day(moved(see, window, keep), window, moved(see, whole, keep), whole)


def silence(see: See, table: str, keep: Keep) -> float:
    """Days without it over the usual gap of a year; half a year or longer counts as 180 days."""
    since = newest(see(table, 180), keep)
    gap = ratio(365, days(see(table, 365), keep))
    return ratio(180 if isnan(since) else since, gap)


def sign_of_life(see: See) -> float:
    both = (newest(see("transactions", 180), own), newest(see("events", 180), login))
    return min((since for since in both if not isnan(since)), default=NAN)


def inactive(see: See) -> bool:
    acts = count(see("transactions", 90), own)
    return acts + count(see("events", 90), login) == 0


def active_quarters(see: See) -> float:
    ages = [x["ago"] for x in see("transactions", 180) if own(x)]
    return change(sum(ago < 90 for ago in ages), sum(ago >= 90 for ago in ages))


def payments_of_salary(see: See) -> float:
    monthly = sum(x["payment_cents"] or 0 for x in see("loans") if running(x, see.day))
    return ratio(monthly, total(see("transactions", 90), wages) / 3)


def card_out(row: dict[str, object]) -> bool:
    return out(row) and row["kind"] == "card"


FORMULAS: dict[str, Formula] = {
    "assets_log": lambda see: signed_log(assets(see, 90)),
    "assets_week_against_month": lambda see: change(assets(see, 7), assets(see, 30)),
    "assets_month_against_quarter": lambda see: change(assets(see, 30), assets(see, 90)),
    "assets_quarter_against_half": lambda see: change(assets(see, 90), assets(see, 180)),
    "assets_half_against_year": lambda see: change(assets(see, 180), assets(see, 365)),
    "assets_fall": lambda see: assets(see, 90) - assets(see, 30),
    "deposits_month_against_quarter": lambda see: change(
        mean_assets(see("balances", 30), deposit), mean_assets(see("balances", 90), deposit)
    ),
    "balance_against_peak": lambda see: change(
        latest(see("balances", 30), "balance_cents"),
        max(balances(see("balances", 365)), default=NAN),
    ),
    "idle_cash_share": lambda see: ratio(
        min(balances(see("balances", 90), deposit), default=NAN),
        mean_assets(see("balances", 90), deposit),
    ),
    "inflow_against_own_pace": lambda see: money_pace(see, into, 30, 90),
    "outflow_week_against_month": lambda see: money_pace(see, out, 7, 30),
    "outflow_against_own_pace": lambda see: money_pace(see, out, 30, 90),
    "outflow_quarter_against_year": lambda see: money_pace(see, out, 90, 365),
    "sent_against_own_pace": lambda see: money_pace(see, sent, 30, 90),
    "card_against_own_pace": lambda see: money_pace(see, card_out, 30, 90),
    "largest_outflow_of_assets": lambda see: ratio(
        -min((x["amount_cents"] for x in see("transactions", 30) if out(x)), default=0),
        assets(see, 90),
    ),
    "net_flow_log": lambda see: signed_log(sum(x["amount_cents"] for x in see("transactions", 30))),
    "net_flow_of_assets": lambda see: ratio(
        sum(x["amount_cents"] for x in see("transactions", 30)), assets(see, 90)
    ),
    "sent_share_of_out": lambda see: ratio(moved(see, 90, sent), moved(see, 90, out)),
    "sent_of_assets": lambda see: ratio(moved(see, 30, sent), assets(see, 90)),
    "sent_log": lambda see: signed_log(moved(see, 30, sent)),
    "salary_against_own_mean": lambda see: change(
        latest(see("transactions", 180), "amount_cents", wages),
        mean(x["amount_cents"] for x in see("transactions", 365) if wages(x)),
    ),
    "payments_of_salary": payments_of_salary,
    "regular_payments_against_own_pace": lambda see: pace(see, "transactions", regular, 30, 90),
    "logins_against_own_pace": lambda see: pace(see, "events", login, 30, 90),
    "page_views_against_own_pace": lambda see: pace(see, "events", of_kind("page_view"), 30, 90),
    "activity_against_own_pace": lambda see: pace(see, "transactions", own, 30, 90),
    "activity_against_quarter_before": active_quarters,
    "active_days_against_own_pace": lambda see: per_day(
        days(see("transactions", 30), own), 30, days(see("transactions", 365), own), 365
    ),
    "transaction_silence": lambda see: silence(see, "transactions", own),
    "login_silence": lambda see: silence(see, "events", login),
    "days_since_sign_of_life": sign_of_life,
    "inactive": inactive,
    "contacts_against_own_pace": lambda see: pace(see, "contacts", ours, 30, 365),
}
