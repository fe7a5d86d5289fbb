"""The key that signs the audit log's checkpoints: made at its first use, readable by its owner."""

import base64
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from goodcall.atomic import first_file
from governance.errors import KeyRefused
from governance.verifier import Checkpoint, key_id, read_regular

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Signer:
    """Signs checkpoints with the Ed25519 key in a file of mode 0600, made where there is none.

    KeyRefused of a file that others than its owner may read, and of one that holds no such key.
    """

    path: Path

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """The key, read or made at its first use."""
        if not self.path.exists():
            first_file(self.path, _new_key())
        try:
            mode, content = self.path.stat().st_mode, read_regular(self.path)
        except OSError as error:
            raise KeyRefused(f"{self.path} cannot be read: {error.strerror}; {_MEANT}") from error
        if mode & _OTHERS:
            raise KeyRefused(
                f"{self.path} may be read by others; run `chmod 600 {self.path}`, or name another "
                "key by GOODCALL_AUDIT_KEY_FILE"
            )
        try:
            key = load_pem_private_key(content, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyRefused(f"{self.path} holds no key that reads: {_MEANT}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyRefused(f"{self.path} holds a key of another kind: {_MEANT}")
        return key

    @property
    def public_pem(self) -> bytes:
        """The public key, for whoever verifies."""
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, text: bytes) -> bytes:
        """The signature of some bytes, in base64."""
        return base64.b64encode(self.key.sign(text))

    def checkpoint(self, count: int, last: str, at: str) -> Checkpoint:
        """That a log's first `count` lines end in the hash `last`, signed."""
        point = Checkpoint(count, last, at, key_id(self.key.public_key()), "")
        return Checkpoint(count, last, at, point.key, self.sign(point.message).decode())


_MEANT = "give an Ed25519 key as unencrypted PEM (`openssl genpkey -algorithm ed25519`)"


def _new_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
