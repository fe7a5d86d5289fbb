"""Whom no build takes in any more: the erased, kept under pseudonyms that name nobody."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from features.bank import Bank
from features.errors import BrokenErasures
from goodcall.atomic import changing, new_file
from goodcall.ports import FieldCipher


@dataclass(frozen=True, slots=True)
class Erased:
    """The pseudonyms of erased customers."""

    pseudonyms: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.pseudonyms)

    def among(self, bank: Bank, cipher: FieldCipher) -> frozenset[int]:
        """The customers of a bank's files who were erased."""
        known = pc.unique(bank.read("customers")["customer_id"]).to_pylist()
        return frozenset(who for who in known if self.holds(who, cipher))

    def holds(self, customer_id: int, cipher: FieldCipher) -> bool:
        """Whether a customer was erased."""
        return pseudonym_of(customer_id, cipher) in self.pseudonyms


def pseudonym_of(customer_id: int, cipher: FieldCipher) -> str:
    """What stands for an erased customer."""
    return cipher.pseudonym(f"erased customer {customer_id}")


def erased_in(path: Path) -> Erased:
    """The erased of a workspace, none where nobody was."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Erased(frozenset(map(str, said["erased"])))
    except FileNotFoundError:
        return Erased()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenErasures(
            f"{path} does not read ({error!r}); restore it before anything is built: without it "
            "erased customers would come back"
        ) from error


def note_erased(path: Path, customer_id: int, cipher: FieldCipher) -> None:
    """Write that a customer was erased; who writes at once waits, so that all are kept."""
    with changing(path):
        before = erased_in(path).pseudonyms
        names = sorted({*before, pseudonym_of(customer_id, cipher)})
        with new_file(path) as draft:
            draft.write_text(json.dumps({"erased": names}, indent=1), encoding="utf-8")
            draft.chmod(0o600)
