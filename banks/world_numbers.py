"""How a simulated customer's telephone number dies, is found dead, and is replaced."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from banks.world import HabitSettings
from banks.world_arrays import Flags, Ints
from banks.world_calendar import NEVER, Calendar
from banks.world_names import phone_owners
from banks.world_people import People
from goodcall.vocabulary import OUTCOMES

NO_NUMBER, FIRST, SECOND = range(3)
_WRONG, _INVALID = OUTCOMES.index("WRONG_NUMBER"), OUTCOMES.index("INVALID")
_PASSED_ON = 0.35  # share of dead numbers at which somebody else answers
_NOTICED_AFTER = 180  # a dead number that nobody calls is noticed within so many days
_NOTED_AFTER = 4  # a call to a dead number is on file within so many days
_MOVES_ON = (5, 28)  # the days of a month on which customers move


@dataclass(slots=True)
class Numbers:
    """The number that each customer gave first, and the days of its life; NEVER if not to be.

    `owner` is the customer whose number it is. From `died` on it does not reach the customer; on
    `found` the bank's file says so; after `changed`, the day of a move to another city, the bank
    has a second number instead. With `passed_on` somebody else answers a dead one.
    """

    owner: Ints
    passed_on: Flags
    died: Ints
    found: Ints
    changed: Ints

    def part(self, rows: slice) -> Self:
        """The numbers of a run of customers."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def given(self, who: Ints, day: Ints) -> Ints:
        """Which number the bank has of these customers on these days: FIRST or SECOND."""
        return np.where(day <= self.changed[who], FIRST, SECOND)

    def dead(self, who: Ints, day: Ints) -> Flags:
        """Whether the number that the bank has of them on these days is dead."""
        return np.asarray((self.given(who, day) == FIRST) & (day >= self.died[who]))

    def heard(self, who: Ints) -> Ints:
        """What is heard at the dead numbers of these customers, as a place in OUTCOMES."""
        return np.where(self.passed_on[who], _WRONG, _INVALID)


def draw_numbers(
    habits: HabitSettings, calendar: Calendar, people: People, rng: np.random.Generator
) -> Numbers:
    """Everyone's first number; the world's share dies some day, whoever is called meanwhile."""
    count = people.count
    shares = rng.random(count) < habits.shared_phones
    owner = phone_owners(people.customer_id, people.household, shares)
    _, place, givers = np.unique(owner, return_inverse=True, return_counts=True)
    alive = np.maximum(people.opened, -1) + 1
    died = alive + (rng.random(count) * (calendar.days - alive)).astype(np.int64)
    died = np.where(rng.random(count) < habits.number_dies, died, NEVER)
    noticed = died + rng.integers(1, _NOTICED_AFTER, count)
    return Numbers(
        owner=owner,
        # A number that others still use is not out of service: they answer it.
        passed_on=(givers[place] > 1) | (rng.random(count) < _PASSED_ON),
        died=died,
        found=np.where(died < NEVER, noticed, NEVER),
        changed=np.full(count, NEVER),
    )


def move_house(numbers: Numbers, who: Ints, start: int, rng: np.random.Generator) -> None:
    """Let customers move in the month from day `start`: their number dies before the bank knows."""
    count = len(numbers.died)
    day = start + rng.integers(*_MOVES_ON, count)[who]
    unknown = start + (rng.random(count)[who] * (day - start)).astype(np.int64)
    numbers.changed[who] = day
    numbers.died[who] = np.minimum(numbers.died[who], unknown)
    numbers.found[who] = np.minimum(numbers.found[who], day)


def note_dead(numbers: Numbers, who: Ints, day: Ints, rng: np.random.Generator) -> None:
    """Put on file, some days later, that these customers' numbers were dead on these days."""
    noted = day + rng.integers(1, _NOTED_AFTER, len(numbers.died))[who]
    np.minimum.at(numbers.found, who, noted)
