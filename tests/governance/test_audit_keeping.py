"""How the log is kept: signed, set apart, after crashes, by many processes, without names."""

import json
import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from chained import verify_audit
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from governance import (
    AuditLog,
    AuditStopped,
    BrokenAudit,
    Entry,
    GovernanceError,
    Keeping,
    KeyRefused,
    Signer,
    check_audit,
    keeping_of,
    logfile,
    verifier,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.at = NOON

    def __call__(self):
        return self.at


def a_log(folder, clock=lambda: NOON, **keeping):
    signer = Signer(folder / "audit.key")
    return AuditLog(folder / "audit.jsonl", clock, signer=signer, keeping=Keeping(**keeping))


def read(audit, number):
    audit.record("manager 7", "read list", f"customer {number}", rows=number)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def findings_of(path, **more):
    return [each.what for each in check_audit(path, **more).findings]


def test_every_so_many_lines_are_signed_in_the_log_and_beside_it(tmp_path):
    """The checkpoint tells the lines before it, and its signature holds by the public key."""
    audit = a_log(tmp_path, every=3)
    for number in range(5):
        read(audit, number)
    lines = lines_of(audit.path)
    points = [line for line in lines if line["action"] == "checkpoint"]
    assert [(each["n"], each["facts"]["count"]) for each in points] == [(4, 3), (7, 6)]
    assert points[0]["facts"]["last"] == lines[2]["hash"]
    key = load_pem_public_key((tmp_path / "audit.pub").read_bytes())
    kept = lines_of(tmp_path / "audit.checkpoints.jsonl")
    for point, line in zip(kept, points, strict=True):
        said = f"goodcall audit checkpoint\n{point['count']}\n{point['last']}\n{line['at']}\n"
        key.verify(verifier.base64.b64decode(point["signature"]), said.encode())
    found = check_audit(audit.path)
    assert (found.lines, found.signed, [*found.keys.values()], found.findings) == (7, 6, [2], [])


def test_lines_cut_off_the_end_show_by_the_checkpoints(tmp_path):
    """A whole tail that is gone leaves an unbroken chain, which a checkpoint outlives."""
    audit = a_log(tmp_path, every=3)
    for number in range(5):
        read(audit, number)
    whole = audit.path.read_bytes().splitlines(keepends=True)
    audit.path.write_bytes(b"".join(whole[:5]))
    assert findings_of(audit.path) == [
        "signs 6 lines, and the log ends at line 5: lines were cut off its end"
    ]
    audit.path.write_bytes(b"".join(whole[:6]))
    assert findings_of(audit.path) == ["signs 6 lines, and the log's line 7 does not say so"]


def test_a_rewritten_log_shows_by_a_copy_of_the_checkpoints_kept_elsewhere(tmp_path):
    """Whoever also cuts the file of checkpoints is found by an older copy of it."""
    audit = a_log(tmp_path, every=3)
    for number in range(5):
        read(audit, number)
    points, copy = tmp_path / "audit.checkpoints.jsonl", tmp_path / "copy.jsonl"
    copy.write_bytes(points.read_bytes())
    points.write_bytes(points.read_bytes().splitlines(keepends=True)[0])
    audit.path.write_bytes(b"".join(audit.path.read_bytes().splitlines(keepends=True)[:5]))
    assert check_audit(audit.path).findings == []
    assert findings_of(audit.path, checkpoints=copy)[0].startswith(
        "signs 6 lines, and the log ends at"
    )
    points.unlink()
    assert findings_of(audit.path) == ["lacks the log's checkpoint of 3 lines"]
    audit.path.write_bytes(b"".join(audit.path.read_bytes().splitlines(keepends=True)[:2]))
    assert findings_of(audit.path) == [
        "no checkpoint is left, and audit.pub says that there were some"
    ]


def test_a_checkpoint_by_another_key_does_not_count(tmp_path):
    """Somebody who rewrites the log and signs it by a key of their own is named by that key."""
    audit = a_log(tmp_path)
    read(audit, 1)
    audit.checkpoint()
    (tmp_path / "given.pub").write_bytes((tmp_path / "audit.pub").read_bytes())
    for path in tmp_path.glob("audit.*"):
        path.unlink()
    forged = a_log(tmp_path)
    read(forged, 2)
    mine = forged.checkpoint().key
    assert check_audit(forged.path).findings == []
    found = findings_of(forged.path, keys=tmp_path / "given.pub")
    assert all(f"signed by key {mine}, which is not among" in each for each in found)
    assert len(found) == 2


def test_the_key_is_its_owners_alone(tmp_path):
    """It is made with mode 0600; one that others may read, or that is none, is refused."""
    signer = Signer(tmp_path / "audit.key")
    assert (
        signer.checkpoint(1, "0" * 64, "now").key
        == Signer(tmp_path / "audit.key").checkpoint(1, "0" * 64, "now").key
    )
    assert stat.S_IMODE(signer.path.stat().st_mode) == 0o600
    signer.path.chmod(0o640)
    with pytest.raises(KeyRefused, match="may be read by others; run `chmod 600"):
        _ = Signer(signer.path).key
    signer.path.chmod(0o600)
    signer.path.write_text("no key")
    with pytest.raises(KeyRefused, match="holds no key that reads: give an Ed25519 key"):
        _ = Signer(signer.path).key
    with pytest.raises(AuditStopped, match="has no key to sign by"):
        AuditLog(tmp_path / "audit.jsonl").checkpoint()


def test_the_chain_runs_on_into_the_next_file(tmp_path):
    """A file that is full, or of a month that is over, is set apart; a missing one is found."""
    clock = Clock()
    audit = a_log(tmp_path, clock, rotate_bytes=1_000, monthly=True, every=5)
    for number in range(5):
        read(audit, number)
    clock.at += timedelta(days=31)
    read(audit, 4)
    files = [path.name for path in verifier.log_files(audit.path)]
    assert files == ["audit-000001.jsonl", "audit-000002.jsonl", "audit.jsonl"]
    found = check_audit(audit.path)
    assert (found.lines, found.files, found.findings) == (7, tuple(files), [])
    assert lines_of(tmp_path / files[2])[0]["n"] == 7
    read(AuditLog(audit.path, clock), 5)
    assert verify_audit(audit.path) == 8
    clock.at += timedelta(days=31)
    (tmp_path / files[0]).rename(tmp_path / "moved away")
    read(audit, 6)
    assert (tmp_path / "audit-000003.jsonl").exists()
    (tmp_path / "moved away").rename(tmp_path / files[0])
    assert verify_audit(audit.path) == 9
    (tmp_path / files[1]).unlink()
    assert "lines 5 to 6 are missing before it" in findings_of(audit.path)[0]


def test_a_line_cut_short_by_a_crash_is_kept_aside_and_noted(tmp_path):
    """The next line goes on after the last whole one, and says where the torn bytes are."""
    audit = a_log(tmp_path)
    read(audit, 1)
    with audit.path.open("ab") as file:
        file.write(b'{"n":2,"at":"2026-07-01T12:0')
    assert [each.kind for each in check_audit(audit.path).findings] == ["cut short", "unreadable"]
    read(AuditLog(audit.path), 2)
    note = lines_of(audit.path)[1]
    assert (note["action"], note["facts"]["bytes"]) == ("set torn line aside", 28)
    assert (tmp_path / note["subject"]).read_bytes() == b'{"n":2,"at":"2026-07-01T12:0'
    assert verify_audit(audit.path) == 3


@pytest.mark.parametrize("lost", range(1, 60, 7))
def test_wherever_a_crash_cuts_the_log_it_goes_on(tmp_path, lost):
    """However many bytes of the end are lost, the next line leaves a log that holds."""
    audit = a_log(tmp_path)
    for number in range(2):
        read(audit, number)
    os.truncate(audit.path, audit.path.stat().st_size - lost)
    read(AuditLog(audit.path), 2)
    assert check_audit(audit.path).findings == []
    numbers = [line["subject"] for line in lines_of(audit.path)]
    assert numbers[0] == "customer 0"
    # A line that lacks its line's end alone lacks nothing that it says.
    assert ("customer 1" in numbers) == (lost == 1)


def test_a_crash_between_the_two_places_of_a_checkpoint_is_mended(tmp_path, monkeypatch):
    """The log has it, the file of checkpoints not yet: who records next puts it there."""
    audit = a_log(tmp_path)
    read(audit, 1)

    def dies(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("governance.audit.append_whole", dies)
    with pytest.raises(KeyboardInterrupt):
        audit.checkpoint()
    assert findings_of(audit.path) == ["lacks the log's checkpoint of 1 lines"]
    monkeypatch.undo()
    read(a_log(tmp_path), 2)
    assert check_audit(audit.path).findings == []


def test_a_torn_file_of_checkpoints_is_mended(tmp_path):
    """What a crash left of its last line is kept aside and noted in the log."""
    audit = a_log(tmp_path)
    audit.checkpoint()
    points = tmp_path / "audit.checkpoints.jsonl"
    os.truncate(points, points.stat().st_size - 5)
    read(a_log(tmp_path), 1)
    assert check_audit(audit.path).findings == []
    assert "set torn line aside" in [line["action"] for line in lines_of(audit.path)]


def test_a_full_disk_stops_the_action_and_leaves_whole_lines(tmp_path, monkeypatch):
    """A line that the disk takes in part is taken back, and the record is refused."""
    audit = a_log(tmp_path)
    read(audit, 1)
    write = os.write
    monkeypatch.setattr(logfile.os, "write", lambda handle, what: write(handle, what[:50]))
    with pytest.raises(AuditStopped, match="the disk is full; what cannot be recorded must not"):
        read(audit, 2)
    monkeypatch.undo()
    read(audit, 3)
    assert verify_audit(audit.path) == 2


def test_a_last_line_that_is_none_stops_the_log(tmp_path):
    """Whole, and still no audit line: somebody wrote it, and no crash."""
    (tmp_path / "audit.jsonl").write_text("hello\n")
    with pytest.raises(BrokenAudit, match="is no audit line; `goodcall audit verify` says more"):
        read(a_log(tmp_path), 1)


def test_what_is_not_a_read_is_on_the_disk_before_record_returns(tmp_path, monkeypatch):
    """Reads gather for one sync; a change, a refusal and a checkpoint wait for theirs."""
    synced = []
    sync = os.fsync
    monkeypatch.setattr(logfile.os, "fsync", lambda handle: (synced.append(1), sync(handle)))
    audit = a_log(tmp_path, group_ms=60_000, every=0)
    read(audit, 1)
    synced.clear()
    read(audit, 2)
    assert synced == []
    audit.record("manager 7", "read list", "list 8", refused="not the own list")
    audit.record("manager 7", "record outcome", "contact 3")
    assert len(synced) == 2
    read(audit, 3)
    audit.checkpoint()
    assert len(synced) > 3
    audit.close()
    at_once = a_log(tmp_path)
    synced.clear()
    read(at_once, 4)
    assert synced == [1]


def test_reads_reach_the_disk_by_themselves(tmp_path, monkeypatch):
    """The first read of a group starts a thread that brings the group to the disk."""
    audit = a_log(tmp_path, group_ms=1)
    read(audit, 0)
    wait_for_timers()
    synced = []
    monkeypatch.setattr(logfile.os, "fsync", synced.append)
    read(audit, 1)
    wait_for_timers()
    assert len(synced) == 1
    monkeypatch.setattr(logfile.os, "fsync", broken)
    read(audit, 2)
    wait_for_timers()
    with pytest.raises(AuditStopped, match="does not reach the disk"):
        read(audit, 3)


def wait_for_timers():
    for each in threading.enumerate():
        if isinstance(each, threading.Timer):
            each.join(10)


def broken(_):
    raise OSError(5, "Input/output error")


def test_many_lines_at_once_stand_together(tmp_path):
    """One write, consecutive numbers, and a checkpoint where their number passes one."""
    audit = a_log(tmp_path, every=4)
    audit.record_many(Entry("app 1", "score", f"customer {n}", {"labels": 2}) for n in range(10))
    audit.record_many(())
    subjects = [line["subject"] for line in lines_of(audit.path)]
    assert subjects == [*(f"customer {n}" for n in range(10)), "lines 1 to 10"]
    assert check_audit(audit.path).findings == []


def fill(path, name, count):
    audit = AuditLog(
        Path(path),
        signer=Signer(Path(path).with_name("audit.key")),
        keeping=Keeping(every=20, rotate_bytes=6_000, group_ms=5),
    )
    for number in range(count):
        audit.record(name, "score", f"customer {number}", labels="churn")
    audit.close()


def test_processes_that_record_together_leave_one_chain(tmp_path):
    """Four processes with files set apart and checkpoints in between: every line is there, once."""
    path = tmp_path / "audit.jsonl"
    context = get_context("fork")
    names = [f"app {n}" for n in range(4)]
    workers = [context.Process(target=fill, args=(str(path), name, 60)) for name in names]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
        assert each.exitcode == 0
    assert check_audit(path).findings == []
    told = [line for file in verifier.log_files(path) for line in lines_of(file)]
    for name in names:
        mine = [line["subject"] for line in told if line["actor"] == name]
        assert mine == [f"customer {n}" for n in range(60)]


def test_a_fork_takes_a_lock_of_its_own(tmp_path):
    """A log that is open in the parent is opened anew by the child."""
    audit = a_log(tmp_path)
    read(audit, 0)
    child = get_context("fork").Process(target=read, args=(audit, 1))
    child.start()
    child.join()
    read(audit, 2)
    assert child.exitcode == 0
    assert verify_audit(audit.path) == 3


KILLED = """
import os, sys
from pathlib import Path
from governance import AuditLog, Keeping
audit = AuditLog(Path(sys.argv[1]), keeping=Keeping(group_ms=60000))
for number in range(50):
    audit.record("app 1", "score", f"customer {number}")
os.kill(os.getpid(), 9)
"""


def test_a_read_outlives_the_process(tmp_path):
    """Killed before any sync, every line that was recorded is in the log."""
    path = tmp_path / "audit.jsonl"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert (done.returncode, verify_audit(path)) == (-9, 50)


CANARIES = (
    *("13912345678", "+86 139 1234 5678", "139-1234-5678", "021-62345678", "+420 601 123 456"),
    *("11010519491231002X", "110105199003078515", "6222021234567890123", "4111 1111 1111 1111"),
    "anna.novak@mail.example",
)


@pytest.mark.parametrize("canary", CANARIES)
def test_no_place_of_a_line_takes_a_personal_value(tmp_path, canary):
    """Actor, subject and facts, on their own or among words, nested or in a list."""
    audit = a_log(tmp_path)
    audit.record(
        f"app {canary} x", "ask why", f"about {canary}", said=f"call {canary}, now",
        more=[{"deep": canary}], paths=(Path(canary),),
    )  # fmt: skip
    assert canary not in audit.path.read_text()


@pytest.mark.parametrize("key", ["name", "Phone", "id_number", "address", "note", "password"])
def test_facts_of_personal_names_are_kept_out_whatever_they_hold(tmp_path, key):
    """Even a value that looks like nothing."""
    audit = a_log(tmp_path)
    audit.record("app 1", "score", "customer 1", **{key: "王小明", "deep": {key: ["王小明"]}})
    (line,) = lines_of(audit.path)
    assert line["facts"] == {key: "[kept out]", "deep": {key: "[kept out]"}}


def test_ids_dates_digests_and_figures_are_kept_as_they_are(tmp_path):
    """What proves who was read must stay readable, however many digits an id has."""
    audit = a_log(tmp_path)
    facts = {
        "customer": 13912345678, "digest": "5f13912345678e0" * 4, "day": "2026-07-01",
        "on": NOON.date(), "ids": frozenset({3, 1}), "share": float("nan"), "odd": "\ud800",
    }  # fmt: skip
    audit.record("staff 4", "open row", "customer 13912345678", **facts)
    (line,) = lines_of(audit.path)
    assert line["subject"] == "customer 13912345678"
    kept = {**facts, "on": "2026-07-01", "ids": [1, 3], "share": None}
    assert line["facts"] == kept
    assert verify_audit(audit.path) == 1
    with pytest.raises(TypeError, match="fact 'what' is a object"):
        audit.record("staff 4", "open row", "row 1", what=object())


def test_the_environment_says_how_a_log_is_kept():
    """Lines, MiB or month, milliseconds; anything else is refused with what is allowed."""
    said = {"GOODCALL_AUDIT_EVERY": "10", "GOODCALL_AUDIT_ROTATE": "month"}
    assert keeping_of(said, group_ms=50) == Keeping(10, 64 * 2**20, monthly=True, group_ms=50)
    assert keeping_of({"GOODCALL_AUDIT_ROTATE": "2"}) == Keeping(rotate_bytes=2 * 2**20)
    for name in ("EVERY", "ROTATE", "GROUP_MS"):
        with pytest.raises(GovernanceError, match=f"GOODCALL_AUDIT_{name} is '-1'; write"):
            keeping_of({f"GOODCALL_AUDIT_{name}": "-1"})
