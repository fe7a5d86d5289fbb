"""Every feature of the shipped catalogue against a slow, obviously right reading of raw rows."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from builders import a_bank, a_customer

from features.asof import as_of
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.feature import Catalog
from features.tables import FAMILIES, TABLES
from goodcall.calendar import start_of_day

ZONE = "Asia/Shanghai"
DATES = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 17)]
CUSTOMERS = range(1, 9)
NAN = float("nan")
Rows = list[dict[str, Any]]


def random_bank(path, seed: int):
    """A bank of eight customers with random facts, late ones, ties with midnights, and versions."""
    rng = np.random.default_rng(seed)
    begin = start_of_day(date(2025, 4, 1), ZONE)

    def moment() -> datetime:
        if rng.random() < 0.15:
            return start_of_day(DATES[0] - timedelta(int(rng.integers(-40, 100))), ZONE)
        return begin + timedelta(seconds=int(rng.integers(0, 420 * 86_400)))

    def known(happened: datetime) -> datetime:
        delays = [timedelta(0), timedelta(seconds=40), timedelta(days=1), timedelta(days=9)]
        return happened + delays[rng.integers(0, 4)]

    def one(*values: Any) -> Any:
        return values[rng.integers(0, len(values))]

    def dated(customer: int) -> dict[str, Any]:
        happened = moment()
        return {"customer_id": customer, "happened_at": happened, "known_at": known(happened)}

    rows: dict[str, Rows] = {name: [] for name in TABLES}
    number = 0
    for customer in CUSTOMERS:
        opened = date(2019, 1, 1) + timedelta(int(rng.integers(0, 900)))
        kind = one("retail", "private", "small_business", "corporate")
        aged = {"birth_date": date(1970, 5, 5)} if customer % 2 else {"stated_age": 44}
        rows["customers"].append(a_customer(customer, opened_on=opened, kind=kind, **aged))
        for _ in range(0 if customer == 8 else 120):
            number += 1
            rows["transactions"].append(
                dated(customer)
                | {
                    "transaction_id": number,
                    "account_id": customer,
                    "amount_cents": int(rng.integers(-900_000, 900_000)),
                    "kind": one(
                        *("salary", "pension", "card", "cash", "bill"),
                        *("standing_order", "loan_payment", "fee", "transfer"),
                    ),
                    "initiated_by": one("customer", "customer", "bank"),
                    "channel": one("mobile", "branch", "atm", "pos", None),
                    "counterparty": one("own", "other", None),
                }
            )
            if rng.random() < 0.1:
                later = rows["transactions"][-1]
                rows["transactions"].append(
                    later | {"known_at": later["known_at"] + timedelta(days=3), "amount_cents": 5}
                )
            rows["events"].append(
                dated(customer)
                | {
                    "event_id": number,
                    "kind": one(
                        "login", "page_view", "page_view", "application_abandoned", "visit"
                    ),
                    "topic": one(*FAMILIES),
                }
            )
        for day in range(0, 300, 1 + customer % 3):
            at = start_of_day(date(2025, 8, 1) + timedelta(day), ZONE)
            for account, family in ((customer, "deposit"), (100 + customer, "wealth")):
                rows["balances"].append(
                    {
                        "account_id": account,
                        "customer_id": customer,
                        "happened_at": at,
                        "known_at": at + timedelta(hours=26),
                        "family": family,
                        "balance_cents": int(rng.integers(0, 5_000_000)),
                        "period_days": 1,
                    }
                )
        for _ in range(6):
            number += 1
            held = dated(customer)
            at = held["happened_at"].date()
            held |= {"holding_id": number, "product_id": 1, "family": one(*FAMILIES)}
            held |= {"opened_on": at, "matures_on": one(None, at + timedelta(200))}
            held |= {"amount_cents": one(None, 100_000)}
            rows["holdings"].append(held)
            if rng.random() < 0.4:
                ended = at + timedelta(int(rng.integers(5, 120)))
                known_end = max(start_of_day(ended, ZONE), held["known_at"]) + timedelta(hours=3)
                rows["holdings"].append(held | {"closed_on": ended, "known_at": known_end})
        for _ in range(25):
            number += 1
            rows["contacts"].append(
                dated(customer)
                | {
                    "contact_id": number,
                    "channel": one("phone", "sms"),
                    "direction": one("outbound", "outbound", "inbound"),
                    "category": one("marketing", "marketing", "service"),
                    "state": "connected",
                    "outcome": one(
                        *("CONNECTED_INTERESTED", "NOT_INTERESTED_OFFER", "REFUSED_ALL"),
                        *("NO_ANSWER", "BUSY", "CLICK", "NOT_NOW", None),
                    ),
                }
            )
            case = dated(customer) | {"case_id": number, "kind": one("complaint", "service")}
            rows["cases"].append(case)
            if rng.random() < 0.6:
                closed = case["known_at"] + timedelta(days=int(rng.integers(1, 60)))
                rows["cases"].append(case | {"closed_at": closed, "known_at": closed})
    bank = a_bank(path, **{name: found for name, found in rows.items() if found})
    return bank, rows


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
    return row["direction"] == "outbound" and row["category"] == "marketing"


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
    return (day - row["birth_date"]).days / 365.25 if "birth_date" in row else row["stated_age"]


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
    "interest_shown": lambda r, _: count(
        r, lambda x: x["outcome"] in ("CONNECTED_INTERESTED", "CLICK")
    ),
    "refusals": lambda r, _: count(
        r, lambda x: x["outcome"] in ("NOT_INTERESTED_OFFER", "REFUSED_ALL")
    ),
    "unanswered_calls": lambda r, _: count(r, lambda x: x["outcome"] in ("NO_ANSWER", "BUSY")),
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


def oracle(item, rows: Rows, day: date) -> float:
    stem = item.name.removesuffix(f"_{item.days}d")
    try:
        return float(ORACLE[stem](rows, day))
    except (IndexError, ZeroDivisionError):
        return NAN


@pytest.mark.parametrize("seed", [1, 2])
def test_every_feature_equals_a_naive_reading_of_the_raw_rows(tmp_path, seed):
    """Each cell of the catalogue, over random facts, ties, late rows and corrections, is right."""
    bank, rows = random_bank(tmp_path / "bank", seed)
    built = as_of(bank, cohort_at(bank, DATES), CATALOG)
    compared = 0
    for line in built.to_pylist():
        for item in CATALOG.features:
            day, customer = line["as_of"], line["customer_id"]
            seen = visible(rows[item.table.name], item.table.name, customer, day, item.days)
            expected = oracle(item, seen, day) if seen or item.unit == "count" else None
            found = line[item.name]
            if expected is None:
                expected = oracle(item, [], day)
            assert found == pytest.approx(expected, rel=1e-12, nan_ok=True), (item.name, line)
            compared += 1
    assert compared == len(CUSTOMERS) * len(DATES) * len(CATALOG.names)


def test_the_catalogue_says_each_feature_in_both_languages():
    """Every feature has a meaning in English and Chinese, and both carry its window."""
    for item in CATALOG.features:
        assert item.meaning.en
        assert any("一" <= sign <= "鿿" for sign in item.meaning.zh), item.name
        if item.days:
            assert str(item.days) in item.meaning.en
            assert str(item.days) in item.meaning.zh


def test_protected_traits_are_no_features():
    """Sex, ethnicity, religion, marital status and health are in no feature's SQL."""
    words = ("sex", "gender", "ethnic", "religio", "health", "marital")
    assert not [name for name in CATALOG.names if any(word in name for word in words)]


def test_the_fingerprint_moves_with_a_features_meaning_in_sql():
    """Two catalogues are told apart by what they compute, not by object identity."""
    fewer = Catalog(CATALOG.features[1:])
    assert fewer.fingerprint != CATALOG.fingerprint
    assert Catalog(CATALOG.features).fingerprint == CATALOG.fingerprint
