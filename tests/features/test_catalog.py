"""Every feature of the shipped catalogue against a slow, obviously right reading of raw rows."""

from datetime import date, timedelta

import pytest
from builders import a_bank, a_customer, a_transaction
from oracle import oracle
from random_bank import CUSTOMERS, DATES, random_bank

from features.asof import as_of
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.concepts import CONCEPTS
from features.feature import Catalog
from features.measure import terms
from goodcall.calendar import start_of_day


@pytest.mark.parametrize(("seed", "zone"), [(1, "Asia/Shanghai"), (2, "Europe/Prague")])
def test_every_feature_equals_a_naive_reading_of_the_raw_rows(tmp_path, seed, zone):
    """Each cell of the catalogue, over random facts, ties, late rows and corrections, is right."""
    bank, rows = random_bank(tmp_path / "bank", seed, zone=zone)
    built = as_of(bank, cohort_at(bank, DATES), CATALOG)
    assert _compared(built, rows, zone) == len(CUSTOMERS) * len(DATES) * len(CATALOG.names)
    flat = [name for name in CATALOG.names if len(built[name].unique()) == 1]
    assert not flat, "the random bank does not move every feature"


def test_what_a_bank_lacks_is_missing_in_every_feature_that_reads_it(tmp_path):
    """With transactions and no more, what reads another table is missing; the rest stays right."""
    has = ("customers", "transactions")
    bank, rows = random_bank(tmp_path / "bank", 3, zone="Asia/Shanghai", tables=has)
    built = as_of(bank, cohort_at(bank, DATES), CATALOG)
    assert _compared(built, rows, "Asia/Shanghai") == len(built) * len(CATALOG.names)
    assert all(str(value) == "nan" for value in built["inactive_90d"].to_pylist())


def _compared(built, rows, zone) -> int:
    """How many cells equal the oracle; the first that does not is named."""
    cells = 0
    for line in built.to_pylist():
        customer, day = line["customer_id"], line["as_of"]
        mine = {
            name: [row for row in found if row.get("customer_id") == customer] or found
            for name, found in rows.items()
        }
        for item in CATALOG.features:
            expected = oracle(item, mine, customer, day, zone)
            assert line[item.name] == pytest.approx(expected, rel=1e-9, nan_ok=True), item.name
            cells += 1
    return cells


@pytest.mark.parametrize(("ago", "inactive"), [(89, 0.0), (90, 0.0), (91, 1.0)])
@pytest.mark.parametrize("act", ["login", "transaction"])
def test_three_months_without_a_sign_of_life_are_inactivity(tmp_path, ago, inactive, act):
    """A login or an own transaction 90 days before as_of still counts; one of day 91 does not."""
    day = date(2026, 6, 1)
    noon = start_of_day(day - timedelta(ago), "Asia/Shanghai") + timedelta(hours=12)
    long_ago = noon - timedelta(days=400)
    event = {"customer_id": 1, "kind": "login"}
    at_login, at_posting = (noon, long_ago) if act == "login" else (long_ago, noon)
    others = a_transaction(2, happened_at=noon + timedelta(hours=1), initiated_by="bank")
    bank = a_bank(
        tmp_path / "bank",
        customers=[a_customer()],
        events=[event | {"event_id": 1, "happened_at": at_login, "known_at": at_login}],
        transactions=[a_transaction(happened_at=at_posting), others],
    )
    found = as_of(bank, cohort_at(bank, [day]), CATALOG)
    assert found["inactive_90d"].to_pylist() == [inactive]


def test_the_catalogue_says_each_feature_in_both_languages():
    """Every feature has a meaning in English and Chinese, and both carry its window."""
    for item in CATALOG.features:
        assert item.meaning.en
        assert any("一" <= sign <= "鿿" for sign in item.meaning.zh), item.name
        if item.days:
            assert str(item.days) in item.meaning.en, item.name
            assert str(item.days) in item.meaning.zh, item.name


def test_no_two_features_say_the_same():
    """A reason names one column: no meaning stands twice, in either language."""
    for tongue in ("en", "zh"):
        meanings = [item.meaning.to(tongue) for item in CATALOG.features]
        assert len(set(meanings)) == len(meanings)


def test_every_concept_has_a_name_in_both_languages():
    """Features are summed under the concepts that are named, and every named one is in use."""
    assert {item.concept for item in CATALOG.features} == set(CONCEPTS)
    assert len({name.zh for name in CONCEPTS.values()}) == len(CONCEPTS)
    assert all(name.en == key for key, name in CONCEPTS.items())


def test_features_of_the_large_tables_merge():
    """What reads balances, transactions, events or contacts can be kept fresh row by row."""
    large = ("balances", "transactions", "events", "contacts")
    assert not [f.name for f in CATALOG.features if f.table.name in large and terms(f) is None]


def test_protected_traits_are_no_features():
    """Sex, ethnicity, religion, marital status and health are in no feature's name or SQL."""
    words = ("sex", "gender", "ethnic", "religio", "health", "marital")
    assert not [name for name in CATALOG.names if any(word in name for word in words)]
    assert not [f.name for f in CATALOG.features if any(word in str(f.value) for word in words)]


def test_the_fingerprint_moves_with_a_features_meaning_in_sql():
    """Two catalogues are told apart by what they compute, not by object identity."""
    fewer = Catalog(CATALOG.features[:-1])
    assert fewer.fingerprint != CATALOG.fingerprint
    assert Catalog(CATALOG.features).fingerprint == CATALOG.fingerprint
