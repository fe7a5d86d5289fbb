"""Protocols by which rooms of one floor meet without importing one another."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from goodcall.language import Text
from goodcall.reason import Reason


class Phrasebook(Protocol):
    """The words of features: the catalogue speaks them, explanations ask for them."""

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


class AuditSink(Protocol):
    """Takes note of who read, changed or exported what."""

    def record(self, actor: str, action: str, subject: str, **facts: object) -> None:
        """Append one line, or raise: an action that cannot be recorded does not happen."""
        ...
