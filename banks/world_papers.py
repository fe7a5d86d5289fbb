"""What the simulated bank has on file: customers, households, tests and accounts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from banks.world import World
from banks.world_arrays import Flags, Ints, Records, dates, instants, records, words
from banks.world_calendar import CURRENCY, DAY, NEVER, Desk
from banks.world_names import firm_names, people_names
from banks.world_people import EDUCATIONS, MARITALS, OCCUPATIONS, People
from banks.world_places import city_names
from banks.world_postings import CURRENT, SLOTS
from banks.world_state import Fate
from goodcall.vocabulary import KINDS, TOLERANCES

_STATUS = ("active", "closed", "deceased")
_STATEMENTS = ("monthly", "quarterly")
_YEAR = 365
_HOUSEHOLD = 1


@dataclass(frozen=True, slots=True)
class File:
    """What customers have on file whatever they do, drawn ahead; days are NEVER if not to be.

    From `manager_day` on they have another `manager`; `city` is where they would move to; the bank
    knows of a change `delay` days later. Of the `unknown` (n, 3) nobody wrote down the occupation,
    the education or the marital status. `tests` of risk tolerance are who, day and level.
    """

    names: pa.Array
    objects: Flags
    delay: Ints
    manager_day: Ints
    manager: Ints
    city: Ints
    unknown: Flags
    tests: Records

    def managers(self, people: People, who: Ints, day: Ints) -> Ints:
        """The manager of these customers on these days."""
        return np.where(day >= self.manager_day[who], self.manager[who], people.manager[who])


def draw_file(world: World, people: People, colleagues: Ints, desk: Desk) -> File:
    """The file of customers; `colleagues` is another manager of each one's branch."""
    rng, days, count = desk.rng, desk.calendar.days, people.count
    habits, places = world.habits, city_names()
    handed = rng.random(count) < habits.new_manager * days / _YEAR
    return File(
        names=pa.array(_names(people, list(places), rng)),
        objects=rng.random(count) < habits.objects,
        # One delay a customer: what happened later is also known later.
        delay=rng.integers(0, 4, count),
        manager_day=np.where(handed, rng.integers(1, days, count), NEVER),
        manager=colleagues,
        city=(people.city + rng.integers(1, len(places), count)) % len(places),
        unknown=rng.random((count, 3)) < habits.unknown,
        tests=_tests(world, people, desk),
    )


def customer_table(people: People, file: File, moved: Ints, fate: Fate, desk: Desk) -> pa.Table:
    """The raw table `customers`: one row at the opening and one for every change.

    `moved` is the day of each customer's move to another city.
    """
    calendar, places = desk.calendar, list(city_names())
    row, on, turn = _versions(people, (file.manager_day, moved, fate.gone), desk)
    new_city = on >= moved[row]
    ended = on >= fate.gone[row]
    known = (
        calendar.instant(on, 10 * 3600 + 60 * turn) + np.where(turn == 0, 0, file.delay[row]) * DAY
    )
    stated = np.column_stack([people.occupation, people.education, people.marital])
    occupation, education, marital = np.where(file.unknown, -1, stated)[row].T
    firm = people.firm[row]
    return pa.table(
        {
            "customer_id": people.customer_id[row],
            "happened_at": instants(calendar.instant(on, 9 * 3600)),
            "known_at": instants(known),
            "kind": words(people.kind[row], KINDS),
            "status": words(np.where(ended, 1 + fate.died[row], 0), _STATUS),
            "name": file.names.take(pa.array(row)),
            "birth_date": dates(people.birth[row], absent=firm),
            "sex": words(np.where(firm, -1, people.female[row]), ("M", "F")),
            "household_id": pa.array(
                people.household[row] + _HOUSEHOLD, mask=people.household[row] < 0
            ),
            "branch_id": people.branch[row] + 1,
            "manager_id": file.managers(people, row, on) + 1,
            "opened_on": dates(calendar.date_number(people.opened[row])),
            "occupation": words(occupation, OCCUPATIONS),
            "education": words(np.where(firm, -1, education), EDUCATIONS),
            "marital_status": words(np.where(firm, -1, marital), MARITALS),
            "city": words(np.where(new_city, file.city[row], people.city[row]), places),
            "profiling_opt_out": file.objects[row],
        }
    )


