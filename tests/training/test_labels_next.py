"""What customers open next, and what they bring: several families at once, and cents."""

from datetime import date, timedelta

import numpy as np
import pytest
from builders import a_bank, a_customer, a_transaction
from labelled import (
    AS_OF,
    CUT,
    DAY,
    SECOND,
    a_balance,
    a_cohort,
    a_holding,
    at,
    daily,
)
from outcome_oracle import OPEN_END, Tale
from random_bank import CUSTOMERS, random_bank

from goodcall.vocabulary import FAMILIES
from training.definitions.definition import (
    EffectLabel,
    GrowthLabel,
    Horizon,
    LeavingEvents,
    NeedEvents,
    NextProduct,
    PurchaseEvents,
    PurchaseLabel,
)
from training.definitions.settings import default_labels, shipped_labels
from training.labels import events, future_margin, label, next_products
from training.outcomes.told import kept

DAYS = (date(2025, 10, 26), date(2025, 12, 1), date(2026, 3, 1), date(2026, 3, 30))
PAIRS = [(customer, day) for day in DAYS for customer in CUSTOMERS]


def shelf(bank, definition, as_of=AS_OF):
    """What one customer opens, holds and is sold, or why there is no row."""
    found = next_products(bank, a_cohort((1, as_of)), definition)
    if found.rows.num_rows:
        return tuple(each[0].tolist() for each in (found.opened, found.held, found.served))
    (reason,) = found.excluded
    return reason


def test_every_family_is_told_at_once(tmp_path):
    """Opened within the horizon, held before, and sold to this kind, family by family."""
    rows = [
        a_holding(CUT, number=1, family="fund"),
        a_holding(CUT - SECOND, number=2, family="wealth"),
        a_holding(CUT + 89 * DAY, number=3, family="wealth"),
        a_holding(CUT + 90 * DAY, number=4, family="insurance"),
    ]
    definition = NextProduct(
        ("wealth", "fund", "insurance", "business_loan"),
        sold_to={"business_loan": ("corporate",), "fund": ("retail", "private")},
    )
    bank = a_bank(tmp_path / "bank", holdings=rows)
    opened, held, served = shelf(bank, definition)
    assert opened == [False, True, False, False]
    assert held == [True, False, False, False]
    assert served == [True, True, True, False]


def test_to_whom_nothing_is_left_to_sell_is_left_out(tmp_path):
    """Every family held, or meant for other kinds."""
    bank = a_bank(tmp_path / "bank", holdings=[a_holding(CUT - DAY)])
    firms = {"business_loan": ("corporate",)}
    assert shelf(bank, NextProduct(("fund", "business_loan"), sold_to=firms)) == (
        "nothing left to sell"
    )
    last = AS_OF + 89 * DAY
    short = a_bank(tmp_path / "short", holdings=[], last_day=last - DAY)
    assert shelf(short, NextProduct()) == "censored"
    whole = a_bank(tmp_path / "whole", holdings=[], last_day=last)
    assert shelf(whole, NextProduct())[0] == [False] * len(FAMILIES)


def slow_shelf(definition, tale):
    """Families opened and held, read holding by holding."""
    held, opened = set(), set()
    for row in tale.then("holdings"):
        if (row.get("closed_on") or OPEN_END) >= tale.as_of:
            held.add(row["family"])
    edges = [tale.midnight(day) for day in (tale.as_of, definition.horizon.after(tale.as_of))]
    for row in tale.today("holdings"):
        if edges[0] <= tale.begun("holdings", row) < edges[1]:
            opened.add(row["family"])
    return opened - held, held


@pytest.mark.parametrize("zone", ["Europe/Prague", "America/New_York"])
def test_the_shelf_equals_a_slow_reading_and_every_purchase_label(tmp_path, zone):
    """On random holdings each family's column is that family's label of yes and no."""
    bank, rows = random_bank(tmp_path / "bank", 5, zone=zone)
    definition = NextProduct(FAMILIES[:5], Horizon(40), {"fund": ("retail", "private")})
    found = next_products(bank, a_cohort(*PAIRS), definition)
    pairs = [tuple(row.values()) for row in found.rows.to_pylist()]
    assert set(pairs) < set(PAIRS)
    for number, pair in enumerate(pairs):
        opened, held = slow_shelf(definition, Tale(rows, zone, *pair))
        told = [found.opened[number], found.held[number]]
        assert told[0].tolist() == [family in opened for family in definition.families]
        assert told[1].tolist() == [family in held for family in definition.families]
    for place, family in enumerate(definition.families):
        kinds = definition.sold_to.get(family, ())
        one = label(bank, a_cohort(*PAIRS), PurchaseLabel(family, Horizon(40), kinds))
        asked = found.served[:, place] & ~found.held[:, place]
        assert one.rows["y"].to_pylist() == found.opened[asked, place].tolist()
    assert found.opened.any()
    assert not found.served[:, 2].all()


def margin(bank, definition, as_of=AS_OF, customer=1):
    """What one customer brings in cents, or why it cannot be told."""
    found = future_margin(bank, a_cohort((customer, as_of)), definition)
    if found.rows.num_rows:
        return found.rows["margin_cents"][0].as_py()
    (reason,) = found.excluded
    return reason


MONTH = GrowthLabel(Horizon(30), deposit_margin_bps=150, wealth_margin_bps=60)


