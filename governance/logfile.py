"""The growing end of an audit log: one writer at a time, whatever process or thread it is in."""

import contextlib
import fcntl
import hashlib
import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from governance.errors import AuditStopped, BrokenAudit
from governance.verifier import LONGEST, START, log_files, open_regular

_END = re.compile(rb'"hash": ?"([0-9a-f]{64})"}\Z')
_NUMBER = re.compile(rb'\{"n":(\d+),')
_MONTH = re.compile(rb'"at": ?"(\d{4}-\d{2})')
_REACH = 4096


@dataclass(frozen=True, slots=True)
class Torn:
    """A last line that a crash cut short, set aside: into which file, its bytes, their SHA-256."""

    file: str
    size: int
    digest: str


class LogFile:
    """The last of a log's files, open to append to.

    It knows how many lines there are and the last one's hash, and looks them up again only where
    somebody else wrote since. `found` is the last line where it was looked up, and `torn` what was
    cut short behind it, until whoever records has seen to them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count, self.last = 0, START
        self.size = 0
        self.month: str | None = None
        self.torn: Torn | None = None
        self.found: bytes | None = None
        self._handle: int | None = None
        self._process = 0
        self._known = (0, 0)
        self._mutex = threading.RLock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else appends within the block, and the end is known."""
        with self._mutex:
            handle = self._lock()
            try:
                yield
            finally:
                if self._handle == handle:
                    fcntl.flock(handle, fcntl.LOCK_UN)

    def append(self, lines: bytes, count: int, last: str) -> None:
        """Add whole lines by one write; `count` and `last` are the log's once they stand.

        Where the disk takes only a part, that part is taken back: AuditStopped.
        """
        handle = self._open_handle()
        try:
            written = os.write(handle, lines)
        except OSError as error:
            raise AuditStopped(f"{self.path} cannot be written: {error}; {_FIRST}") from error
        if written < len(lines):
            os.ftruncate(handle, self.size)
            raise AuditStopped(f"{self.path} cannot be written: the disk is full; {_FIRST}")
        if self.size == 0:
            self.month = _month(lines)
        self.size += written
        self.count, self.last = count, last

    def set_apart(self) -> None:
        """Give the file the next number: the next line begins a new one, and follows from it."""
        os.fsync(self._open_handle())
        before = [each for each in log_files(self.path) if each != self.path]
        number = 1 + (int(before[-1].stem.rpartition("-")[2]) if before else 0)
        apart = self.path.with_name(f"{self.path.stem}-{number:06d}{self.path.suffix}")
        self.path.rename(apart)
        sync_folder(self.path.parent)
        self.close()

    def sync(self) -> None:
        """Wait until the disk holds what was appended so far."""
        with self._mutex:
            if self._handle is None:
                return
            handle = os.dup(self._handle)
        try:
            os.fsync(handle)
        except OSError as error:
            raise AuditStopped(f"{self.path} does not reach the disk: {error}; {_FIRST}") from error
        finally:
            os.close(handle)

    def close(self) -> None:
        """Let go of the file, and so of its lock."""
        with self._mutex:
            if self._handle is not None and self._process == os.getpid():
                os.close(self._handle)
            self._handle = None

    def _lock(self) -> int:
        """The handle of the file that stands at the path, locked."""
        while True:
            handle = self._open_handle()
            fcntl.flock(handle, fcntl.LOCK_EX)
            mine = os.fstat(handle)
            try:
                there = self.path.stat()
            except FileNotFoundError:
                there = None
            if there is None or (there.st_ino, there.st_dev) != (mine.st_ino, mine.st_dev):
                # Set apart by another process meanwhile.
                self.close()
                continue
            if self._known != (mine.st_ino, mine.st_dev) or self.size != mine.st_size:
                self._look(handle, mine.st_size)
                self._known = mine.st_ino, mine.st_dev
            return handle

    def _open_handle(self) -> int:
        """The handle, this process's own: a lock that a fork inherits would keep nobody out."""
        if self._handle is None or self._process != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.exists()
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._handle = _opened(self.path, flags)
            self._process = os.getpid()
            self._known, self.month = (0, 0), None
            if fresh:
                sync_folder(self.path.parent)
        return self._handle

    def _look(self, handle: int, size: int) -> None:
        """Find the end of the log, and set aside what a crash left of a line."""
        line = _last_line(handle, size) if size else b""
        if size and not line.endswith(b"\n"):
            size, line = self._mended(handle, size, line)
        if size == 0:
            self.month = None
            self._look_before()
        else:
            self.month = self.month or _month(os.pread(handle, _REACH, 0))
            self.count, self.last = _end_of(self.path, handle, line)
            self.found = line
        self.size = size

    def _look_before(self) -> None:
        """Find the end of the file before this one, which has no line yet."""
        before = [each for each in log_files(self.path) if each != self.path]
        self.count, self.last = 0, START
        if before:
            with _reading(before[-1]) as file:
                self.found = _last_line(file.fileno(), os.fstat(file.fileno()).st_size)
                self.count, self.last = _end_of(before[-1], file.fileno(), self.found)

    def _mended(self, handle: int, size: int, rest: bytes) -> tuple[int, bytes]:
        """The size up to which lines are whole, and the last of them; a torn rest is set aside."""
        if _END.search(rest):
            # Only the end of the line is missing: nothing of what it says.
            os.write(handle, b"\n")
            return size + 1, rest + b"\n"
        self.torn = set_aside(self.path, handle, size, rest)
        size -= len(rest)
        return size, _last_line(handle, size) if size else b""


