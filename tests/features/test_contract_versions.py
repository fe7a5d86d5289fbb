"""A bank stays readable while the contracts of its raw tables grow."""

import json
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import EARLY, a_bank, a_customer, a_table, a_transaction

from features import TABLES, Catalog, as_of, check_tables, cohort_at, feature, open_bank
from features.bank import missing_columns
from features.contract import Column
from features.errors import BrokenContract
from features.tables import CONTRACT_VERSION
from goodcall.language import Text

DAY = date(2026, 7, 1)
LATER = Column("merchant", "text", Text("who was paid", "商户"), allowed=("shop",), since=2)
GROWN = replace(TABLES["transactions"], columns=(*TABLES["transactions"].columns, LATER))


@feature(GROWN, windows=(30,), zh="支出笔数", concept="spending", unit="count", purpose="service")
def payments(tx):
    """Payments made."""
    return tx.count()


@feature(GROWN, windows=(30,), zh="商户支出", concept="spending", unit="count", purpose="service")
def shopping(tx):
    """Payments to a shop."""
    return tx.count(where=tx.merchant == "shop")


def added(name):
    """The columns that today's contract of a table has and the first had not."""
    return {column.name for column in TABLES[name].columns if column.since > 1}


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A bank as the first contracts had it, read by a release whose transactions have grown."""
    folder = tmp_path / "old"
    folder.mkdir()
    happened = EARLY.replace(year=2026, month=6, day=15)
    rows = {
        "customers": a_table("customers", [a_customer()]),
        "transactions": a_table("transactions", [a_transaction(happened_at=happened)]),
    }
    for name, found in rows.items():
        first = pa.schema([f for f in TABLES[name].schema if f.name not in added(name)])
        whole = pa.Table.from_pylist(found.to_pylist(), schema=first)
        pq.write_table(whole, folder / f"{name}.parquet")
    said = {"name": "old", "zone": "Asia/Shanghai", "currency": "CNY", "source": "a first release"}
    days = {"first_day": "2020-01-01", "last_day": "2026-12-31"}
    (folder / "bank.json").write_text(json.dumps(said | days | {"versioned": []}))
    monkeypatch.setitem(TABLES, "transactions", GROWN)
    return folder


def test_a_bank_without_a_version_is_of_the_first(old):
    """It opens, and its later column reads as null."""
    bank = open_bank(old)
    assert bank.manifest.contract == 1
    assert missing_columns(bank, GROWN) == (LATER,)
    rows = bank.read("transactions")
    assert rows.column_names == [column.name for column in GROWN.columns]
    assert rows["merchant"].to_pylist() == [None]


def test_an_old_bank_keeps_its_own_contract(old):
    """The check holds it against the contracts that it was written under, and nothing is broken."""
    assert check_tables(open_bank(old)).findings == ()


def test_an_old_bank_gives_features(old):
    """A feature of a later column counts nothing, and one of the first columns is as before."""
    bank = open_bank(old)
    table = as_of(bank, cohort_at(bank, (DAY,)), Catalog((*payments, *shopping)))
    assert table["payments_30d"].to_pylist() == [1.0]
    assert table["shopping_30d"].to_pylist() == [0.0]


def test_an_old_bank_lacks_only_what_came_later(old):
    """A column that the first contracts had is still missed."""
    file = old / "transactions.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["planned"]), file)
    with pytest.raises(BrokenContract, match=r"transactions: column planned \(flag\) is missing"):
        check_tables(open_bank(old))


def test_a_new_bank_says_its_version_and_has_every_column(tmp_path):
    """What is written today is of today's contracts, whatever manifest it was made from."""
    bank = a_bank(tmp_path / "bank", transactions=[a_transaction()])
    assert json.loads((bank.path / "bank.json").read_text())["contract"] == CONTRACT_VERSION
    assert missing_columns(bank, TABLES["transactions"]) == ()


def test_a_bank_of_later_contracts_is_refused(tmp_path):
    """The message says which versions are read, and to upgrade."""
    bank = a_bank(tmp_path / "bank")
    said = json.loads((bank.path / "bank.json").read_text())
    later = CONTRACT_VERSION + 1
    (bank.path / "bank.json").write_text(json.dumps(said | {"contract": later}))
    with pytest.raises(
        BrokenContract,
        match=f"version {later} .*reads versions 1 to {CONTRACT_VERSION}; upgrade goodcall",
    ):
        open_bank(bank.path)


def test_a_column_that_came_later_is_never_required():
    """Or banks of before would be broken for lack of what nobody asked them for."""
    for table in TABLES.values():
        for column in table.columns:
            assert 1 <= column.since <= CONTRACT_VERSION
            assert column.since == 1 or not (column.required or column.name in table.key)
