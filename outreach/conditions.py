"""Conditions over what is known of a customer, in three values: yes, no, and unknown.

Unknown is not yes. `all` is no as soon as one part is no, `any` yes as soon as one part is yes,
`not` leaves unknown as it is (Kleene 1938, On notation for ordinal numbers): so to learn what was
unknown never changes an answer that was known.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from outreach.customer_facts import Fact, FactTable, Known, Subject, TableRow

# As numbers, so that `all` is the least, `any` the greatest, and `not` the difference to 2.
NO, UNKNOWN, YES = 0, 1, 2
Answers = npt.NDArray[np.int8]


class Answer(NamedTuple):
    """Yes, no or unknown (None), and where unknown the facts that were missing, in order."""

    holds: bool | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a fact is a certain word, or a number within bounds; `above` and `below` exclude."""

    fact: Fact
    at_least: float = -math.inf
    at_most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    words: frozenset[str] | None = None
    numbers: frozenset[float] | None = None

    def holds(self, value: Known) -> bool:
        """Whether a known value is such a one."""
        if isinstance(value, str):
            return self.words is not None and value in self.words
        return (
            self.at_least <= value <= self.at_most
            and self.above < value < self.below
            and (self.numbers is None or value in self.numbers)
        )

    @property
    def bounds(self) -> tuple[float, ...]:
        """The numbers at which the answer may change."""
        ends = (self.at_least, self.at_most, self.above, self.below, *(self.numbers or ()))
        return tuple(end for end in ends if math.isfinite(end))


@dataclass(frozen=True, slots=True)
class Group:
    """All of some conditions, or any of them."""

    how: Literal["all", "any"]
    parts: "tuple[Condition, ...]"
    columnar: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columnar", all(is_columnar(part) for part in self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    part: "Condition"


Condition = Comparison | Group | Not


def is_columnar(condition: Condition) -> bool:
    """Whether a condition asks for columns of the features alone."""
    if isinstance(condition, Comparison):
        return condition.fact.read is None
    return condition.columnar if isinstance(condition, Group) else is_columnar(condition.part)


def facts_in(condition: Condition) -> Iterator[Fact]:
    """The facts that a condition asks for, in order."""
    for each in _comparisons(condition):
        yield each.fact


def answer(condition: Condition, who: Subject) -> Answer:
    """What a condition comes to for one customer.

    Columns of a table are answered for all its rows at once, when the first of them is asked.
    """
    if isinstance(who.row, TableRow) and is_columnar(condition):
        found = answers(condition, who.row.table)[who.row.place]
        if found != UNKNOWN:
            return Answer(bool(found == YES))
    if isinstance(condition, Comparison):
        value = who.known(condition.fact)
        if value is None:
            return Answer(None, (condition.fact.name,))
        return Answer(condition.holds(value))
    if isinstance(condition, Not):
        inner = answer(condition.part, who)
        return inner if inner.holds is None else Answer(not inner.holds)
    settles = condition.how == "any"
    missing: list[str] = []
    for part in condition.parts:
        found_one = answer(part, who)
        if found_one.holds is settles:
            return Answer(settles)
        missing.extend(found_one.missing)
    return Answer(None, tuple(dict.fromkeys(missing))) if missing else Answer(not settles)


def answers(condition: Condition, table: FactTable) -> Answers:
    """What a condition over columns alone comes to for every row: NO, UNKNOWN or YES."""
    # The condition is kept beside its answers, so that no other can come to bear its id.
    kept = table.answers.get(id(condition))
    if kept is None:
        kept = table.answers[id(condition)] = (condition, _of_every_row(condition, table))
    return kept[1]


def turning_days(condition: Condition, who: Subject) -> set[date]:
    """The later days on which time alone may change the answer."""
    return {
        day
        for each in _comparisons(condition)
        if each.fact.turns is not None
        for bound in each.bounds
        for day in each.fact.turns(who.profile, bound)
        if day > who.day
    }


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
        return
    parts: Iterable[Condition] = (
        condition.parts if isinstance(condition, Group) else (condition.part,)
    )
    for part in parts:
        yield from _comparisons(part)


def _of_every_row(condition: Condition, table: FactTable) -> Answers:
    if isinstance(condition, Not):
        return np.asarray(YES - answers(condition.part, table), dtype=np.int8)
    if isinstance(condition, Group):
        parts = [answers(part, table) for part in condition.parts]
        joined: Answers = np.min(parts, axis=0) if condition.how == "all" else np.max(parts, axis=0)
        return joined
    values = table.column(condition.fact.name)
    with np.errstate(invalid="ignore"):
        within = (condition.at_least <= values) & (values <= condition.at_most)
        within &= (condition.above < values) & (values < condition.below)
    if condition.numbers is not None:
        within &= np.isin(values, sorted(condition.numbers))
    told = np.where(within, YES, NO)
    return np.where(np.isnan(values), UNKNOWN, told).astype(np.int8)
