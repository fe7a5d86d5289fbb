"""What simulated customers earn, set aside, invest, lose and carry away."""

from dataclasses import dataclass

import numpy as np

from banks.world import LIFE_EVENTS, World
from banks.world_arrays import Flags, Floats, Ints, Records
from banks.world_calendar import NEVER, Calendar
from banks.world_people import People
from banks.world_postings import CARD, CURRENT, SAVINGS, WEALTH, Postings
from banks.world_spending import Budget, Span, charge, spend
from goodcall.vocabulary import FAMILIES

_HOME, _WINDFALL = (1 + LIFE_EVENTS.index(name) for name in ("home", "windfall"))
_PIECES = 5
_LATER = 0.7  # leavers carry more away late than early
_INTEREST_MONTHS = (3, 6, 9, 12)
_INTEREST = {CURRENT: 0.0005, SAVINGS: 0.0025}
_BONUS_MONTH, _BONUS, _BONUS_SHARE = 1, 0.8, 0.4
_BROUGHT_IN, _BROUGHT_IN_BY_LEAVERS = 0.6, 0.1  # of an income that is paid elsewhere
_DEPOSIT, _WEALTH, _FUND = (FAMILIES.index(f) for f in ("deposit", "wealth", "fund"))
_LOANS = tuple(FAMILIES.index(f) for f in ("consumer_loan", "business_loan"))
_BOOKED_ON = (((_DEPOSIT,), SAVINGS, "moved"), ((_WEALTH, _FUND), WEALTH, "investment"))


@dataclass(frozen=True, slots=True)
class Course:
    """A block's history: (n, months) of what money follows from, and records by place in it.

    `until` is the day from which a leaver who was kept takes no more; `payment` the monthly payment
    of loans; `purchases` and `run_offs` carry the amount that moves, or its share of the account.
    """

    unsettled: Flags
    life: Ints
    paid: Flags
    growth: Floats
    payment: Floats
    leaving: Ints
    leaving_end: Ints
    share: Floats
    until: Ints
    first: Ints
    last: Ints
    saver: Flags
    investor: Flags
    card_from: Ints
    purchases: Records
    run_offs: Records


@dataclass(slots=True)
class _Purse:
    """What a customer aims at and has elsewhere, carried from month to month."""

    target: Floats
    pieces: Floats
    parked: Floats
    back: Ints


@dataclass(frozen=True, slots=True)
class _Scene:
    """A block of customers whose money is being moved."""

    world: World
    people: People
    course: Course
    postings: Postings
    purse: _Purse
    rng: np.random.Generator


def move_money(
    world: World, calendar: Calendar, people: People, course: Course, rng: np.random.Generator
) -> tuple[Records, Ints]:
    """Every posting of a block of customers, and the balances with which the window opened."""
    before, wanted = course.first == 0, _opening(people, course)
    opening = np.where(before[:, None], wanted, 0)
    purse = _Purse(
        target=np.where(before, wanted[:, CURRENT], wanted.sum(axis=1)).astype(np.float64),
        pieces=np.sort(rng.random((people.count, _PIECES)) ** _LATER, axis=1),
        parked=np.zeros(people.count),
        back=np.full(people.count, NEVER),
    )
    postings = Postings(opening)
    scene = _Scene(world, people, course, postings, purse, rng)
    for month in range(calendar.months):
        start, end = calendar.month(month)
        low, high = np.maximum(start, course.first), np.minimum(end, course.last)
        span = Span(month, calendar.first_of(month).month, start, end, low, np.maximum(high, low))
        postings.turn(span.low, span.high)
        _arrive(postings, span, np.where(before, NEVER, course.first), wanted.sum(axis=1))
        _live_month(scene, span)
    return postings.rows(), opening


def _opening(people: People, course: Course) -> Ints:
    saved = np.where(course.saver, np.where(course.investor, 0.35, 0.6), 0.0)
    invested = np.where(course.investor, 0.45, 0.0)
    shares = np.column_stack([1 - saved - invested, saved, invested, np.zeros(people.count)])
    opening: Ints = np.rint(people.assets[:, None] * shares).astype(np.int64)
    return opening


def _arrive(postings: Postings, span: Span, first: Ints, brought: Ints) -> None:
    """Let those whose first day is in the month bring their money along."""
    who = np.flatnonzero((first >= span.start) & (first < span.end))
    postings.add("brought_in", who, first[who], brought[who])


