"""A bank that grew is the bank that was written at once, and one that could not grow is the old."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from builders import EARLY, Row, a_bank, a_customer, a_table, a_transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from features import growing
from features.bank import Bank, Manifest, new_bank, open_bank
from features.errors import BankNotFound, BrokenContract
from features.growing import grow_bank
from features.quality.contracts import check_tables

FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 31)
LATER = datetime(2026, 3, 10, tzinfo=UTC)


def february(path: Path, **tables: list[Row]) -> Bank:
    """A bank of two customers up to the end of February."""
    tables.setdefault("customers", [a_customer(1), a_customer(2)])
    return a_bank(path, last_day=FEBRUARY, **tables)


def grown(bank: Bank, last_day: date = MARCH, **tables: list[Row]) -> Bank:
    """The bank after it grew by some rows."""
    with grow_bank(bank.path, replace(bank.manifest, last_day=last_day)) as growth:
        for name, rows in tables.items():
            growth.add(name, a_table(name, rows))
    return open_bank(bank.path)


def told(bank: Bank) -> dict[str, pa.Table]:
    """Every raw table of a bank, in the order in which it stands."""
    return {name: bank.read(name) for name in bank.tables}


def files(bank: Bank) -> dict[str, bytes]:
    """What is in a bank's folder, but for the lock of those who let it grow."""
    return {
        file.name: file.read_bytes()
        for file in bank.path.iterdir()
        if file.name != ".bank.json.lock"
    }


@settings(max_examples=8)
@given(
    rows=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2 * 86_400)), max_size=40),
    stretch=st.integers(1, 8),
)
def test_a_bank_that_grew_is_the_bank_written_at_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]], stretch: int
) -> None:
    """Row by row in the order of the files, whichever days the rows are of.

    However few rows of the old file are read at a time, also fewer than one customer's.
    """
    folder, opening = tmp_path_factory.mktemp("grown"), datetime(2026, 3, 1, tzinfo=UTC)
    facts = [
        a_transaction(n, customer_id=who, happened_at=opening + timedelta(seconds=second))
        for n, (who, second) in enumerate(rows)
    ]
    people = [a_customer(who) for who in range(1, 7)]
    whole = a_bank(folder / "whole", zone="UTC", customers=people, transactions=facts)
    bank = a_bank(folder / "bank", zone="UTC", last_day=FEBRUARY, customers=people, transactions=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "_ROWS_AT_ONCE", stretch)
        for number in range(3):
            day = date(2026, 3, 1 + number)
            mine = [row for row in facts if row["known_at"].date() == day]
            bank = grown(bank, day, transactions=mine)
    assert told(bank) == told(whole)
    assert check_tables(bank) == check_tables(whole)
    assert bank.manifest.versioned == whole.manifest.versioned


def test_only_what_grows_is_written_anew(tmp_path: Path) -> None:
    """A table without new rows keeps its file; what a table outgrew stays for one more growth."""
    bank = february(tmp_path / "bank", transactions=[a_transaction()])
    before = files(bank)
    after = grown(bank, transactions=[a_transaction(2, happened_at=LATER)], customers=[])
    assert set(files(after)) == {
        "bank.json",
        "customers.parquet",
        "transactions.parquet",
        "transactions-2026-03-31.parquet",
    }
    assert files(after)["customers.parquet"] == before["customers.parquet"]
    assert after.manifest == replace(
        bank.manifest, last_day=MARCH, files={"transactions": "transactions-2026-03-31.parquet"}
    )


def test_a_grown_bank_can_be_read_by_whom_the_old_one_could(tmp_path: Path) -> None:
    """A new manifest lets in whom the old one did."""
    bank = february(tmp_path / "bank")
    (bank.path / "bank.json").chmod(0o640)
    grown(bank, transactions=[a_transaction(happened_at=LATER)])
    assert (bank.path / "bank.json").stat().st_mode & 0o777 == 0o640


