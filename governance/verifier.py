r"""Verifies an audit log by itself: it needs Python's standard library and `cryptography` alone.

    python verify_audit.py FOLDER

FOLDER holds audit.jsonl with the files that came before it, audit.checkpoints.jsonl and audit.pub;
or it is an unpacked bundle, whose manifest is checked too. Exit 0 where everything holds, 1 where
something does not, 2 where there is nothing to verify, or a folder that may not be looked into.

A line ends in `,"hash":"H"}`, where H is the SHA-256 of the bytes before that ending; its `before`
is the hash of the line before it, in the file before it where it is the first. Lines that have no
number `n` are of an earlier form: their hash is of their own JSON with sorted keys. A checkpoint
signs, by Ed25519, the bytes "goodcall audit checkpoint\nCOUNT\nHASH\nAT\n".

Only regular files are read, up to the size that they have when they are opened, and lines up to
64 MiB: a pipe, a device or a line without end is a finding.
"""

import argparse
import base64
import binascii
import errno
import fcntl
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

START = "0" * 64
LOG, CHECKPOINTS, KEYS = "audit.jsonl", "audit.checkpoints.jsonl", "audit.pub"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CHECKPOINT = "checkpoint"
SEAL = re.compile(rb',"hash":"([0-9a-f]{64})"}\Z')
# The most bytes of a line, and of a file that is read whole.
LONGEST = 64 * 2**20
_TOO_LONG = f"longer than {LONGEST // 2**20} MiB"
_MOST = 1_000
_CHUNK = 2**20
_KEY_ID = 16
_BEGIN = b"-----BEGIN "
_PEM = re.compile(rb"-----BEGIN (?:(?!-----BEGIN ).)+?-----END PUBLIC KEY-----\n?", re.DOTALL)

