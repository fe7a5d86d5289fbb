"""The files of the erased and of corrections: what several write at once is all kept."""

import hashlib
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from at_once import at_once
from builders import a_bank, a_customer

from features import Correction, correct, erased_in, open_bank
from features.corrections import corrections_of
from governance import open_vault

MASTER = hashlib.sha256(b"a master key of these tests").digest()
NOW = datetime(2026, 6, 1, tzinfo=UTC)
EACH, PROCESSES = 12, 3
WHO = range(1, 1 + EACH * PROCESSES)
_OPENED = """
import hashlib
from datetime import UTC, datetime
from features.bank import open_bank
from features.corrections import Correction, correct
from features.erased import note_erased
from governance.vault import open_vault
vault = open_vault(folder / "vault.json", hashlib.sha256(b"a master key of these tests").digest())
mine = range(1 + number * {each}, 1 + (number + 1) * {each})
"""
_ERASING = """
ready()
for who in mine:
    note_erased(folder / "erased.json", who, vault)
"""
_CORRECTING = """
bank = open_bank(folder / "bank", corrections=folder / "corrections")
ready()
for who in mine:
    said = Correction(who, "name", f"Number {who}")
    correct(bank, folder / "corrections", said, cipher=vault, now=datetime(2026, 6, 1, tzinfo=UTC))
"""


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path / "vault.json", MASTER, NOW)


def by_all(tmp_path, script):
    at_once(tmp_path, _OPENED.format(each=EACH) + script, PROCESSES)


def test_deletions_at_once_are_all_noted(tmp_path, vault):
    """Whoever is left out would come back with the next build."""
    by_all(tmp_path, _ERASING)
    erased = erased_in(tmp_path / "erased.json")
    assert [who for who in WHO if not erased.holds(who, vault)] == []


def test_corrections_at_once_are_all_kept(tmp_path, vault):
    """Each customer has the name that was put right, whoever wrote beside."""
    a_bank(tmp_path / "bank", customers=[a_customer(who, name="wrong") for who in WHO])
    by_all(tmp_path, _CORRECTING)
    for who in WHO:
        (kept,) = corrections_of(tmp_path / "corrections", who, vault)
        assert kept["name"] == f"Number {who}"


def test_a_correction_counts_though_another_was_known_later(tmp_path, vault):
    """Two clocks that differ lose neither: what is written later is known later."""
    folder = tmp_path / "corrections"
    a_bank(tmp_path / "bank", customers=[a_customer(1, name="wrong")])
    bank = open_bank(tmp_path / "bank", corrections=folder)
    for field, value, now in (
        ("name", "Number 1", NOW),
        ("status", "closed", NOW),
        ("kind", "private", NOW.replace(year=2025)),
    ):
        correct(bank, folder, Correction(1, field, value), cipher=vault, now=now)
    rows = corrections_of(folder, 1, vault)
    moments = [row["known_at"] for row in rows]
    assert moments == sorted(set(moments))
    assert {name: rows[-1][name] for name in ("name", "status", "kind")} == {
        "name": "Number 1", "status": "closed", "kind": "private",
    }  # fmt: skip
    assert pq.read_table(folder / "customers.parquet").num_rows == len(rows)
