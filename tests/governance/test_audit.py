"""The audit log finds any line that was changed, removed or moved; masks hide what they must."""

import doctest
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from chained import verify_audit

import governance.facts
import governance.masking
from governance import AuditLog, PartialMasker, check_audit

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    audit = AuditLog(tmp_path / "audit.jsonl", lambda: NOON)
    for number in range(6):
        audit.record("manager 7", "read list", f"customer {number}", rows=number)
    return audit


def test_an_untouched_log_verifies(log):
    """Every line follows from the one before it."""
    assert verify_audit(log.path) == 6


def change(lines):
    lines[2] = lines[2].replace(b"customer 2", b"customer 9")


def remove(lines):
    del lines[3]


def swap(lines):
    lines[1], lines[2] = lines[2], lines[1]


def insert(lines):
    lines.insert(4, lines[1])


def tear(lines):
    lines[5] = lines[5][:40]


def forge(lines):
    """A line with a seal of its own, as somebody writes who knows how lines are made."""
    line = json.loads(lines[2]) | {"subject": "customer 9"}
    del line["hash"]
    body = json.dumps(line, separators=(",", ":"))[:-1].encode()
    lines[2] = body + f',"hash":"{hashlib.sha256(body).hexdigest()}"}}'.encode()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (change, "line 3 was changed: its hash does not fit its words"),
        (remove, "line 4 does not follow: line 4 is missing before it"),
        (swap, "line 2 does not follow: line 2 is missing before it"),
        (insert, "line 5 does not follow: it is line 2 where line 5 is due"),
        (tear, "line 6 does not read as an audit line"),
        (forge, "line 4 does not follow from the line before it"),
    ],
)
def test_a_tampered_log_is_found_at_its_line(log, harm, said):
    """A line that was changed, removed, moved, added, cut or forged is named with what is wrong."""
    lines = log.path.read_bytes().splitlines()
    harm(lines)
    log.path.write_bytes(b"\n".join(lines) + b"\n")
    found = check_audit(log.path).findings[0]
    assert f"line {found.line} {found.what}".startswith(said)


def test_the_form_of_a_line_is_what_standard_tools_verify(log):
    """The hash is of the bytes before it, and `before` is the hash of the line before."""
    before = "0" * 64
    for number, raw in enumerate(log.path.read_bytes().splitlines(), start=1):
        body, hash_ = raw[:-75], raw[-66:-2].decode()
        assert hashlib.sha256(body).hexdigest() == hash_
        line = json.loads(raw)
        assert (line["n"], line["before"], line["hash"]) == (number, before, hash_)
        before = hash_


OLD = (
    '{"at": "2026-07-01T12:00:00+00:00", "actor": "manager 7", "action": "read list", '
    '"subject": "客户 1", "facts": {"rows": 1}, "before": "%s"}'
)


def test_lines_of_the_earlier_form_are_followed_and_verified(tmp_path):
    """A log that was begun before lines had numbers goes on, and a changed byte in it is found."""
    path, before = tmp_path / "audit.jsonl", "0" * 64
    for _ in range(3):
        line = json.loads(OLD % before)
        plain = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256(plain.encode()).hexdigest()
        text = json.dumps(line | {"hash": before}, ensure_ascii=False)
        with path.open("a") as file:
            file.write(text + "\n")
    AuditLog(path).record("manager 7", "read list", "list 1")
    assert verify_audit(path) == 4
    assert json.loads(path.read_text().splitlines()[-1])["n"] == 4
    path.write_bytes(path.read_bytes().replace(b'"rows": 1}', b'"rows":  1}', 1))
    found = [(each.line, each.kind) for each in check_audit(path).findings]
    assert found == [(1, "changed")]


def test_lines_written_at_once_still_chain(tmp_path):
    """Threads that record together leave one unbroken chain."""
    audit = AuditLog(tmp_path / "audit.jsonl", lambda: NOON)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.record("app", "score", str(n), text="长" * 3000), range(40)))
    assert verify_audit(audit.path) == 40


def test_the_examples_of_masks_hold():
    """Every doctest of the masks runs."""
    for module in (governance.facts, governance.masking):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("value", ["王", "王芳", "欧阳晓明", "Novak Jan"])
def test_a_masked_name_is_never_the_name(value):
    """However short, a part of it is hidden."""
    assert PartialMasker().name(value) != value


@pytest.mark.parametrize("value", ["", "1", "138001"])
def test_a_short_number_is_hidden_whole(value):
    """Six signs or fewer show none."""
    assert PartialMasker().number(value) == "*" * len(value)
