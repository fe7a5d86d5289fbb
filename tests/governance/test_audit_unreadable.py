"""What is no file of a log, or has no end, is told at once, by whoever reads or records."""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
import typer

from cli.audit import verify_command
from governance import AuditLog, AuditStopped, BrokenAudit, Keeping, Signer, check_audit, verifier
from governance.audit_lines import Sought, audit_lines
from governance.bundle import is_bundle, write_bundle

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
FILES = ("audit-000001.jsonl", "audit.jsonl", "audit.checkpoints.jsonl", "audit.pub")
PARTS = (*(f"log/{name}" for name in FILES), "manifest.json", "manifest.sig", "README.md")
# A hanging reader is let go after so long.
SECONDS = 30


def a_log(folder):
    audit = AuditLog(
        folder / "audit.jsonl",
        lambda: NOON,
        signer=Signer(folder / "audit.key"),
        keeping=Keeping(every=4, rotate_bytes=2_000),
    )
    for number in range(9):
        audit.record("staff 4", "read list", f"customer {number}", rows=number, share=0.25)
    audit.checkpoint()
    return audit


def a_bundle(folder):
    """An unpacked bundle of a log of two files."""
    audit = a_log(folder)
    packed = folder / "bundle.zip"
    write_bundle(packed, audit.path, {"a.txt": b"a"}, signer=Signer(folder / "audit.key"), now=NOON)
    unpacked = folder / "bundle"
    with zipfile.ZipFile(packed) as bundle:
        bundle.extractall(unpacked)
    return unpacked


def verified(folder):
    """The exit code of the verifier on its own, what it says, and its complaint."""
    done = subprocess.run(
        [sys.executable, "-I", verifier.__file__, folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


def as_pipe(path):
    path.unlink()
    os.mkfifo(path)


def as_device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def as_folder(path):
    path.unlink()
    path.mkdir()


def as_one_line_without_end(path):
    """A terabyte of zeros that takes no room."""
    path.write_bytes(b"")
    os.truncate(path, 2**40)


CHANGES = (as_pipe, as_device, as_folder, as_one_line_without_end)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_bundle_that_is_no_file_or_has_no_end_is_found(tmp_path, part, change):
    """The verifier says so, without a traceback, and comes to its end."""
    folder = a_bundle(tmp_path)
    change(folder / part)
    code, said, complaint = verified(folder)
    assert (code, complaint) == (1, "")
    assert Path(part).name in said


def test_a_file_that_is_cut_while_it_is_read_ends_the_reading(tmp_path):
    """It has fewer bytes than when it was opened."""
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"one\n")
    with path.open("rb") as file:
        assert [*verifier.lines_of(file, 100)] == [b"one\n"]


@pytest.mark.parametrize("change", CHANGES)
def test_the_reader_and_the_recorder_refuse_what_is_no_log(tmp_path, change):
    """Nobody waits for a pipe, and no line is written where it would be lost."""
    audit = a_log(tmp_path)
    change(audit.path)
    assert check_audit(audit.path).findings
    with pytest.raises(BrokenAudit, match=r"does not read as|it is no regular file"):
        [*audit_lines(audit.path, Sought())]
    with pytest.raises((AuditStopped, BrokenAudit), match=r"no regular|Is a dir|longer than 64"):
        a_log(tmp_path)


def test_a_bundle_without_its_manifest_is_told_as_one(tmp_path):
    """What it held, and that none of it was changed, cannot be told: no pass, no traceback."""
    folder = a_bundle(tmp_path)
    assert verified(folder)[0] == 0
    (folder / "manifest.json").unlink()
    for _ in range(2):
        code, said, complaint = verified(folder)
        assert (code, complaint) == (1, "")
        assert "manifest.json is missing: nothing says which files the bundle had" in said
        (folder / "manifest.sig").unlink(missing_ok=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "{}",
        '{"files": []}',
        '{"files": {"README.md": 1}}',
        "\xff",
        '{"files": {}, "sizes": 1}',
    ],
)
def test_a_manifest_that_is_none_is_told(tmp_path, text):
    """Whatever stands in it."""
    folder = a_bundle(tmp_path)
    (folder / "manifest.json").write_text(text, encoding="latin-1")
    code, said, complaint = verified(folder)
    assert (code, complaint) == (1, "")
    assert "manifest.json does not read as a manifest" in said