Kind = Literal[
    "unreadable", "cut short", "changed", "missing", "out of place", "unsigned", "cut off", "bundle"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: in which file, at which of its lines, what."""

    file: str
    line: int
    kind: Kind
    what: str


@dataclass(slots=True)
class Verdict:
    """What a verification found: how many lines, in which files, signed up to which, by whom.

    `keys` counts the good checkpoints of each key; lines after number `signed` are chained and not
    signed yet. No more than a thousand findings are kept.
    """

    lines: int = 0
    files: tuple[str, ...] = ()
    signed: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, file: str, line: int, kind: Kind, what: str) -> None:
        """Keep a finding."""
        if len(self.findings) < _MOST:
            self.findings.append(Finding(file, line, kind, what))

    def unfit(self, path: Path, error: OSError) -> None:
        """Keep that a file cannot be read."""
        self.find(path.name, 0, "unreadable", f"cannot be read: {error.strerror}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log's first `count` lines end in the hash `last`, signed by `key` at a moment."""

    count: int
    last: str
    at: str
    key: str
    signature: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return f"goodcall audit checkpoint\n{self.count}\n{self.last}\n{self.at}\n".encode()


def log_files(log: Path) -> list[Path]:
    """The files of a log in order: those set apart by number, then the one that grows."""
    apart = sorted(log.parent.glob(f"{log.stem}-{'[0-9]' * 6}{log.suffix}"))
    return [*apart, *([log] if log.exists() else [])]


def key_id(key: Ed25519PublicKey) -> str:
    """The name of a public key: the start of its SHA-256."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:_KEY_ID]


def public_keys(pem: bytes) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a PEM file by their names, those that read."""
    found = (_key_in(each) for each in _PEM.findall(pem))
    return {key_id(key): key for key in found if key is not None}


def _key_in(block: bytes) -> Ed25519PublicKey | None:
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def verify(log: Path, checkpoints: Path, keys: Path) -> Verdict:
    """Every line of a log and every checkpoint, held against one another.

    What is appended meanwhile is left alone: files are read up to where they end now.
    """
    verdict = Verdict()
    with ExitStack() as stack:
        parts, points = opened(log, checkpoints, stack, verdict.unfit)
        verdict.files = tuple(path.name for path, _, _ in parts)
        known = _known(keys, verdict)
        lines = lines_of(*points) if points else iter(())
        said = _checkpoints(checkpoints.name, lines, known, verdict)
        chain = _Chain(verdict, known, {each.count: each for each in said.values()})
        for path, file, size in parts:
            chain.walk(path.name, lines_of(file, size))
    _compare(chain, said, checkpoints.name, keys, verdict)
    return verdict


@dataclass
class _Chain:
    """Walks line by line, and knows the number and the hash that the next one must follow."""

    verdict: Verdict
    known: Mapping[str, Ed25519PublicKey]
    wanted: Mapping[int, Checkpoint]
    number: int = 0
    before: frozenset[str] = frozenset({START})
    signed: set[tuple[int, str]] = field(default_factory=set)
    seen: dict[int, str] = field(default_factory=dict)

    def walk(self, file: str, lines: Iterator[bytes]) -> None:
        for place, raw in enumerate(lines, start=1):
            self.verdict.lines += 1
            if len(raw) > LONGEST:
                what = f"is {_TOO_LONG}: from here on the file was not read"
                self.verdict.find(file, place, "unreadable", what)
                self.number, self.before = self.number + 1, frozenset()
                return
            if not raw.endswith(b"\n"):
                what = "is cut short: its end is missing"
                self.verdict.find(file, place, "cut short", what)
            self._line(file, place, raw.removesuffix(b"\n"))

    def _line(self, file: str, place: int, raw: bytes) -> None:
        line = _parsed(raw)
        if line is None:
            self.verdict.find(file, place, "unreadable", "does not read as an audit line")
            self.number, self.before = self.number + 1, frozenset()
            return
        said, computed = line["hash"], _hash(raw, line)
        if said != computed:
            what = "was changed: its hash does not fit its words"
            self.verdict.find(file, place, "changed", what)
        self._follows(file, place, line)
        self.number = line.get("n", self.number + 1)
        self.before = frozenset({said, computed})
        if self.number in self.wanted:
            self.seen[self.number] = said
        if line["action"] == CHECKPOINT and line["actor"] == "audit log":
            self._checkpoint(file, place, line)

    def _follows(self, file: str, place: int, line: Mapping[str, Any]) -> None:
        due, number = self.number + 1, line.get("n", self.number + 1)
        if number > due:
            gone = f"line {due} is" if number == due + 1 else f"lines {due} to {number - 1} are"
            self.verdict.find(file, place, "missing", f"does not follow: {gone} missing before it")
        elif number < due:
            what = f"does not follow: it is line {number} where line {due} is due"
            self.verdict.find(file, place, "out of place", what)
        elif self.before and line["before"] not in self.before:
            what = (
                "does not follow from the line before it: one of them was replaced, or lines "
                "between them were removed or added"
            )
            self.verdict.find(file, place, "out of place", what)

    def _checkpoint(self, file: str, place: int, line: Mapping[str, Any]) -> None:
        point = point_in(line)
        if point is None or (point.count, point.last) != (self.number - 1, line["before"]):
            what = "is a checkpoint of other lines than those before it"
            self.verdict.find(file, place, "unsigned", what)
            return
        if why := _unsigned(point, self.known):
            self.verdict.find(file, place, "unsigned", why)
            return
        self.signed.add((point.count, point.signature))
        self.verdict.signed = max(self.verdict.signed, point.count)


def _compare(
    chain: _Chain, said: Mapping[int, Checkpoint], file: str, keys: Path, verdict: Verdict
) -> None:
    """Hold the file of checkpoints against the log: what was cut off the end shows here.

    A crash between both leaves the log's last checkpoint out of the file until the next line.
    """
    for place, point in said.items():
        if point.count > chain.number:
            what = (
                f"signs {point.count} lines, and the log ends at line {chain.number}: "
                "lines were cut off its end"
            )
            verdict.find(file, place, "cut off", what)
        elif chain.seen.get(point.count, "" if point.count else START) != point.last:
            what = f"signs another line {point.count} than the log has: the log was rewritten"
            verdict.find(file, place, "changed", what)
        elif (point.count, point.signature) not in chain.signed:
            what = (
                f"signs {point.count} lines, and the log's line {point.count + 1} does not say so"
            )
            verdict.find(file, place, "cut off", what)
        else:
            verdict.keys[point.key] = verdict.keys.get(point.key, 0) + 1
            verdict.signed = max(verdict.signed, point.count)
    kept = {(each.count, each.signature) for each in said.values()}
    for count, _ in sorted(chain.signed - kept):
        verdict.find(file, 0, "missing", f"lacks the log's checkpoint of {count} lines")
    bad = any(each.kind == "unsigned" for each in verdict.findings)
    if keys.exists() and not (said or chain.signed or bad):
        what = f"no checkpoint is left, and {keys.name} says that there were some"
        verdict.find(file, 0, "missing", what)


def _checkpoints(
    name: str, lines: Iterable[bytes], known: Mapping[str, Ed25519PublicKey], verdict: Verdict
) -> dict[int, Checkpoint]:
    """The checkpoints of a file by their line, those alone that are well signed."""
    found: dict[int, Checkpoint] = {}
    newest = -1
    for place, raw in enumerate(lines, start=1):
        if not raw.endswith(b"\n"):
            verdict.find(name, place, "cut short", "is cut short: its end is missing")
            continue
        point = _point(_json(raw))
        if point is None:
            verdict.find(name, place, "unreadable", "does not read as a checkpoint")
        elif why := _unsigned(point, known):
            verdict.find(name, place, "unsigned", why)
        elif written(point) != raw:
            verdict.find(
                name, place, "changed", "was changed: it is not written as checkpoints are"
            )
        elif point.count <= newest:
            verdict.find(name, place, "out of place", "signs no more lines than one before it")
        else:
            found[place], newest = point, point.count
    return found


def written(point: Checkpoint) -> bytes:
    """A checkpoint as a line of the file of checkpoints."""
    said = {name: getattr(point, name) for name in Checkpoint.__slots__}
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def _unsigned(point: Checkpoint, known: Mapping[str, Ed25519PublicKey]) -> str | None:
    """Why a checkpoint does not count; None where its signature is good."""
    key = known.get(point.key)
    if key is None:
        names = ", ".join(known) or "none"
        return f"is signed by key {point.key}, which is not among the public keys: {names}"
    try:
        key.verify(base64.b64decode(point.signature, validate=True), point.message)
    except (InvalidSignature, binascii.Error):
        return f"is a checkpoint whose signature by key {point.key} does not fit"
    return None


def point_in(line: Mapping[str, Any]) -> Checkpoint | None:
    """The checkpoint that a line of the log tells; None where it tells none."""
    return _point(line["facts"] | {"at": line["at"]})


def _point(said: object) -> Checkpoint | None:
    if not isinstance(said, dict) or not set(Checkpoint.__slots__) <= set(said):
        return None
    point = Checkpoint(*(said[name] for name in Checkpoint.__slots__))
    words = (point.last, point.at, point.key, point.signature)
    good = type(point.count) is int and all(isinstance(each, str) for each in words)
    return point if good and point.signature.isascii() else None


def _hash(raw: bytes, line: Mapping[str, Any]) -> str:
    """The hash that a line of these bytes must have."""
    if "n" in line:
        return hashlib.sha256(SEAL.sub(b"", raw)).hexdigest()
    if json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") != raw:
        return ""
    plain = {name: value for name, value in line.items() if name != "hash"}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """A line's members, where it has those of an audit line and, numbered, its seal."""
    line = _json(raw)
    if not isinstance(line, dict):
        return None
    texts = ("at", "actor", "action", "subject", "before", "hash")
    good = all(isinstance(line.get(name), str) for name in texts)
    good = good and isinstance(line.get("facts"), dict)
    if "n" in line:
        good = good and type(line["n"]) is int and SEAL.search(raw) is not None
    return line if good else None


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def opened(
    log: Path, checkpoints: Path, stack: ExitStack, unfit: Callable[[Path, OSError], None]
) -> tuple[list[tuple[Path, BinaryIO, int]], tuple[BinaryIO, int] | None]:
    """The files of a log with their sizes, and that of its checkpoints, all of one moment.

    `unfit` is told of each that cannot be read, which is then left out.
    """
    sized: list[tuple[Path, BinaryIO, int]] = []
    points: tuple[BinaryIO, int] | None = None
    with ExitStack() as moment:
        # A log that cannot be opened is told with the other files.
        with suppress(OSError):
            fcntl.flock(moment.enter_context(open_regular(log)), fcntl.LOCK_SH)
        for path in (*log_files(log), *([checkpoints] if checkpoints.exists() else [])):
            try:
                file = stack.enter_context(open_regular(path))
            except OSError as error:
                unfit(path, error)
                continue
            size = os.fstat(file.fileno()).st_size
            if path == checkpoints:
                points = file, size
            else:
                sized.append((path, file, size))
    return sized, points


def open_regular(path: Path) -> BinaryIO:
    """A file to read; OSError for what may have no end, such as a pipe, a device or a folder."""
    # Else opening a pipe waits until somebody writes to it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(handle, "rb")


def read_regular(path: Path) -> bytes:
    """A small file's bytes; OSError where it is no regular file or is longer than a line may be."""
    with open_regular(path) as file:
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise OSError(errno.EFBIG, f"it is {_TOO_LONG}", str(path))
    return content


def lines_of(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The lines of a file's first `size` bytes; one longer than LONGEST comes cut, as the last."""
    done = 0
    while done < size and (line := file.readline(LONGEST + 1)):
        yield line
        if len(line) > LONGEST:
            return
        done += len(line)


def _known(keys: Path, verdict: Verdict) -> dict[str, Ed25519PublicKey]:
    """The public keys of a file by their names, none where there is no file."""
    try:
        pem = read_regular(keys)
    except FileNotFoundError:
        return {}
    except OSError as error:
        verdict.unfit(keys, error)
        return {}
    good = sum(_key_in(each) is not None for each in _PEM.findall(pem))
    if not good or good < pem.count(_BEGIN):
        what = "holds something else than Ed25519 public keys as PEM: it was damaged or cut"
        verdict.find(keys.name, 0, "unreadable", what)
    return public_keys(pem)


def check_manifest(folder: Path, keys: Path, verdict: Verdict) -> None:
    """Hold the files of an unpacked bundle against its manifest, and that against its signature."""
    try:
        text = read_regular(folder / MANIFEST)
    except FileNotFoundError:
        what = "is missing: nothing says which files the bundle had, and that they are unchanged"
        verdict.find(MANIFEST, 0, "bundle", what)
        return
    except OSError as error:
        verdict.unfit(folder / MANIFEST, error)
        return
    signature, known = folder / SIGNATURE, _known(keys, Verdict()).values()
    if not any(_signed_in(signature, text, key) for key in known):
        verdict.find(SIGNATURE, 0, "unsigned", "is no signature of the manifest by a public key")
    said = named_in(text)
    if said is None:
        verdict.find(MANIFEST, 0, "unreadable", "does not read as a manifest")
        return
    for path, packed in said.items():
        if fault := _fault(folder, path, packed):
            verdict.find(MANIFEST, 0, "bundle", fault)
    there = {str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir()}
    for path in sorted(there - set(said) - {MANIFEST, SIGNATURE}):
        verdict.find(MANIFEST, 0, "bundle", f"does not name {path}, which is there")


def named_in(manifest: bytes) -> dict[str, tuple[str, int | None]] | None:
    """The files that a manifest names, with SHA-256 and size; None where it does not read as one.

    Manifests of earlier releases tell no sizes.
    """
    said = _json(manifest)
    named = said.get("files") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(named, dict):
        return None
    sizes = said.get("sizes", {})
    if not isinstance(sizes, dict) or not all(isinstance(each, str) for each in named.values()):
        return None
    return {path: (digest, sizes.get(path)) for path, digest in named.items()}


def _fault(folder: Path, path: str, packed: tuple[str, int | None]) -> str | None:
    """What is wrong with a file that the manifest names; None where it is as it was packed."""
    digest, size = packed
    try:
        file = (folder / path).resolve()
        if not file.is_relative_to(folder.resolve()):
            return f"names {path}, which lies outside the bundle"
        with open_regular(file) as content:
            # A file of another size may be so long that its SHA-256 takes days.
            if size not in (None, os.fstat(content.fileno()).st_size):
                return f"says another size than {path} has"
            found = _digest(content)
    except FileNotFoundError:
        return f"names {path}, which is missing"
    except (OSError, RuntimeError, ValueError) as error:
        return f"names {path}, which cannot be read: {getattr(error, 'strerror', None) or error}"
    return None if found == digest else f"says another SHA-256 than {path} has"


def _digest(file: BinaryIO) -> str:
    """The SHA-256 of a file up to where it ends now."""
    digest, left = hashlib.sha256(), os.fstat(file.fileno()).st_size
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def signed(signature: bytes, text: bytes, key: Ed25519PublicKey) -> bool:
    """Whether a signature in base64 is that of a text by a key."""
    try:
        key.verify(base64.b64decode(signature), text)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _signed_in(file: Path, text: bytes, key: Ed25519PublicKey) -> bool:
    try:
        return signed(read_regular(file), text, key)
    except OSError:
        return False


def main(argv: Sequence[str]) -> int:
    """Verify the folder that the arguments name, and say what was found or why nothing was."""
    try:
        return _verified(argv)
    except OSError as error:
        sys.stderr.write(f"{error.filename} cannot be read: {error.strerror}\n")
        return 2


def _verified(argv: Sequence[str]) -> int:
    reader = argparse.ArgumentParser(description="Verify an audit log or an unpacked bundle.")
    reader.add_argument("folder", type=Path)
    reader.add_argument("--checkpoints", type=Path, help="A copy of the checkpoints kept elsewhere")
    reader.add_argument("--key", type=Path, help="The public key as the bank handed it over")
    asked = reader.parse_args(argv)
    folder: Path = asked.folder
    inner = folder / "log" if (folder / "log").is_dir() else folder
    # Files that were set apart are found by their names, which must not be hidden.
    os.scandir(inner).close()
    points = asked.checkpoints or inner / CHECKPOINTS
    if not log_files(inner / LOG) and not points.exists():
        sys.stderr.write(f"neither {LOG} nor {CHECKPOINTS} in {inner}\n")
        return 2
    keys = asked.key or inner / KEYS
    verdict = verify(inner / LOG, points, keys)
    if inner != folder or (folder / MANIFEST).exists() or (folder / SIGNATURE).exists():
        check_manifest(folder, keys, verdict)
    for each in verdict.findings:
        place = f" line {each.line}" if each.line else ""
        sys.stdout.write(f"{each.file}{place} {each.what}\n")
    signers = ", ".join(f"{name} ({count})" for name, count in verdict.keys.items()) or "nobody"
    sys.stdout.write(
        f"{verdict.lines} lines in {len(verdict.files)} files, signed up to line {verdict.signed}, "
        f"checkpoints by {signers}; {len(verdict.findings)} findings\n"
    )
    return 1 if verdict.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
