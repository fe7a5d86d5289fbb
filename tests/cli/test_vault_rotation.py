"""Keys rotate whole: killed at any step and begun again, and while two masters open the vault."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from builders import a_bank, a_customer
from dying import killed_at
from nightly import asked
from policed import Desk, customer, moment
from streamed import DAY, SMALL

from features import Correction, OnlineStore, correct, open_bank, profiles, publish, with_states
from features.corrections import corrections_of
from goodcall import Workspace
from goodcall.sealed import key_of
from governance import LostKey, master_key, open_vault, read_key, vault_of, write_new_key
from governance.keyring import read_keyring, write_keyring

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAME, NOTE = "Canarissima", "prefers calls after feeding the canary"
# Many at most: far more steps than a rotation of so little has.
_MOST_STEPS = 60


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A workspace with a sealed name online, a sealed note and a sealed correction."""
    place = Workspace(tmp_path_factory.mktemp("vault") / "home")
    bank = a_bank(place.root / "files", customers=[a_customer(1, name=NAME)])
    vault = vault_of(place, os.environ)
    rows = pa.table({"customer_id": [1], "as_of": pa.array([DAY], pa.date32())})
    publish(
        *(place.online_url, with_states(bank, rows, SMALL), profiles(bank, DAY)),
        bank=bank,
        as_of=DAY,
        catalog=SMALL,
        now=NOW,
        cipher=vault,
    )
    desk = Desk(place.ledger_url, vault).knows(customer(1))
    sent = desk.sent("2026-06-01 10:00", "sms", who=1)
    desk.ledger.record_outcome(
        sent, "COMPLAINT", now=moment("2026-06-02 10:00"), agent=5, note=NOTE
    )
    desk.ledger.close()
    said = Correction(1, "name", NAME)
    correct(open_bank(bank.path), place.corrections, said, cipher=vault, now=NOW)
    return place


def a_copy(place, root):
    return Workspace(shutil.copytree(place.root, root))


def told(place):
    """Every sealed value opened, and the keys that they are sealed under."""
    vault = vault_of(place, os.environ)
    with closing(OnlineStore(place.online_url, SMALL, cipher=vault)) as online:
        names = [online.profile(1).name, corrections_of(place.corrections, 1, vault)[0]["name"]]
    with closing(sqlite3.connect(place.ledger)) as ledger:
        asked_for = "SELECT note, contact_id FROM contact_events WHERE note IS NOT NULL"
        ((note, contact),) = ledger.execute(asked_for).fetchall()
    with closing(sqlite3.connect(place.online)) as online:
        ((profile,),) = online.execute("SELECT json FROM online_profiles").fetchall()
    keys = {key_of(note), key_of(json.loads(profile)["name"])}
    return [*names, vault.open(note, "contact_events", "note", contact)], keys


def test_a_rotation_killed_at_any_step_ends_whole_when_it_is_begun_again(kept, tmp_path):
    """Everything opens after each kill; after the next rotation one key seals it all."""
    for step in range(1, _MOST_STEPS):
        place = a_copy(kept, tmp_path / f"home-{step}")
        killed = killed_at(step, "vault", "rotate", "--home", place.root)
        values, _ = told(place)
        assert values == [NAME, NAME, NOTE], step
        asked(place, "vault", "rotate")
        values, keys = told(place)
        assert values == [NAME, NAME, NOTE], step
        ring = read_keyring(place.vault)
        assert ring.pending is None
        assert keys == {ring.of("data")[-1].id}, step
        if not killed:
            break
    assert 6 < step < _MOST_STEPS - 1


def test_sealing_killed_at_any_step_leaves_nothing_in_clear_when_it_is_begun_again(tmp_path):
    """What stood in clear is in no freed page either, though no row may be left to seal."""
    plain = Workspace(tmp_path / "plain")
    plain.root.mkdir()
    desk = Desk(plain.ledger_url).knows(customer(1))
    sent = desk.sent("2026-06-01 10:00", "sms", who=1)
    desk.ledger.record_outcome(
        sent, "COMPLAINT", now=moment("2026-06-02 10:00"), agent=5, note=NOTE
    )
    desk.ledger.close()
    for step in range(1, _MOST_STEPS):
        place = a_copy(plain, tmp_path / f"home-{step}")
        killed = killed_at(step, "vault", "seal", "--home", place.root)
        asked(place, "vault", "seal")
        left = [file for file in place.root.iterdir() if NOTE.encode() in file.read_bytes()]
        assert left == [], step
        if not killed:
            break
    assert 3 < step < _MOST_STEPS - 1


@pytest.fixture
def two(kept, tmp_path):
    """A workspace that a second master, whose file is named, opens too."""
    place, other = a_copy(kept, tmp_path / "home"), tmp_path / "new.key"
    write_new_key(other)
    asked(place, "vault", "rotate", "--new-master", other)
    return place, other


def test_while_two_masters_open_the_vault_both_read_what_is_written(two, monkeypatch):
    """A new data key, which one of them could not open, waits until the other master is retired."""
    place, other = two
    with pytest.raises(LostKey, match="run `goodcall vault retire`, then rotate"):
        asked(place, "vault", "rotate")
    both = [vault_of(place, os.environ), open_vault(place.vault, read_key(other))]
    written = [vault.seal(NAME, "t", "f", 1) for vault in both]
    assert [vault.open(each, "t", "f", 1) for vault in both for each in written] == [NAME] * 4
    monkeypatch.setenv("GOODCALL_MASTER_KEY_FILE", str(other))
    asked(place, "vault", "retire")
    asked(place, "vault", "rotate")
    assert told(place) == ([NAME, NAME, NOTE], {"d2"})


def test_a_rotation_that_was_begun_before_goes_on_under_two_masters(kept, tmp_path):
    """Its key was there when the second master came, so both open what it seals."""
    place, other = a_copy(kept, tmp_path / "home"), tmp_path / "new.key"
    write_new_key(other)
    assert vault_of(place, os.environ).renew_data_key(NOW) == "d2"
    asked(place, "vault", "rotate", "--new-master", other)
    asked(place, "vault", "rotate")
    assert told(place) == ([NAME, NAME, NOTE], {"d2"})
    assert open_vault(place.vault, read_key(other)).ring.pending is None


def test_a_key_that_one_master_alone_opens_is_wrapped_by_the_other_too(two):
    """Rotating to the new master once more mends what an earlier release left."""
    place, other = two
    ring, mine = read_keyring(place.vault), master_key(os.environ, demo=False)
    write_keyring(place.vault, ring.with_new(mine, "data", NOW))
    with pytest.raises(LostKey, match="rotate with it to the new one"):
        open_vault(place.vault, read_key(other))
    asked(place, "vault", "rotate", "--new-master", other)
    assert len(open_vault(place.vault, read_key(other)).ring.masters) == 2
