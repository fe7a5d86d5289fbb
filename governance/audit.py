"""The audit log: who read, changed, exported, decided or was refused what, each line chained."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goodcall.workspace import Workspace
from governance.errors import AuditStopped
from governance.facts import logged, masked
from governance.keeping import Keeping, keeping_of
from governance.logfile import LogFile, Torn, append_whole
from governance.signing import Signer
from governance.verifier import (
    CHECKPOINT,
    CHECKPOINTS,
    KEYS,
    LONGEST,
    Checkpoint,
    Verdict,
    point_in,
    read_regular,
    verify,
    written,
)

# By these actions somebody looks, and nothing changes, leaves the house or is decided.
READS = frozenset({
    "access.read", "ask why", "audit.read", "compare served rows", "consent.read",
    "contact.check", "explain", "list.read", "metrics", "model.read", "next", "offers",
    "open row", "policy.read", "read audit log", "read hold-out", "read list", "read summary",
    "read test of policies", "read tiers", "rights.explain", "rights.view", "score", "view",
})  # fmt: skip
_ITSELF = "audit log"
_SIGNED = f'"action":"{CHECKPOINT}"'.encode()


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line tells: who did what to whom or what, with the facts that make it plain."""

    actor: str
    action: str
    subject: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def lasting(self) -> bool:
        """Whether the line must be on the disk before the action goes on; a refusal always is."""
        return self.action not in READS or "refused" in self.facts


