"""What the programme costs: a file that a bank's controller writes, in cents."""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from goodcall.section import Section, read_text, read_toml
from goodcall.vocabulary import CHANNELS
from reports.errors import BadSettings


@dataclass(frozen=True, slots=True)
class OneOff:
    """What was paid once, on a day."""

    name: str
    cents: int
    day: date


@dataclass(frozen=True, slots=True)
class Monthly:
    """What every month costs from a day on, up to and with `until` where it ended."""

    name: str
    cents: int
    since: date
    until: date | None

    def months(self, first: date, last: date) -> float:
        """How many months of it lie in a span; a month that it holds in part counts in part."""
        ends = last if self.until is None else min(last, self.until)
        return sum(
            1 / calendar.monthrange(day.year, day.month)[1]
            for day in _days(max(first, self.since), ends)
        )


@dataclass(frozen=True, slots=True)
class Costs:
    """What things cost, and what a customer who leaves would have brought.

    `minute_cents` is a minute of staff; `message_cents` what a contact by a channel costs beside
    minutes.
    """

    currency: str
    customer_cents: int
    minute_cents: float
    message_cents: Mapping[str, float]
    one_off: tuple[OneOff, ...]
    monthly: tuple[Monthly, ...]


def read_costs(path: Path) -> Costs:
    """The costs that a file says; BadSettings names its mistake."""
    return parse_costs(read_text(path, "the costs", BadSettings), str(path))


def parse_costs(text: str, file: str = "costs.toml") -> Costs:
    """The costs that a text says; `file` is the name that errors use."""
    top = read_toml(text, file, BadSettings)
    staff, message = top.table("staff"), top.part("message")
    message.only(*CHANNELS, what="channel")
    found = Costs(
        currency=top.text("currency"),
        customer_cents=top.whole("customer_cents", 0),
        minute_cents=staff.number("minute_cents", 0),
        message_cents={channel: message.number(channel, 0) for channel in message.said},
        one_off=tuple(_one_off(section) for section in top.tables("one_off")),
        monthly=tuple(_monthly(section) for section in top.tables("monthly")),
    )
    for section in (staff, top):
        section.done()
    return found


def _one_off(section: Section) -> OneOff:
    found = OneOff(section.text("name"), section.whole("cents", 0), section.day("day"))
    section.done()
    return found


def _monthly(section: Section) -> Monthly:
    found = Monthly(
        *(section.text("name"), section.whole("cents", 0), section.day("from")),
        section.optional("to", section.day),
    )
    section.done()
    return found


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(number) for number in range((last - first).days + 1))
