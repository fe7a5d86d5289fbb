"""Contacts made through Goodcall add to the bank's own: by contact_id, as known at each moment."""

import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import a_bank, a_customer, a_table
from oracle import oracle
from random_bank import CUSTOMERS, DATES, split_bank
from reckoning import by_rollup

from features import CATALOG, BrokenContract, as_of, cohort_at, mark_of, open_bank, profiles
from features.bank import holds_contacts, write_contacts
from features.feature import Catalog
from training import lot_of
from training.outcomes.moments import opened

ZONE = "Asia/Shanghai"
CONTACTING = Catalog(f for f in CATALOG.features if f.table.name in ("contacts", "consents"))
DAY = date(2026, 6, 2)
MORNING = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 6, 1, 15, 59, 59, tzinfo=UTC)  # a second before the day begins


def a_call(number=1, **facts):
    """A phone call to customer 1, reserved on the morning before the day."""
    made = {"happened_at": MORNING, "known_at": MORNING, "state": "reserved", "channel": "phone"}
    plain = {"contact_id": number, "customer_id": 1, "direction": "outbound"}
    return plain | {"category": "marketing"} | made | facts


def united(bank, folder, rows):
    """The bank with these rows as contacts made through Goodcall."""
    write_contacts(folder / "contacts.parquet", a_table("contacts", rows))
    return open_bank(bank.path, folder / "contacts.parquet")


@pytest.fixture
def split(tmp_path):
    """A bank of which some contacts, or versions, lie apart, and all of its rows."""
    return split_bank(tmp_path, ZONE)


def test_every_feature_of_contacts_equals_a_reading_of_both_files_rows(split):
    """By either way through DuckDB, versions in either file count as of when they became known."""
    bank, rows = split
    cohort = cohort_at(bank, DATES)
    for engine in (as_of, by_rollup):
        built = engine(bank, cohort, CONTACTING)
        for row in built.to_pylist():
            for item in CONTACTING.features:
                if not item.reads:
                    expected = oracle(item, rows, row["customer_id"], row["as_of"], ZONE)
                    assert row[item.name] == pytest.approx(expected, rel=1e-9, nan_ok=True), item
    assert len(built) == len(CUSTOMERS) * len(DATES)


def test_a_call_made_and_answered_today_is_known_tomorrow_and_not_before(tmp_path):
    """What was recorded by the last second of the day counts; what came at midnight does not."""
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1)])
    rows = [
        a_call(),
        a_call(known_at=NIGHT, state="connected", outcome="REFUSED_ALL"),
        a_call(2),
        a_call(2, known_at=NIGHT + timedelta(seconds=1), state="connected", outcome="REFUSED_ALL"),
    ]
    both = united(bank, tmp_path, rows)
    for day, refused in ((DAY, 1), (DAY + timedelta(1), 2), (DAY - timedelta(1), 0)):
        built = as_of(both, cohort_at(both, [day]), CATALOG)
        assert built["refusals_365d"].to_pylist() == [refused]
        assert built["contacts_30d"].to_pylist() == [2 if refused else 0]


def test_a_bank_without_contacts_has_them_once_one_was_made(tmp_path):
    """Before the first contact its features are missing, and not zero; after it they are told."""
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1), a_customer(2)])
    without = open_bank(bank.path, tmp_path / "contacts.parquet")
    assert "contacts" not in without.tables
    assert str(as_of(without, cohort_at(without, [DAY]), CATALOG)["contacts_30d"][0]) == "nan"
    both = united(bank, tmp_path, [a_call()])
    assert as_of(both, cohort_at(both, [DAY]), CATALOG)["contacts_30d"].to_pylist() == [1, 0]


def test_a_contact_that_the_bank_has_too_counts_once(tmp_path):
    """A bank that read our export back has rows with the same key and known_at; ours count."""
    bank = a_bank(tmp_path / "bank", contacts=[a_call(), a_call(5, state="connected")])
    both = united(bank, tmp_path, [a_call(state="cancelled"), a_call(6)])
    for engine in (as_of, by_rollup):
        assert engine(both, cohort_at(both, [DAY]), CATALOG)["contacts_30d"].to_pylist() == [2]
    rows = both.read("contacts").to_pylist()
    assert [(r["contact_id"], r["state"]) for r in rows] == [
        (1, "cancelled"), (5, "connected"), (6, "reserved"),
    ]  # fmt: skip
    with opened(both, "contacts") as connection:
        assert connection.execute("SELECT count(*) FROM raw").fetchone() == (3,)
    (person,) = profiles(both, DAY)
    assert [each.contact_id for each in person.contacts] == ["1", "5", "6"]


def test_new_contacts_make_a_snapshot_stale(tmp_path):
    """The mark of a snapshot names the digest of both files."""
    bank = a_bank(tmp_path / "bank", contacts=[a_call()])
    marks = [mark_of(bank, CATALOG)]
    marks += [mark_of(united(bank, tmp_path, rows), CATALOG) for rows in ([a_call(2)], [a_call(3)])]
    assert len({mark.sources["contacts"] for mark in marks}) == 3
    assert len({mark.sources["customers"] for mark in marks}) == 1


def test_equal_rows_in_any_order_give_equal_bytes(tmp_path):
    """An export of the same contacts is the same file, and is known to be."""
    rows = [a_call(3), a_call(1), a_call(1, known_at=NIGHT, state="connected")]
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    write_contacts(one, a_table("contacts", rows))
    write_contacts(other, a_table("contacts", rows[::-1]))
    assert one.read_bytes() == other.read_bytes()
    assert holds_contacts(one, a_table("contacts", rows[::-1]))
    assert not holds_contacts(one, a_table("contacts", rows[:2]))
    assert not holds_contacts(tmp_path / "none.parquet", a_table("contacts", rows))


def test_a_file_of_contacts_that_is_none_is_refused(tmp_path):
    """Words, or a table of something else, name the file and what to do."""
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1)])
    words = tmp_path / "words.parquet"
    words.write_text("no table")
    other = shutil.copy(bank.file("customers"), tmp_path / "other.parquet")
    for file in (words, other):
        with pytest.raises(BrokenContract, match="remove it, and `goodcall night` writes it again"):
            open_bank(bank.path, file)


def test_training_sees_contacts_made_through_goodcall(tmp_path):
    """A lot that was drawn here is found beside the bank's own contacts, in its latest version."""
    bank = a_bank(tmp_path / "bank", contacts=[a_call(8)])
    lot = {"randomised": True, "probability": 0.5}
    rows = [a_call(**lot), a_call(known_at=NIGHT, state="cancelled", **lot)]
    found = lot_of(united(bank, tmp_path, rows))
    assert found["contact_id"].to_pylist() == [1]
    assert found["treated"].to_pylist() == [False]
