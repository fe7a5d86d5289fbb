"""Every feature of the shipped catalogue against a slow, obviously right reading of raw rows."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from builders import a_bank, a_customer
from oracle import ZONE, Rows, oracle

from features.asof import as_of
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.feature import Catalog
from features.tables import FAMILIES, TABLES
from goodcall.calendar import start_of_day

DATES = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 17)]
CUSTOMERS = range(1, 9)


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
                    "state": one("connected", "attempted", "delivered", "cancelled", "planned"),
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


@pytest.mark.parametrize("seed", [1, 2])
def test_every_feature_equals_a_naive_reading_of_the_raw_rows(tmp_path, seed):
    """Each cell of the catalogue, over random facts, ties, late rows and corrections, is right."""
    bank, rows = random_bank(tmp_path / "bank", seed)
    built = as_of(bank, cohort_at(bank, DATES), CATALOG)
    compared = 0
    for line in built.to_pylist():
        for item in CATALOG.features:
            customer, day = line["customer_id"], line["as_of"]
            expected = oracle(item, rows[item.table.name], customer, day)
            assert line[item.name] == pytest.approx(expected, rel=1e-12, nan_ok=True), item.name
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
