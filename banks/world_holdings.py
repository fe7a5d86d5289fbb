"""Products that simulated customers hold, the accounts they are booked on, and loans."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from banks.world import HabitSettings
from banks.world_arrays import Flags, Floats, Ints, Records, dates, instants, records, words
from banks.world_calendar import DAY, NEVER, SECOND, Calendar, Desk
from banks.world_people import People
from banks.world_places import PRODUCTS
from banks.world_postings import CARD, CURRENT, SAVINGS, SLOTS, WEALTH
from goodcall.vocabulary import FAMILIES, KINDS

_SLOT = {"deposit": SAVINGS, "wealth": WEALTH, "fund": WEALTH, "credit_card": CARD}
_LOANS = ("consumer_loan", "mortgage", "business_loan")
_SHARE_OF_ASSETS = {"deposit": 0.35, "wealth": 0.4, "fund": 0.25}
_MONTHS_OF_INCOME = {"insurance": 0.8, "consumer_loan": 5.0, "mortgage": 70.0, "business_loan": 2.5}
_FAMILY_LOANS = tuple(FAMILIES.index(family) for family in _LOANS)
_SHORTEST_TERM = 90


@dataclass(frozen=True, slots=True)
class Holdings:
    """Every product ever held by a block of customers; `closed` is NEVER while it is held.

    Fields of `rows`: who, family, product, opened, closed, amount; sorted by customer and opening.
    """

    rows: Records


def hold(
    people: People,
    first_held: Flags,
    moves: tuple[Records, Records],
    gone: Ints,
    rng: np.random.Generator,
) -> Holdings:
    """The holdings of the window's opening and those bought in it, each until it is given up.

    `moves` are the purchases and the run-offs; `gone` the day a customer is no more, or NEVER.
    """
    purchases, run_offs = moves
    who, family = np.nonzero(first_held)
    age = np.minimum(rng.gamma(1.4, 260, len(who)).astype(np.int64) + 1, -people.opened[who])
    who = np.concatenate([who, purchases["who"]])
    family = np.concatenate([family, purchases["family"]])
    opened = np.concatenate([-np.maximum(age, 1), purchases["day"]])
    rows = records(
        who=who,
        family=family,
        product=_products(people.kind[who], family, rng),
        opened=opened,
        closed=_closings(who, family, opened, run_offs),
        amount=_amounts(people, who, family, rng),
    )
    end = gone[rows["who"]]
    rows["closed"] = np.where(rows["closed"] >= end, NEVER, rows["closed"])
    left = (end < NEVER) & (rows["closed"] == NEVER)
    rows["closed"] = np.where(left, np.maximum(end, rows["opened"] + 1), rows["closed"])
    return Holdings(rows[np.lexsort((rows["family"], rows["opened"], rows["who"]))])


def opened_slots(holdings: Holdings, count: int, first: Ints) -> Ints:
    """(n, slots): the day on which each account was opened, NEVER for one never opened."""
    opened = np.full((count, len(SLOTS)), NEVER)
    opened[:, CURRENT] = first
    for family, slot in _SLOT.items():
        rows = holdings.rows[holdings.rows["family"] == FAMILIES.index(family)]
        np.minimum.at(opened[:, slot], rows["who"], rows["opened"])
    return opened


def payments(holdings: Holdings, count: int, calendar: Calendar) -> Floats:
    """(n, months): the loan payments due in each month."""
    due = np.zeros((count, calendar.months))
    rows = _loans(holdings)
    each = _payment(rows)
    for month in range(calendar.months):
        start, end = calendar.month(month)
        running = (rows["opened"] < start) & (rows["closed"] >= end)
        due[:, month] = np.bincount(rows["who"][running], each[running], minlength=count)
    return due


def holding_table(
    holdings: Holdings, people: People, account_id: Ints, late: float, desk: Desk
) -> pa.Table:
    """The raw table `holdings`; a closing is a later version of the row."""
    calendar, rng = desk.calendar, desk.rng
    rows, count = holdings.rows, len(holdings.rows)
    version, known_day, matures, closing = _versions(rows, calendar)
    noon = rng.integers(9 * 3600, 17 * 3600, count)[version]
    # One delay a holding: its versions are known in the order in which they came true.
    delay = np.where(rng.random(count) < late, 2 * DAY, 300 * SECOND)[version]
    ids, rows = desk.ids(count)[version], rows[version]
    happened = calendar.instant(rows["opened"], noon)
    names = np.array([_SLOT.get(family, CURRENT) for family in FAMILIES])
    return pa.table(
        {
            "holding_id": ids,
            "customer_id": people.customer_id[rows["who"]],
            "happened_at": instants(happened),
            "known_at": instants(calendar.instant(known_day, noon) + delay),
            "product_id": rows["product"] + 1,
            "family": words(rows["family"], FAMILIES),
            "opened_on": dates(calendar.date_number(rows["opened"])),
            "closed_on": dates(calendar.date_number(rows["closed"]), absent=~closing),
            "matures_on": dates(calendar.date_number(matures), absent=matures >= NEVER),
            "amount_cents": pa.array(rows["amount"], mask=rows["amount"] == 0),
            "account_id": account_id[rows["who"], names[rows["family"]]],
        }
    )


def loan_table(
    holdings: Holdings, people: People, account_id: Ints, habits: HabitSettings, desk: Desk
) -> pa.Table:
    """The raw table `loans`; falling overdue and being paid up again are later versions."""
    calendar, rng = desk.calendar, desk.rng
    rows = _loans(holdings)
    count = len(rows)
    slow = np.flatnonzero((rng.random(count) < habits.overdue) & (rows["closed"] == NEVER))
    due = np.maximum(rows["opened"][slow] + 45, rng.integers(0, calendar.days, len(slow)))
    heals = rng.random(len(slow)) < habits.pays_up
    paid = due + rng.integers(5, 60, len(slow))
    told = due + 1
    keeps, late = told < calendar.days, heals & (paid < calendar.days - 1) & (told < calendar.days)
    version = np.concatenate([np.arange(count), slow[keeps], slow[late]])
    known = np.concatenate([rows["opened"], told[keeps], paid[late]])
    stage = np.repeat([0, 1, 2], [count, int(keeps.sum()), int(late.sum())])
    since = np.concatenate([np.zeros(count, dtype=np.int64), due[keeps], due[late]])
    ids = desk.ids(count)
    rows = rows[version]
    each = np.rint(_payment(rows)).astype(np.int64)
    return pa.table(
        {
            "loan_id": ids[version],
            "customer_id": people.customer_id[rows["who"]],
            "happened_at": instants(calendar.instant(rows["opened"], 10 * 3600)),
            "known_at": instants(calendar.instant(known, 10 * 3600 + 300)),
            "opened_on": dates(calendar.date_number(rows["opened"])),
            "account_id": account_id[rows["who"], CURRENT],
            "principal_cents": rows["amount"],
            "payment_cents": each,
            "term_months": _term_days(rows) // 30,
            "overdue_since": dates(calendar.date_number(since), absent=stage != 1),
            "overdue_cents": pa.array(np.where(stage == 1, each, 0)),
        }
    )


def _loans(holdings: Holdings) -> Records:
    return holdings.rows[np.isin(holdings.rows["family"], _FAMILY_LOANS)]


def _term_days(rows: Records) -> Ints:
    terms: Ints = np.array([product.days or 0 for product in PRODUCTS])[rows["product"]]
    return terms


def _payment(rows: Records) -> Floats:
    """The monthly payment: the principal over the term, and a little more."""
    months = np.maximum(_term_days(rows) // 30, 12)
    return np.asarray(rows["amount"] / months * 1.05, dtype=np.float64)


def _products(kind: Ints, family: Ints, rng: np.random.Generator) -> Ints:
    """A product of each family that is sold to each kind."""
    product = np.zeros(len(kind), dtype=np.int64)
    drawn = rng.random(len(kind))
    for number, name in enumerate(FAMILIES):
        for sort, title in enumerate(KINDS):
            fits = [i for i, p in enumerate(PRODUCTS) if p.family == name and title in p.kinds]
            rows = (family == number) & (kind == sort)
            if fits:
                product[rows] = np.array(fits)[(drawn[rows] * len(fits)).astype(np.int64)]
    return product


def _closings(who: Ints, family: Ints, opened: Ints, run_offs: Records) -> Ints:
    """The first run-off of the customer and family after each opening, NEVER without."""
    span, width = 4 * NEVER, len(FAMILIES)
    ended = np.sort((run_offs["who"] * width + run_offs["family"]) * span + run_offs["day"] + NEVER)
    begun = (who * width + family) * span + opened + NEVER
    place = np.searchsorted(ended, begun, side="right")
    found = np.append(ended, np.int64(2**62))[place]
    same = found // span == begun // span
    closed: Ints = np.where(same, found % span - NEVER, NEVER)
    return closed


def _amounts(people: People, who: Ints, family: Ints, rng: np.random.Generator) -> Ints:
    share = np.array([_SHARE_OF_ASSETS.get(name, 0.0) for name in FAMILIES])[family]
    months = np.array([_MONTHS_OF_INCOME.get(name, 0.0) for name in FAMILIES])[family]
    amount = people.assets[who] * share + people.income[who] * months
    amount = amount * np.exp(0.4 * rng.normal(size=len(who)))
    whole: Ints = np.rint(amount / 100_00).astype(np.int64) * 100_00
    return whole


def _versions(rows: Records, calendar: Calendar) -> tuple[Ints, Ints, Ints, Flags]:
    """The versions of each holding: its place, the day it is known, its maturity, if it closes it.

    A product with a term that is not given up rolls over at its maturity; each time is a version.
    The first version is that of the last roll-over before the window.
    """
    place, term, opened = np.arange(len(rows)), _term_days(rows), rows["opened"].astype(np.int64)
    past = np.where(term > 0, np.maximum(-opened, 0) // np.maximum(term, 1), 0)
    rolled = np.asarray(opened + past * term, dtype=np.int64)
    first = np.zeros(len(rows), dtype=np.bool_)
    versions: list[tuple[Ints, Ints, Ints, Flags]] = [(place, rolled, rolled + term, first)]
    end = np.minimum(rows["closed"], calendar.days)
    for turn in range(1, calendar.days // _SHORTEST_TERM + 2):
        day: Ints = rolled + turn * term
        again: Ints = np.flatnonzero((term > 0) & (day < end))
        still = np.zeros(len(again), dtype=np.bool_)
        due: Ints = day + term
        versions.append((again, day[again], due[again], still))
    ended = np.flatnonzero(rows["closed"] < calendar.days)
    closed: Ints = rows["closed"].astype(np.int64)
    turns = np.maximum(closed - rolled - 1, 0) // np.maximum(term, 1)
    last: Ints = rolled + (turns + 1) * term
    versions.append((ended, closed[ended], last[ended], np.ones(len(ended), dtype=np.bool_)))
    number, known, matures, closing = (np.concatenate(part) for part in zip(*versions, strict=True))
    return number, known, np.where(term[number] > 0, matures, NEVER), closing
