"""Products that simulated customers hold, the accounts they are booked on, and loans."""

import numpy as np
import pyarrow as pa

from banks.world import HabitSettings
from banks.world_arrays import Flags, Floats, Ints, Records, dates, instants, records, words
from banks.world_calendar import DAY, NEVER, SECOND, Desk
from banks.world_people import People
from banks.world_places import PRODUCTS
from banks.world_postings import CARD, CURRENT, SAVINGS, WEALTH
from goodcall.vocabulary import FAMILIES, KINDS

_SLOT = {"deposit": SAVINGS, "wealth": WEALTH, "fund": WEALTH, "credit_card": CARD}
_LOANS = ("consumer_loan", "mortgage", "business_loan")
_SHARE_OF_ASSETS = {"deposit": 0.35, "wealth": 0.4, "fund": 0.25}
_MONTHS_OF_INCOME = {"insurance": 0.8, "consumer_loan": 5.0, "mortgage": 70.0, "business_loan": 2.5}
_FAMILY_LOANS = tuple(FAMILIES.index(family) for family in _LOANS)


def first_holdings(habits: HabitSettings, people: People, held: Flags, desk: Desk) -> Records:
    """The holdings with which the window opens: `held` (n, families) says of what.

    Fields: holding_id, who, family, product, opened, closed (NEVER while it is held), amount, noon
    (second of the day on which it is written), delay (of every version), overdue and paid_up (when
    a loan falls overdue and is paid up again, NEVER if not).
    """
    who, family = np.nonzero(held)
    age = np.minimum(desk.rng.gamma(1.4, 260, len(who)).astype(np.int64) + 1, -people.opened[who])
    return _drawn(habits, people, (who, family, -np.maximum(age, 1)), desk)


def buy_holdings(habits: HabitSettings, people: People, purchases: Records, desk: Desk) -> Records:
    """The holdings that a month's purchases bring."""
    bought = (purchases["who"], purchases["family"], purchases["day"])
    return _drawn(habits, people, bought, desk)


def end_holdings(rows: Records, run_offs: Records, gone: Ints) -> None:
    """Close the holdings that a month's run-offs end, and all of who is `gone` in it."""
    ended = np.full((len(gone), len(FAMILIES)), NEVER)
    ended[run_offs["who"], run_offs["family"]] = run_offs["day"]
    end = np.minimum(ended[rows["who"], rows["family"]], gone[rows["who"]])
    open_then = (rows["closed"] == NEVER) & (rows["opened"] < end)
    rows["closed"] = np.where(open_then, end, rows["closed"])


def open_accounts(opened: Ints, holdings: Records) -> None:
    """Set in `opened` (n, slots) the day of the first holding that is booked on each account."""
    for family, slot in _SLOT.items():
        rows = holdings[holdings["family"] == FAMILIES.index(family)]
        np.minimum.at(opened[:, slot], rows["who"], rows["opened"])


def payments(rows: Records, count: int, days: tuple[int, int]) -> Floats:
    """The loan payments of each customer that are due in a month of these days."""
    loans = _loans(rows)
    running = (loans["opened"] < days[0]) & (loans["closed"] >= days[1])
    due: Floats = np.bincount(
        loans["who"][running], _payment(loans)[running], minlength=count
    ).astype(np.float64)
    return due


def holding_table(rows: Records, people: People, account_id: Ints, desk: Desk) -> pa.Table:
    """The raw table `holdings`; a roll-over and the closing are later versions of the row."""
    calendar = desk.calendar
    place, known_day, matures, closing = _versions(rows, desk)
    rows = rows[place]
    known = calendar.instant(known_day, rows["noon"]) + rows["delay"]
    slots = np.array([_SLOT.get(family, CURRENT) for family in FAMILIES])
    return pa.table(
        {
            "holding_id": rows["holding_id"],
            "customer_id": people.customer_id[rows["who"]],
            "happened_at": instants(calendar.instant(rows["opened"], rows["noon"])),
            "known_at": instants(known),
            "product_id": rows["product"] + 1,
            "family": words(rows["family"], FAMILIES),
            "opened_on": dates(calendar.date_number(rows["opened"])),
            "closed_on": dates(calendar.date_number(rows["closed"]), absent=~closing),
            "matures_on": dates(calendar.date_number(matures), absent=matures >= NEVER),
            "amount_cents": pa.array(rows["amount"], mask=rows["amount"] == 0),
            "account_id": account_id[rows["who"], slots[rows["family"]]],
        }
    )


