"""Assets, frequency and contribution: each review's figures against a slow reading of raw rows."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from builders import EARLY, a_bank, a_customer, a_table, a_transaction

from features.bank import Manifest, new_bank, open_bank
from features.tiers.review import tier_history, tiers
from features.tiers.rules import default_tier_rules
from features.tiers.words import explain_tier
from goodcall.calendar import local_date, start_of_day

ZONE = "Europe/Prague"  # its clock changes within the months below
FIRST, LAST = date(2023, 1, 1), date(2024, 4, 30)
RULES = default_tier_rules()


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def random_balances(seed: int):
    """Daily and monthly balances of two customers, some late, some corrected, some missing."""
    rng = np.random.default_rng(seed)
    rows = []
    for account, customer, length in ((10, 1, 1), (11, 1, 40), (20, 2, 1)):
        day = FIRST + timedelta(days=int(rng.integers(0, 20)))
        while day <= LAST:
            begins = start_of_day(day, ZONE)
            known = begins + timedelta(days=length, hours=-2)
            if rng.random() < 0.02:
                known += timedelta(days=int(rng.integers(1, 60)))
            row = {
                "account_id": account,
                "customer_id": customer,
                "happened_at": begins,
                "known_at": known,
                "family": "wealth" if account == 11 else "deposit",
                "balance_cents": int(rng.integers(-50_000, 9_000_000)),
                "period_days": length,
            }
            if rng.random() > 0.01:
                rows.append(row)
            if rng.random() < 0.02:
                again = known + timedelta(days=int(rng.integers(1, 70)), microseconds=1)
                rows.append(row | {"known_at": again, "balance_cents": int(rng.integers(0, 10**9))})
            day += timedelta(days=length)
    return rows


def slow_assets(rows, customer: int, month: date):
    """The month's mean as known at its review, day by day; None where too little is known."""
    after = next_month(month)
    review = start_of_day(after, ZONE)
    latest = {}
    for row in sorted(rows, key=lambda row: row["known_at"]):
        if row["known_at"] < review:
            latest[row["account_id"], row["happened_at"]] = row
    covered, total, mine = set(), 0, 0
    for row in latest.values():
        for step in range(row["period_days"]):
            day = local_date(row["happened_at"], ZONE) + timedelta(days=step)
            if month <= day < after:
                covered.add(day)
                if row["customer_id"] == customer:
                    mine += 1
                    total += row["balance_cents"]
    length = (after - month).days
    if not mine or len(covered) < Fraction(9, 10) * length:
        return None
    return total // len(covered)


@pytest.mark.parametrize("seed", range(3))
def test_assets_are_what_a_slow_reading_gives(tmp_path, seed):
    """Periods across months, late rows, corrections and gaps, in a zone whose clock changes."""
    rows = random_balances(seed)
    manifest = Manifest("random", ZONE, "CNY", FIRST, LAST + timedelta(days=31), "built in a test")
    with new_bank(tmp_path / "b", manifest) as writer:
        people = [a_customer(1), a_customer(2)]
        writer.add("customers", a_table("customers", people))
        writer.add("balances", a_table("balances", rows))
    found = tier_history(open_bank(tmp_path / "b"), LAST + timedelta(days=1)).to_pylist()
    assert len(found) == 2 * 16
    for row in found:
        expected = slow_assets(rows, row["customer_id"], row["month"])
        assert row["assets_mean_cents"] == expected, row


def a_year(path, *, transactions=(), holdings=(), offers=(), balance=3_600_000, without=()):
    """A customer with the same monthly balance for fourteen months from January 2025."""
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(14)]
    balances = [
        {
            "account_id": 10,
            "customer_id": 1,
            "happened_at": start_of_day(day, "Asia/Shanghai"),
            "known_at": start_of_day(next_month(day), "Asia/Shanghai") - timedelta(hours=1),
            "family": "deposit",
            "balance_cents": balance,
            "period_days": (next_month(day) - day).days,
        }
        for day in months
    ]
    tables = {"transactions": transactions, "holdings": holdings, "offers": offers}
    kept = {name: list(rows) for name, rows in tables.items() if name not in without}
    bank = a_bank(path, last_day=date(2026, 2, 28), balances=balances, **kept)
    return bank, tiers(bank, date(2026, 3, 1)).to_pylist()[0]


def own(number: int, when: datetime, **facts):
    return a_transaction(number, happened_at=when, **facts)


INSURANCE = {
    "holding_id": 1,
    "customer_id": 1,
    "happened_at": EARLY,
    "known_at": EARLY,
    "product_id": 7,
    "family": "insurance",
    "opened_on": date(2025, 12, 31),
}
OFFER = {
    "offer_code": "SAFE",
    "product_id": 7,
    "happened_at": EARLY,
    "known_at": EARLY,
    "name_en": "Safe",
    "name_zh": "安心",
    "margin_cents": 36_500,
    "kinds": "retail",
}


