"""Files and folders that are either the old ones or the new ones, never half of each.

What is being written is a hidden draft beside its place, on which its writer keeps a lock. The
kernel takes the lock back from a process that dies, however it dies: a draft that nobody holds will
never be finished.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

_DRAFT = ".draft"
_OLD = f".old{_DRAFT}"


def write_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that a reader sees the old bytes or the new ones."""
    with new_file(path) as draft:
        draft.write_bytes(content)


def first_file(path: Path, content: bytes) -> None:
    """Put `content` at `path`, for its owner alone, unless something stands there already.

    Of several processes that do so at one moment one puts its own there and all find that one; the
    file appears with all of its bytes or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _begun(partial(_empty_file, path)) as draft:
        try:
            draft.write_bytes(content)
            _sync(draft)
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink()


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to fill; it takes the place of `path` when the block ends well.

    When the block raises, what stood at `path` is untouched and the half-filled file is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _begun(partial(_empty_file, path)) as draft:
        try:
            yield draft
            _sync(draft)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Nobody else who asks here changes what is at `path` while the block runs; others wait.

    The kernel takes the lock back from a process that dies, however it dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def new_folder(path: Path, *, mode: int = 0o755) -> Iterator[Path]:
    """A folder beside `path` to fill; it takes the place of `path` when the block ends well.

    `mode` says who may enter it then; until then nobody else may. When the block raises, what stood
    at `path` is untouched and the half-filled folder is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _begun(partial(_empty_folder, path)) as draft:
        try:
            yield draft
            draft.chmod(mode)
            old = path.with_name(f".{path.name}{_OLD}")
            shutil.rmtree(old, ignore_errors=True)
            if path.exists():
                path.rename(old)
            draft.rename(path)
            shutil.rmtree(old, ignore_errors=True)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` for what is needed while the block runs, and goes with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _begun(partial(_empty_folder, path)) as scratch:
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch)


def remove_folder(path: Path) -> None:
    """Take a folder away whole: who is killed in the midst of it leaves a draft, not half of it."""
    going = path.with_name(f".{path.name}.going{_DRAFT}")
    if going.exists():
        shutil.rmtree(going)
    path.rename(going)
    shutil.rmtree(going)


def finish_writing(root: Path) -> None:
    """Put right, below a folder, what killed processes left half done.

    Their drafts go; what a living process is writing stays, as does what only somebody else may
    open. Where a folder was to take another's place, the old one comes back if no new one had come,
    and goes if one had.
    """
    for folder, folders, files in os.walk(root):
        drafts = [name for name in (*folders, *files) if _is_draft(name)]
        # The old ones last: whether a writer lives is seen by its draft.
        for draft in sorted(drafts, key=lambda name: name.endswith(_OLD)):
            with contextlib.suppress(PermissionError):
                _finish(Path(folder, draft))
        folders[:] = [name for name in folders if name not in drafts]


def _is_draft(name: str) -> bool:
    return name.startswith(".") and name.endswith(_DRAFT)


def _finish(draft: Path) -> None:
    if draft.name.endswith(_OLD):
        _put_back(draft)
        return
    with _lock(draft, fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
        if ours and draft.is_dir():
            shutil.rmtree(draft)
        elif ours:
            draft.unlink()


def _put_back(old: Path) -> None:
    path = old.with_name(old.name.removeprefix(".").removesuffix(_OLD))
    names = {each.name for each in old.parent.iterdir()} - {old.name}
    if any(name.startswith(f".{path.name}.") and _is_draft(name) for name in names):
        return
    if not path.exists():
        old.rename(path)
        return
    with _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
        if ours:
            shutil.rmtree(old)


@contextmanager
def _begun(make: Callable[[], Path]) -> Iterator[Path]:
    """A draft that shows, as long as the block runs, that its writer lives."""
    while True:
        draft = make()
        # Whoever clears up may meet it before it is locked, and takes it for a dead writer's.
        with _lock(draft, fcntl.LOCK_EX) as ours:
            if ours:
                yield draft
                return


@contextmanager
def _lock(path: Path, how: int) -> Iterator[bool]:
    """Whether the lock on what stands at a path was to be had; then it is kept for the block."""
    # A lock over a network asks for a file that is open for writing.
    mode = os.O_RDONLY if path.is_dir() else os.O_RDWR
    try:
        handle = os.open(path, mode | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(handle, how)
            ours = os.path.samestat(os.fstat(handle), path.lstat())
        except (BlockingIOError, FileNotFoundError):
            ours = False
        yield ours
    finally:
        os.close(handle)


def _empty_file(path: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_DRAFT)
    os.close(handle)
    return Path(name)


def _empty_folder(path: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=_DRAFT))


def _sync(file: Path) -> None:
    with file.open("rb+") as written:
        os.fsync(written.fileno())
