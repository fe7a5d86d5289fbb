"""Keys that were damaged are told as such by every command on the audit log, and lose nothing."""

import os
import zipfile

import pytest
from typer.testing import CliRunner

from cli.app import app
from goodcall import GoodcallError, Workspace
from governance import check_audit, open_audit

KEPT = ("audit.jsonl", "audit.checkpoints.jsonl", "audit.pub", "audit.key")


def in_clear(path):
    path.write_text("no key at all")


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def emptied(path):
    os.truncate(path, 0)


def not_text(path):
    path.write_bytes(bytes(range(128, 256)))


def shortened(path):
    """A key of too few bytes, in good PEM."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], lines[1][:-13] + "\n", lines[2]]))


def as_folder(path):
    path.unlink()
    path.mkdir()


def as_pipe(path):
    path.unlink()
    os.mkfifo(path, 0o600)


IN_PLACE = (in_clear, cut, emptied, not_text, shortened)
DAMAGE = (*IN_PLACE, as_folder, as_pipe)


@pytest.fixture
def place(tmp_path):
    """A workspace whose log has two lines, signed."""
    made = Workspace(tmp_path / "var")
    log = open_audit(made, {})
    log.record("staff 4", "open row", "row-1", customer=7)
    log.checkpoint()
    return made


def run(place, *words):
    """The exit code, what was printed, and the error as people see it."""
    done = CliRunner(env={"COLUMNS": "200"}).invoke(
        app, ["audit", *map(str, words), "--home", str(place.root)]
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit | GoodcallError):
        raise done.exception
    return done.exit_code, done.stdout, str(done.exception or "")


def kept(place, *names):
    return {name: (place.root / name).read_bytes() for name in names}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_signing_key_signs_nothing_and_loses_nothing(place, tmp_path, damage):
    """Whoever needs it is told which file; whoever only reads or records goes on."""
    damage(place.audit_key)
    before = kept(place, *KEPT[:3])
    for words in (("checkpoint",), ("key",), ("export", tmp_path / "bundle.zip")):
        code, _, error = run(place, *words)
        assert code == 1
        assert "audit.key" in error
        assert "give an Ed25519 key as unencrypted PEM" in error
    assert not (tmp_path / "bundle.zip").exists()
    after = kept(place, *KEPT[:3])
    assert all(after[name].startswith(before[name]) for name in before)
    assert run(place, "verify")[0] == 0
    assert run(place, "show")[0] == 0


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_public_keys_are_a_finding(place, tmp_path, damage):
    """Verifying names the file; by the copy that was kept elsewhere the log still holds."""
    copy, public = tmp_path / "kept.pub", place.root / "audit.pub"
    copy.write_bytes(public.read_bytes())
    damage(public)
    code, said, error = run(place, "verify")
    assert (code, error) == (1, "1")
    assert "audit.pub" in said
    assert run(place, "show")[0] == 0
    assert run(place, "verify", "--key", copy)[0] == 0


@pytest.mark.parametrize("damage", IN_PLACE)
def test_the_next_checkpoint_verifies_beside_damaged_public_keys(place, damage):
    """The key that signs now is put behind what is there, which stays as it is."""
    public = place.root / "audit.pub"
    damage(public)
    before = public.read_bytes()
    assert run(place, "checkpoint")[0] == 0
    assert public.read_bytes().startswith(before)
    found = check_audit(place.audit)
    assert {each.kind for each in found.findings} <= {"unreadable"}
    assert found.signed == 2


@pytest.mark.parametrize("damage", [as_folder, as_pipe])
def test_public_keys_that_are_no_file_stop_the_signing(place, tmp_path, damage):
    """Nothing is put where it would be lost."""
    damage(place.root / "audit.pub")
    for words in (("checkpoint",), ("export", tmp_path / "bundle.zip")):
        code, _, error = run(place, *words)
        assert code == 1
        assert "audit.pub cannot be read: it is no regular file" in error


def test_a_bundle_of_a_log_with_damaged_public_keys_says_so(place, tmp_path):
    """It is packed as it is, and whoever verifies it finds the file."""
    cut(place.root / "audit.pub")
    assert run(place, "export", tmp_path / "bundle.zip")[0] == 0
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        assert packed.read("log/audit.pub") == (place.root / "audit.pub").read_bytes()