def test_frequency_counts_own_transactions_of_three_months(tmp_path):
    """Interest, older months and what became known later do not count."""
    inside = [own(n, datetime(2025, 12, 1 + n, tzinfo=UTC)) for n in range(1, 8)]
    outside = [
        own(20, datetime(2025, 11, 30, 15, tzinfo=UTC)),
        own(21, datetime(2026, 1, 5, tzinfo=UTC), initiated_by="bank", kind="interest"),
        own(
            22,
            datetime(2026, 2, 5, tzinfo=UTC),
            known_at=datetime(2026, 3, 5, tzinfo=UTC),
        ),
    ]
    _, row = a_year(tmp_path / "b", transactions=[*inside, *outside])
    assert row["transactions_a_month"] == pytest.approx(7 / 3)


def test_contribution_is_margin_on_assets_fees_and_products(tmp_path):
    """36,000 yuan at 1.2 % for a year, a fee of 20 yuan, 60 of 365 days of an insurance."""
    fee = own(1, datetime(2025, 6, 1, tzinfo=UTC), kind="fee", amount_cents=-2_000)
    _, row = a_year(tmp_path / "b", transactions=[fee], holdings=[INSURANCE], offers=[OFFER])
    assert row["contribution_cents"] == round(3_600_000 * 0.012 + 2_000 + 36_500 * 60 / 365)


def test_contribution_is_not_known_where_a_table_or_a_margin_lacks(tmp_path):
    """Never zero: no holdings, no transactions, or a product that no offer prices."""
    for missing in ("holdings", "transactions"):
        _, row = a_year(tmp_path / missing, without=(missing,))
        assert row["contribution_cents"] is None
    _, row = a_year(tmp_path / "offers", holdings=[INSURANCE], without=("offers",))
    assert row["contribution_cents"] is None
    _, row = a_year(tmp_path / "nothing held", without=("offers",))
    assert row["contribution_cents"] == round(3_600_000 * 0.012)


def test_a_new_customer_contributed_nothing_before_joining(tmp_path):
    """Four months of 36,000 yuan are a third of a year's margin; the months before are zero."""
    joined = datetime(2025, 11, 10, tzinfo=UTC)
    bank, _ = a_year(tmp_path / "old")
    tables = {name: bank.read(name).to_pylist() for name in bank.tables}
    tables["balances"] = [r for r in tables["balances"] if r["known_at"] > joined]
    tables["customers"] = [a_customer(happened_at=joined, known_at=joined)]
    new = a_bank(tmp_path / "new", last_day=date(2026, 2, 28), **tables)
    row = tiers(new, date(2026, 3, 1)).to_pylist()[0]
    assert row["contribution_cents"] == round(3_600_000 * 0.012 * 4 / 12)


def test_frequency_and_contribution_raise_a_tier(tmp_path):
    """36,000 yuan alone are mass; a customer who deals and earns as the rule asks is gold."""
    deals = [own(n, datetime(2026, 1, 1, n % 20, n, tzinfo=UTC)) for n in range(36)]
    fee = own(90, datetime(2025, 6, 1, tzinfo=UTC), kind="fee", amount_cents=-76_800)
    _, row = a_year(tmp_path / "b", transactions=[*deals, fee])
    assert (row["by_assets"], row["earned"], row["tier"]) == ("mass", "gold", "gold")
    assert row["contribution_cents"] == 120_000
    _, fewer = a_year(tmp_path / "c", transactions=[*deals[:35], fee])
    assert fewer["earned"] == "mass"
    _, less = a_year(tmp_path / "d", transactions=[*deals, fee | {"amount_cents": -76_700}])
    assert less["earned"] == "mass"


def test_the_explanation_names_all_three_measures(tmp_path):
    """Figures where they are known, words where they are not, in both languages."""
    deals = [own(n, datetime(2026, 1, 1, n % 20, n, tzinfo=UTC)) for n in range(36)]
    fee = own(90, datetime(2025, 6, 1, tzinfo=UTC), kind="fee", amount_cents=-76_800)
    _, row = a_year(tmp_path / "b", transactions=[*deals, fee])
    said = explain_tier(row, RULES)
    for words in ("CNY 36,000", "12.0 own transactions a month", "CNY 1,200", "raise", "assumed"):
        assert words in said.en
    for words in ("36,000元", "12.0笔", "1,200元", "提升", "假设"):
        assert words in said.zh
    _, row = a_year(tmp_path / "c", without=("transactions",))
    said = explain_tier(row, RULES)
    assert "transaction frequency is not known" in said.en
    assert "近12个月贡献未知" in said.zh


def test_later_facts_move_no_earlier_tier(tmp_path):
    """Every row of every later month, multiplied by a thousand, leaves the history as it was."""
    bank, _ = a_year(tmp_path / "b")
    day = date(2025, 9, 1)
    before = tier_history(bank, day)
    tables = {name: bank.read(name).to_pylist() for name in bank.tables}
    for row in tables["balances"]:
        if row["known_at"] >= start_of_day(day, "Asia/Shanghai"):
            row["balance_cents"] *= 1_000
    other = a_bank(tmp_path / "c", last_day=date(2026, 2, 28), **tables)
    assert tier_history(other, date(2026, 3, 1)) != tier_history(bank, date(2026, 3, 1))
    assert tier_history(other, day).equals(before)
