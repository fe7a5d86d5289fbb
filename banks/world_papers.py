"""What the simulated bank has on file: customers, households, assessments and accounts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from banks.world_arrays import Flags, Ints, dates, instants, words
from banks.world_calendar import CURRENCY, DAY, NEVER, Calendar, Desk
from banks.world_names import firm_names, people_names
from banks.world_people import EDUCATIONS, MARITALS, OCCUPATIONS, People
from banks.world_places import city_names
from banks.world_postings import CURRENT, SLOTS
from goodcall.vocabulary import KINDS, TOLERANCES

_STATUS = ("active", "closed", "deceased")
_STATEMENTS = ("monthly", "quarterly")
_YEAR = 365
_HOUSEHOLD = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes on a customer's file in the window: days, NEVER where it does not.

    `manager` and `city` are the new ones.
    """

    manager_day: Ints
    manager: Ints
    city_day: Ints
    city: Ints
    gone: Ints
    died: Flags


def draw_changes(
    people: People,
    colleagues: Ints,
    moved: Ints,
    ends: tuple[Ints, Flags],
    desk: Desk,
    *,
    share: float,
) -> Changes:
    """New managers for a share a year; a new city for those who moved on day `moved`.

    `colleagues` is another manager of each customer's branch; `ends` the day on which a customer is
    no more, and whether by death.
    """
    calendar, rng = desk.calendar, desk.rng
    handed = rng.random(people.count) < share * calendar.days / _YEAR
    manager_day = np.where(handed, rng.integers(1, calendar.days, people.count), NEVER)
    cities = len(city_names())
    return Changes(
        manager_day=manager_day,
        manager=colleagues,
        city_day=moved,
        city=(people.city + rng.integers(1, cities, people.count)) % cities,
        gone=ends[0],
        died=ends[1],
    )


def customer_table(people: People, changes: Changes, objecting: float, desk: Desk) -> pa.Table:
    """The raw table `customers`: one row at the opening and one for every change."""
    calendar, rng, places = desk.calendar, desk.rng, list(city_names())
    names = _names(people, places, rng)
    objects = rng.random(people.count) < objecting
    row, on, turn = _versions(people, changes, calendar)
    new_city = on >= changes.city_day[row]
    new_manager = on >= changes.manager_day[row]
    ended = on >= changes.gone[row]
    # One delay a customer: what happened later is also known later.
    delay = np.where(turn == 0, 0, rng.integers(0, 4, people.count)[row]) * DAY
    known = calendar.instant(on, 10 * 3600 + 60 * turn) + delay
    firm = people.firm[row]
    return pa.table(
        {
            "customer_id": people.customer_id[row],
            "happened_at": instants(calendar.instant(on, 9 * 3600)),
            "known_at": instants(known),
            "kind": words(people.kind[row], KINDS),
            "status": words(np.where(ended, 1 + changes.died[row], 0), _STATUS),
            "name": pa.array(names).take(pa.array(row)),
            "birth_date": dates(people.birth[row], absent=firm),
            "sex": words(np.where(firm, -1, people.female[row]), ("M", "F")),
            "household_id": pa.array(
                people.household[row] + _HOUSEHOLD, mask=people.household[row] < 0
            ),
            "branch_id": people.branch[row] + 1,
            "manager_id": np.where(new_manager, changes.manager[row], people.manager[row]) + 1,
            "opened_on": dates(calendar.date_number(people.opened[row])),
            "occupation": words(people.occupation[row], OCCUPATIONS),
            "education": words(np.where(firm, -1, people.education[row]), EDUCATIONS),
            "marital_status": words(np.where(firm, -1, people.marital[row]), MARITALS),
            "city": words(np.where(new_city, changes.city[row], people.city[row]), places),
            "profiling_opt_out": objects[row],
        }
    )


def household_table(people: People, calendar: Calendar) -> pa.Table:
    """The raw table `households` of all customers."""
    numbers, first = np.unique(people.household, return_index=True)
    first = first[numbers >= 0]
    numbers = numbers[numbers >= 0]
    earliest = np.full(int(numbers.max(initial=0)) + 1, NEVER)
    np.minimum.at(
        earliest, people.household[people.household >= 0], people.opened[people.household >= 0]
    )
    moment = instants(calendar.instant(earliest[numbers], 9 * 3600))
    return pa.table(
        {
            "household_id": numbers + _HOUSEHOLD,
            "happened_at": moment,
            "known_at": moment,
            "branch_id": people.branch[first] + 1,
        }
    )


