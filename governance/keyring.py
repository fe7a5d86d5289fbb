"""The keyring: the keys that encrypt, each wrapped by a master key, in one file of the workspace.

Whoever has the file without a master key has nothing. A key may be wrapped by two masters at once,
so that processes which hold the old one and the new one both go on.
"""

import hashlib
import hmac
import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from goodcall.atomic import new_file
from governance.errors import BrokenSeal, LostKey

# What a key is for: fields, the blind index of telephone numbers, pseudonyms.
DATA, PHONE, PSEUDONYM = "data", "phone", "pseudonym"
_LETTERS = {DATA: "d", PHONE: "t", PSEUDONYM: "p"}
_FORMAT = 1
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """One key as the file keeps it; `wraps` holds it encrypted, by the id of the master."""

    id: str
    use: str
    made_at: str
    wraps: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key, the oldest first; the last of a use is the one that new values are sealed with.

    `pending` is the data key under which older values are still being sealed again.
    """

    keys: tuple[Kept, ...] = ()
    pending: str | None = None

    def of(self, use: str) -> tuple[Kept, ...]:
        """The keys of one use, the oldest first."""
        return tuple(key for key in self.keys if key.use == use)

    @property
    def masters(self) -> tuple[str, ...]:
        """The ids of the masters that open every key."""
        common = set.intersection(*({*key.wraps} for key in self.keys)) if self.keys else set()
        return tuple(sorted(common))

    def opened(self, master: bytes) -> dict[str, bytes]:
        """Each key in clear, by its id; LostKey where another master wrapped them."""
        mine = master_id(master)
        found = {}
        for key in self.keys:
            if mine not in key.wraps:
                raise LostKey(
                    f"the vault's keys are wrapped by master key {', '.join(key.wraps)}, the one "
                    f"given is {mine}; give that key back, or rotate with it to the new one"
                )
            found[key.id] = _unwrapped(master, key, key.wraps[mine])
        return found

    def with_new(self, master: bytes, use: str, now: datetime) -> "Keyring":
        """The keyring with a fresh key of a use, wrapped by one master."""
        number = 1 + max((int(key.id[1:]) for key in self.of(use)), default=0)
        blank = Kept(f"{_LETTERS[use]}{number}", use, now.isoformat(timespec="seconds"), {})
        secret = os.urandom(32)
        kept = replace(blank, wraps={master_id(master): _wrapped(master, blank, secret)})
        return replace(self, keys=(*self.keys, kept))

    def wrapped_by(self, old: bytes, new: bytes) -> "Keyring":
        """The keyring that both masters open."""
        secrets = self.opened(old)
        wrap = master_id(new)
        keys = (
            replace(key, wraps={**key.wraps, wrap: _wrapped(new, key, secrets[key.id])})
            for key in self.keys
        )
        return replace(self, keys=tuple(keys))

    def only_for(self, master: bytes) -> "Keyring":
        """The keyring that this master opens and no other."""
        self.opened(master)
        mine = master_id(master)
        return replace(self, keys=tuple(replace(k, wraps={mine: k.wraps[mine]}) for k in self.keys))

    def refuse_others(self, master: bytes) -> None:
        """LostKey where another master opens a key too: it could not open a new one."""
        others = {wrap for key in self.keys for wrap in key.wraps} - {master_id(master)}
        if others:
            raise LostKey(
                f"master key {', '.join(sorted(others))} opens the vault too, and could not open a "
                "new data key; once every process has the new master, run `goodcall vault retire`, "
                "then rotate"
            )

    def settled(self) -> "Keyring":
        """The keyring once every value is under the newest data key.

        The one before it stays, for processes that still hold it; older ones are thrown away.
        """
        gone = {key.id for key in self.of(DATA)[:-2]}
        return Keyring(tuple(key for key in self.keys if key.id not in gone))


def master_id(master: bytes) -> str:
    """Eight signs that tell one master key from another and say nothing of either."""
    return hmac.new(master, b"goodcall master key id", hashlib.sha256).hexdigest()[:8]


def read_keyring(path: Path) -> Keyring:
    """The keyring in a file, an empty one where there is none yet."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keyring()
    except (OSError, ValueError) as error:
        raise LostKey(f"the vault's keys {path} do not read ({error}); restore the file") from error
    try:
        if said["format"] != _FORMAT:
            raise LostKey(f"{path} has format {said['format']}; this release reads {_FORMAT}")
        keys = tuple(_checked(Kept(**key)) for key in said["keys"])
        ring = Keyring(keys, said.get("pending"))
    except (KeyError, TypeError) as error:
        raise LostKey(f"{path} is no keyring ({error!r}); restore the file") from error
    gone = [use for use in _LETTERS if keys and not ring.of(use)]
    if gone:
        raise LostKey(f"{path} holds no key for {', '.join(gone)}; restore the file")
    return ring


def write_keyring(path: Path, keyring: Keyring) -> None:
    """Put a keyring in place: a reader sees the old one or the new one."""
    said = {"format": _FORMAT, **asdict(keyring)}
    with new_file(path) as draft:
        draft.write_text(json.dumps(said, indent=1), encoding="utf-8")
        draft.chmod(0o600)


def _checked(key: Kept) -> Kept:
    """The key itself, or a TypeError where its members are not those that were written."""
    if not isinstance(key.wraps, dict):
        raise TypeError("wraps is no table")
    texts = (key.id, key.use, key.made_at, *key.wraps.values())
    if not all(isinstance(each, str) for each in texts):
        raise TypeError("a key has members that are no text")
    if key.use not in _LETTERS or not re.fullmatch(
        rf"{_LETTERS[key.use]}[1-9][0-9]{{0,8}}", key.id
    ):
        raise TypeError(f"key {key.id!r} is none for {key.use!r}")
    return key


def _wrapped(master: bytes, key: Kept, secret: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return b64encode(nonce + AESGCMSIV(master).encrypt(nonce, secret, _bound(key))).decode()


def _unwrapped(master: bytes, key: Kept, wrapped: str) -> bytes:
    try:
        raw = b64decode(wrapped, validate=True)
        return AESGCMSIV(master).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(key))
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal(
            f"key {key.id} of the vault was changed since it was wrapped; restore the keyring"
        ) from error


def _bound(key: Kept) -> bytes:
    return f"goodcall key|{key.id}|{key.use}".encode()
