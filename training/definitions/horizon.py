"""How far an outcome looks ahead, and what every definition of an outcome holds its numbers to."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from goodcall.language import Text
from goodcall.vocabulary import KINDS
from training.errors import BadLabel

Unit = Literal["days", "months"]


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far an outcome looks ahead, in days or in calendar months."""

    count: int
    unit: Unit = "days"

    def __post_init__(self) -> None:
        if self.count < 1 or self.unit not in get_args(Unit):
            raise BadLabel(
                f"a horizon of {self.count} {self.unit} cannot be; "
                f"give 1 or more, in {' or '.join(get_args(Unit))}"
            )

    def after(self, as_of: date) -> date:
        """The first date beyond the horizon; a month that is too short ends on its last day.

        >>> Horizon(1, "months").after(date(2026, 1, 31))
        datetime.date(2026, 2, 28)
        """
        if self.unit == "days":
            return as_of + timedelta(days=self.count)
        years, month = divmod(as_of.month - 1 + self.count, 12)
        last = calendar.monthrange(as_of.year + years, month + 1)[1]
        return date(as_of.year + years, month + 1, min(as_of.day, last))

    def words(self) -> Text:
        """The horizon as people say it."""
        return Text(
            f"{self.count} {self.unit if self.count > 1 else self.unit[:-1]}",
            f"{self.count}{'天' if self.unit == 'days' else '个月'}",
        )


def refuse_below(least: int, **numbers: int) -> None:
    """Raise BadLabel for the first number that is less than `least`."""
    for name, number in numbers.items():
        if number < least:
            raise BadLabel(f"{name} is {number}; give {least} or more")


def refuse_no_percent(**numbers: int) -> None:
    """Raise BadLabel for the first number that is no percentage from 1 to 99."""
    for name, number in numbers.items():
        if not 1 <= number <= 99:  # noqa: PLR2004 - a fall of nothing or of all is none to learn
            raise BadLabel(f"{name} is {number}; give a percentage from 1 to 99")


def refuse_unknown_kinds(kinds: Iterable[str]) -> None:
    """Raise BadLabel for the first kind of customer that does not exist."""
    for kind in kinds:
        if kind not in KINDS:
            raise BadLabel(f"kind {kind!r} is unknown; known: {', '.join(KINDS)}")


def after_gap(days: int) -> Text:
    """The gap in words, empty where there is none."""
    return Text(f", from day {days} on", f"自第{days}天起") if days else Text("", "")