def test_a_later_version_of_a_row_marks_its_table(tmp_path: Path) -> None:
    """Versions of one fact are told although they came in different months."""
    first = a_transaction(happened_at=EARLY)
    bank = february(tmp_path / "bank", transactions=[first])
    after = grown(bank, transactions=[first | {"known_at": LATER, "amount_cents": 1}])
    assert after.manifest.versioned == ("transactions",)


def test_who_opened_a_bank_before_it_grew_reads_what_it_was(tmp_path: Path) -> None:
    """Its files stay until the next growth; after that the reader is told, and no row is lost."""
    bank = february(tmp_path / "bank", transactions=[a_transaction()])
    before = told(bank)
    between = grown(bank, transactions=[a_transaction(2, happened_at=LATER)])
    assert told(bank) == before
    april = datetime(2026, 4, 10, tzinfo=UTC)
    after = grown(between, date(2026, 4, 30), transactions=[a_transaction(3, happened_at=april)])
    assert len(between.read("transactions")) == 2
    assert len(after.read("transactions")) == 3
    with pytest.raises(BrokenContract, match=r"transactions\.parquet.* open the bank anew"):
        bank.read("transactions")
    assert bank.read("events").num_rows == 0


def test_a_file_that_the_manifest_names_is_there(tmp_path: Path) -> None:
    """Where somebody removed it no table is empty instead, and the bank does not grow past it."""
    bank = grown(february(tmp_path / "bank"), transactions=[a_transaction(happened_at=LATER)])
    bank.file("transactions").unlink()
    again = open_bank(bank.path)
    with pytest.raises(BrokenContract, match="is not there"):
        again.files("transactions")
    april = datetime(2026, 4, 10, tzinfo=UTC)
    with pytest.raises(BrokenContract, match="is not there"):
        grown(again, date(2026, 4, 30), transactions=[a_transaction(2, happened_at=april)])


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


MOMENTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "while a file is written": lambda patch: patch.setattr(growing, "_write", _killed),
    "before a file is on the disk": lambda patch: patch.setattr(growing.os, "fsync", _killed),
    "while rows are checked": lambda patch: patch.setattr(growing, "check_tables", _killed),
    "before the manifest": lambda patch: patch.setattr(growing, "manifest_text", _killed),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_bank_killed_while_it_grows_is_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Its readers find the old rows under the old manifest; it grows again and leaves nothing."""
    bank = february(tmp_path / "bank", transactions=[a_transaction()])
    before, rows = told(bank), [a_transaction(2, happened_at=LATER)]
    with monkeypatch.context() as patch:
        patch.setattr(growing, "_clear", lambda _: None)
        MOMENTS[moment](patch)
        with pytest.raises(KeyboardInterrupt):
            grown(bank, transactions=rows)
    (bank.path / ".bank.json.half.draft").write_text("{")
    stands = open_bank(bank.path)
    assert (stands.manifest, told(stands)) == (bank.manifest, before)
    after = grown(bank, date(2026, 4, 30), transactions=rows)
    assert len(after.read("transactions")) == 2
    assert set(files(after)) == {
        "bank.json",
        "customers.parquet",
        "transactions.parquet",
        "transactions-2026-04-30.parquet",
    }


def test_a_bank_killed_after_it_grew_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it outgrew may still lie there, and nobody reads it."""
    bank = february(tmp_path / "bank", transactions=[a_transaction()])
    with monkeypatch.context() as patch:
        patch.setattr(growing, "_clear", _killed)
        with pytest.raises(KeyboardInterrupt):
            grown(bank, transactions=[a_transaction(2, happened_at=LATER)])
    assert bank.file("transactions").exists()
    assert open_bank(bank.path).read("transactions")["transaction_id"].to_pylist() == [1, 2]


