"""A copy of a workspace is one state of it, whole, without its keys; a changed one is refused."""

import hashlib
import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest

from goodcall.backup import MANIFEST, BackupRefused, create_backup, read_backup, restore_backup
from goodcall.workspace import Workspace

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def place(tmp_path):
    """A workspace with two databases, one in write-ahead mode, files, keys and what passes."""
    root = tmp_path / "var"
    (root / "models" / "churn").mkdir(parents=True)
    (root / "bentoml").mkdir()
    for name in ("ledger.db", "governance.db"):
        with closing(sqlite3.connect(root / name)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE pairs (a INTEGER, b INTEGER)")
            database.execute("INSERT INTO pairs VALUES (1, 1)")
            database.commit()
    (root / "models" / "churn" / "card.json").write_text("{}")
    (root / "audit.jsonl").write_bytes(b'{"n":1}\n{"n":2}\n{"n":')
    for name in ("holdout.key", "audit.key"):
        (root / name).write_bytes(name.encode() * 8)
    for name in (".draft", "ledger.db-turns", "bentoml/large"):
        (root / name).write_bytes(b"passing")
    return Workspace(root, online_at="postgresql+psycopg://u:secret@host/online")


def rows(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT a, b FROM pairs").fetchall()


def test_a_copy_comes_back_as_it_was(place, tmp_path):
    """Every file is there byte for byte, every row too; keys and what passes are not."""
    made = create_backup(place, tmp_path / "copy", now=NOW)
    assert set(made.files) == {
        *("ledger.db", "governance.db", "models/churn/card.json", "audit.jsonl")
    }
    assert set(made.keys) == {"holdout.key", "audit.key"}
    assert made.elsewhere == {"online store": "postgresql+psycopg://u:***@host/online"}
    copied = b"".join(f.read_bytes() for f in (tmp_path / "copy").rglob("*") if f.is_file())
    assert b"holdout.keyholdout.key" not in copied
    assert b"secret" not in copied
    back = tmp_path / "back"
    assert restore_backup(tmp_path / "copy", back, keys=place.root) == made
    assert rows(back / "ledger.db") == rows(back / "governance.db") == [(1, 1)]
    assert (back / "models/churn/card.json").read_text() == "{}"
    assert (back / "audit.jsonl").read_bytes() == b'{"n":1}\n{"n":2}\n'
    assert (back / "audit.key").stat().st_mode & 0o777 == 0o600
    assert (back / "audit.key").read_bytes() == (place.root / "audit.key").read_bytes()


def test_nobody_else_may_enter_or_read_a_copy(place, tmp_path):
    """Folders are 0700 and files 0600, whatever the workspace's own are."""
    for file in place.root.rglob("*"):
        file.chmod(0o777)
    create_backup(place, tmp_path / "copy", now=NOW)
    modes = {
        (each.is_dir(), each.stat().st_mode & 0o777)
        for each in (tmp_path / "copy", *(tmp_path / "copy").rglob("*"))
    }
    assert modes == {(True, 0o700), (False, 0o600)}
    restore_backup(tmp_path / "copy", tmp_path / "back", keys=place.root)
    assert (tmp_path / "back" / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_is_one_state_while_others_write(place, tmp_path):
    """Every transaction is in it wholly or not at all."""
    stop, begun = threading.Event(), threading.Event()

    def write():
        with closing(sqlite3.connect(place.ledger, timeout=30)) as database:
            number = 1
            while not stop.is_set():
                number += 1
                with database:
                    database.execute("INSERT INTO pairs VALUES (?, 0)", (number,))
                    database.execute("UPDATE pairs SET b = a WHERE a = ?", (number,))
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        begun.wait(10)
        for turn in range(5):
            create_backup(place, tmp_path / f"copy{turn}", now=NOW)
    finally:
        stop.set()
        writer.join()
    for turn in range(5):
        found = rows(tmp_path / f"copy{turn}" / "files" / "ledger.db")
        assert all(a == b for a, b in found)
        assert [a for a, _ in found] == list(range(1, len(found) + 1))


def change(copy):
    (copy / "files/models/churn/card.json").write_text("[]")


def remove(copy):
    (copy / "files/audit.jsonl").unlink()


def add(copy):
    (copy / "files/more").write_text("x")


def leave(copy):
    said = json.loads((copy / MANIFEST).read_text())
    said["files"]["../outside"] = said["files"].pop("audit.jsonl")
    (copy / "files/audit.jsonl").rename(copy / "outside")
    (copy / MANIFEST).write_text(json.dumps(said))


def forget(copy):
    (copy / MANIFEST).unlink()


@pytest.mark.parametrize("spoil", [change, remove, add, leave, forget])
def test_a_copy_that_is_not_whole_is_refused(place, tmp_path, spoil):
    """A file changed, missing, too many or outside makes no workspace."""
    create_backup(place, tmp_path / "copy", now=NOW)
    spoil(tmp_path / "copy")
    with pytest.raises(BackupRefused):
        read_backup(tmp_path / "copy")
    with pytest.raises(BackupRefused):
        restore_backup(tmp_path / "copy", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_whoever_may_write_the_copy_can_forge_it_but_not_the_manifests_digest(place, tmp_path):
    """The manifest is not signed: one made anew passes, and has another digest of its own."""
    copy = tmp_path / "copy"
    create_backup(place, copy, now=NOW)
    kept = hashlib.sha256((copy / MANIFEST).read_bytes()).hexdigest()
    change(copy)
    said = json.loads((copy / MANIFEST).read_text())
    said["files"]["models/churn/card.json"] = hashlib.sha256(b"[]").hexdigest()
    (copy / MANIFEST).write_text(json.dumps(said))
    assert read_backup(copy).files == said["files"]
    assert hashlib.sha256((copy / MANIFEST).read_bytes()).hexdigest() != kept


def test_nothing_that_is_there_is_written_over(place, tmp_path):
    """Neither a folder by a copy, nor a workspace by a restore."""
    create_backup(place, tmp_path / "copy", now=NOW)
    with pytest.raises(BackupRefused, match="is there already"):
        create_backup(place, tmp_path / "copy", now=NOW)
    with pytest.raises(BackupRefused, match="is not empty"):
        restore_backup(tmp_path / "copy", place.root)


def test_another_key_is_refused(place, tmp_path):
    """A restored workspace whose key is not its own could read nothing of what it holds."""
    create_backup(place, tmp_path / "copy", now=NOW)
    (place.root / "audit.key").write_bytes(b"another")
    with pytest.raises(BackupRefused, match=r"audit\.key"):
        restore_backup(tmp_path / "copy", tmp_path / "back", keys=place.root)
    assert not (tmp_path / "back").exists()