class AuditLog:
    """An append-only log of JSON lines; each holds the hash of the line before it.

    Any number of threads and processes may record into one log. Telephones, document numbers and
    facts of personal names are kept out of it, whoever records. `now` is the clock, so that a
    caller decides what time it is; `signer` signs the checkpoints that `keeping` asks for.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        signer: Signer | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self.path, self.now = path, now
        self._signer, self._keeping = signer, keeping or Keeping()
        self._file = LogFile(path)
        self._timer: threading.Timer | None = None
        self._failed: AuditStopped | None = None
        self._waiting = threading.Lock()

    def record(self, actor: str, action: str, subject: str, **facts: object) -> None:
        """Append one line, or raise AuditStopped: what cannot be recorded must not happen.

        A change, an export, a decision or a refusal is on the disk before this returns. A read is
        written, so that it outlives the process, and on the disk within the `group_ms` of the
        keeping, or with the next line that is not a read, by whichever process that is.
        """
        self.record_many((Entry(actor, action, subject, facts),))

    def record_many(self, entries: Iterable[Entry]) -> None:
        """Append the lines of some entries, next to one another and by one write."""
        told = tuple(entries)
        if not told:
            return
        if self._failed is not None:
            raise self._failed
        kept = [(masked(e.actor), e.action, masked(e.subject), logged(e.facts)) for e in told]
        moment = self._moment()
        while True:
            with self._file.locked():
                self._mend(moment)
                if not self._due(moment):
                    signs = self._append(moment, kept)
                    break
                self._file.set_apart()
        if signs or not self._keeping.group_ms or any(each.lasting for each in told):
            self._file.sync()
        else:
            self._sync_soon()

    def checkpoint(self) -> Checkpoint:
        """Sign all lines so far; the checkpoint stands in the log and in a file of its own."""
        moment = self._moment()
        with self._file.locked():
            self._mend(moment)
            point = self._sign(moment)
        self._file.sync()
        return point

    def sync(self) -> None:
        """Wait until every line recorded so far is on the disk."""
        self._file.sync()

    def close(self) -> None:
        """Bring to the disk what is not there yet, and let go of the file."""
        with self._waiting:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._file.sync()
        self._file.close()

    def _moment(self) -> str:
        return self.now().astimezone(UTC).isoformat(timespec="milliseconds")

    def _due(self, moment: str) -> bool:
        """Whether a new file must begin before the next line."""
        file, keeping = self._file, self._keeping
        if not file.size:
            return False
        full = file.size >= keeping.rotate_bytes
        return full or (keeping.monthly and file.month is not None and moment[:7] > file.month)

    def _append(self, moment: str, kept: Iterable[tuple[str, str, str, Mapping[str, Any]]]) -> bool:
        """Append lines under the lock; whether they were signed, too."""
        file, every = self._file, self._keeping.every
        count, last, lines = file.count, file.last, []
        for actor, action, subject, facts in kept:
            count += 1
            line, last = _sealed(count, moment, (actor, action, subject, facts), last)
            if len(line) > LONGEST:
                raise AuditStopped(
                    f"a line of {len(line):,} bytes about {subject!r} is longer than the "
                    f"{LONGEST:,} that are read back; record the action in parts"
                )
            lines.append(line)
        signs = self._signer is not None and every > 0 and file.count // every < count // every
        file.append(b"".join(lines), count, last)
        if signs:
            self._sign(moment)
        return signs

    def _sign(self, moment: str) -> Checkpoint:
        """Sign the lines so far: into the log, then into the file of checkpoints.

        Where a crash comes between both, whoever records next finds it at the log's end.
        """
        if self._signer is None:
            raise AuditStopped("this audit log has no key to sign by; open it with a Signer")
        point = self._signer.checkpoint(self._file.count, self._file.last, moment)
        self._show_key()
        facts = {"count": point.count, "last": point.last, "key": point.key}
        said = (_ITSELF, CHECKPOINT, f"lines 1 to {point.count}")
        self._append_own(moment, (*said, facts | {"signature": point.signature}))
        # What is signed is on the disk before the second copy of its signature.
        self._file.sync()
        self._keep(point, moment)
        return point

    def _keep(self, point: Checkpoint, moment: str) -> None:
        """Put a checkpoint into the file of checkpoints, unless it is its last."""
        self._say_torn(append_whole(self.path.with_name(CHECKPOINTS), written(point)), moment)

    def _mend(self, moment: str) -> None:
        """See to what a crash left at the end of the log, if it did."""
        found, self._file.found = self._file.found, None
        if found is not None and _SIGNED in found:
            line = json.loads(found)
            if (point := point_in(line)) is not None:
                self._keep(point, moment)
        torn, self._file.torn = self._file.torn, None
        self._say_torn(torn, moment)

    def _say_torn(self, torn: Torn | None, moment: str) -> None:
        """Note what was found cut short by a crash and set aside."""
        if torn is not None:
            facts = {"bytes": torn.size, "sha256": torn.digest}
            self._append_own(moment, (_ITSELF, "set torn line aside", torn.file, facts))

    def _append_own(self, moment: str, said: tuple[str, str, str, Mapping[str, Any]]) -> None:
        count = self._file.count + 1
        line, last = _sealed(count, moment, said, self._file.last)
        self._file.append(line, count, last)

    def _show_key(self) -> None:
        """Keep the public key beside the log, after those that signed before it."""
        path = self.path.with_name(KEYS)
        if self._signer is not None:
            pem = self._signer.public_pem
            kept = _public_keys_in(path)
            if pem not in kept:
                # What was cut short there keeps a line of its own.
                cut = kept and not kept.endswith(b"\n")
                with path.open("ab") as file:
                    file.write(b"\n" + pem if cut else pem)

    def _sync_soon(self) -> None:
        """Have a thread bring the reads to the disk, all that gather until it does."""
        with self._waiting:
            if self._timer is None:
                self._timer = threading.Timer(self._keeping.group_ms / 1000, self._sync_group)
                self._timer.start()

    def _sync_group(self) -> None:
        with self._waiting:
            self._timer = None
        try:
            self._file.sync()
        except AuditStopped as error:
            self._failed = error


def open_audit(place: Workspace, environment: Mapping[str, str], *, group_ms: int = 0) -> AuditLog:
    """A workspace's audit log, kept as the environment says (`keeping_of`), signed by its key.

    With `group_ms` reads gather for so many milliseconds before they wait for the disk together.
    """
    keeping = keeping_of(environment, group_ms=group_ms)
    return AuditLog(place.audit, signer=Signer(place.audit_key), keeping=keeping)


def check_audit(path: Path, checkpoints: Path | None = None, keys: Path | None = None) -> Verdict:
    """What verifying a log found; by a copy of its checkpoints, and public keys, kept elsewhere."""
    return verify(path, checkpoints or path.with_name(CHECKPOINTS), keys or path.with_name(KEYS))


def _public_keys_in(path: Path) -> bytes:
    """The bytes of the file of public keys, none where there is none; else AuditStopped."""
    try:
        return read_regular(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise AuditStopped(
            f"the public keys {path} cannot be read: {error.strerror}; move what is there away, "
            "and restore the file from a copy"
        ) from error


def _sealed(
    count: int, moment: str, said: tuple[str, str, str, Mapping[str, Any]], before: str
) -> tuple[bytes, str]:
    """A line with its end, and its hash: of its bytes up to where they tell the hash."""
    actor, action, subject, facts = said
    line = {
        "n": count,
        "at": moment,
        "actor": actor,
        "action": action,
        "subject": subject,
        "facts": facts,
        "before": before,
    }
    words = json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    body = words[:-1].encode("utf-8", "backslashreplace")
    digest = hashlib.sha256(body).hexdigest()
    return body + f',"hash":"{digest}"}}\n'.encode(), digest
