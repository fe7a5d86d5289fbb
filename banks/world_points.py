"""The simulated customers' telephone numbers as the bank has them on file."""

import numpy as np
import pyarrow as pa

from banks.world_arrays import Ints, Records, dates, instants, words
from banks.world_calendar import Desk
from banks.world_names import phone_numbers
from banks.world_numbers import FIRST, SECOND
from banks.world_people import People

_NUMBERS_EACH = 10  # a number's id is ten times its customer's, plus which of theirs it is
_SECOND_OWNERS = 50_000_000  # what is added to a customer's id to make up their second number


def point_ids(customer_id: Ints, given: Ints) -> Ints:
    """The ids of numbers that customers gave, FIRST or SECOND each."""
    return customer_id * _NUMBERS_EACH + given


def point_table(
    people: People, owner: Ints, found_dead: Records, moves: Records, desk: Desk
) -> pa.Table:
    """The raw table `contact_points`: a telephone number each, `owner` telling whose.

    That a number is found dead is a later version of its row; who moves has a new point.
    """
    calendar, new = desk.calendar, np.flatnonzero(desk.covers(people.opened))
    found, moved = found_dead["who"], moves["who"]
    who = np.concatenate([new, found, moved])
    counts = (len(new), len(found), len(moved))
    began = np.concatenate([people.opened[new], people.opened[found], moves["day"]])
    known = np.concatenate([people.opened[new], found_dead["day"], moves["day"]])
    holder = np.concatenate([owner[new], owner[found], people.customer_id[moved] + _SECOND_OWNERS])
    return pa.table(
        {
            "point_id": point_ids(
                people.customer_id[who], np.repeat([FIRST, FIRST, SECOND], counts)
            ),
            "customer_id": people.customer_id[who],
            "happened_at": instants(calendar.instant(began, 9 * 3600)),
            "known_at": instants(calendar.instant(known, 18 * 3600)),
            "channel": words(np.zeros(len(who), dtype=np.int64), ("phone",)),
            "value": pa.array(phone_numbers(holder), pa.string()),
            "valid": np.repeat([True, False, True], counts),
            "verified_on": dates(calendar.date_number(began)),
        }
    )