def set_aside(path: Path, handle: int, size: int, rest: bytes) -> Torn:
    """Move the torn end of a file into one of its own beside it; nothing of it is lost."""
    digest = hashlib.sha256(rest).hexdigest()
    file = path.with_name(f"{path.stem}-torn-{size}-{digest[:12]}.bin")
    with file.open("wb") as kept:
        kept.write(rest)
        kept.flush()
        os.fsync(kept.fileno())
    sync_folder(path.parent)
    os.ftruncate(handle, size - len(rest))
    os.fsync(handle)
    return Torn(file.name, len(rest), digest)


def append_whole(path: Path, line: bytes) -> Torn | None:
    """Add a line to a small file, unless it is the last one there, and wait for the disk.

    What was torn there is set aside.
    """
    fresh, torn = not path.exists(), None
    handle = _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC)
    try:
        size = os.fstat(handle).st_size
        rest = _last_line(handle, size) if size else b"\n"
        if rest == line:
            return None
        if not rest.endswith(b"\n"):
            torn = set_aside(path, handle, size, rest)
        if os.write(handle, line) < len(line):
            raise AuditStopped(f"{path} cannot be written: the disk is full; {_FIRST}")
        os.fsync(handle)
    finally:
        os.close(handle)
    if fresh:
        sync_folder(path.parent)
    return torn


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows which files a folder holds."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_FIRST = "what cannot be recorded must not happen, so mend this first"


def _opened(path: Path, flags: int) -> int:
    """The handle of a regular file; AuditStopped where it cannot be opened, or keeps no lines."""
    try:
        handle = os.open(path, flags | os.O_NONBLOCK, 0o660)
    except OSError as error:
        raise AuditStopped(f"{path} cannot be opened: {error}; {_FIRST}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise AuditStopped(
            f"{path} is no regular file, so lines in it would be lost; move it away, {_FIRST}"
        )
    return handle


def _reading(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        raise AuditStopped(f"{path} cannot be read: {error.strerror}; {_FIRST}") from error


def _end_of(path: Path, handle: int, line: bytes) -> tuple[int, str]:
    """The number and the hash of the last line of an open file; BrokenAudit where it has none."""
    end = _END.search(line.removesuffix(b"\n"))
    if end is None:
        raise BrokenAudit(
            f"the last line of {path} is no audit line; `goodcall audit verify` says more. Move "
            "the file away as evidence, and a new log begins"
        )
    number = _NUMBER.match(line)
    count = int(number[1]) if number else _count(handle)
    return count, end[1].decode()


def _count(handle: int) -> int:
    """How many lines a file of the earlier form has, which numbers none."""
    with contextlib.closing(os.fdopen(os.dup(handle), "rb")) as file:
        file.seek(0)
        return sum(1 for _ in file)


def _last_line(handle: int, size: int) -> bytes:
    """The last line of an open file, with its end where it has one."""
    reach = _REACH
    while True:
        tail = os.pread(handle, min(reach, size), max(0, size - reach))
        found = tail.rfind(b"\n", 0, len(tail) - 1)
        if found >= 0:
            return tail[found + 1 :]
        if reach >= size:
            return tail
        if reach > LONGEST:
            raise BrokenAudit(
                f"the last line of an audit file is longer than {LONGEST // 2**20} MiB, which no "
                "line is; `goodcall audit verify` says which. Move the file away as evidence, and "
                "a new log begins"
            )
        reach *= 4


def _month(lines: bytes) -> str | None:
    found = _MONTH.search(lines)
    return found[1].decode() if found else None
