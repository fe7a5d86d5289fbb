"""The simulated customers' telephone numbers: how one dies, is found dead, and is replaced."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from banks.world_arrays import Flags, Ints, Records, dates, instants, records, words
from banks.world_block import Block
from banks.world_calendar import Calendar, Desk
from banks.world_names import phone_numbers
from banks.world_people import People
from banks.world_state import NEVER, PHONE, SMS
from goodcall.vocabulary import OUTCOMES

_WRONG, _INVALID = OUTCOMES.index("WRONG_NUMBER"), OUTCOMES.index("INVALID")
NO_POINT = 0
_PASSED_ON = 0.35  # share of dead numbers at which somebody else answers
_TOLD_AFTER = 60  # a customer tells a new number within so many days
_NOTICED_AFTER = 180  # a dead number that nobody calls is noticed within so many days
_NOTED_AFTER = 4  # a call to a dead number is on file within so many days


@dataclass(frozen=True, slots=True)
class Numbers:
    """The number that each customer gave first, and the days of its life; NEVER if not to be.

    From `died` on it does not reach the customer; on `found` the bank's file says so; after
    `changed` the bank has a second number instead. With `passed_on` somebody else answers it.
    """

    first: Ints
    second: Ints
    died: Ints
    found: Ints
    changed: Ints
    passed_on: Flags


def draw_numbers(block: Block, shared: Flags, desk: Desk) -> Numbers:
    """The numbers of a block's customers, of which the world's share goes dead.

    `shared` says whether others use the number too. Whoever moves away has a new number from then
    on. No number dies before a contact that still reached its customer.
    """
    rng, people, contacts = desk.rng, block.people, block.contacts
    count, end = people.count, np.minimum(block.gone, desk.calendar.days)
    changed = np.where((block.moved > people.opened) & (block.moved < end), block.moved, NEVER)
    moves = changed < NEVER
    dies = moves | (rng.random(count) < block.world.habits.number_dies)
    last = np.minimum(changed, end)
    alive = np.maximum(people.opened, _last_reached(contacts, last)) + 1
    anywhen = alive + (rng.random(count) * (end - alive)).astype(np.int64)
    lately = np.maximum(alive, changed - rng.integers(0, _TOLD_AFTER, count))
    died = np.where(moves, lately, anywhen)
    died = np.where(dies & (died < end), died, NEVER)
    noticed = died + rng.integers(1, _NOTICED_AFTER, count)
    called = _first_call(contacts, died) + rng.integers(1, _NOTED_AFTER, count)
    found = np.minimum(np.minimum(noticed, called), changed)
    ids = desk.numbers.ids("contact_points", count + int(moves.sum()))
    second = np.full(count, NO_POINT)
    second[moves] = ids[count:]
    return Numbers(
        first=ids[:count],
        second=second,
        died=died,
        found=np.where(found < desk.calendar.days, found, NEVER),
        changed=changed,
        # A number that others still use is not out of service: they answer it.
        passed_on=shared | (rng.random(count) < _PASSED_ON),
    )


def at_points(contacts: Records, numbers: Numbers) -> Records:
    """The contacts with the point that each was made at (0 for none) and, at a dead one, its end.

    Whoever calls a number from the day it died on hears that it is wrong or out of service.
    """
    who, channel = contacts["who"], contacts["channel"]
    made = contacts["carried"] & np.isin(channel, (PHONE, SMS))
    first = contacts["day"] <= numbers.changed[who]
    point = np.where(first, numbers.first[who], numbers.second[who])
    dead = made & (channel == PHONE) & first & (contacts["day"] >= numbers.died[who])
    heard = np.where(numbers.passed_on[who], _WRONG, _INVALID)
    told = {name: contacts[name] for name in contacts.dtype.names or ()}
    told["outcome"] = np.where(dead, heard, contacts["outcome"])
    return records(**told, point=np.where(made, point, NO_POINT))


def point_table(people: People, owner: Ints, numbers: Numbers, calendar: Calendar) -> pa.Table:
    """The raw table `contact_points`: a telephone number each, `owner` telling which.

    That a number is dead is a later version of its row; a new number is a new point.
    """
    everyone, found = np.arange(people.count), np.flatnonzero(numbers.found < NEVER)
    renewed = np.flatnonzero(numbers.changed < NEVER)
    who = np.concatenate([everyone, found, renewed])
    began = np.concatenate([people.opened, people.opened[found], numbers.changed[renewed]])
    known = np.concatenate([people.opened, numbers.found[found], numbers.changed[renewed]])
    holder = np.concatenate([owner, owner[found], people.customer_id[renewed] + 50_000_000])
    return pa.table(
        {
            "point_id": np.concatenate(
                [numbers.first, numbers.first[found], numbers.second[renewed]]
            ),
            "customer_id": people.customer_id[who],
            "happened_at": instants(calendar.instant(began, 9 * 3600)),
            "known_at": instants(calendar.instant(known, 18 * 3600)),
            "channel": words(np.zeros(len(who), dtype=np.int64), ("phone",)),
            "value": phone_numbers(holder),
            "valid": np.repeat([True, False, True], [people.count, len(found), len(renewed)]),
            "verified_on": dates(calendar.date_number(began)),
        }
    )


def _last_reached(contacts: Records, last: Ints) -> Ints:
    """The last day, up to the customer's own `last`, on which a contact at the number reached."""
    reached = np.isin(contacts["channel"], (PHONE, SMS)) & contacts["reached"]
    rows = contacts[reached & (contacts["day"] <= last[contacts["who"]])]
    latest = np.full(len(last), -NEVER)
    np.maximum.at(latest, rows["who"], rows["day"])
    return latest


def _first_call(contacts: Records, since: Ints) -> Ints:
    """The first day, from the customer's own `since` on, on which one was called; or NEVER."""
    rows = contacts[(contacts["channel"] == PHONE) & contacts["carried"]]
    rows = rows[rows["day"] >= since[rows["who"]]]
    first = np.full(len(since), NEVER)
    np.minimum.at(first, rows["who"], rows["day"])
    return first