def loan_table(holdings: Records, people: People, account_id: Ints, desk: Desk) -> pa.Table:
    """The raw table `loans`; falling overdue and being paid up again are later versions."""
    calendar, rows = desk.calendar, _loans(holdings)
    moments = (rows["opened"], rows["overdue"] + 1, rows["paid_up"])
    found = [np.flatnonzero(desk.covers(day) & (day < rows["closed"])) for day in moments]
    known = np.concatenate([day[part] for day, part in zip(moments, found, strict=True)])
    stage = np.repeat([0, 1, 2], [len(part) for part in found])
    rows = rows[np.concatenate(found)]
    each = np.rint(_payment(rows)).astype(np.int64)
    return pa.table(
        {
            "loan_id": rows["holding_id"],
            "customer_id": people.customer_id[rows["who"]],
            "happened_at": instants(calendar.instant(rows["opened"], 10 * 3600)),
            "known_at": instants(calendar.instant(known, 10 * 3600 + 300)),
            "opened_on": dates(calendar.date_number(rows["opened"])),
            "account_id": account_id[rows["who"], CURRENT],
            "principal_cents": rows["amount"],
            "payment_cents": each,
            "term_months": _term_days(rows) // 30,
            "overdue_since": dates(calendar.date_number(rows["overdue"]), absent=stage != 1),
            "overdue_cents": pa.array(np.where(stage == 1, each, 0)),
        }
    )


def _drawn(
    habits: HabitSettings, people: People, holdings: tuple[Ints, Ints, Ints], desk: Desk
) -> Records:
    """Holdings of these customers and families, opened on these days."""
    (who, family, opened), rng, count = holdings, desk.rng, len(holdings[0])
    due = np.maximum(opened + 45, rng.integers(0, desk.calendar.days, count))
    slow = np.isin(family, _FAMILY_LOANS) & (rng.random(count) < habits.overdue)
    heals = slow & (rng.random(count) < habits.pays_up)
    return records(
        holding_id=desk.ids(count),
        who=who,
        family=family,
        product=_products(people.kind[who], family, rng),
        opened=opened,
        closed=np.full(count, NEVER),
        amount=_amounts(people, who, family, rng),
        noon=rng.integers(9 * 3600, 17 * 3600, count),
        # One delay a holding: its versions are known in the order in which they came true.
        delay=np.where(rng.random(count) < habits.late, 2 * DAY, 300 * SECOND),
        overdue=np.where(slow, due, NEVER),
        paid_up=np.where(heals, due + rng.integers(5, 60, count), NEVER),
    )


def _loans(holdings: Records) -> Records:
    loans: Records = holdings[np.isin(holdings["family"], _FAMILY_LOANS)]
    return loans


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


def _amounts(people: People, who: Ints, family: Ints, rng: np.random.Generator) -> Ints:
    share = np.array([_SHARE_OF_ASSETS.get(name, 0.0) for name in FAMILIES])[family]
    months = np.array([_MONTHS_OF_INCOME.get(name, 0.0) for name in FAMILIES])[family]
    amount = people.assets[who] * share + people.income[who] * months
    amount = amount * np.exp(0.4 * rng.normal(size=len(who)))
    whole: Ints = np.rint(amount / 100_00).astype(np.int64) * 100_00
    return whole


def _versions(rows: Records, desk: Desk) -> tuple[Ints, Ints, Ints, Flags]:
    """The month's versions: place, the day each is known, its maturity, and if it closes.

    A product with a term that is not given up rolls over at its maturity; each time is a version.
    The first version of one older than the window is that of its last roll-over before it.
    """
    opened, closed, term = rows["opened"], rows["closed"], _term_days(rows)
    length = np.where(term > 0, term, NEVER)
    new = np.flatnonzero(desk.covers(opened))
    first = opened + np.maximum(-1 - opened, 0) // length * length
    start = max(desk.days[0], 0)
    turn = np.maximum(-((opened - start) // length), 1)
    again_on = opened + turn * length
    again = np.flatnonzero(desk.covers(again_on) & (again_on >= start) & (again_on < closed))
    ended = np.flatnonzero(desk.covers(closed))
    last = opened + ((closed - opened - 1) // length + 1) * length
    place = np.concatenate([new, again, ended])
    known = np.concatenate([first[new], again_on[again], closed[ended]])
    matures = np.concatenate([(first + length)[new], (again_on + length)[again], last[ended]])
    closing = np.arange(len(place)) >= len(place) - len(ended)
    return place, known, np.where(term[place] > 0, matures, NEVER), closing
