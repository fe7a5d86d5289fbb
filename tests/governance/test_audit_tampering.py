"""Whatever a hand does to a signed log, in any of its files, verifying it finds something."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance import AuditLog, Keeping, Signer, check_audit, verifier

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
FILES = ("audit-000001.jsonl", "audit.jsonl", "audit.checkpoints.jsonl")
PEACE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a log of two files, signed after every four lines and at its end."""
    folder = tmp_path_factory.mktemp("whole")
    audit = AuditLog(
        folder / "audit.jsonl",
        lambda: NOON,
        signer=Signer(folder / "audit.key"),
        keeping=Keeping(every=4, rotate_bytes=2_000),
    )
    for number in range(9):
        audit.record("经理 7", "read list", f"customer {number}", rows=number, share=0.25)
    audit.checkpoint()
    assert [path.name for path in verifier.log_files(audit.path)] == [*FILES[:2]]
    assert check_audit(audit.path).findings == []
    return {path.name: path.read_bytes() for path in folder.glob("audit*.jsonl")} | {
        "audit.pub": (folder / "audit.pub").read_bytes()
    }


def found(folder, files):
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return check_audit(folder / "audit.jsonl").findings


@given(st.data())
@PEACE
def test_any_changed_byte_is_found(whole, tmp_path, data):
    """One byte replaced by another, anywhere."""
    name = data.draw(st.sampled_from(FILES))
    content = bytearray(whole[name])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    assert found(tmp_path, whole | {name: bytes(content)})


@given(st.data())
@PEACE
def test_any_added_or_removed_bytes_are_found(whole, tmp_path, data):
    """A piece taken out or put in, anywhere, the end of a file among it."""
    name = data.draw(st.sampled_from(FILES))
    content = whole[name]
    place = data.draw(st.integers(0, len(content)))
    until = data.draw(st.integers(place, len(content)))
    put = data.draw(st.binary(max_size=20))
    changed = content[:place] + put + content[until:]
    assert bool(found(tmp_path, whole | {name: changed})) == (changed != content)


@given(st.data())
@PEACE
def test_any_removed_moved_or_repeated_lines_are_found(whole, tmp_path, data):
    """Lines in any other order, number or choice than theirs, also from one file to the other."""
    lines = whole[FILES[0]].splitlines(keepends=True) + whole[FILES[1]].splitlines(keepends=True)
    order = data.draw(
        st.one_of(
            st.permutations(range(len(lines))),
            st.lists(st.integers(0, len(lines) - 1), max_size=len(lines) + 3),
        )
    )
    split = data.draw(st.integers(0, len(order)))
    moved = [lines[each] for each in order]
    files = whole | {FILES[0]: b"".join(moved[:split]), FILES[1]: b"".join(moved[split:])}
    assert bool(found(tmp_path, files)) == (order != [*range(len(lines))])


@given(st.data())
@PEACE
def test_removed_moved_or_repeated_checkpoints_are_found(whole, tmp_path, data):
    """Any choice but all of them in their order."""
    lines = whole[FILES[2]].splitlines(keepends=True)
    chosen = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines) + 1))
    files = whole | {FILES[2]: b"".join(lines[each] for each in chosen)}
    assert bool(found(tmp_path, files)) == (chosen != [*range(len(lines))])


@pytest.mark.parametrize("name", FILES)
def test_any_removed_file_is_found(whole, tmp_path, name):
    """Each of the log's files, and that of the checkpoints."""
    assert found(tmp_path, {each: text for each, text in whole.items() if each != name})


def test_the_verifier_stands_alone(whole, tmp_path):
    """Away from this house it needs nothing of ours: it says the same, and exits with 1 or 0."""
    script = tmp_path / "alone" / "verify_audit.py"
    script.parent.mkdir()
    script.write_bytes(Path(verifier.__file__).read_bytes())
    log = tmp_path / "log"
    log.mkdir()

    def said(files):
        found(log, files)
        return subprocess.run(
            [sys.executable, "-I", script, log], capture_output=True, text=True, check=False
        )

    good = said(whole)
    assert (good.returncode, good.stdout.count("0 findings")) == (0, 1)
    bad = said(whole | {FILES[1]: whole[FILES[1]].replace(b"customer 8", b"customer 3")})
    assert bad.returncode == 1
    assert "audit.jsonl line 4 was changed: its hash does not fit its words" in bad.stdout
    assert said({}).returncode == 2
