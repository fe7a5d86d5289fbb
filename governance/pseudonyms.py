"""Numbers under which a customer can be followed and not be found: keyed, and one way."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from goodcall.atomic import first_file
from governance.errors import AccessError

KEY_BYTES = 32
_ENVIRONMENT = "GOODCALL_PSEUDONYM_KEY"
SHOWN_BYTES = 15
_MARK = "p-"


class Pseudonyms:
    """The pseudonyms that a key gives: HMAC-SHA-256 (RFC 2104) cut to 120 bits.

    AccessError for a key of fewer than 32 bytes: short keys can be tried out.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise AccessError(
                f"the key of pseudonyms has {len(key)} bytes; give {KEY_BYTES} or more, drawn at "
                f"random, in the workspace's pseudonym.key or base64 in {_ENVIRONMENT}"
            )
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def of(self, kind: str, number: int | str) -> str:
        """The pseudonym of a number of one kind, such as a `customer_id`; always the same.

        Other kinds have other pseudonyms, so that a household of one does not tell the customer.
        """
        return _MARK + base64.b32encode(self.digest(kind, number)).decode().lower()

    def digest(self, kind: str, number: int | str) -> bytes:
        """The 15 bytes that a pseudonym is written from."""
        mixed = self._keyed.copy()
        mixed.update(f"{kind}:{number}".encode())
        return mixed.digest()[:SHOWN_BYTES]


def digest_in(pseudonym: str) -> bytes:
    """The bytes that a pseudonym was written from; ValueError of a text that is none.

    >>> keyed = Pseudonyms(bytes(32))
    >>> digest_in(keyed.of("customer_id", 7)) == keyed.digest("customer_id", 7)
    True
    """
    return base64.b32decode(pseudonym.removeprefix(_MARK).upper())


def known_pseudonym(path: Path, environment: Mapping[str, str], customer_id: int) -> str | None:
    """A customer's pseudonym in a workspace; None where no key was made yet, so nobody has one."""
    if not environment.get(_ENVIRONMENT) and not path.exists():
        return None
    return pseudonyms_at(path, environment).of("customer_id", customer_id)


def pseudonyms_at(path: Path, environment: Mapping[str, str]) -> Pseudonyms:
    """The pseudonyms of a workspace: by the environment's key, else the file's, made if need be.

    AccessError where the environment's is not base64 of 32 bytes or more.
    """
    if said := environment.get(_ENVIRONMENT):
        try:
            return Pseudonyms(base64.b64decode(said, validate=True))
        except ValueError as error:
            raise AccessError(
                f"{_ENVIRONMENT} is not base64; write {KEY_BYTES} random bytes as base64"
            ) from error
    if not path.exists():
        first_file(path, secrets.token_bytes(KEY_BYTES))
    return Pseudonyms(path.read_bytes())
