"""The audit log finds any line that was changed, removed or moved; masks hide what they must."""

import doctest
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

import governance.masking
from governance import AuditLog, BrokenAudit, PartialMasker, verify_audit

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


def rewrite_whole(lines):
    line = json.loads(lines[2]) | {"subject": "customer 9"}
    lines[2] = json.dumps(line).encode()


@pytest.mark.parametrize(
    ("harm", "line"), [(change, 3), (remove, 4), (swap, 2), (rewrite_whole, 3)]
)
def test_a_tampered_log_is_found_at_its_line(log, harm, line):
    """A changed, removed or moved line is named."""
    lines = log.path.read_bytes().splitlines()
    harm(lines)
    log.path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(BrokenAudit, match=f"line {line} does not follow"):
        verify_audit(log.path)


def test_lines_written_at_once_still_chain(tmp_path):
    """Threads that record together leave one unbroken chain."""
    audit = AuditLog(tmp_path / "audit.jsonl", lambda: NOON)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.record("app", "score", str(n), text="长" * 3000), range(40)))
    assert verify_audit(audit.path) == 40


def test_the_examples_of_masks_hold():
    """Every doctest of the masks runs."""
    assert doctest.testmod(governance.masking).failed == 0


@pytest.mark.parametrize("value", ["王", "王芳", "欧阳晓明", "Novak Jan"])
def test_a_masked_name_is_never_the_name(value):
    """However short, a part of it is hidden."""
    assert PartialMasker().name(value) != value


@pytest.mark.parametrize("value", ["", "1", "138001"])
def test_a_short_number_is_hidden_whole(value):
    """Six signs or fewer show none."""
    assert PartialMasker().number(value) == "*" * len(value)
