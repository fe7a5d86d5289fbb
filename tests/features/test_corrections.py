"""What customers had put right: sealed again where an older key sealed it, and left alone else."""

import hashlib
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from builders import a_bank, a_customer

from features import Correction, correct, reseal_corrections
from features.corrections import corrections_of
from governance import open_vault

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MASTER = hashlib.sha256(b"a master key of these tests").digest()


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path / "vault.json", MASTER, NOW)


@pytest.fixture
def folder(tmp_path, vault):
    """Two customers had their names put right, the second after the key was rotated."""
    bank, place = (
        a_bank(tmp_path / "bank", customers=[a_customer(1), a_customer(2)]),
        tmp_path / "c",
    )
    correct(bank, place, Correction(1, "name", "Ann Right"), cipher=vault, now=NOW)
    vault.renew_data_key(NOW)
    correct(bank, place, Correction(2, "name", "Bob Right"), cipher=vault, now=NOW)
    return place


def sealed_names(folder):
    rows = pq.read_table(folder / "customers.parquet").to_pylist()
    return {row["customer_id"]: row["name"] for row in rows}


def test_what_the_newest_key_sealed_is_not_sealed_again(folder, vault):
    """Only the older one is counted and changed; both read as they did."""
    before = sealed_names(folder)
    assert [vault.is_current(before[who]) for who in (1, 2)] == [False, True]
    assert reseal_corrections(folder, vault) == 1
    after = sealed_names(folder)
    assert vault.is_current(after[1])
    assert after[2] == before[2]
    names = [corrections_of(folder, who, vault)[0]["name"] for who in (1, 2)]
    assert names == ["Ann Right", "Bob Right"]


def test_a_file_with_nothing_to_seal_is_not_written(folder, vault):
    """Its bytes and its place on the disk stay, and nothing is counted."""
    reseal_corrections(folder, vault)
    file = folder / "customers.parquet"
    before = file.read_bytes(), file.stat().st_ino
    assert reseal_corrections(folder, vault) == 0
    assert (file.read_bytes(), file.stat().st_ino) == before
