"""A consistent copy of a workspace, and a workspace from such a copy.

Databases are copied through SQLite's own backup, which sees one state while others write; the audit
log comes last, so that whatever is in the copy was written down in it. Keys are not in the copy:
whoever holds both could read and forge everything. The copy lists them, each by its fingerprint.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from goodcall.atomic import new_folder
from goodcall.database import database_name
from goodcall.errors import GoodcallError
from goodcall.workspace import Workspace

MANIFEST = "backup.json"
_FORMAT = 1
_FILES = "files"
# BentoML's store is built anew; the rest belongs to open databases and to writes in the making.
_LEFT_OUT = frozenset({"bentoml"})
_PASSING = ("-wal", "-shm", "-turns", "-journal", ".lock")
_BLOCK = 1 << 20
_OWN_FOLDER, _OWN_FILE = 0o700, 0o600


class BackupRefused(GoodcallError):
    """A copy cannot be made there, or is not whole."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a copy holds: the SHA-256 of each file, and of each key that belongs to it.

    `elsewhere` names the databases of servers, which their own tools copy.
    """

    made_at: str
    files: Mapping[str, str]
    keys: Mapping[str, str]
    elsewhere: Mapping[str, str]


def create_backup(place: Workspace, target: Path, *, now: datetime) -> Backup:
    """Copy a workspace into a folder that does not exist yet; it appears whole or not at all.

    Nobody but its owner may enter the folder or read a file in it, whatever the workspace allowed.
    """
    if not place.root.is_dir():
        raise BackupRefused(f"{place.root} is no workspace; name one with --home")
    if target.exists():
        raise BackupRefused(f"{target} is there already; name a folder that is not")
    with new_folder(target, mode=_OWN_FOLDER) as draft:
        names = sorted(_names(place), key=lambda name: (_rank(place, name), name))
        for name in names:
            _copy(place.root / name, draft / _FILES / name)
        found = Backup(
            made_at=now.isoformat(timespec="seconds"),
            files={name: _digest(draft / _FILES / name) for name in sorted(names)},
            keys={key.name: _digest(key) for key in keys_of(place.root)},
            elsewhere=_elsewhere(place),
        )
        said = {"format": _FORMAT, **asdict(found)}
        (draft / MANIFEST).write_text(
            json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        for each in draft.rglob("*"):
            each.chmod(_OWN_FOLDER if each.is_dir() else _OWN_FILE)
    return found


def read_backup(source: Path) -> Backup:
    """What a copy says that it holds, each file compared; BackupRefused where it is not whole."""
    try:
        said = json.loads((source / MANIFEST).read_text("utf-8"))
        if said.pop("format") != _FORMAT:
            raise BackupRefused(f"{source} is of another format; restore it with its own release")
        found = Backup(**said)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupRefused(f"{source} holds no {MANIFEST} that reads; name a backup") from error
    wrong = [name for name in found.files if not _is_inside(name)]
    there = {_name(file, source / _FILES) for file in _all_files(source / _FILES)}
    wrong += sorted(there ^ set(found.files))
    wrong += [
        name
        for name, digest in found.files.items()
        if name in there and _digest(source / _FILES / name) != digest
    ]
    if wrong:
        raise BackupRefused(
            f"{source} is not whole: {len(wrong)} files are changed, missing or too many, first: "
            f"{wrong[0]}; take another copy"
        )
    return found


def restore_backup(source: Path, root: Path, *, keys: Path | None = None) -> Backup:
    """Make a workspace of a copy, with the keys in the folder `keys` where one is named.

    BackupRefused where a workspace is there already, where the copy is not whole, where a database
    in it is damaged, or where a key is not the one that belongs to it.
    """
    if root.exists() and any(root.iterdir()):
        raise BackupRefused(f"{root} is not empty; restore beside it and move it away first")
    found = read_backup(source)
    given = {} if keys is None else {name: keys / name for name in found.keys}
    for name, file in given.items():
        if not file.is_file() or _digest(file) != found.keys[name]:
            raise BackupRefused(
                f"{file} is not the key {name} that belongs to this backup; find the right one: "
                "without it what it protects cannot be read"
            )
    with new_folder(root) as draft:
        for name in found.files:
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / _FILES / name, draft / name)
            if name.endswith(".db"):
                _refuse_damaged(draft / name)
        for name, file in given.items():
            shutil.copy2(file, draft / name)
            (draft / name).chmod(_OWN_FILE)
    return found


def keys_of(root: Path) -> list[Path]:
    """The keys that lie in a workspace, to be kept apart from its copies."""
    return sorted(root.glob("*.key"))


def _names(place: Workspace) -> Iterator[str]:
    """The files of a workspace that a copy holds, by their names within it."""
    for file in _all_files(place.root):
        name = _name(file, place.root)
        parts = PurePosixPath(name).parts
        passing = any(part.startswith(".") for part in parts) or name.endswith(_PASSING)
        if not passing and parts[0] not in _LEFT_OUT and not name.endswith(".key"):
            yield name


def _all_files(root: Path) -> Iterator[Path]:
    return (file for file in root.rglob("*") if file.is_file() and not file.is_symlink())


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()


def _rank(place: Workspace, name: str) -> int:
    """Databases first, the audit log last."""
    if name.endswith(".db"):
        return 0
    return 2 if name.startswith(place.audit.stem) else 1


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".db":
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            # A copy is one file, whatever its reader may write beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        return
    if file.suffix == ".jsonl":
        # A line in the making is not in the copy.
        whole, _, _ = file.read_bytes().rpartition(b"\n")
        target.write_bytes(whole + b"\n" if whole else b"")
        return
    shutil.copy2(file, target)


def _refuse_damaged(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise BackupRefused(f"the database {file.name} is damaged ({said}); take another copy")


def _elsewhere(place: Workspace) -> dict[str, str]:
    """Databases that a server holds, without their passwords."""
    places = {
        "online store": place.online_at,
        "ledger": place.ledger_at,
        "store of access": place.governance_at,
    }
    return {name: database_name(url) for name, url in places.items() if url}


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name == path.as_posix()


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
