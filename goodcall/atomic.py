"""Files and folders that are either the old ones or the new ones, never half of each."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to fill; it takes the place of `path` when the block ends well.

    When the block raises, what stood at `path` is untouched and the half-filled file is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
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
    draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield draft
        draft.chmod(mode)
        old = path.with_name(f".{path.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if path.exists():
            path.rename(old)
        draft.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def finish_folders(root: Path) -> None:
    """Put right, below a folder, where a process was killed while one took another's place.

    The old folder comes back where no new one had come, and goes where one had.
    """
    for old in sorted(root.rglob(".*.old")):
        path = old.with_name(old.name.removeprefix(".").removesuffix(".old"))
        if path.exists():
            shutil.rmtree(old)
        else:
            old.rename(path)