@pytest.mark.parametrize("path", ["/etc/hostname", "../audit.jsonl", "out/audit.jsonl"])
def test_a_manifest_names_nothing_outside_its_bundle(tmp_path, path):
    """Neither by its path nor by a link."""
    folder = a_bundle(tmp_path)
    (folder / "out").symlink_to(tmp_path)
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text())
    said["files"][path] = "0" * 64
    manifest.write_text(json.dumps(said))
    assert f"names {path}, which lies outside the bundle" in verified(folder)[1]


def test_a_file_that_may_not_be_read_is_a_finding(tmp_path):
    """Also where a pipe stands for a file of the log that was set apart: the next is read on."""
    audit = a_log(tmp_path)
    shutil.copy(audit.path, tmp_path / "kept")
    as_pipe(tmp_path / FILES[0])
    found = check_audit(audit.path).findings
    assert (found[0].file, found[0].kind) == (FILES[0], "unreadable")
    assert found[0].what == "cannot be read: it is no regular file"
    assert audit.path.read_bytes() == (tmp_path / "kept").read_bytes()


@pytest.fixture
def seen():
    """A log in a folder that everybody may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    a_log(folder)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_a_stranger(work, *words):
    """What a function returns in a process of somebody whom a mode keeps out."""
    how = {"mp_context": get_context("fork"), "initializer": become_nobody}
    with ProcessPoolExecutor(1, **how) as pool:
        return pool.submit(work, *words).result()


def become_nobody():
    if os.getuid() == 0:
        os.setgroups([])
        os.setuid(65534)


def told_by_the_verifier(folder):
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        return verifier.main([str(folder)]), said.getvalue()


def told_by_the_command(folder):
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            verify_command(home=folder, lang="en")
    except (typer.Exit, BrokenAudit) as error:
        return type(error), f"{said.getvalue()}{error}"
    return None, said.getvalue()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_the_reader_may_not_open_is_a_finding(seen, name):
    """Also the file of the log that grows, by which all are read as of one moment."""
    (seen / name).chmod(0)
    code, said = as_a_stranger(told_by_the_verifier, seen)
    assert code == 1
    assert f"{name} cannot be read: Permission denied" in said
    error, said = as_a_stranger(told_by_the_command, seen)
    assert error is typer.Exit
    assert "Permission denied" in said


@pytest.mark.parametrize("mode", [0, 0o111, 0o444])
def test_a_folder_that_the_reader_may_not_look_into_is_told(seen, mode):
    """Exit 2 of the verifier on its own: nothing was found out about the log."""
    seen.chmod(mode)
    code, said = as_a_stranger(told_by_the_verifier, seen)
    assert code == 2
    assert "cannot be read: Permission denied" in said
    error, said = as_a_stranger(told_by_the_command, seen)
    assert error is BrokenAudit
    assert "cannot be read: Permission denied" in said


def test_a_bundle_is_told_by_its_signature_and_every_file(tmp_path):
    """Not by its name: with one file more or other keys, or cut short, it is none."""
    a_bundle(tmp_path)
    packed, keys = tmp_path / "bundle.zip", tmp_path / "audit.pub"
    whole = packed.read_bytes()
    assert is_bundle(packed, keys)
    assert not is_bundle(packed, tmp_path / "none.pub")
    with zipfile.ZipFile(packed, "a") as more:
        more.writestr("list.csv", "customer_id")
    assert not is_bundle(packed, keys)
    packed.write_bytes(whole[:-30])
    assert not is_bundle(packed, keys)