def _live_month(scene: _Scene, span: Span) -> None:
    purse, course, rng = scene.purse, scene.course, scene.rng
    usual = _earn(scene, span)
    _move_holdings(scene, span)
    _strike(scene, span)
    _park(scene, span)
    _carry_away(scene, span)
    _trickle(scene, span)
    _set_aside(scene, span, usual)
    purse.target *= np.exp(scene.world.money.wander * rng.normal(size=scene.people.count))
    unsettled = course.unsettled[:, span.month]
    budget = Budget(
        usual=usual,
        target=purse.target,
        due=course.payment[:, span.month],
        sends=np.where(unsettled, scene.world.leaving.transfers, 1.0),
        quiet=course.leaving < span.low,
        on_credit=course.card_from < span.low,
    )
    spend(scene.people, budget, scene.postings, span, rng)
    charge(scene.postings, span, rng)
    if span.calendar_month in _INTEREST_MONTHS:
        _pay_interest(scene.postings, span)
    scene.postings.top_up(span.start, span.end)


def _earn(scene: _Scene, span: Span) -> Floats:
    """Post what comes in; returns what usually comes in."""
    people, course, postings, rng = scene.people, scene.course, scene.postings, scene.rng
    income, count = people.income * course.growth[:, span.month], people.count
    payday = span.start + people.payday + rng.integers(-1, 2, count) - 1
    wage = np.rint(income * np.exp(0.03 * rng.normal(size=count)) / 100) * 100
    paid = course.paid[:, span.month]
    sorts = (("salary", paid & ~people.pensioner), ("pension", paid & people.pensioner))
    for sort, group in sorts:
        who = np.flatnonzero(group)
        postings.add(sort, who, payday[who], wage[who])
    bonus = paid & (rng.random(count) < _BONUS_SHARE) & (span.calendar_month == _BONUS_MONTH)
    who = np.flatnonzero(bonus)
    postings.add("salary", who, payday[who], wage[who] * _BONUS)
    sales = np.where(people.firm, income * np.exp(0.25 * rng.normal(size=count)), 0)
    deals = np.where(people.firm, 1 + rng.poisson(4, count), 0)
    postings.spread("turnover", sales, deals, span.days, rng)
    gone = (course.leaving < span.low) & (course.until == NEVER)
    elsewhere = ~paid & ~people.firm
    brings = np.where(elsewhere, np.where(gone, _BROUGHT_IN_BY_LEAVERS, _BROUGHT_IN), 0.0)
    times = rng.poisson(np.where(elsewhere, 1.3, 0.0))
    postings.spread(
        "brought_in", income * brings * rng.uniform(0.5, 1.5, count), times, span.days, rng
    )
    return np.asarray(income * np.where(elsewhere, brings, 1.0))


def _move_holdings(scene: _Scene, span: Span) -> None:
    """Move money to and from savings, wealth and funds, and pay out loans."""
    postings = scene.postings
    bought, ended = _within(scene.course.purchases, span), _within(scene.course.run_offs, span)
    loan = bought[np.isin(bought["family"], _LOANS)]
    postings.add("loan_paid_out", loan["who"], loan["day"], loan["amount"])
    for families, slot, sort in _BOOKED_ON:
        rows = bought[np.isin(bought["family"], families)]
        free = np.maximum(postings.balance[rows["who"], CURRENT], 0) * 0.8
        postings.move(
            sort,
            rows["who"],
            rows["day"],
            np.minimum(rows["amount"], free),
            source=CURRENT,
            to=slot,
        )
        rows = ended[np.isin(ended["family"], families)]
        amount = np.maximum(postings.balance[rows["who"], slot], 0) * rows["amount"]
        postings.move(sort, rows["who"], rows["day"], amount, source=slot, to=CURRENT)


def _strike(scene: _Scene, span: Span) -> None:
    """Windfalls, homes bought, and big outlays that nobody announced."""
    postings, purse, rng = scene.postings, scene.purse, scene.rng
    wealth = postings.balance[:, :CARD].sum(axis=1)
    event = scene.course.life[:, span.month]
    gift = np.flatnonzero(event == _WINDFALL)
    amount = wealth[gift] * rng.uniform(0.4, 2.5, len(gift)) + 2_000_000
    postings.add("brought_in", gift, span.some_day(gift, rng), amount)
    purse.target[gift] += 0.7 * amount
    home = event == _HOME
    who = np.flatnonzero(home | (rng.random(len(home)) < scene.world.money.big_spend))
    part = np.where(home[who], rng.uniform(0.4, 0.9, len(who)), rng.uniform(0.25, 0.75, len(who)))
    announced = home[who] & (rng.random(len(who)) < scene.world.life.announced)
    day = span.some_day(who, rng)
    for slot, sort in ((WEALTH, "investment"), (SAVINGS, "moved")):
        taken = np.maximum(postings.balance[who, slot], 0) * part
        postings.move(sort, who, day, taken, source=slot, to=CURRENT)
    free = np.maximum(postings.balance[who, CURRENT], 0) * 0.95
    amount = np.minimum(wealth[who] * part, free)
    postings.add("big_spend", who, day, -amount, planned=announced)
    purse.target[who] *= 1 - 0.6 * part