BROKEN = [
    (
        {"transactions": [a_transaction(customer_id=None, happened_at=LATER)]},
        "customer_id is empty",
    ),
    ({"transactions": [a_transaction(customer_id=9, happened_at=LATER)]}, "is not in customers"),
    ({"transactions": [a_transaction(1, happened_at=LATER, amount_cents=None)]}, "is empty"),
    ({"customers": [a_customer(1)]}, "customers: 1 row known by 2026-02-28, the last day"),
]


@pytest.mark.parametrize(("tables", "words"), BROKEN)
def test_broken_rows_leave_the_bank_as_it_was(
    tmp_path: Path, tables: dict[str, list[Row]], words: str
) -> None:
    """They are refused with rows and reasons, and nothing of them stays."""
    bank = february(tmp_path / "bank", transactions=[a_transaction()])
    before = files(bank)
    with pytest.raises(BrokenContract, match=words):
        grown(bank, **tables)
    assert files(bank) == before


def test_a_table_without_a_contract_is_refused(tmp_path: Path) -> None:
    """By name, with those that are known."""
    bank = february(tmp_path / "bank")
    with (
        pytest.raises(BrokenContract, match="table 'people' has no contract; known: customers"),
        grow_bank(bank.path, replace(bank.manifest, last_day=MARCH)) as growth,
    ):
        growth.add("people", pa.table({}))


OTHERS = [
    ({"name": "another"}, "it cannot grow into another, Asia/Shanghai, CNY, 2020-01-01"),
    ({"first_day": date(2021, 1, 1)}, "name, zone, currency and first day stay"),
    ({"last_day": FEBRUARY}, "reaches to 2026-02-28 already"),
]


@pytest.mark.parametrize(("said", "words"), OTHERS)
def test_a_bank_grows_into_itself_on_a_later_day(
    tmp_path: Path, said: dict[str, object], words: str
) -> None:
    """Another bank's manifest, or one of a day that is covered already, is refused."""
    bank = february(tmp_path / "bank")
    asked: Manifest = replace(bank.manifest, **({"last_day": MARCH} | said))  # type: ignore[arg-type]
    with pytest.raises(BrokenContract, match=words), grow_bank(bank.path, asked):
        pass


def test_a_bank_of_earlier_contracts_is_written_anew(tmp_path: Path) -> None:
    """Its tables lack columns, so rows of today's contracts do not join them."""
    bank = february(tmp_path / "bank")
    manifest = bank.path / "bank.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"contract": 1}))
    asked = replace(bank.manifest, last_day=MARCH)
    with (
        pytest.raises(BrokenContract, match="version 1 of the contracts"),
        grow_bank(bank.path, asked),
    ):
        pass


def test_where_no_bank_is_none_grows(tmp_path: Path) -> None:
    """And nothing is made there."""
    bank = february(tmp_path / "bank")
    with pytest.raises(BankNotFound), grow_bank(tmp_path / "none", bank.manifest):
        pass
    assert not (tmp_path / "none").exists()


def test_a_grown_bank_is_written_over_by_a_new_one(tmp_path: Path) -> None:
    """A new bank under a grown one's manifest has files of its own."""
    bank = grown(february(tmp_path / "bank"), transactions=[a_transaction(happened_at=LATER)])
    before = told(bank)
    with new_bank(bank.path, bank.manifest) as writer:
        for name, rows in before.items():
            writer.add(name, rows)
    again = open_bank(bank.path)
    assert told(again) == before
    assert again.manifest.files == {}


@pytest.mark.parametrize("name", ["../customers.parquet", "/etc/passwd", "customers.csv", ".."])
def test_a_manifest_names_files_of_its_own_folder_alone(tmp_path: Path, name: str) -> None:
    """A manifest that somebody changed leads to no file elsewhere."""
    bank = february(tmp_path / "bank")
    said = json.loads((bank.path / "bank.json").read_text("utf-8"))
    said["files"] = {"customers": name}
    (bank.path / "bank.json").write_text(json.dumps(said), "utf-8")
    with pytest.raises(BrokenContract, match="which is no file of the bank's"):
        open_bank(bank.path)
