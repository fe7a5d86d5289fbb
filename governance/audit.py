"""The audit log: who read, changed or exported what, each line chained to the one before."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from governance.errors import BrokenAudit

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditLog:
    """An append-only file of JSON lines; each holds the hash of the line before it.

    `now` is the clock, so that a caller decides what time it is.
    """

    path: Path
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def record(self, actor: str, action: str, subject: str, **facts: object) -> None:
        """Append one line under a lock and flush it to the disk, or raise."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            line: dict[str, object] = {
                "at": self.now().astimezone(UTC).isoformat(timespec="seconds"),
                "actor": actor,
                "action": action,
                "subject": subject,
                "facts": facts,
                "before": _last_hash(file.fileno()),
            }
            file.write(_sealed(line))
            file.flush()
            os.fsync(file.fileno())


def verify_audit(path: Path) -> int:
    """The number of lines in an audit log whose chain holds.

    A line that was changed, removed or moved breaks the chain and is a BrokenAudit that names it;
    lines cut from the end cannot show here, because nothing after them points back.
    """
    before = _START
    count = 0
    for count, raw in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            line = json.loads(raw)
            said = line.pop("hash")
        except (ValueError, KeyError, AttributeError) as error:
            raise BrokenAudit(f"{path} line {count} does not read as an audit line") from error
        if line.get("before") != before or said != _hash(line):
            raise BrokenAudit(
                f"{path} line {count} does not follow from the line before it: "
                "the log was changed, and everything from here on is in doubt"
            )
        before = said
    return count


def _last_hash(handle: int) -> str:
    """The hash of the last line, read from the end of an open file."""
    size = os.fstat(handle).st_size
    if size == 0:
        return _START
    reach = 4096
    while True:
        tail = os.pread(handle, min(reach, size), max(0, size - reach))
        lines = tail.rstrip(b"\n").split(b"\n")
        if len(lines) > 1 or reach >= size:
            found: str = json.loads(lines[-1])["hash"]
            return found
        reach *= 2


def _sealed(line: dict[str, object]) -> bytes:
    return json.dumps(line | {"hash": _hash(line)}, ensure_ascii=False).encode() + b"\n"


def _hash(line: dict[str, object]) -> str:
    plain = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
