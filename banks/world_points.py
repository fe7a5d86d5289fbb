"""The simulated customers' telephone numbers as the bank has them on file."""

import numpy as np
import pyarrow as pa

from banks.world_arrays import Ints, dates, instants, words
from banks.world_calendar import Calendar
from banks.world_names import phone_numbers
from banks.world_numbers import FIRST, SECOND, Numbers
from banks.world_people import People

_NUMBERS_EACH = 10  # a number's id is ten times its customer's, plus which of theirs it is
_SECOND_OWNERS = 50_000_000  # what is added to a customer's id to make up their second number


def point_ids(customer_id: Ints, given: Ints) -> Ints:
    """The ids of numbers that customers gave, FIRST or SECOND each."""
    return customer_id * _NUMBERS_EACH + given


def point_table(people: People, numbers: Numbers, gone: Ints, calendar: Calendar) -> pa.Table:
    """The raw table `contact_points`: a telephone number each.

    That a number is dead is a later version of its row; a new number is a new point. Nothing more
    is noted of who is `gone`.
    """
    everyone, end = np.arange(people.count), np.minimum(gone, calendar.days)
    found = np.flatnonzero(numbers.found < end)
    renewed = np.flatnonzero(numbers.changed < end)
    who = np.concatenate([everyone, found, renewed])
    counts = (people.count, len(found), len(renewed))
    began = np.concatenate([people.opened, people.opened[found], numbers.changed[renewed]])
    known = np.concatenate([people.opened, numbers.found[found], numbers.changed[renewed]])
    owner = np.concatenate(
        [numbers.owner, numbers.owner[found], people.customer_id[renewed] + _SECOND_OWNERS]
    )
    return pa.table(
        {
            "point_id": point_ids(
                people.customer_id[who], np.repeat([FIRST, FIRST, SECOND], counts)
            ),
            "customer_id": people.customer_id[who],
            "happened_at": instants(calendar.instant(began, 9 * 3600)),
            "known_at": instants(calendar.instant(known, 18 * 3600)),
            "channel": words(np.zeros(len(who), dtype=np.int64), ("phone",)),
            "value": phone_numbers(owner),
            "valid": np.repeat([True, False, True], counts),
            "verified_on": dates(calendar.date_number(began)),
        }
    )