def _park(scene: _Scene, span: Span) -> None:
    """Money that goes to another bank for some weeks, and comes back."""
    postings, purse, rng = scene.postings, scene.purse, scene.rng
    back = np.flatnonzero((purse.back < span.high) & (purse.parked > 0))
    postings.add("brought_in", back, np.maximum(purse.back, span.low)[back], purse.parked[back])
    purse.target[back] += purse.parked[back]
    purse.parked[back] = 0
    idle = (purse.parked == 0) & (rng.random(len(purse.target)) < scene.world.money.parking)
    who = np.flatnonzero(idle & span.open)
    amount = np.maximum(postings.balance[who, CURRENT], 0) * rng.uniform(0.2, 0.7, len(who))
    day = span.some_day(who, rng)
    postings.add("sent_out", who, day, -amount)
    purse.target[who] -= amount
    purse.parked[who] = amount
    purse.back[who] = np.maximum(day + rng.integers(15, 75, len(who)), span.high[who])


def _carry_away(scene: _Scene, span: Span) -> None:
    """The parts of a leaver's money that go to another bank in a month."""
    course, postings, purse = scene.course, scene.postings, scene.purse
    length = course.leaving_end - course.leaving
    for piece in range(_PIECES):
        day = course.leaving + (purse.pieces[:, piece] * length).astype(np.int64)
        now = (day >= span.start) & (day < span.end) & (day < course.until)
        who = np.flatnonzero(now & (course.leaving < NEVER))
        left = 1 - course.share[who] * piece / _PIECES
        part = np.minimum(course.share[who] / _PIECES / left, 0.97)
        invested = np.maximum(postings.balance[who, WEALTH], 0) * part
        postings.move("investment", who, day[who], invested, source=WEALTH, to=CURRENT)
        saved = np.maximum(postings.balance[who, SAVINGS], 0) * part
        postings.add("sent_out", who, day[who], -saved, slot=SAVINGS)
        free = np.maximum(postings.balance[who, CURRENT] - invested, 0) * part
        postings.add("sent_out", who, day[who], -(free + invested))
        purse.target[who] *= 1 - part


def _trickle(scene: _Scene, span: Span) -> None:
    """Small parts that come from other banks and go there; of the unsettled, more go."""
    postings, purse, rng = scene.postings, scene.purse, scene.rng
    unsettled = scene.course.unsettled[:, span.month]
    often = scene.world.habits.small_transfer
    more = np.where(unsettled, scene.world.leaving.transfers, 1.0)
    for sort, chance, sign in (("brought_in", often / more, 1), ("sent_out", often * more, -1)):
        who = np.flatnonzero((rng.random(len(more)) < chance) & span.open)
        for slot in (SAVINGS, CURRENT):
            part = sign * rng.uniform(0.02, 0.12, len(who))
            amount = np.maximum(postings.balance[who, slot], 0) * part
            postings.add(sort, who, span.some_day(who, rng), amount, slot=slot)
        purse.target[who] += amount


def _set_aside(scene: _Scene, span: Span, usual: Floats) -> None:
    """A part of income that half of the savers set aside by standing order."""
    people, postings, course = scene.people, scene.postings, scene.course
    regular = course.saver & (course.leaving > span.high) & ~people.firm & (people.payday % 2 == 0)
    who = np.flatnonzero(regular & span.open)
    free = np.maximum(postings.balance[who, CURRENT], 0) * 0.2
    day = np.minimum(span.low[who] + 27, span.high[who] - 1)
    amount = np.minimum(usual[who] * 0.08, free)
    postings.move("set_aside", who, day, amount, source=CURRENT, to=SAVINGS)


def _pay_interest(postings: Postings, span: Span) -> None:
    for slot, rate in _INTEREST.items():
        who = np.flatnonzero(postings.balance[:, slot] > 0)
        day = np.full(len(who), span.end - 10)
        postings.add("interest", who, day, postings.balance[who, slot] * rate, slot=slot)


def _within(rows: Records, span: Span) -> Records:
    return rows[(rows["day"] >= span.start) & (rows["day"] < span.end)]
