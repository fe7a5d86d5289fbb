"""The vault: personal fields encrypted one by one, found by telephone without being opened.

AES-256-GCM-SIV (RFC 8452) under data keys that a master key wraps. Each value is bound to its
table, field and row, so that a ciphertext which is moved elsewhere does not open there.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from goodcall.atomic import changing
from goodcall.phones import e164
from goodcall.sealed import PREFIX, is_sealed, key_of
from goodcall.workspace import Workspace, is_demonstration
from governance.errors import BrokenSeal, LostKey
from governance.keyring import (
    DATA,
    PHONE,
    PSEUDONYM,
    Keyring,
    read_keyring,
    write_keyring,
)
from governance.master import master_key

_NONCE = 12


@dataclass
class Vault:
    """Encrypts and opens personal fields with the keys of one keyring; a FieldCipher.

    The opened keys are kept in memory. A keyring that changed meanwhile is read again when a value
    is sealed, or when one turns up under a key that is not known yet.
    """

    path: Path
    _master: bytes = field(repr=False)
    _ring: Keyring = field(default_factory=Keyring, repr=False)
    _ciphers: dict[str, AESGCMSIV] = field(default_factory=dict, repr=False)
    _secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    _seen: tuple[int, int] = (0, 0)

    @property
    def ring(self) -> Keyring:
        """The keyring as it is now."""
        self._refresh()
        return self._ring

    @property
    def pseudonyms(self) -> str:
        """The id of the key that pseudonyms are made with, and a print of that key."""
        key = self._newest(PSEUDONYM)
        return f"{key}-{self._hash(key, 'print')[:8]}"

    def seal(self, value: str, table: str, field: str, row: object) -> str:
        """A value as `gc1.<key id>.<base64 of nonce and ciphertext>`; takes microseconds."""
        self._refresh()
        key = self._newest(DATA)
        nonce = os.urandom(_NONCE)
        raw = self._ciphers[key].encrypt(nonce, value.encode(), _bound(key, table, field, row))
        return f"{PREFIX}{key}.{urlsafe_b64encode(nonce + raw).decode()}"

    def open(self, sealed: str, table: str, field: str, row: object) -> str:
        """The value again; one that was never sealed is itself.

        BrokenSeal where it was changed, or sealed for another row; LostKey where its key is gone.
        """
        if not is_sealed(sealed):
            return sealed
        key, _, text = sealed.removeprefix(PREFIX).partition(".")
        if key not in self._ciphers:
            self._load()
        if key not in self._ciphers:
            raise LostKey(
                f"{table}.{field} of {row} is sealed under key {key}, which {self.path} does not "
                "hold; restore the keyring that it was sealed with"
            )
        try:
            raw = urlsafe_b64decode(text)
            plain = self._ciphers[key].decrypt(
                raw[:_NONCE], raw[_NONCE:], _bound(key, table, field, row)
            )
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal(
                f"{table}.{field} of {row} does not open: it was changed, or sealed for another "
                "row; restore the row from a back-up, or publish the day again"
            ) from error
        return plain.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether a value is sealed under the newest data key."""
        return key_of(sealed) == self._newest(DATA)

    def phone_index(self, number: str) -> str | None:
        """HMAC-SHA-256 of a telephone number in its one spelling, in 64 hexadecimal signs."""
        form = e164(number)
        return None if form is None else self._hash(self._newest(PHONE), form)

    def pseudonym(self, token: str) -> str:
        """HMAC-SHA-256 of a token under the key of pseudonyms, in 64 hexadecimal signs."""
        return self._hash(self._newest(PSEUDONYM), token)

    def renew_data_key(self, now: datetime) -> str:
        """The id of a new data key, which seals from now on; while one is pending, that one's.

        LostKey while two masters open the vault: the one that is not here could not open the key.
        """
        with changing(self.path):
            self._load()
            if self._ring.pending is None:
                self._ring.refuse_others(self._master)
                ring = self._ring.with_new(self._master, DATA, now)
                write_keyring(self.path, replace(ring, pending=ring.of(DATA)[-1].id))
                self._load()
        return self._newest(DATA)

    def admit_master(self, new: bytes) -> None:
        """Wrap every key by a second master too: both open the vault from now on."""
        with changing(self.path):
            self._load()
            write_keyring(self.path, self._ring.wrapped_by(self._master, new))
            self._load()

    def dismiss_masters(self) -> None:
        """Leave every key wrapped by the present master alone."""
        with changing(self.path):
            self._load()
            write_keyring(self.path, self._ring.only_for(self._master))
            self._load()

    def settle(self) -> None:
        """Take note that every value is under the newest data key; much older keys go."""
        with changing(self.path):
            self._load()
            write_keyring(self.path, self._ring.settled())
            self._load()

    def _newest(self, use: str) -> str:
        return self._ring.of(use)[-1].id

    def _hash(self, key: str, token: str) -> str:
        return hmac.new(self._secrets[key], token.encode(), hashlib.sha256).hexdigest()

    def _refresh(self) -> None:
        if self._stamp() != self._seen:
            self._load()

    def _load(self) -> None:
        seen = self._stamp()
        ring = read_keyring(self.path)
        if not ring.keys:
            raise LostKey(f"{self.path} is gone, and with it every sealed value; restore the file")
        self._secrets = ring.opened(self._master)
        self._ciphers = {key.id: AESGCMSIV(self._secrets[key.id]) for key in ring.of(DATA)}
        self._ring, self._seen = ring, seen

    def _stamp(self) -> tuple[int, int]:
        try:
            seen = self.path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (seen.st_ino, seen.st_mtime_ns)


def open_vault(path: Path, master: bytes, now: datetime | None = None) -> Vault:
    """The vault whose keyring is at a path; it makes the first keys where there are none."""
    if not path.exists():
        with changing(path):
            if not path.exists():
                ring = Keyring()
                for use in (DATA, PHONE, PSEUDONYM):
                    ring = ring.with_new(master, use, now or datetime.now(UTC))
                write_keyring(path, ring)
    vault = Vault(path, master)
    vault.ring  # noqa: B018 - a wrong master is told here and not at the first field
    return vault


def vault_of(workspace: Workspace, environment: Mapping[str, str]) -> Vault:
    """The vault of a workspace, opened with the environment's master key.

    LostKey where there is none, or another; WeakSecret where it protects nothing.
    """
    return open_vault(workspace.vault, master_key(environment, demo=is_demonstration(workspace)))


def _bound(key: str, table: str, field: str, row: object) -> bytes:
    return f"{key}|{table}|{field}|{row}".encode()