def household_table(people: People, desk: Desk) -> pa.Table:
    """The raw table `households`: each comes to be with the first customer who lives in it."""
    calendar = desk.calendar
    numbers, first = np.unique(people.household, return_index=True)
    earliest = np.full(len(numbers), NEVER)
    np.minimum.at(earliest, np.searchsorted(numbers, people.household), people.opened)
    new = (numbers >= 0) & desk.covers(earliest)
    moment = instants(calendar.instant(earliest[new], 9 * 3600))
    return pa.table(
        {
            "household_id": numbers[new] + _HOUSEHOLD,
            "happened_at": moment,
            "known_at": moment,
            "branch_id": people.branch[first[new]] + 1,
        }
    )


def assessment_table(people: People, tests: Records, desk: Desk) -> pa.Table:
    """The raw table `assessments`; each holds for a year."""
    calendar, rows = desk.calendar, tests[desk.covers(tests["day"])]
    return pa.table(
        {
            "assessment_id": desk.ids(len(rows)),
            "customer_id": people.customer_id[rows["who"]],
            "happened_at": instants(calendar.instant(rows["day"], 11 * 3600)),
            "known_at": instants(calendar.instant(rows["day"], 11 * 3600 + 600)),
            "tolerance": words(rows["level"], TOLERANCES),
            "expires_on": dates(calendar.date_number(rows["day"] + _YEAR)),
        }
    )


def account_table(
    people: People, account_id: Ints, opened: Ints, gone: Ints, desk: Desk
) -> pa.Table:
    """The raw table `accounts`; a closing is a later version of the row."""
    calendar, end = desk.calendar, np.broadcast_to(gone[:, None], opened.shape)
    new, shut = desk.covers(opened), desk.covers(end) & (end > opened)
    who, slot = (np.concatenate(part) for part in zip(new.nonzero(), shut.nonzero(), strict=True))
    closing = np.arange(len(who)) >= new.sum()
    begun = opened[who, slot]
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


def _tests(world: World, people: People, desk: Desk) -> Records:
    """Every test of risk tolerance; not everyone comes back when a year is over."""
    calendar, rng = desk.calendar, desk.rng
    tested = np.flatnonzero((rng.random(people.count) < world.people.assessed) & ~people.firm)
    daring = 1.9 + 0.5 * people.observed()[tested, 0] - (people.age[tested] - 45) / 30
    level = np.clip(np.rint(daring + 0.8 * rng.normal(size=len(tested))), 0, 4).astype(np.int64)
    day = np.maximum(people.opened[tested], rng.integers(-300, calendar.days - 1, len(tested)))
    rounds = [records(who=tested, day=day, level=level)]
    for _ in range(calendar.days // _YEAR + 1):
        day = day + _YEAR + rng.integers(-30, 120, len(day))
        comes = (rng.random(len(day)) < world.habits.tested_again) & (day < calendar.days)
        tested, day, level = tested[comes], day[comes], level[comes]
        level = np.clip(level + rng.integers(-1, 2, len(level)), 0, 4)
        rounds.append(records(who=tested, day=day, level=level))
    return np.concatenate(rounds)


def _versions(people: People, changes: tuple[Ints, ...], desk: Desk) -> tuple[Ints, Ints, Ints]:
    """The month's rows of the customer file: whose, since which day, and which sort of change.

    The first sort, 0, is the opening; the last of the changes ends the file.
    """
    moments, gone = (people.opened, *changes), changes[-1]
    rows = [np.flatnonzero(desk.covers(people.opened))]
    rows += [
        np.flatnonzero(desk.covers(day) & (day > people.opened) & (day <= gone)) for day in changes
    ]
    on = np.concatenate([day[who] for day, who in zip(moments, rows, strict=True)])
    turn = np.repeat(np.arange(len(rows)), [len(who) for who in rows])
    return np.concatenate(rows), on, turn
