"""Contracts of the raw tables: what is refused, what is kept, and that nothing is half-written."""

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import EARLY, a_bank, a_customer, a_table, a_transaction

from features.bank import BankWriter, Manifest, new_bank, open_bank
from features.errors import BankNotFound, BrokenContract
from features.quality.contracts import check_tables

LATER = datetime(2027, 1, 1, tzinfo=UTC)

BROKEN = [
    ({"customers": [a_customer(kind="alien")]}, "kind is not one of retail, private"),
    ({"customers": [a_customer(status=None)]}, "status is empty"),
    ({"customers": [a_customer(), a_customer()]}, "another row has the same customer_id, known_at"),
    ({"customers": [a_customer(happened_at=LATER, known_at=LATER)]}, "after the bank's last day"),
    (
        {"transactions": [a_transaction(happened_at=EARLY, known_at=EARLY - timedelta(1))]},
        "known_at is before happened_at",
    ),
    ({"transactions": [a_transaction(customer_id=9)]}, "customer_id is not in customers"),
]


@pytest.mark.parametrize(("tables", "words"), BROKEN)
def test_a_broken_table_is_refused_with_rows_and_reasons(tmp_path, tables, words):
    """The message names table, reason and the first rows, and nothing is written."""
    with pytest.raises(BrokenContract, match=words) as refused:
        a_bank(tmp_path / "bank", **tables)
    assert "1 row where" in str(refused.value) or "2 rows where" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_bank_leaves_the_old_one_as_it_was(tmp_path):
    """Writing over a bank either succeeds or changes nothing."""
    old = a_bank(tmp_path / "bank", customers=[a_customer(city="Chengdu")])
    before = old.file("customers").read_bytes()
    with pytest.raises(BrokenContract):
        a_bank(tmp_path / "bank", customers=[a_customer(kind="alien")])
    assert old.file("customers").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]


def test_columns_are_held_against_the_contract(tmp_path):
    """Unknown and missing columns, wrong types and unknown tables are refused by name."""
    writer = BankWriter(tmp_path)
    rows = a_table("customers", [a_customer()])
    cases = [
        ("people", rows, "table 'people' has no contract; known: customers"),
        ("customers", rows.append_column("shoe", pa.array([44])), "unknown columns shoe"),
        ("customers", rows.drop_columns(["kind"]), r"column kind \(text\) is missing"),
        (
            "customers",
            rows.set_column(0, "customer_id", pa.array(["a1"])),
            "customers.customer_id does not read as id",
        ),
    ]
    for name, table, words in cases:
        with pytest.raises(BrokenContract, match=words):
            writer.add(name, table)


def test_blocks_of_customers_arrive_in_order(tmp_path):
    """A block with an earlier customer is refused, because files stand sorted by customer."""
    writer = BankWriter(tmp_path)
    writer.add("customers", a_table("customers", [a_customer(5)]))
    with pytest.raises(BrokenContract, match="customer 4 arrives after customer 5"):
        writer.add("customers", a_table("customers", [a_customer(4)]))
    writer.close()


def test_rows_are_sorted_by_customer_and_knowledge(tmp_path):
    """Whatever order rows arrive in, the file stands sorted."""
    rows = [
        a_transaction(3, happened_at=EARLY + timedelta(3)),
        a_transaction(1, happened_at=EARLY + timedelta(1)),
        a_transaction(2, happened_at=EARLY + timedelta(2)),
    ]
    bank = a_bank(tmp_path / "bank", transactions=rows)
    assert bank.read("transactions")["transaction_id"].to_pylist() == [1, 2, 3]


def test_a_table_with_corrections_is_named_in_the_manifest(tmp_path):
    """Two versions of one fact mark their table as versioned; others are not."""
    first = a_transaction(happened_at=EARLY)
    again = first | {"known_at": EARLY + timedelta(days=1), "amount_cents": 1}
    bank = a_bank(tmp_path / "bank", transactions=[first, again])
    assert bank.manifest.versioned == ("transactions",)


def test_a_doubtful_row_is_kept_and_counted(tmp_path):
    """A reference that finds nothing is reported and does not break the bank."""
    bank = a_bank(
        tmp_path / "bank",
        customers=[a_customer(branch_id=77)],
        branches=[{"branch_id": 1, "name": "East", "happened_at": EARLY, "known_at": EARLY}],
    )
    report = check_tables(bank)
    assert not report.broken
    assert [(f.table, f.reason, f.rows) for f in report.findings] == [
        ("customers", "branch_id is not in branches", 1)
    ]


def test_a_file_that_is_no_parquet_or_has_other_types_is_refused(tmp_path):
    """Files that somebody changed behind the contract are found by the check."""
    bank = a_bank(tmp_path / "bank", transactions=[a_transaction()])
    bank.file("transactions").write_bytes(b"not parquet")
    with pytest.raises(BrokenContract, match="is no readable Parquet"):
        check_tables(bank)
    pq.write_table(pa.table({"transaction_id": pa.array(["x"])}), bank.file("transactions"))
    with pytest.raises(BrokenContract, match="transaction_id is string"):
        check_tables(bank)


def test_a_folder_without_a_manifest_is_no_bank(tmp_path):
    """The error says what to do, and other people's files are never overwritten."""
    with pytest.raises(BankNotFound, match="goodcall bank simulate"):
        open_bank(tmp_path)
    (tmp_path / "letter.txt").write_text("mine")
    manifest = Manifest("x", "UTC", "CNY", date(2026, 1, 1), date(2026, 2, 1), "test")
    with (
        pytest.raises(BankNotFound, match="holds files that are no bank"),
        new_bank(tmp_path, manifest),
    ):
        pass
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_manifest_with_an_unknown_zone_is_refused(tmp_path):
    """A zone that is no IANA name is named, also when a file holds it."""
    bank = a_bank(tmp_path / "bank")
    said = json.loads((bank.path / "bank.json").read_text())
    (bank.path / "bank.json").write_text(json.dumps(said | {"zone": "Asia/Atlantis"}))
    with pytest.raises(BrokenContract, match="Atlantis"):
        open_bank(bank.path)
