"""Protocols by which rooms of one floor meet without importing one another."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol

from goodcall.language import Text
from goodcall.reason import Reason


class Phrasebook(Hashable, Protocol):
    """The words of features: the catalogue speaks them, explanations ask for them.

    The concept of a feature never changes.
    """

    def concept_of(self, feature: str) -> str:
        """The concept under which a feature's contributions are summed."""
        ...

    def say(self, feature: str, value: float) -> Text | None:
        """A sentence with the feature's value in it, or None where there is nothing to say."""
        ...


class Explainer(Protocol):
    """Gives the reasons of scores for the few rows that need them."""

    def reasons(self, label: str, customer_ids: Sequence[int]) -> Mapping[int, tuple[Reason, ...]]:
        """The strongest reasons of each customer's score, strongest first."""
        ...


class Masker(Protocol):
    """Hides most of a personal value."""

    def name(self, value: str) -> str:
        """A name of which one part remains readable."""
        ...

    def number(self, value: str) -> str:
        """A number or address of which the ends remain readable."""
        ...


class FieldCipher(Protocol):
    """Encrypts personal fields where they are stored; each is bound to its table, field and row.

    `row` names whose field it is, such as a customer's id: what was sealed for one row opens for no
    other. A sealed value is text that `goodcall.sealed.is_sealed` recognises.
    """

    def seal(self, value: str, table: str, field: str, row: object) -> str:
        """The value encrypted under the newest key."""
        ...

    def open(self, sealed: str, table: str, field: str, row: object) -> str:
        """The value again; one that was never sealed is itself. Raises where it was tampered."""
        ...

    def is_current(self, sealed: str) -> bool:
        """Whether a value is sealed under the newest key."""
        ...

    def phone_index(self, number: str) -> str | None:
        """The blind index of a telephone number, however it is spelt; None of what is none."""
        ...

    def pseudonym(self, token: str) -> str:
        """64 hexadecimal signs that stand for a token: equal for equal ones, and not undone."""
        ...

    @property
    def pseudonyms(self) -> str:
        """The id of the key that pseudonyms are made with."""
        ...


class Erasable(Protocol):
    """A place of ours where something about a customer is kept."""

    @property
    def place(self) -> str:
        """The name under which the place appears in answers, such as `online store`."""
        ...

    def known(self, customer_id: int) -> Sequence[Mapping[str, object]]:
        """Everything that the place holds of a customer, in clear: rows with their `table`."""
        ...

    def erase(self, customer_id: int) -> int:
        """Take everything of a customer out, and say of how many rows; again, it finds nothing."""
        ...

    def forget_scores(self, customer_id: int) -> int:
        """Take out what models made of a customer, and say of how many rows."""
        ...


class AuditSink(Protocol):
    """Takes note of who read, changed or exported what."""

    def record(self, actor: str, action: str, subject: str, **facts: object) -> None:
        """Append one line, or raise: an action that cannot be recorded does not happen."""
        ...
