"""All that an external auditor needs in one file: the log, what signs it, and what was in force."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

from goodcall.atomic import new_file
from governance import verifier
from governance.errors import BrokenAudit
from governance.signing import Signer
from governance.verifier import CHECKPOINTS, KEYS, MANIFEST, SIGNATURE

README, VERIFIER = "README.md", "verify_audit.py"
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was packed: each file with its SHA-256, and what the workspace has none of."""

    path: Path
    files: Mapping[str, str]
    absent: tuple[str, ...]


def write_bundle(
    path: Path,
    log: Path,
    parts: Mapping[str, bytes],
    *,
    signer: Signer,
    now: datetime,
    absent: tuple[str, ...] = (),
) -> Bundle:
    """Pack a log with its checkpoints and public keys, and `parts` by their names in the bundle.

    The log is packed as it stands: what is in it was masked when it was written, and its chain
    would not hold otherwise. `absent` says what else an auditor might look for and why it is not
    there. A manifest with the SHA-256 of every file is signed by `signer`.
    """
    with ExitStack() as stack:
        sized, points = verifier.opened(log, log.with_name(CHECKPOINTS), stack, _refuse)
        with new_file(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
            pack = _Pack(packed, now)
            for file, content, size in sized:
                pack.add(f"log/{file.name}", _chunks(content, size))
            pack.add(f"log/{CHECKPOINTS}", _chunks(*points) if points else iter(()))
            for file in (log.with_name(KEYS), *sorted(log.parent.glob(f"{log.stem}-torn-*.bin"))):
                if file.exists():
                    pack.add(f"log/{file.name}", iter((file.read_bytes(),)))
            for name, said in sorted(parts.items()):
                pack.add(name, iter((said,)))
            pack.add(VERIFIER, iter((Path(verifier.__file__).read_bytes(),)))
            readme = (files("governance") / "bundle_readme.md").read_bytes()
            pack.add(README, iter((readme,)))
            digests = dict(pack.digests)
            manifest = _manifest(digests, dict(pack.sizes), now, absent)
            pack.add(MANIFEST, iter((manifest,)))
            pack.add(SIGNATURE, iter((signer.sign(manifest),)))
    return Bundle(path, digests, absent)


def is_bundle(path: Path, keys: Path) -> bool:
    """Whether a file is a bundle as it was packed, its manifest signed by one of public keys."""
    try:
        known = verifier.public_keys(keys.read_bytes()).values()
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            if not {MANIFEST, SIGNATURE} <= set(names):
                return False
            manifest, signature = packed.read(MANIFEST), packed.read(SIGNATURE)
            said = verifier.named_in(manifest) or {}
            return (
                any(verifier.signed(signature, manifest, key) for key in known)
                and sorted(names) == sorted((*said, MANIFEST, SIGNATURE))
                and all(_digest(packed, name) == digest for name, (digest, _) in said.items())
            )
    except (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def _digest(packed: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with packed.open(name) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class _Pack:
    """A zip file that keeps the SHA-256 and the size of what goes into it."""

    def __init__(self, packed: zipfile.ZipFile, now: datetime) -> None:
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._packed, self._date = packed, now.astimezone(UTC).timetuple()[:6]

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        """Put a file in."""
        member = zipfile.ZipInfo(name, self._date)
        member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o640 << 16
        digest, size = hashlib.sha256(), 0
        with self._packed.open(member, "w", force_zip64=True) as file:
            for each in chunks:
                digest.update(each)
                size += file.write(each)
        self.sizes[name] = size
        self.digests[name] = digest.hexdigest()


def _refuse(path: Path, error: OSError) -> None:
    raise BrokenAudit(
        f"{path} cannot be packed: {error.strerror}; `goodcall audit verify` says what is wrong"
    ) from error


def _chunks(file: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left and (chunk := file.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


def _manifest(
    digests: Mapping[str, str], sizes: Mapping[str, int], now: datetime, absent: tuple[str, ...]
) -> bytes:
    said = {
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "files": digests,
        "sizes": sizes,
        "absent": list(absent),
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"