def assessment_table(people: People, share: float, again: float, desk: Desk) -> pa.Table:
    """The raw table `assessments`; each holds for a year, and not everyone comes back in time."""
    calendar, rng = desk.calendar, desk.rng
    tested = np.flatnonzero((rng.random(people.count) < share) & ~people.firm)
    daring = 1.9 + 0.5 * people.observed()[tested, 0] - (people.age[tested] - 45) / 30
    level = np.clip(np.rint(daring + 0.8 * rng.normal(size=len(tested))), 0, 4).astype(np.int64)
    day = np.maximum(people.opened[tested], rng.integers(-300, calendar.days - 1, len(tested)))
    who, levels, days = [tested], [level], [day]
    for _ in range(calendar.days // _YEAR + 1):
        day = day + _YEAR + rng.integers(-30, 120, len(day))
        comes = (rng.random(len(day)) < again) & (day < calendar.days)
        tested, day, level = tested[comes], day[comes], level[comes]
        level = np.clip(level + rng.integers(-1, 2, len(level)), 0, 4)
        who.append(tested)
        levels.append(level)
        days.append(day)
    row, on = np.concatenate(who), np.concatenate(days)
    return pa.table(
        {
            "assessment_id": desk.numbers.ids("assessments", len(row)),
            "customer_id": people.customer_id[row],
            "happened_at": instants(calendar.instant(on, 11 * 3600)),
            "known_at": instants(calendar.instant(on, 11 * 3600 + 600)),
            "tolerance": words(np.concatenate(levels), TOLERANCES),
            "expires_on": dates(calendar.date_number(on + _YEAR)),
        }
    )


def account_table(
    people: People, account_id: Ints, opened: Ints, gone: Ints, calendar: Calendar
) -> pa.Table:
    """The raw table `accounts`; a closing is a later version of the row."""
    who, slot = np.nonzero(opened < calendar.days)
    begun = opened[who, slot]
    shut = np.flatnonzero((gone[who] < calendar.days) & (gone[who] > begun))
    version = np.concatenate([np.arange(len(who)), shut])
    closing = np.arange(len(version)) >= len(who)
    who, slot, begun = who[version], slot[version], begun[version]
    known = np.where(closing, gone[who], begun)
    return pa.table(
        {
            "account_id": account_id[who, slot],
            "customer_id": people.customer_id[who],
            "happened_at": instants(calendar.instant(begun, 9 * 3600)),
            "known_at": instants(calendar.instant(known, 17 * 3600)),
            "kind": words(slot, SLOTS),
            "opened_on": dates(calendar.date_number(begun)),
            "closed_on": dates(calendar.date_number(known), absent=~closing),
            "currency": words(np.zeros(len(who), dtype=np.int64), (CURRENCY,)),
            "statement": words(np.where(slot == CURRENT, 0, 1), _STATEMENTS),
        }
    )


def _names(people: People, places: list[str], rng: np.random.Generator) -> list[str]:
    persons = people_names(people.count, rng)
    firms = firm_names([places[city] for city in people.city.tolist()], rng)
    both = zip(persons, firms, people.firm.tolist(), strict=True)
    return [firm if is_firm else person for person, firm, is_firm in both]


def _versions(people: People, changes: Changes, calendar: Calendar) -> tuple[Ints, Ints, Ints]:
    """The rows of the customer file: whose, since which day, and which sort of change (0: none)."""
    end = np.minimum(changes.gone, calendar.days)
    moments = (people.opened, changes.manager_day, changes.city_day, changes.gone)
    changed = [
        np.flatnonzero((when > people.opened) & (when <= end) & (when < calendar.days))
        for when in moments[1:]
    ]
    parts = [np.arange(people.count), *changed]
    on = np.concatenate([when[rows] for when, rows in zip(moments, parts, strict=True)])
    turn = np.repeat(np.arange(len(parts)), [len(rows) for rows in parts])
    return np.concatenate(parts), on, turn
