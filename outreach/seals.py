"""How the ledger keeps what is personal: notes encrypted, numbers under keyed pseudonyms.

A ledger that is opened without a cipher keeps both as earlier releases did. One that was sealed
cannot be opened so: its counts of contacts by number would be wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from goodcall.ports import FieldCipher
from goodcall.sealed import is_sealed
from outreach.errors import LedgerSealed
from outreach.schema import CONTACTS, PLANNED, SEALS

_OPTION = "seals"
_ANY_ROW = (select(CONTACTS.c.contact_id).limit(1), select(PLANNED.c.plan_id).limit(1))
_FIRST = select(SEALS.c.pseudonyms).where(SEALS.c.seal_id == 1)


@dataclass
class Seals:
    """The cipher of an opened ledger, and whether its numbers are known to be under pseudonyms."""

    cipher: FieldCipher | None = None
    numbers: bool = False

    @property
    def option(self) -> dict[str, "Seals"]:
        """What an engine carries along so that every connection knows its seals."""
        return {_OPTION: self}


def seals_of(connection: Connection) -> Seals:
    """The seals of the ledger that a connection belongs to."""
    found: Seals = connection.get_execution_options().get(_OPTION) or Seals()
    return found


def refuse_wrong_key(connection: Connection) -> None:
    """Raise LedgerSealed where the ledger was sealed and the cipher is none, or another one."""
    said = connection.execute(_FIRST).scalar()
    if said is None:
        return
    seals = seals_of(connection)
    if seals.cipher is None:
        raise LedgerSealed(
            "the ledger's personal fields are encrypted and no key was given; open it with the "
            "vault's keys: set GOODCALL_MASTER_KEY_FILE"
        )
    if seals.cipher.pseudonyms != said:
        raise LedgerSealed(
            f"the ledger's numbers stand under key {said}, the vault has "
            f"{seals.cipher.pseudonyms}; restore the keyring that the ledger was sealed with"
        )
    seals.numbers = True


def is_sealed_ledger(connection: Connection) -> bool:
    """Whether the numbers of the ledger are under pseudonyms."""
    seals = seals_of(connection)
    if not seals.numbers and seals.cipher is not None:
        refuse_wrong_key(connection)
    return seals.numbers


def waits_for_seal(connection: Connection) -> bool:
    """Whether a ledger that is opened with a key can be sealed at once: it holds no number yet."""
    seals = seals_of(connection)
    if seals.cipher is None or seals.numbers:
        return False
    return not any(connection.execute(asked).first() for asked in _ANY_ROW)


def note_sealed(connection: Connection) -> None:
    """Write that from now on the ledger's numbers are under pseudonyms."""
    seals = seals_of(connection)
    if seals.cipher is not None and connection.execute(_FIRST).scalar() is None:
        values = {"seal_id": 1, "pseudonyms": seals.cipher.pseudonyms}
        connection.execute(insert(SEALS), values)


def kept_numbers(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """How each number's hash stands in the ledger's tables."""
    cipher = seals_of(connection).cipher
    if cipher is None or not is_sealed_ledger(connection):
        return {each: each for each in hashes}
    return {each: cipher.pseudonym(each) for each in hashes}


def kept_number(connection: Connection, number_hash: str | None) -> str | None:
    """How a number's hash stands in the ledger's tables."""
    return None if number_hash is None else kept_numbers(connection, [number_hash])[number_hash]


def sealed_note(connection: Connection, note: str | None, table: str, row: object) -> str | None:
    """Free words as the ledger keeps them."""
    cipher = seals_of(connection).cipher
    return note if cipher is None or note is None else cipher.seal(note, table, "note", row)


def opened_note(connection: Connection, note: str | None, table: str, row: object) -> str | None:
    """The free words that `sealed_note` kept."""
    if note is None or not is_sealed(note):
        return note
    cipher = seals_of(connection).cipher
    if cipher is None:
        raise LedgerSealed(
            f"a note in {table} of {row} is encrypted and no key was given; set "
            "GOODCALL_MASTER_KEY_FILE"
        )
    return cipher.open(note, table, "note", row)