def test_margin_is_balances_at_their_rates_and_what_is_paid(tmp_path):
    """365,000 yuan of deposits at 1.5 % earn 15 yuan a day; wealth its own rate; fees add."""
    rows = daily(AS_OF - 5 * DAY, AS_OF + 35 * DAY, 365_000)
    rows += [
        row | {"account_id": 2, "family": "wealth", "balance_cents": 36_500_000} for row in rows
    ]
    rows += [row | {"account_id": 3, "balance_cents": -(10**9)} for row in rows[:40]]
    facts = [
        (0, -1_000, "fee"),
        (29, -20, "interest"),
        (29, 7_000, "interest"),
        (30, -500, "fee"),
        (-1, -500, "fee"),
        (3, 400, "fee"),
        (3, -9_999, "bill"),
    ]
    paid = [
        a_transaction(number, happened_at=at(day), amount_cents=cents, kind=kind)
        for number, (day, cents, kind) in enumerate(facts)
    ]
    bank = a_bank(tmp_path / "bank", balances=rows, transactions=paid)
    assert margin(bank, MONTH) == 30 * (1_500 + 600) + 1_000 + 20 - 400


@pytest.mark.parametrize(
    ("balances", "transactions", "expected"),
    [(30, 29, 0), (29, 29, "censored"), (30, 28, "censored"), (30, None, 0)],
)
def test_margin_is_censored_where_a_table_ends(tmp_path, balances, transactions, expected):
    """Balances must cover the horizon, and transactions too where the bank has any."""
    tables = {"balances": daily(AS_OF, AS_OF + balances * DAY, 0)}
    if transactions is not None:
        tables["transactions"] = [a_transaction(happened_at=at(transactions))]
    assert margin(a_bank(tmp_path / "bank", **tables), MONTH) == expected


def test_a_month_of_average_balances_earns_by_its_days(tmp_path):
    """A monthly average counts for the days of it that lie within the horizon."""
    rows = [
        a_balance(at(-28), 99, days=28),
        a_balance(at(0), 365_000, days=31),
        a_balance(at(31), 730_000, days=30),
    ]
    bank = a_bank(tmp_path / "bank", balances=rows)
    assert margin(bank, GrowthLabel(Horizon(40))) == 31 * 1_500 + 9 * 3_000
    assert margin(bank, GrowthLabel(Horizon(40), kinds=("private",))) == "another kind"


def test_margin_equals_a_slow_reading(tmp_path):
    """Random balances of several days each and corrected payments, day by day."""
    zone = "America/New_York"
    bank, rows = random_bank(tmp_path / "bank", 6, zone=zone)
    definition = GrowthLabel(Horizon(2, "months"), 170, 45)
    found = future_margin(bank, a_cohort(*PAIRS), definition).rows
    rates = {"deposit": 170, "wealth": 45}
    values = []
    for row in found.to_pylist():
        tale = Tale(rows, zone, row["customer_id"], row["as_of"])
        end = definition.horizon.after(tale.as_of)
        parts = 0
        for balance in tale.today("balances"):
            begun = tale.local(balance["happened_at"])
            days = [begun + timedelta(days=number) for number in range(balance["period_days"])]
            inside = sum(tale.as_of <= day < end for day in days)
            parts += max(balance["balance_cents"], 0) * inside * rates[balance["family"]]
        paid = [
            -each["amount_cents"]
            for each in tale.between("transactions", 0, (end - tale.as_of).days)
            if each["kind"] == "fee" or (each["kind"] == "interest" and each["amount_cents"] < 0)
        ]
        values.append(round(parts / 3_650_000) + sum(paid))
    assert found["margin_cents"].to_pylist() == values
    assert len(set(values)) > 10


def test_each_row_is_left_out_for_its_first_reason_only():
    """Rows kept and rows left out add up, whatever the reasons."""
    rng = np.random.default_rng(0)
    flags = [(name, rng.random(200) < 0.3) for name in ("b", "a", "longer than the others")]
    found = kept(200, flags)
    slow = [next((name for name, applies in flags if applies[row]), "") for row in range(200)]
    assert found.places.tolist() == [row for row in range(200) if not slow[row]]
    assert dict(found.excluded) == {name: slow.count(name) for name in set(slow) - {""}}
    assert kept(3, []).places.tolist() == [0, 1, 2]


def test_another_customers_facts_are_not_ones_own(tmp_path):
    """Customers between whom others stand in the tables are told apart."""
    rows = [
        a_holding(CUT, number=number, family="fund") | {"customer_id": number}
        for number in (1, 2, 4)
    ]
    customers = [a_customer(number) for number in range(1, 6)]
    bank = a_bank(tmp_path / "bank", customers=customers, holdings=rows)
    found = next_products(
        bank, a_cohort((5, AS_OF), (4, AS_OF), (1, AS_OF)), NextProduct(("fund",))
    )
    assert found.opened[:, 0].tolist() == [False, True, True]


def test_nobody_asked_about_is_nobody_told(tmp_path):
    """An empty cohort has empty outcomes of every kind."""
    bank, _ = random_bank(tmp_path / "bank", 7, zone="Asia/Shanghai")
    for definition in (*default_labels(), *shipped_labels("all_labels.toml")):
        if isinstance(definition, EffectLabel):
            continue  # it asks about the rows of a lot, never about a cohort
        tell = label
        if isinstance(definition, LeavingEvents | NeedEvents | PurchaseEvents):
            tell = events
        elif isinstance(definition, NextProduct | GrowthLabel):
            tell = next_products if isinstance(definition, NextProduct) else future_margin
        found = tell(bank, a_cohort(), definition)
        assert found.rows.num_rows == 0
        assert not found.excluded
