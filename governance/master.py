"""The master key: it comes from the environment or a file, and a weak one is refused.

It wraps the keys that encrypt; it is never stored in a workspace, a log or an error.
"""

import base64
import binascii
import secrets
import stat
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from governance.errors import LostKey, WeakSecret

FILE, VALUE = "GOODCALL_MASTER_KEY_FILE", "GOODCALL_MASTER_KEY"
KEY_BYTES = 32
# Everybody knows it: it opens nothing but the simulated bank of `goodcall demo`.
DEMO_KEY = base64.b64decode("Z29vZGNhbGwgZGVtb25zdHJhdGlvbiBrZXkgMzIgYiE=")
# Of 32 random bytes fewer than 16 distinct ones come once in 10^18 keys.
_LEAST_DISTINCT = 16
_MAKE = "make one with `goodcall vault key FILE` and name it in GOODCALL_MASTER_KEY_FILE"


def master_key(environment: Mapping[str, str], *, demo: bool) -> bytes:
    """The 32 bytes that GOODCALL_MASTER_KEY_FILE or else GOODCALL_MASTER_KEY holds.

    In the workspace of a demonstration, where neither is set, the well-known demo key serves.
    LostKey where there is none, WeakSecret where it is weak, short, the demo's or too widely
    readable.
    """
    if file := environment.get(FILE):
        return checked_key(read_key(Path(file)), demo=demo, where=f"{FILE}={file}")
    if text := environment.get(VALUE):
        return checked_key(parse_key(text, VALUE), demo=demo, where=VALUE)
    if demo:
        return DEMO_KEY
    raise LostKey(
        f"no master key: personal fields are stored encrypted, and neither {FILE} nor {VALUE} is "
        f"set; {_MAKE}"
    )


def read_key(path: Path) -> bytes:
    """The key in a file that its owner alone may read."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise LostKey(
            f"the master key {path} cannot be read ({type(error).__name__}); {_MAKE}"
        ) from error
    if mode & 0o077:
        raise WeakSecret(
            f"the master key {path} has mode {mode:04o}, so others may read it; allowed is 0600: "
            f"run `chmod 600 {path}`"
        )
    return parse_key(text, str(path))


def parse_key(text: str, where: str) -> bytes:
    """The bytes of a key written as base64 or hexadecimal."""
    plain = text.strip()
    try:
        if len(plain) == 2 * KEY_BYTES:
            return bytes.fromhex(plain)
        return base64.b64decode(plain.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise WeakSecret(
            f"the key in {where} is neither base64 nor hexadecimal of {KEY_BYTES} bytes; {_MAKE}"
        ) from error


def checked_key(key: bytes, *, demo: bool, where: str) -> bytes:
    """The key itself, or a WeakSecret that says why it protects nothing."""
    problem = None
    if len(key) != KEY_BYTES:
        problem = f"has {len(key)} bytes where {KEY_BYTES} are needed"
    elif key == DEMO_KEY:
        problem = None if demo else "is the demonstration's, which everybody knows"
    elif len(set(key)) < _LEAST_DISTINCT:
        problem = f"has only {len(set(key))} different bytes, so it was not drawn at random"
    elif len({(b - a) % 256 for a, b in pairwise(key)}) == 1:
        problem = "counts up or down, so it was not drawn at random"
    elif all(32 <= byte < 127 for byte in key):  # noqa: PLR2004 - the printable signs
        problem = "is readable text, so it was thought up and not drawn at random"
    if problem is None:
        return key
    raise WeakSecret(f"the key in {where} {problem}; {_MAKE}")


def write_new_key(path: Path) -> None:
    """Draw a new master key into a new file that its owner alone may read."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise WeakSecret(
            f"{path} exists already; a master key is never overwritten: name a new file"
        ) from error
    path.write_text(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n", "ascii")
